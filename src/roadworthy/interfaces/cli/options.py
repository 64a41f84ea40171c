"""Options and arguments that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    WIDE = "wide"
    """A table with more columns."""
    JSON = "json"
    YAML = "yaml"
    NAME = "name"
    """`Kind/name`, one a line, for scripts."""


Output = Annotated[
    Format, typer.Option("--output", "-o", help="How to print the result.", show_choices=True, case_sensitive=False)
]
Sources = Annotated[
    list[Path], typer.Argument(help="Files and folders with declarations; `-` reads standard input.", metavar="PATH...")
]
UseCaseArgument = Annotated[str, typer.Argument(help="Name of the use case.", metavar="USE-CASE")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
