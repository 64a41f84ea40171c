"""Actions that agents asked for: what became of them, why, and what was given up."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

ActionArgument = Annotated[str, typer.Argument(help="Id of the action.", metavar="ACTION")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is kept in the ledger.")]
UseCaseOption = Annotated[str | None, typer.Option(help="Only of this use case.")]
LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="How many.")]


def listed(
    use_case: UseCaseOption = None,
    run: Annotated[str | None, typer.Option(help="Only of this agent run.")] = None,
    name: Annotated[str | None, typer.Option("--action", help="Only this declared action.")] = None,
    system: Annotated[str | None, typer.Option(help="Only in this system.")] = None,
    state: Annotated[str | None, typer.Option(help="Such as held, done, refused or dead-letter.")] = None,
    limit: LimitOption = 20,
    output: Output = Format.TABLE,
) -> None:
    """List actions that agents asked for, the latest first."""
    asked = {"useCase": use_case, "run": run, "action": name, "system": system, "state": state, "limit": limit}
    _list(asked, output)


def dead_letters(use_case: UseCaseOption = None, limit: LimitOption = 20, output: Output = Format.TABLE) -> None:
    """List actions that were given up and wait for somebody."""
    _list({"letters": "true", "useCase": use_case, "limit": limit}, output)


def show(
    action: ActionArgument,
    contents: Annotated[bool, typer.Option(help="With what was sent and came of it; the ledger keeps that.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show one action, and on demand its contents."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        found = client.get(f"/agent-actions/{quoted(action)}")
        if contents:
            found |= client.post(f"/agent-actions/{quoted(action)}/contents")
    if not out.structured(found, output):
        out.table(["", ""], [(name, _said(value)) for name, value in found.items() if value not in (None, "")])


def explain(
    name: Annotated[str, typer.Argument(help="Name of the declared action.", metavar="NAME")],
    use_case: Annotated[str, typer.Option(help="Whose agent it would be.")],
    arguments: Annotated[str, typer.Option(help="A JSON object, or @FILE with one.")] = "{}",
    stage: Annotated[str, typer.Option(help="pilot, candidate or production.")] = "production",
    workload: Annotated[str | None, typer.Option(help="The agent, as a declared workload.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group of the user for whom it would be.")] = None,
    tainted: Annotated[bool, typer.Option(help="As in a run that has read untrusted content.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what would become of an action now, with every reason."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    given = Path(arguments[1:]).read_text("utf-8") if arguments.startswith("@") else arguments
    asked: dict[str, Any] = {
        "useCase": use_case, "stage": stage, "arguments": given, "workload": workload, "groups": group or [],
        "tainted": tainted,
    }  # fmt: skip
    with api() as client:
        found = client.post(f"/actions/{quoted(name)}/explain", asked)
    if not out.structured(found, output):
        out.result(found["says"])
        rows = [(each["says"], each["rule"], each["about"], each["who"], each["remedy"]) for each in found["reasons"]]
        out.table(["says", "rule", "about", "who could say yes", "remedy"], rows)
    if found["says"] == "deny":
        raise typer.Exit(1)


def replay(
    action: ActionArgument,
    reason: ReasonOption,
    arguments: Annotated[str | None, typer.Option(help="Other arguments, as JSON or @FILE.")] = None,
) -> None:
    """Have a dead letter done again.

    With other arguments it is another action. Whoever does that says with it that it was not done.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    given = Path(arguments[1:]).read_text("utf-8") if arguments is not None and arguments.startswith("@") else arguments
    with api() as client:
        made = client.post(f"/agent-actions/{quoted(action)}/replay", {"reason": reason, "arguments": given})
    out.result(made["id"])


def settle(
    action: ActionArgument,
    reason: ReasonOption,
    done: Annotated[bool, typer.Option("--done/--not-done", help="Whether it was done.")],
    reference: Annotated[str | None, typer.Option(help="How the system itself names what was done.")] = None,
) -> None:
    """Say of an action in doubt what was found out."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    asked = {"reason": reason, "done": done, "reference": reference}
    with api() as client:
        made = client.post(f"/agent-actions/{quoted(action)}/settle", asked)
    out.say(f"it is {made['state']}; the ledger has the reason")


def discard(action: ActionArgument, reason: ReasonOption) -> None:
    """Let a dead letter go."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        client.post(f"/agent-actions/{quoted(action)}/discard", {"reason": reason})
    out.say("it is discarded; the ledger has the reason")


def _list(asked: dict[str, str | int | None], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/agent-actions", **asked)["items"]
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        columns = ["asked", "state", "use case", "action", "amount", "rule or error", "run", "id"]
        out.table(columns, [_row(each) for each in found])


def _row(each: dict[str, Any]) -> tuple[Any, ...]:
    from roadworthy.foundation.money import Money

    amount = "" if each["amount"] is None else str(Money(each["amount"], each["currency"]))
    why = each["rule"] or each["error"]
    return (each["askedAt"], each["state"], each["useCase"], each["action"], amount, why, each["run"], each["id"])


def _said(value: Any) -> str:  # noqa: ANN401 - any JSON
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def add_to(commands: typer.Typer) -> None:
    """Put the commands among those of actions."""
    commands.command("list")(listed)
    commands.command("dead-letters")(dead_letters)
    commands.command()(show)
    commands.command()(explain)
    commands.command()(replay)
    commands.command()(settle)
    commands.command()(discard)
