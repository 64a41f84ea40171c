"""Spreadsheets into the inventory."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output, Yes

UNSURE = 0.6
"""Confidence below which a person should look at what a column was taken for."""
_SHOWN = 20


SpreadsheetArgument = Annotated[Path, typer.Argument(help="CSV, XLSX, XLS, ODS or HTML.")]
MappingOption = Annotated[Path | None, typer.Option(help="A mapping file: which column means what.")]
TakeOption = Annotated[
    list[str] | None, typer.Option(help="Decide a conflict for the file: `use-case:field`; repeatable.")
]


def import_(
    file: SpreadsheetArgument,
    mapping: MappingOption = None,
    save_mapping: Annotated[
        Path | None, typer.Option("--save-mapping", help="Write the mapping that was used here, to edit it.")
    ] = None,
    take: TakeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")] = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Bring a spreadsheet in.

    Columns are recognised by name and content. Shows what each column is taken for, what was merged, and what
    found no place. What people changed since the last import is never overwritten: such fields are listed as
    conflicts.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.decision_options import naming_how_to_ask
    from roadworthy.interfaces.cli.session import api, read_bytes, write_new

    content = read_bytes(file)
    fields = fields_of(mapping, take)
    asks = not yes and not dry_run and sys.stdin.isatty() and sys.stderr.isatty()
    with api() as client, _working(f"reading {file}"):
        found = client.upload("/imports/preview", file.name, content, fields) if dry_run or asks else None
    if asks and found is not None:
        _show_reading(found, output)
        typer.confirm("Bring it in?", abort=True, err=True)
    if not dry_run:
        with (
            api() as client,
            _working(f"importing {file}"),
            naming_how_to_ask("propose", "import", *_words(file, mapping, take)),
        ):
            found = client.upload("/imports", file.name, content, fields)
    if found is None:
        return
    if save_mapping is not None:
        write_new(save_mapping, mapping_text(found["reading"]["mapping"]), overwrite=True)
    if not out.structured(found, output):
        if not asks:
            _show_reading(found, output)
        _show_effects(found, dry_run)
    if save_mapping is not None:
        out.say(f"wrote {save_mapping}")
    out.hint("roadworthy assess" if not dry_run else f"roadworthy import {file}")


def fields_of(mapping: Path | None, take: list[str] | None) -> dict[str, str | list[str]]:
    """What an upload says beside the file."""
    from roadworthy.interfaces.cli.session import read_text

    return {"mapping": "" if mapping is None else read_text(mapping), "take": take or []}


def _words(file: Path, mapping: Path | None, take: list[str] | None) -> list[str]:
    """The same import on the command line."""
    words = [str(file)] if mapping is None else [str(file), "--mapping", str(mapping)]
    return [*words, *(word for key in take or () for word in ("--take", key))]


def mapping_text(mapping: dict[str, Any]) -> bytes:
    """A mapping as a mapping file."""
    from roadworthy.inventory.importing.mapping_file import write_mapping
    from roadworthy.inventory.importing.model import ColumnMapping

    return write_mapping(
        ColumnMapping(
            columns=mapping.get("columns") or {},
            constants=mapping.get("constants") or {},
            sheet=mapping.get("sheet"),
            header=mapping.get("header"),
        )
    ).encode()


def _working(what: str) -> Any:  # noqa: ANN401 - one of two context managers that share no base
    from contextlib import nullcontext

    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(what)


def _show_reading(found: dict[str, Any], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    reading = found["reading"]
    out.say(f"{reading['form']}, sheet {reading['sheet'] or '-'}, header in row {reading['headerRow']}")
    for note in reading["notes"]:
        out.say(f"note: {out.printable(note)}")
    if reading["remembered"]:
        out.say("the columns mean what was decided for an earlier file of this shape")
    if output is not Format.NAME:
        out.table(
            ["column", "is taken for", "sure", "because"],
            [
                (each["column"], each["target"], _sureness(each["confidence"]), each["reason"])
                for each in reading["columns"]
            ],
        )
    for merged in reading["variants"]:
        if len(merged["spellings"]) > 1:
            spellings = ", ".join(f"`{text}` ({count})" for text, count in merged["spellings"].items())
            out.say(f"counted as one in `{merged['column']}`: {merged['word']} = {out.printable(spellings)}")
    for group in reading["unplaced"]:
        shown = ", ".join(f"`{example}`" for example in group["examples"])
        values = out.counted(group["count"], "value")
        out.say(f"no place in `{group['column']}`: {values}, {group['reason']}: {out.printable(shown)}")
    for flag, count in reading["flags"].items():
        out.say(f"look at {out.counted(count, 'row')}: {flag}")


def _sureness(confidence: float) -> str:
    return f"{confidence:.0%}{' look' if confidence < UNSURE else ''}"


def _show_effects(found: dict[str, Any], dry_run: bool) -> None:
    from roadworthy.interfaces.cli import output as out

    effects = found["effects"]
    would = "would be " if dry_run else ""
    for conflict in effects["conflicts"][:_SHOWN]:
        kept, new = out.cell(conflict["current"]), out.cell(conflict["new"])
        out.result(f"conflict {conflict['key']}: kept {kept}, the file says {new}")
    if len(effects["conflicts"]) > _SHOWN:
        out.say(f"{len(effects['conflicts']) - _SHOWN} more conflicts; see them all with `-o json`")
    for name, other in list(effects["claimed"].items())[:_SHOWN]:
        out.say(f"note: {name} was brought in by {other} before")
    out.result(
        f"{out.counted(found['reading']['rows'], 'row')}: {len(effects['created'])} {would}created, "
        f"{len(effects['updated'])} {would}updated, {effects['unchanged']} unchanged, "
        f"{out.counted(len(effects['conflicts']), 'conflict')}"
    )
    if effects["conflicts"]:
        first = effects["conflicts"][0]["key"]
        out.say(f"to decide a conflict for the file: --take '{first}'")
