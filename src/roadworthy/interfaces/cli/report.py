"""Assessment reports on the command line."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Assessment reports: make, read, compare.", no_args_is_help=True, rich_markup_mode=None)

Key = Annotated[str, typer.Argument(help="Number or id of the report; `last` is the newest.", metavar="REPORT")]


class Shape(StrEnum):
    """How a report is written out."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@commands.command("new")
def new(
    organisation: Annotated[str, typer.Option("--organisation", help="Name of the organisation, for the title.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Make a report of this instant and keep it as it is."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        made = client.post("/reports", {"organisation": organisation})
    if output is Format.NAME:
        out.result(str(made["number"]))
    elif not out.structured(made, output):
        out.result(f"report {made['number']}: {out.counted(made['total'], 'use case')}, {made['ready']:,} ready")
        if made["picks"]:
            out.result(f"to push next: {', '.join(made['picks'])}")
        out.say(f"kept as it is; the ledger has its digest {made['digest']}")
        out.hint(f"roadworthy report show {made['number']} --as html --out report.html")


@commands.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """List the reports, the newest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/reports")
    if output is Format.NAME:
        for made in found:
            out.result(str(made["number"]))
    elif not out.structured(found, output):
        rows = [
            (str(made["number"]), made["madeAt"], f"{made['total']:,}", f"{made['ready']:,}", ", ".join(made["picks"]))
            for made in found
        ]
        out.table(["report", "made", "use cases", "ready", "to push next"], rows)
        out.hint("roadworthy report new" if not found else f"roadworthy report show {found[0]['number']}")


@commands.command("show")
def show(
    report: Key = "last",
    form: Annotated[Shape, typer.Option("--as", help="How to write it out.", case_sensitive=False)] = Shape.MARKDOWN,
    file: Annotated[Path | None, typer.Option("--out", help="Write it to a new file.")] = None,
) -> None:
    """Write a report out as it was made.

    As Markdown, as one HTML file to send or print, or as JSON.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    where = f"/reports/{quote(report, safe='')}"
    with api() as client:
        text = _json(client.get(where)) if form is Shape.JSON else client.text(f"{where}/{form.value}")
    if file is None:
        out.result(text)
        return
    write_new(file, text.encode())
    out.say(f"wrote {file}")


def _json(found: dict[str, Any]) -> str:
    import json

    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


@commands.command("compare")
def compare(
    report: Key = "last",
    other: Annotated[str | None, typer.Option("--with", help="The other report; the one before by default.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what changed since the report before.

    What moved, what went stale, which owners came.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/reports/{quote(report, safe='')}/comparison", **{"with": other})
    if not out.structured(found, output):
        out.result(found["markdown"])
