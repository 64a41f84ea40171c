"""About the program itself: version and completion."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

COMPLETE = "_ROADWORTHY_COMPLETE"


class Shell(StrEnum):
    """Shells that can complete commands."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def version(output: Output = Format.TABLE) -> None:
    """Print the version. Needs no home."""
    from roadworthy import __version__
    from roadworthy.foundation.resources.registry import API_VERSION
    from roadworthy.foundation.storage.migrations import HEAD
    from roadworthy.interfaces.cli import output as out

    content = {"version": __version__, "apiVersion": API_VERSION, "databaseRevision": HEAD}
    if not out.structured(content, output):
        out.result(f"roadworthy {__version__} ({API_VERSION}, database revision {HEAD})")


def completion(
    context: typer.Context, shell: Annotated[Shell, typer.Argument(help="The shell to print a script for.")]
) -> None:
    """Print a completion script.

    Load it with `source <(roadworthy completion bash)`.
    """
    os.environ[COMPLETE] = f"source_{shell.value}"
    root = context.find_root()
    root.command.main(args=[], prog_name=root.info_name or "roadworthy", complete_var=COMPLETE)
