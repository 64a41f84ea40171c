"""Replaying past actions under rules that nobody has applied yet."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from roadworthy.interfaces.cli.options import Format, Output

_CUSTOMERS: Final = 20
"""How many are told of in a table."""


def what_if(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders with changed declarations; none for what is in force.", metavar="PATH"),
    ] = None,
    since: Annotated[str | None, typer.Option(help="Such as 2026-11-01T00:00:00Z; 30 days before the end.")] = None,
    until: Annotated[str | None, typer.Option(help="The end; now if not said.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Only of this use case.")] = None,
    pass_held: Annotated[
        bool, typer.Option("--pass-held", help="Take what would be held now as let pass by people.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="How many differences are listed.")] = 50,
    output: Output = Format.TABLE,
) -> None:
    """Decide about past actions anew under changed rules.

    Takes `Action`, `ActionLimit` and `OperatingEnvelope`, none of which is applied. Nothing is done and nothing is
    charged. Exits 5 where anything would be decided otherwise.
    """
    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_sources

    sources = [{"name": source.name, "text": source.text} for source in read_sources(paths or [])]
    asked: dict[str, Any] = {
        "sources": sources, "since": since, "until": until, "useCase": use_case, "passHeld": pass_held, "show": limit,
    }  # fmt: skip
    with api() as client:
        found = client.post("/agent-actions/what-if", asked)
    if not out.structured(found, output):
        _tell(found)
    if found["differences"]:
        raise typer.Exit(ExitCode.CHANGES_PENDING)


def _tell(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    out.say(f"{out.counted(found['decisions'], 'decision')} from {found['since']} to {found['until']}")
    if not found["whole"]:
        out.say("the span has more decisions than are read at once: it ends earlier than was asked")
    if not found["sums"]:
        out.say("no action of this span and use case was decided about")
        return
    out.table(["then", "now", "decisions", "amounts"], [_sum(each) for each in found["sums"]])
    for title, some in (("rule", found["byRule"]), ("customer", found["byCustomer"][:_CUSTOMERS])):
        rows = [(each["name"], *_sum(one)) for each in some for one in each["sums"]]
        if rows:
            out.table([title, "then", "now", "decisions", "amounts"], rows)
    if found["shown"]:
        columns = ["at", "use case", "action", "amount", "then", "now", "rule", "about", "id"]
        out.table(columns, [_row(each) for each in found["shown"]])
    if len(found["byCustomer"]) > _CUSTOMERS:
        out.say(f"{len(found['byCustomer']) - _CUSTOMERS} more customers: `-o json` has them all")
    left = found["differences"] - len(found["shown"])
    if left > 0:
        out.say(f"{out.counted(left, 'more difference')} not listed: `--limit` says how many are")
    for why, count in found["unknown"].items():
        out.say(f"{out.counted(count, 'decision')} cannot be made anew: {why}")


def _sum(each: dict[str, Any]) -> tuple[Any, ...]:
    from roadworthy.foundation.money import Money

    amounts = ", ".join(str(Money(minor, currency)) for currency, minor in each["amounts"].items())
    return (each["then"], each["now"], each["count"], amounts)


def _row(each: dict[str, Any]) -> tuple[Any, ...]:
    from roadworthy.foundation.money import Money

    amount = "" if each["amount"] is None else str(Money(each["amount"], each["currency"]))
    return (
        each["at"], each["useCase"], each["action"], amount, each["then"], each["now"], each["rule"], each["about"],
        each["id"],
    )  # fmt: skip


def add_to(commands: typer.Typer) -> None:
    """Put the command among those of actions."""
    commands.command("what-if")(what_if)
