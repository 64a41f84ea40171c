"""Calls that are answered later: what waits, what was given up, having it made again, letting it go."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.calls import CallArgument
from roadworthy.interfaces.cli.options import Format, Output

ReasonOption = Annotated[str, typer.Option(help="Why; it is kept in the ledger.")]
UseCaseOption = Annotated[str | None, typer.Option(help="Only of this use case.")]
EndpointOption = Annotated[str | None, typer.Option(help="Only through this endpoint.")]
SinceOption = Annotated[str | None, typer.Option(help="Only since this instant, such as 2026-11-23T08:00:00Z.")]
LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="How many.")]


def queue(
    state: Annotated[
        str | None, typer.Option(help="queued, running, answered, failed, dead-letter or cancelled.")
    ] = None,
    use_case: UseCaseOption = None,
    endpoint: EndpointOption = None,
    limit: LimitOption = 20,
    output: Output = Format.TABLE,
) -> None:
    """List calls that are answered later, the latest first."""
    _list({"state": state, "useCase": use_case, "endpoint": endpoint, "limit": limit}, output)


def dead_letters(
    use_case: UseCaseOption = None,
    endpoint: EndpointOption = None,
    since: SinceOption = None,
    limit: LimitOption = 20,
    output: Output = Format.TABLE,
) -> None:
    """List calls that were given up and wait for somebody."""
    asked = {"letters": "true", "useCase": use_case, "endpoint": endpoint, "since": since, "limit": limit}
    _list(asked, output)


def replay(
    reason: ReasonOption,
    call: Annotated[str | None, typer.Argument(help="Id of the dead letter.", metavar="CALL")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of a use case, 500 at most.")] = False,
    use_case: UseCaseOption = None,
    endpoint: EndpointOption = None,
    since: SinceOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Have a dead letter made again, as a new call.

    Asked twice, it is one call. With `--all`, those that cannot be made again are listed, and it exits 1.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    if (call is None) != all_ or (all_ and use_case is None):
        raise typer.BadParameter("name one dead letter, or say --all and of which --use-case")
    if call is not None:
        with api() as client:
            made = client.post(f"/later-calls/{quoted(call)}/replay", {"reason": reason})
        if not out.structured(made, output):
            out.result(made["id"])
            out.say("it is made as a new call; `roadworthy call queue` shows what becomes of it")
        return
    asked = {"endpoint": endpoint, "since": since, "reason": reason}
    with api() as client:
        found = client.post(f"/use-cases/{quoted(use_case or '')}/later-calls/replay", asked)
    if not out.structured(found, output):
        for each in found["made"]:
            out.result(each["id"])
        for each in found["refused"]:
            out.say(f"{each['call']}: {each['message']}")
    if found["refused"]:
        raise typer.Exit(1)


def discard(call: CallArgument, reason: ReasonOption) -> None:
    """Let a dead letter go, and its request with it."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        client.post(f"/later-calls/{quoted(call)}/discard", {"reason": reason})
    out.say("it is discarded; the ledger has the reason")


def _list(asked: dict[str, str | int | None], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/later-calls", **asked)["items"]
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        columns = ["since", "state", "use case", "endpoint", "why", "rule or error", "runs", "id"]
        out.table(
            columns,
            [
                (
                    each["endedAt"] or each["queuedAt"], each["state"], each["useCase"], each["endpoint"], each["why"],
                    each["rule"] or each["error"], len(each["runs"]), each["id"],
                )
                for each in found
            ],
        )  # fmt: skip


def add_to(commands: typer.Typer) -> None:
    """Put the commands among those of calls."""
    commands.command()(queue)
    commands.command("dead-letters")(dead_letters)
    commands.command()(replay)
    commands.command()(discard)
