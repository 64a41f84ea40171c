"""Declarations as code: validate, schema, plan, apply."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output, Sources, Yes

if TYPE_CHECKING:
    from roadworthy.interfaces.cli.output import Json
    from roadworthy.interfaces.client import Client

_SIGNS = {"create": "+", "update": "~", "remove": "-", "unchanged": "="}
_LONGEST_VALUE = 80


def validate(paths: Sources, output: Output = Format.TABLE) -> None:
    """Check declarations, line by line.

    Needs no home.

    Exits 0 when all is well and 1 when something has to be mended.
    """
    from roadworthy.assembly.kinds import kinds
    from roadworthy.foundation.resources.documents import parse, without_documents
    from roadworthy.foundation.resources.registry import Registry
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import read_sources

    sources = read_sources(paths)
    declared, findings = parse(sources, Registry(kinds()))
    notes = without_documents(sources)
    content = {
        "declared": len(declared),
        "findings": [finding.to_dict() for finding in findings],
        "notes": [note.to_dict() for note in notes],
    }
    if not out.structured(content, output):
        for finding in findings:
            out.result(out.printable(str(finding)))
            if finding.remedy:
                out.result(f"    {out.printable(finding.remedy)}")
        for note in notes:
            out.say(f"note: {note}")
    files = out.counted(len(sources), "file")
    if findings:
        out.say(f"{out.counted(len(findings), 'fault')} in {files}")
        raise typer.Exit(ExitCode.FAILED)
    out.say(f"{out.counted(len(declared), 'resource')} in {files}, no fault")
    if declared:
        out.hint(f"roadworthy plan {' '.join(map(str, paths))}")


def schema(
    kind: Annotated[str | None, typer.Argument(help="A kind; the names of all without it.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--write", help="Write the schema of every kind into this folder.")
    ] = None,
) -> None:
    """Print the JSON Schema of a kind.

    Editors complete and check declarations with it. Needs no home.
    """
    from roadworthy.assembly.kinds import kinds
    from roadworthy.foundation.resources.registry import Registry
    from roadworthy.foundation.resources.schema import schema_text, write_schemas
    from roadworthy.interfaces.cli import output as out

    registry = Registry(kinds())
    if folder is not None:
        for path in write_schemas(folder, registry.all()):
            out.result(str(path))
    elif kind is None:
        for each in registry.all():
            out.result(each.name)
        out.hint("roadworthy schema UseCase")
    else:
        out.result(schema_text(registry.get(kind)))


def plan(
    paths: Sources,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Keep the plan in this file, to apply exactly it later.")
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 5 when there are changes to apply.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what applying would change.

    Field by field, against what is in force now. Changes nothing.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    with api() as client:
        made = _plan(client, paths)
    if out_file is not None:
        write_new(out_file, made["plan"].encode(), overwrite=True)
    if not out.structured({name: made[name] for name in ("digest", "pending", "steps")}, output):
        _show_steps(made["steps"], output)
    if made["pending"]:
        out.hint(f"roadworthy apply --plan {out_file}" if out_file else f"roadworthy apply {' '.join(map(str, paths))}")
    if made["pending"] and detailed_exitcode:
        raise typer.Exit(ExitCode.CHANGES_PENDING)


def apply(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders with declarations.", metavar="PATH...")
    ] = None,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="Apply exactly this plan.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Put declarations in force.

    Whole or not at all; what is already so is left alone. A plan that was made against another state is refused.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_text

    if bool(paths) == bool(plan_file):
        raise typer.BadParameter("give either files and folders, or `--plan FILE`")
    with api() as client:
        if plan_file is not None:
            content, source = read_text(plan_file), str(plan_file)
        else:
            made = _plan(client, paths or [])
            content, source = made["plan"], ", ".join(map(str, paths or []))
            if dry_run or _asks(yes):
                _show_steps(made["steps"], Format.TABLE)
            if dry_run or not made["pending"]:
                out.say("nothing to change" if not made["pending"] else "nothing was changed, as asked")
                return
        if dry_run:
            out.say("a plan file was shown when it was made; nothing was changed, as asked")
            return
        if _asks(yes):
            typer.confirm("Apply this?", abort=True, err=True)
        done = _applied(client, {"plan": content, "source": source}, plan_file, paths or [])
    if not out.structured(done, output):
        changed = [each for each in done["applied"] if each["action"] != "unchanged"]
        for each in changed:
            name = f"{each['kind']}/{each['name']}"
            out.result(name if output is Format.NAME else f"{name} {each['action']}d, generation {each['generation']}")
    out.say(f"{out.counted(done['changed'], 'change')} applied")
    if done["changed"]:
        out.hint("roadworthy assess")


def remove(
    kind: Annotated[str, typer.Argument(help="Name or plural of a kind, such as `use-cases`.", metavar="KIND")],
    name: Annotated[str, typer.Argument(help="Name of the resource.", metavar="NAME")],
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Take a resource out of force; its history stays.

    Where that takes a decision it is refused: ask for it with `roadworthy propose remove`.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.decision_options import naming_how_to_ask
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        made = client.post("/plan/removal", {"kind": kind, "name": name})
        if _asks(yes):
            _show_steps(made["steps"], Format.TABLE)
            typer.confirm("Remove it?", abort=True, err=True)
        with naming_how_to_ask("propose", "remove", kind, name):
            done = client.post("/apply", {"plan": made["plan"], "source": "remove"})
    if not out.structured(done, output):
        for each in done["applied"]:
            what = f"{each['kind']}/{each['name']}"
            out.result(what if output is Format.NAME else f"{what} removed; its history stays")


def _plan(client: "Client", paths: list[Path]) -> dict[str, Any]:
    from roadworthy.interfaces.cli.session import read_sources

    sources = [{"name": source.name, "text": source.text} for source in read_sources(paths)]
    made: dict[str, Any] = client.post("/plan", {"sources": sources})
    return made


def _applied(client: "Client", body: dict[str, str], plan_file: Path | None, paths: list[Path]) -> dict[str, Any]:
    """Apply a plan; where somebody has to decide first, the command that asks them is named exactly."""
    from roadworthy.interfaces.cli.decision_options import naming_how_to_ask

    what = [str(plan_file)] if plan_file is not None else [word for path in paths for word in ("-f", str(path))]
    with naming_how_to_ask("propose", "apply", *what):
        done: dict[str, Any] = client.post("/apply", body)
    return done


def _asks(yes: bool) -> bool:
    return not yes and sys.stdin.isatty() and sys.stderr.isatty()


def _show_steps(steps: list[dict[str, Any]], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    for step in steps:
        name = f"{step['kind']}/{step['name']}"
        if output is Format.NAME:
            out.result(name)
            continue
        if step["action"] == "unchanged" and output is not Format.WIDE:
            continue
        out.result(f"{_SIGNS[step['action']]} {name}: {step['action']}")
        for change in step["changes"]:
            before = "" if change["before"] is None else f"{_short(change['before'])} -> "
            out.result(f"    {change['path']}: {before}{_short(change['after'])}")
    pending = sum(step["action"] != "unchanged" for step in steps)
    out.say(f"{out.counted(pending, 'change')}, {len(steps) - pending} unchanged")


def _short(value: "Json") -> str:
    from roadworthy.interfaces.cli.output import cell

    text = cell(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
