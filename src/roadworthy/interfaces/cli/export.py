"""What is declared, as files."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Exported(StrEnum):
    """What `export` writes."""

    YAML = "yaml"
    CSV = "csv"
    XLSX = "xlsx"
    OMB = "omb"
    """The shape of the US federal AI use case inventory, as CSV."""
    OMB_XLSX = "omb-xlsx"
    """The same as a workbook, with a sheet of what is missing."""


_FILES = {
    Exported.CSV: "use-cases.csv",
    Exported.XLSX: "use-cases.xlsx",
    Exported.OMB: "omb.csv",
    Exported.OMB_XLSX: "omb.xlsx",
}


def export(
    form: Annotated[Exported, typer.Option("--as", help="What to write.", case_sensitive=False)] = Exported.YAML,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; YAML only.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Only this resource.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Write here instead of standard output.")] = None,
) -> None:
    """Write the inventory as YAML or a sheet.

    The YAML applies back without a change.
    """
    from roadworthy.foundation.errors import UsageError
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    if form is not Exported.YAML and kind:
        raise typer.BadParameter("`--kind` goes with YAML only; a sheet holds use cases")
    if form in {Exported.XLSX, Exported.OMB_XLSX} and file is None and sys.stdout.isatty():
        raise UsageError(
            "workbook-on-terminal", "a workbook cannot be shown on a terminal", remedy="name a file with `--file`"
        )
    with api() as client:
        if form is Exported.YAML:
            content = client.content("/export", kind=kind, name=name)
        else:
            content = client.content(f"/exports/{_FILES[form]}", name=name)
    if file is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        write_new(file, content, overwrite=True)
        out.say(f"wrote {file}")
