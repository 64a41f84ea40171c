"""Dead letters on the command line: what was given up, another try, or an end with a reason."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Everything that was given up because it failed too often.", no_args_is_help=True)

_Kind = Annotated[str, typer.Argument(help="Its kind, as listed.")]
_Key = Annotated[str, typer.Argument(help="Its key.")]


@commands.command(name="list")
def list_(output: Output = Format.TABLE) -> None:
    """List everything that was given up, the oldest first.

    Somebody has to look at each: mend what the reason says and have it tried again, or resolve it and say why.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        letters = client.get("/dead-letters")["letters"]
    if out.structured(letters, output):
        return
    if output is Format.NAME:
        for each in letters:
            out.result(f"{each['kind']} {each['key']}")
        return
    if not letters:
        out.say("nothing was given up")
        return
    columns = ["kind", "key", "owner", "since", "attempts", "reason"]
    rows = [
        (each["kind"], each["key"], each["owner"], each["since"], each["attempts"], each["reason"]) for each in letters
    ]
    out.table(columns, rows)
    out.hint(f"roadworthy dead-letters retry {letters[0]['kind']} '{letters[0]['key']}'")


@commands.command()
def retry(kind: _Kind, key: _Key) -> None:
    """Have one tried again; it comes back where it fails again."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        letter = client.post("/dead-letters/retry", {"kind": kind, "key": key})
    out.result(f"{letter['kind']} {letter['key']} is tried again while a server runs")


@commands.command()
def resolve(
    kind: _Kind,
    key: _Key,
    reason: Annotated[str, typer.Option(help="What was done instead, or why nothing has to be; kept in the ledger.")],
) -> None:
    """Take one off the list without another try."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        letter = client.post("/dead-letters/resolve", {"kind": kind, "key": key, "reason": reason})
    out.result(f"resolved {letter['kind']} {letter['key']}")
