"""Budgets on the command line: how they stand, when they will be full, and what dead processes used of them."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="What calls may use together, and how much is left.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Name of the budget.", metavar="BUDGET")]

_SAYS = {
    "full": "full",
    "fills": "full before its end",
    "lasts": "lasts",
    "too-early": "too early to say",
    "nothing-used": "nothing used",
    "no-window": "",
}


@commands.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """List budgets, and what certificates and pilots bound."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/budgets")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found["budgets"]))
        return
    gauges = [gauge for each in found["budgets"] for gauge in each["gauges"]] + found["others"]
    if not gauges:
        out.say("nothing bounds calls: declare a Budget")
        return
    _table(gauges)


@commands.command()
def show(budget: Which, output: Output = Format.TABLE) -> None:
    """Show how a budget stands, the fullest first."""
    _shown(budget, output, ahead=False)


@commands.command()
def forecast(budget: Which, output: Output = Format.TABLE) -> None:
    """Show when a budget will be full, at the rate so far."""
    _shown(budget, output, ahead=True)


@commands.command()
def reconcile(
    budget: Which,
    used: Annotated[
        int, typer.Option(min=0, help="What was really used of all that is in doubt; money in millionths.")
    ],
    reason: Annotated[str, typer.Option(help="How that is known.")],
) -> None:
    """Say what dead processes used, and give back the rest."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        done = client.post(f"/budgets/{quote(budget, safe='')}/reconcile", {"used": used, "reason": reason})
    out.say(f"{done['givenBack']:,} were given back")


def _shown(budget: str, output: Format, *, ahead: bool) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/budgets/{quote(budget, safe='')}")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result(found["name"])
        return
    if ahead:
        columns = ["ceiling", "of", "used", "forecast", "full at", "by its end", "former windows"]
        rows = [
            (
                each["shown"],
                _subject(each),
                f"{each['percent']} %",
                _SAYS[each["forecast"]["says"]],
                each["forecast"]["fullAt"],
                "" if each["forecast"]["byEnd"] is None else _amount(each, each["forecast"]["byEnd"]),
                ", ".join(_amount(each, count) for count in each["forecast"]["before"]),
            )
            for each in found["gauges"]
        ]
        out.table(columns, rows)
        return
    _table(found["gauges"])


def _table(gauges: list[dict[str, Any]]) -> None:
    from roadworthy.interfaces.cli import output as out

    columns = ["budget", "ceiling", "of", "used", "%", "in doubt", "forecast", "ends"]
    rows = [
        (
            each["name"],
            each["shown"],
            _subject(each),
            _amount(each, each["used"]),
            each["percent"],
            _amount(each, each["unknown"]) if each["unknown"] else "",
            _SAYS[each["forecast"]["says"]],
            each["ends"],
        )
        for each in gauges
    ]
    out.table(columns, rows)


def _subject(gauge: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value or 'not said'}" for name, value in sorted(gauge["subject"].items()))


def _amount(gauge: dict[str, Any], count: int) -> str:
    """So much of what a gauge counts; money in its currency."""
    unit = gauge["unit"]
    if not unit.startswith("micro-"):
        return f"{count:,}"
    whole, rest = divmod(count, 1_000_000)
    return f"{whole:,}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')} {unit.removeprefix('micro-')}"
