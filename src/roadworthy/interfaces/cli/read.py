"""Look at what there is: get and describe."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

_PAGE = 500
_VERSIONS = 5
_USE_CASE = "UseCase"

KindArgument = Annotated[str, typer.Argument(help="A kind: `use-cases`, `rubrics`, `platform-profiles`.")]


def get(
    kind: KindArgument = "use-cases",
    name: Annotated[str | None, typer.Argument(help="One resource; all of the kind without it.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """List what is declared."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        address = f"/resources/{quoted(kind)}"
        found = every(client, address) if name is None else [client.get(f"{address}/{quoted(name)}")]
    if out.structured(found[0] if name is not None else found, output):
        return
    if output is Format.NAME:
        for each in found:
            out.result(f"{each['kind']}/{each['metadata']['name']}")
        return
    if not found:
        out.say(f"there are no {kind} yet")
        out.hint("roadworthy import FILE, or roadworthy apply FOLDER")
        return
    columns = ["name", "title", "stage", "organisation", "generation"]
    if output is Format.WIDE:
        columns += ["labels", "changed at", "changed by"]
    out.table(columns, [_row(each)[: len(columns)] for each in found])


def every(client: "Client", address: str) -> list[dict[str, Any]]:
    """Everything in a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = client.get(address, cursor=cursor, limit=_PAGE)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def describe(
    kind: KindArgument,
    name: Annotated[str, typer.Argument(help="Name of the resource.")],
    output: Output = Format.TABLE,
) -> None:
    """Show one resource with its history."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.assess import show_assessment
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        resource = client.get(f"/resources/{quoted(kind)}/{quoted(name)}")
        history = client.get(f"/resources/{quoted(kind)}/{quoted(name)}/history")
        whole = client.get(f"/use-cases/{quoted(name)}") if resource["kind"] == _USE_CASE else {}
    if out.structured({"resource": resource, "history": history, "useCase": whole or None}, output):
        return
    out.result(f"{resource['kind']}/{resource['metadata']['name']}, generation {resource['generation']}")
    out.structured(resource["spec"], Format.YAML)
    if whole:
        _show_people(whole)
        show_assessment(whole["assessment"])
    out.result("\nHistory")
    out.table(
        ["generation", "at", "by", "via", "what", "source"],
        [
            (each["generation"], each["at"], each["actor"]["shown"], each["via"], _changed(each), each["source"])
            for each in history[:_VERSIONS]
        ],
    )
    if len(history) > _VERSIONS:
        out.say(f"{len(history) - _VERSIONS} older versions; see them all with `-o json`")


def _show_people(whole: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    tier = whole["tier"]
    out.result(f"\nRisk tier: {tier['tier'] or 'unknown'} ({'; '.join(map(out.printable, tier['reasons']))})")
    for mismatch in whole["mismatches"]:
        offered = out.cell(mismatch["offered"])
        out.result(
            f"Mismatch: {mismatch['component']} wants {mismatch['what']} `{mismatch['wants']}`; offered: {offered}"
        )
    out.result("\nOwners")
    out.table(["duty", "person", "state"], [(seat["duty"], seat["person"], seat["state"]) for seat in whole["seats"]])


def _row(resource: dict[str, Any]) -> tuple[Any, ...]:
    spec = resource["spec"]
    labels = [f"{name}={value}" for name, value in resource["metadata"]["labels"].items()]
    return (
        resource["metadata"]["name"],
        spec.get("title"),
        spec.get("stage"),
        spec.get("organisation"),
        resource["generation"],
        labels,
        resource["changedAt"],
        resource["changedBy"]["shown"],
    )


def _changed(version: dict[str, Any]) -> str:
    paths = [change["path"].removeprefix("spec.") for change in version["changes"]]
    shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")  # noqa: PLR2004 - as many as fit a line
    return f"{version['action']}: {shown}" if shown else str(version["action"])
