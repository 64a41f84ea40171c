"""Operating certificates: what may run, in which bounds, what stands against it, and what is decided about it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.decision_options import (
    CodeOption,
    DryOption,
    KeyOption,
    ReasonOption,
    WaitOption,
    quoted,
)
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

commands = typer.Typer(help="Operating certificates: what may run, and in which bounds.", no_args_is_help=True)

SerialArgument = Annotated[str, typer.Argument(help="Serial of the certificate.", metavar="SERIAL")]
UrgentOption = Annotated[bool, typer.Option("--urgent", help="Harm goes on until it is done.")]
DespiteOption = Annotated[
    list[str] | None, typer.Option("--despite", help="Id of what stands against it and is gone on with; repeat it.")
]


@commands.command("list")
def list_(
    use_case: Annotated[str | None, typer.Option("--use-case", help="Only those of this use case.")] = None,
    state: Annotated[str | None, typer.Option(help="valid, narrowed, suspended, withdrawn or expired.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List certificates, the latest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        page = client.get("/certificates", useCase=use_case, state=state, limit=limit)
    found = page["items"]
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["serial"] for each in found))
        return
    if not found:
        out.say("no certificate was issued yet")
        out.hint("roadworthy review open USE_CASE --stage production")
        return
    columns = ["serial", "use case", "stage", "state", "since", "against it", "expires", "release"]
    rows = [
        (
            each["serial"],
            each["useCase"],
            each["stage"],
            each["state"],
            each["stateAt"][:16],
            each["standing"] or "",
            each["expiresAt"][:10],
            each["release"] if output is Format.WIDE else each["release"][:19],
        )
        for each in found
    ]
    out.table(columns, rows)
    if page["next"] is not None:
        out.say(f"there are more than {limit}; see them with --limit")


@commands.command()
def show(
    serial: SerialArgument,
    save: Annotated[
        Path | None, typer.Option(help="Write the signed statement to this file, for whoever verifies it.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Which version to save; the newest without it.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a certificate.

    Its bounds and how each is known, its conditions, and what stands against it.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_certificates import told

    with api() as client:
        whole = client.get(f"/certificates/{quoted(serial)}")
        if save is not None:
            save.write_bytes(client.content(f"/certificates/{quoted(serial)}/statement", version=version))
    if save is not None:
        out.say(f"wrote {save}")
        out.hint(f"roadworthy certificate verify {save} --key PUBLIC_KEY")
    if out.structured(whole, output):
        return
    if output is Format.NAME:
        out.result(whole["certificate"]["serial"])
        return
    told(whole)


@commands.command()
def policy() -> None:
    """Print the certificate policy that ships, to be edited."""
    from roadworthy.decide.certificate.kinds import shipped_source
    from roadworthy.interfaces.cli import output as out

    out.result(shipped_source().text.rstrip("\n"))


@commands.command()
def envelope(name: UseCaseArgument, output: Output = Format.TABLE) -> None:
    """Show the envelope that could be certified today.

    Each of its terms says how it is known.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_certificates import told_envelope

    with api() as client:
        found = client.get(f"/use-cases/{quoted(name)}/envelope")
    if not out.structured(found, output):
        told_envelope(found)


@commands.command()
def narrow(
    serial: SerialArgument,
    reason: ReasonOption,
    reason_code: CodeOption = None,
    urgent: UrgentOption = False,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    dry_run: DryOption = False,
    output: Output = Format.TABLE,
) -> None:
    """Leave of a certificate what the certificate policy leaves. At once where the rights say so, else by decision."""
    wanted = {"change": "narrow", "reasonCode": reason_code, "urgent": urgent}
    _change(serial, wanted, reason, key, wait_for, output, dry=dry_run)


@commands.command()
def suspend(
    serial: SerialArgument,
    reason: ReasonOption,
    reason_code: CodeOption = None,
    urgent: UrgentOption = False,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    dry_run: DryOption = False,
    output: Output = Format.TABLE,
) -> None:
    """Permit nothing for now. At once where the rights say so, else by decision.

    Where harm goes on meanwhile, `roadworthy stop set` asks nobody.
    """
    wanted = {"change": "suspend", "reasonCode": reason_code, "urgent": urgent}
    _change(serial, wanted, reason, key, wait_for, output, dry=dry_run)


@commands.command()
def withdraw(
    serial: SerialArgument,
    reason: ReasonOption,
    reason_code: CodeOption = None,
    urgent: UrgentOption = False,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    dry_run: DryOption = False,
    output: Output = Format.TABLE,
) -> None:
    """End a certificate for good; only a new review leads to another.

    At once where the rights say so, else by decision.
    """
    wanted = {"change": "withdraw", "reasonCode": reason_code, "urgent": urgent}
    _change(serial, wanted, reason, key, wait_for, output, dry=dry_run)


@commands.command()
def widen(
    serial: SerialArgument,
    reason: ReasonOption,
    despite: DespiteOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    dry_run: DryOption = False,
    output: Output = Format.TABLE,
) -> None:
    """Ask that the whole envelope holds again.

    Of a certificate that is narrowed.
    """
    _change(serial, {"change": "widen", "despite": despite or []}, reason, key, wait_for, output, dry=dry_run)


@commands.command()
def resume(
    serial: SerialArgument,
    reason: ReasonOption,
    whole: Annotated[
        bool, typer.Option("--whole", help="The whole envelope holds again, and not the narrower one of before.")
    ] = False,
    despite: DespiteOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    dry_run: DryOption = False,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a suspended certificate holds again."""
    wanted = {"change": "resume", "whole": whole, "despite": despite or []}
    _change(serial, wanted, reason, key, wait_for, output, dry=dry_run)


@commands.command()
def condition(
    serial: SerialArgument,
    which: Annotated[str, typer.Argument(help="Id of the condition.", metavar="CONDITION")],
    how: Annotated[str, typer.Option("--how", help="How it was met; it is kept with the record.")],
    evidence: Annotated[
        str | None, typer.Option(help="Id of the evidence that shows it; without any, only its owner's word counts.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say that a condition of a certificate is met."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        path = f"/certificates/{quoted(serial)}/conditions/{quoted(which)}/meet"
        found = client.post(path, {"how": how, "evidence": evidence})
    if out.structured(found, output):
        return
    out.result(f"{which} of {serial} is met")
    left = [each["id"] for each in found["conditions"] if each["metAt"] is None]
    out.say(f"open conditions: {', '.join(left)}" if left else "no condition is open")


def _change(
    serial: str, wanted: dict[str, Any], reason: str, key: str | None, span: str | None, output: Format, *, dry: bool
) -> None:
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_certificates import told_reach

    if dry:
        with api() as client:
            told_reach(client.get(f"/certificates/{quoted(serial)}/reach", change=wanted["change"]), output)
        return
    body = {field: value for field, value in {**wanted, "reason": reason}.items() if value is not None}
    with api() as client:
        ask(client, f"/certificates/{quoted(serial)}/changes", body, key, span, output)


def ask(client: "Client", path: str, body: dict[str, Any], key: str | None, span: str | None, output: Format) -> None:
    """Ask for a change, wait if that is wanted, and answer with the exit code of where it stands."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.decision_options import YES, verdict, wait
    from roadworthy.interfaces.cli.telling_decisions import told

    answer = client.post(path, body, key=key)
    request = answer["request"]
    if request is not None and not answer["done"]:
        request = wait(client, request, span)
        answer = {**answer, "request": request, "done": request["state"] in YES}
        if answer["done"] and answer["certificate"] is not None:
            answer["certificate"] = client.get(f"/certificates/{answer['certificate']['serial']}")["certificate"]
    if out.structured(answer, output):
        pass
    elif answer["done"] and answer["certificate"] is not None:
        made = answer["certificate"]
        out.result(f"{made['serial']}: {made['state']}, version {made['version']}")
    elif answer["done"]:
        out.result("the stop is lifted")
    else:
        out.result(request["id"])
        told(request)
    if not answer["done"] and request is not None:
        raise typer.Exit(verdict(request["state"]))
