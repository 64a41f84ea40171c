"""Timers on the command line: what was given up, what is due, and trying again."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="What has to happen later: due next, or given up.", no_args_is_help=True)


@commands.command(name="list")
def list_(
    ahead: Annotated[bool, typer.Option("--ahead", help="What is due next, instead of what was given up.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List what was given up because it failed too often.

    Somebody has to look at each: mend what the error says, then revive it.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/timers")
    timers = found["ahead" if ahead else "dead"]
    if out.structured(timers, output):
        return
    if output is Format.NAME:
        for timer in timers:
            out.result(f"{timer['kind']} {timer['key']}")
        return
    if not timers:
        out.say("nothing is due" if ahead else "nothing was given up")
        return
    columns = ["kind", "key", "due at", "attempts", "last error"]
    rows = [(each["kind"], each["key"], each["dueAt"], each["attempts"], each["lastError"]) for each in timers]
    out.table(columns, rows)
    if not ahead:
        out.hint(f"roadworthy timers revive {timers[0]['kind']} '{timers[0]['key']}'")


@commands.command()
def revive(
    kind: Annotated[str, typer.Argument(help="Kind of the timer, as listed.")],
    key: Annotated[str, typer.Argument(help="Its key.")],
) -> None:
    """Try again what was given up, as if it had never failed."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        timer = client.post("/timers/revive", {"kind": kind, "key": key})
    out.result(f"revived {timer['kind']} {timer['key']}; it is tried again while a server runs")
