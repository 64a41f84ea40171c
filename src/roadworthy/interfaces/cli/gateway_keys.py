"""Gateway keys: what an application shows to the gateway in place of a provider's key."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Keys by which applications reach the gateway.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Name or id of the key.", metavar="KEY")]


@commands.command()
def new(
    name: Annotated[str, typer.Argument(help="What the application is called, such as `claims-app`.")],
    use_case: Annotated[str, typer.Option("--use-case", help="Whose calls it makes.")],
    stage: Annotated[str, typer.Option(help="Where they run: pilot, candidate or production.")] = "pilot",
    endpoint: Annotated[
        list[str] | None, typer.Option("--endpoint", help="Only this endpoint; repeat it for several.")
    ] = None,
    workload: Annotated[
        str | None, typer.Option(help="A declared workload, whose access tokens are taken for the key.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 90,
    output: Output = Format.TABLE,
) -> None:
    """Make a key. It is shown once."""
    from roadworthy.interfaces.cli.session import api

    wanted = {"name": name, "stage": stage, "workload": workload, "endpoints": endpoint or None, "days": days}
    with api() as client:
        made = client.post(f"/use-cases/{quote(use_case, safe='')}/gateway-keys", wanted)
    _made(made, output)


@commands.command()
def rotate(
    key: Which,
    grace: Annotated[int, typer.Option(min=0, max=720, help="Hours for which the former one still opens.")] = 0,
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="How long the new one holds; as the former if left out.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Make a key in the place of another. It is shown once."""
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        made = client.post(f"/gateway-keys/{quote(key, safe='')}/rotate", {"graceHours": grace, "days": days})
    _made(made, output)


@commands.command("list")
def list_(
    use_case: Annotated[str | None, typer.Option("--use-case", help="Only keys of this use case.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """List the keys, without their secrets."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/gateway-keys", useCase=use_case)
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found["items"] if each["usable"]))
        return
    if not found["items"]:
        out.say("there are no gateway keys yet")
        out.hint("roadworthy key new claims-app --use-case claims-triage")
        return
    columns = ["name", "use case", "stage", "opens", "expires", "last used", "state", "id"]
    out.table(columns, [_row(each) for each in found["items"]])


@commands.command()
def revoke(
    key: Which,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the record.")],
) -> None:
    """End a key at once, on every replica within a second."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        ended = client.post(f"/gateway-keys/{quote(key, safe='')}/revoke", {"reason": reason})
    out.say(f"the gateway key `{ended['name']}` opens nothing any more")


def _made(made: dict[str, Any], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if out.structured(made, output):
        return
    out.result(made["secret"])
    key = made["key"]
    out.say(f"{key['name']} calls for {key['useCase']} at {key['stage']} until {key['expiresAt'][:10]}")
    out.say("this is the only time it is shown; keep it where the application keeps secrets")
    out.hint("give it to your client as its API key, and the gateway's address as its base URL")


def _row(key: dict[str, Any]) -> tuple[object, ...]:
    state = "in use" if key["usable"] else "revoked" if key["revokedAt"] else "expired"
    if key["usable"] and key["revokedAt"]:
        state = f"ends {key['revokedAt'][:16]}"
    return (
        key["name"],
        key["useCase"],
        key["stage"],
        "all endpoints" if key["endpoints"] is None else key["endpoints"],
        key["expiresAt"][:10],
        key["lastUsedAt"] and key["lastUsedAt"][:16],
        state,
        key["id"],
    )
