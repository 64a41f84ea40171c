"""What is kept, on the command line: how long, and legal holds."""

from enum import StrEnum
from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(
    help="Legal holds: what nobody erases until they are lifted.", no_args_is_help=True, rich_markup_mode=None
)


class On(StrEnum):
    """What a hold is on."""

    EVERYTHING = "everything"
    USE_CASE = "use-case"
    RESOURCE = "resource"
    PERSON = "person"


Reason = Annotated[str, typer.Option("--reason", help="Why; kept as a text of the record.")]


def retention(output: Output = Format.TABLE) -> None:
    """Show how long texts are kept.

    By class, with how many of them are due to be erased.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/retention")
    if out.structured(found, output):
        return
    rows = [
        (each["kind"], f"{each['kept']:,}", f"{each['erased']:,}", each["madeBefore"] or "kept for ever", each["due"])
        for each in found["classes"]
    ]
    out.table(["class", "kept", "erased", "erased where made before", "older"], rows)
    if found["hipaa"]:
        out.say("HIPAA applies: records and calls are kept for six years at least")
    if found["policy"] is None:
        out.hint(
            "nobody declared a RetentionPolicy, so nothing is ever erased on schedule; docs/operating.md shows one"
        )


@commands.command("place")
def place(
    on: Annotated[On, typer.Argument(help="What it is on.", metavar="ON", show_choices=True)],
    name: Annotated[
        str, typer.Argument(help="Name of the use case, `Kind/name`, or a person's reference.", metavar="[NAME]")
    ] = "",
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Place a legal hold.

    Nobody erases what it covers, neither by hand nor on schedule.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        hold = client.post("/holds", {"on": on.value, "name": name, "reason": reason})
    if output is Format.NAME:
        out.result(hold["id"])
    elif not out.structured(hold, output):
        out.result(f"hold {hold['id']} on {_subject(hold)}")
        out.hint(f"roadworthy hold lift {hold['id']} --reason '...' ends it")


@commands.command("lift")
def lift(
    hold: Annotated[str, typer.Argument(help="Id of the hold.", metavar="HOLD")],
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """End a legal hold. What is old enough by then goes within the hour."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        lifted = client.post(f"/holds/{quote(hold, safe='')}/lift", {"reason": reason})
    if not out.structured(lifted, output):
        out.result(f"hold {lifted['id']} on {_subject(lifted)} was lifted")


@commands.command("list")
def list_(
    lifted: Annotated[bool, typer.Option("--lifted", help="Also those that were lifted.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List the legal holds, the oldest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/holds", lifted=lifted)
    if output is Format.NAME:
        for hold in found:
            out.result(hold["id"])
    elif not out.structured(found, output):
        rows = [
            (each["id"], _subject(each), each["placedAt"], each["liftedAt"] or "stands", each["reason"])
            for each in found
        ]
        out.table(["hold", "on", "placed", "lifted", "reason"], rows)


def _subject(hold: dict[str, str]) -> str:
    return f"{hold['on']} {hold['name']}".rstrip()
