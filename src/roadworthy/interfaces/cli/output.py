"""What commands print: results on standard output, everything else on standard error.

A table is drawn for people; `json` and `yaml` carry the API's own answer for programs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from roadworthy.foundation.errors import Finding, RoadworthyError
from roadworthy.interfaces.cli.options import Format

Json: TypeAlias = Any
"""Part of an answer of the API."""

_UNBOUNDED = 10_000
"""Width of a table that goes to a file or a pipe, where nothing may be cut off."""


def say(text: str = "") -> None:
    """Tell the person something that is not the result."""
    sys.stderr.write(f"{text}\n")


def hint(text: str) -> None:
    """The next step, after something was done."""
    say(f"next: {text}")


def result(text: str) -> None:
    """A result as it is; ends with a line end."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def structured(value: Json, output: Format) -> bool:
    """Print a value as JSON or YAML.

    Returns:
        False where the format is for people, and nothing was printed.
    """
    if output is Format.JSON:
        result(json.dumps(value, indent=2, ensure_ascii=False))
        return True
    if output is Format.YAML:
        import yaml

        result(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100))
        return True
    return False


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table on standard output, as wide as the terminal or, elsewhere, as its content."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else _UNBOUNDED, highlight=False)
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column.upper(), overflow="fold", no_wrap=not terminal)
    for row in rows:
        drawn.add_row(*(Text(cell(value), style=_STYLES.get(cell(value), "")) for value in row))
    with console.capture() as captured:
        console.print(drawn)
    result("\n".join(line.rstrip() for line in captured.get().splitlines()))


_STYLES = {"red": "red", "amber": "yellow", "green": "green", "unknown": "magenta", "failed": "red", "met": "green"}
"""Colour beside the word, never instead of it."""


def cell(value: Json) -> str:
    """A value as it stands in a table; what is not known says so."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value) or "-"
    return printable(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """Text without control characters, which a terminal would obey; line ends become spaces."""
    return "".join(each if each.isprintable() else " " for each in text)


def explain(error: RoadworthyError) -> None:
    """An error in its four parts: message, code, place, remedy; several faults one below the other."""
    say(f"error: {printable(error.message)} [{error.code}]")
    if str(error.place):
        say(f"   at: {printable(str(error.place))}")
    for finding in error.findings:
        show_finding(finding)
    say(f" next: {printable(error.remedy)}")


def show_finding(finding: Finding) -> None:
    """One fault: where, what, and below it what to do."""
    say(f"  {printable(str(finding))}")
    if finding.remedy:
        say(f"      {printable(finding.remedy)}")


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 use case`, `2 use cases`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
