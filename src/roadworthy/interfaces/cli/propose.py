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
            text = read_text(plan)
        else:
            sources = [{"name": source.name, "text": source.text} for source in read_sources(files or [])]
            text = client.post("/plan", {"sources": sources})["plan"]
        body = {"subject": "plan", "content": {"plan": text}, "reason": reason, "changeNumber": change}
        ask(client, "/decisions", body, key, wait_for, output)


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
    """Ask for something that another system does on the word of the decision.

    Once approved, whoever does it uses the approval first, once: `roadworthy decision use`.
    """
    wanted: dict[str, Any] = {
        "decides": decides,
        "facts": facts_of(fact, decides),
        "details": facts_of(detail, ""),
        "resource": resource,
    }
    _ask_about(name, {"external": wanted, "reason": reason, "changeNumber": change}, key, wait_for, output)


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
