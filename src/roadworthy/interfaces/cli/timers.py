"""Timers on the command line: what is due next. What was given up stands among the dead letters."""

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="What has to happen later.", no_args_is_help=True)


@commands.command(name="list")
def list_(output: Output = Format.TABLE) -> None:
    """List what is due next, the earliest first: at most a hundred.

    What failed too often and was given up is listed by `dead-letters list`, whatever it was.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        timers = client.get("/timers")["ahead"]
    if out.structured(timers, output):
        return
    if output is Format.NAME:
        for timer in timers:
            out.result(f"{timer['kind']} {timer['key']}")
        return
    if not timers:
        out.say("nothing is due")
        return
    columns = ["kind", "key", "due at", "failed", "last error"]
    rows = [(each["kind"], each["key"], each["dueAt"], each["attempts"], each["lastError"]) for each in timers]
    out.table(columns, rows)
