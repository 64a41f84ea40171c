"""The commands in the documents exist, with the options they are given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from roadworthy.interfaces.cli.main import app
from tests.harness import sources

ROOT = typer.main.get_command(app)
FENCE = re.compile(r"```(?:console|sh|bash)?\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(roadworthy [^`]+)`")
HELP = {"--help"}


def pages() -> list[Path]:
    """Pages of prose with commands in them; errors.md quotes the source, whose remedies are checked as well."""
    return [path for path in sources.tracked() if path.suffix == ".md"]


def commands(text: str) -> Iterator[list[str]]:
    """Every call of `roadworthy` in fenced and inline code, as words, without what the shell does."""
    fenced = [
        line
        for block in FENCE.findall(text)
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("roadworthy ")
    ]
    for line in [*fenced, *INLINE.findall(FENCE.sub("", text))]:
        words = shlex.split(line, comments=True)
        shell = next((at for at, word in enumerate(words) if word in {"|", ">", ">>", "&&", "&"}), len(words))
        yield [word.rstrip(",;…") for word in words[1:shell]]


def wrong_with(words: list[str]) -> str | None:
    """What a call names that does not exist."""
    command = ROOT
    rest = list(words)
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        found = command.commands.get(rest[0])
        if found is None:
            return f"no command `{rest[0]}`"
        command = found
        rest.pop(0)
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | HELP
    unknown = [word for word in rest if word.startswith("-") and word != "-" and word.split("=")[0] not in known]
    return f"no option {unknown}" if unknown else None


@pytest.mark.parametrize("path", pages(), ids=sources.name)
def test_commands_in_documents_exist(path: Path) -> None:
    wrong = [
        f"roadworthy {' '.join(words)}: {fault}"
        for words in commands(path.read_text(encoding="utf-8"))
        if (fault := wrong_with(words)) is not None
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("roadworthy ledger verify --mode quick", None),
        ("roadworthy ledger polish", "no command `polish`"),
        ("roadworthy plan --no-such-thing .", "no option ['--no-such-thing']"),
    ],
)
def test_a_wrong_command_is_seen(line: str, wrong: str | None) -> None:
    assert wrong_with(line.split()[1:]) == wrong
