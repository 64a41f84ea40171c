"""Asking for decisions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.decision_options import (
    ChangeOption,
    KeyOption,
    ReasonOption,
    WaitOption,
    facts_of,
    verdict,
    wait,
)
from roadworthy.interfaces.cli.imports import MappingOption, SpreadsheetArgument, TakeOption, fields_of
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

commands = typer.Typer(help="Ask for a decision.", no_args_is_help=True)


@commands.command()
def apply(
    plan: Annotated[Path | None, typer.Argument(help="A saved plan.", metavar="PLAN")] = None,
    files: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A file or folder with declarations; repeat it.")
    ] = None,
    *,
    reason: ReasonOption,
    change: ChangeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that declarations come in force, exactly as planned.

    They come in force with the last vote that is missing. Exits 4 while people have to vote, 3 when the answer is no.
    """
    from roadworthy.interfaces.cli.session import api, read_sources, read_text

    if (plan is None) == (not files):
        raise typer.BadParameter("give either a saved plan, or files with `-f`")
    with api() as client:
        if plan is not None:
            made = {"plan": read_text(plan)}
        else:
            sources = [{"name": source.name, "text": source.text} for source in read_sources(files or [])]
            made = client.post("/plan", {"sources": sources})
        _ask_for_plan(client, made, reason, change, key, wait_for, output)


@commands.command("import")
def import_(
    file: SpreadsheetArgument,
    *,
    mapping: MappingOption = None,
    take: TakeOption = None,
    reason: ReasonOption,
    change: ChangeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that what a spreadsheet declares comes in force.

    With the last vote that is missing its use cases are declared. Import it once more then: nothing is left to decide,
    and its rows and answers are kept.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_bytes

    with api() as client:
        made = client.upload("/plan/import", file.name, read_bytes(file), fields_of(mapping, take))
        if not made["pending"]:
            out.say("there is nothing to decide: the file changes no declaration")
            out.hint(f"roadworthy import {file}")
            return
        _ask_for_plan(client, made, reason, change, key, wait_for, output)
    out.hint(f"once it is decided: roadworthy import {file}")


@commands.command()
def remove(
    kind: Annotated[str, typer.Argument(help="Name or plural of a kind, such as `use-cases`.", metavar="KIND")],
    name: Annotated[str, typer.Argument(help="Name of the resource.", metavar="NAME")],
    *,
    reason: ReasonOption,
    change: ChangeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a resource is taken out of force; its history stays.

    To end a use case and keep its record, ask for `propose retire`.
    """
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        made = client.post("/plan/removal", {"kind": kind, "name": name})
        _ask_for_plan(client, made, reason, change, key, wait_for, output)


@commands.command()
def promote(
    name: UseCaseArgument,
    to: Annotated[str, typer.Option("--to", help="The stage that it should go to, such as `production`.")],
    reason: ReasonOption,
    change: ChangeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a use case goes to a stage."""
    _ask_about(name, {"stage": to, "reason": reason, "changeNumber": change}, key, wait_for, output)


@commands.command()
def retire(
    name: UseCaseArgument,
    reason: ReasonOption,
    change: ChangeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a use case is retired."""
    _ask_about(name, {"stage": "retired", "reason": reason, "changeNumber": change}, key, wait_for, output)


@commands.command()
def external(
    decides: Annotated[
        str,
        typer.Argument(
            help="deploy, retrain, roll-back, suspend, resume, raise-limit or agent-action.", metavar="CLASS"
        ),
    ],
    name: UseCaseArgument,
    reason: ReasonOption,
    fact: Annotated[list[str] | None, typer.Option(help="`NAME=VALUE`, such as `release=2026-11`; repeat it.")] = None,
    detail: Annotated[
        list[str] | None, typer.Option(help="`NAME=VALUE` that whoever approves should read; repeat it.")
    ] = None,
    resource: Annotated[str | None, typer.Option(help="What it happens to, as `Kind/name`.")] = None,
    change: ChangeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask for something that another system does.

    It does it on the word of the decision.

    Once approved, whoever does it uses the approval first, once: `roadworthy decision use`.
    """
    wanted: dict[str, Any] = {
        "decides": decides,
        "facts": facts_of(fact, decides),
        "details": facts_of(detail, ""),
        "resource": resource,
    }
    _ask_about(name, {"external": wanted, "reason": reason, "changeNumber": change}, key, wait_for, output)


def _ask_for_plan(
    client: "Client",
    made: dict[str, Any],
    reason: str,
    change: str | None,
    key: str | None,
    span: str | None,
    output: Format,
) -> None:
    body = {"subject": "plan", "content": {"plan": made["plan"]}, "reason": reason, "changeNumber": change}
    ask(client, "/decisions", body, key, span, output)


def _ask_about(name: str, body: dict[str, Any], key: str | None, span: str | None, output: Format) -> None:
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    with api() as client:
        ask(client, f"/use-cases/{quote(name, safe='')}/decisions", body, key, span, output)


def ask(client: "Client", path: str, body: dict[str, Any], key: str | None, span: str | None, output: Format) -> None:
    """Ask, wait if that is wanted, and answer with the exit code of where it stands."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.telling_decisions import told

    asked = {name: value for name, value in body.items() if value is not None}
    request = wait(client, client.post(path, asked, key=key), span)
    if not out.structured(request, output):
        out.result(request["id"])
        told(request)
    code = verdict(request["state"])
    if span is not None and code:
        raise typer.Exit(code)
