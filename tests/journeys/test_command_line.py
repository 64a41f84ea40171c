from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import typer.main
from typer.core import TyperGroup

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.main import app
from tests.journeys.home import Home

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
GROUPS = {group.name: group.typer_instance for group in app.registered_groups}
COMMANDS = [(command.name,) for command in app.registered_commands] + [
    (name, command.name or command.callback.__name__)
    for name, group in GROUPS.items()
    for command in (group.registered_commands if group else ())
    if command.callback
]


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: building the tree of commands a hundred and fifty times would take ten seconds."""
    line = typer.main.get_command(app)
    for command in [(), *COMMANDS]:
        path = [part for part in command if part]
        assert line.main([*path, "--help"], prog_name="roadworthy", standalone_mode=False) in {None, 0}
        shown = capsys.readouterr()
        assert f"Usage: {' '.join(['roadworthy', *path])}" in re.sub(r"\s+", " ", shown.out)
        assert shown.err == ""


def groups(group: TyperGroup, path: str) -> Iterator[tuple[str, TyperGroup]]:
    """A group of commands and those below it, each with what is typed to reach it."""
    yield path, group
    for name, below in group.commands.items():
        if isinstance(below, TyperGroup):
            yield from groups(below, f"{path} {name}")


def test_the_first_help_line_of_a_command_is_not_cut_off() -> None:
    """At eighty columns, in the help of every group: what is cut is said by nobody."""
    line = typer.main.get_command(app)
    assert isinstance(line, TyperGroup)
    cut = []
    for path, group in groups(line, "roadworthy"):
        shown = group.get_help(typer.Context(group, info_name=path, terminal_width=80))
        commands = shown.rpartition("Commands:")[2].splitlines()
        cut += [f"{path} {each.strip()}" for each in commands if each.endswith("...")]
    assert cut == []


def test_every_command_stands_in_the_document() -> None:
    text = DOCUMENT.read_text("utf-8")
    for command in COMMANDS:
        assert f"`{' '.join(part for part in command if part)}`" in text


def test_the_documents_exit_codes_are_the_codes() -> None:
    rows = dict(re.findall(r"^\| (\d) \| `(\w+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE))
    assert {int(number): name for number, name in rows.items()} == {code.value: code.name for code in ExitCode}


@pytest.mark.parametrize(
    "arguments",
    [["--nonsense"], ["apply"], ["apply", "a.yaml", "--plan", "b"], ["assess", "--gate"], ["get", "-o", "xml"]],
)
def test_wrong_usage_is_two(home: Home, arguments: list[str]) -> None:
    assert home.run(*arguments, code=ExitCode.USAGE).out == ""


def test_a_misspelt_command_gets_a_suggestion(home: Home) -> None:
    assert "assess" in home.run("asess", code=ExitCode.USAGE).err


def test_validate_and_schema_and_version_need_no_home(home: Home) -> None:
    home.write("a.yaml", "# nothing yet\n")
    assert "nothing is declared here" in home.run("validate", "a.yaml", code=0).err
    assert home.run("schema", "usecase", code=0).out.startswith("{")
    assert home.run("version", code=0).out.startswith("roadworthy ")
    assert not (home.folder / ".roadworthy").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(home: Home, shell: str) -> None:
    assert "roadworthy" in home.run("completion", shell, code=0).out


def test_keys_rotate_and_what_the_old_one_signed_stays_valid(home: Home) -> None:
    first = home.run("ledger", "checkpoint", "-o", "json", code=0).json()["vkey"]
    second = home.run("keys", "rotate", code=0).out.strip()
    assert first != second
    verified = home.run("ledger", "verify", "-o", "json", code=0).json()
    assert verified["ok"] is True
    assert set(verified["signedBy"]) == {first, second}
