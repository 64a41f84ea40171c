"""Importing actions from what a system says of itself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output


def import_(
    system: Annotated[str, typer.Argument(help="Name of the declared system.")],
    source: Annotated[str, typer.Option("--from", help="mcp, openapi or functions.", metavar="SOURCE")],
    use_case: Annotated[list[str], typer.Option("--use-case", help="Whose agents may do it; may be repeated.")],
    file: Annotated[Path | None, typer.Option("--file", help="What it says; else the system is asked.")] = None,
    path: Annotated[str | None, typer.Option("--path", help="Of the document, below the system's address.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Pattern of names; may be repeated.")] = None,
    out_: Annotated[Path | None, typer.Option("--out", help="Folder for a file of each action.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Say what is not as it was declared.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Draft actions from tools or an OpenAPI document.

    Nothing is declared.

    Each draft names what a person has to confirm. With --diff nothing is written, and it ends with 5 where
    something differs.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted, read_bytes

    body: dict[str, Any] = {"source": source, "useCases": use_case, "only": only or []}
    if file is not None:
        body["content"] = read_bytes(file).decode("utf-8", "replace")
    if path is not None:
        body["path"] = path
    with api() as client:
        found = client.post(f"/systems/{quoted(system)}/drafts", body)
    if not out.structured(found, output):
        if diff:
            _differences(found["differences"])
        else:
            _drafts(found["drafts"], out_, overwrite=overwrite)
    if diff and found["differences"]:
        raise typer.Exit(ExitCode.CHANGES_PENDING)


def _differences(found: list[dict[str, Any]]) -> None:
    from roadworthy.interfaces.cli import output as out

    if not found:
        out.say("everything is as it was declared")
        return
    out.table(["action", "what"], [(each["name"], what) for each in found for what in each["what"]])


def _drafts(drafts: list[dict[str, Any]], folder: Path | None, *, overwrite: bool) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import write_new

    fit = [each for each in drafts if each["yaml"] is not None]
    if folder is None:
        out.result("---\n".join(each["yaml"] for each in fit).rstrip("\n"))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        for each in fit:
            write_new(folder / f"{each['name']}.yaml", each["yaml"].encode(), overwrite=overwrite)
        out.result(f"{out.counted(len(fit), 'draft', 'drafts')} in {folder}")
    for each in drafts:
        for fault in each["faults"]:
            out.say(f"{each['of']} is left out: {fault}")
    if folder is not None and fit:
        out.hint(f"look at what each says under `Look at this`, then roadworthy apply {folder}")


def add_to(commands: typer.Typer) -> None:
    """Put the command among those of actions."""
    commands.command("import")(import_)
