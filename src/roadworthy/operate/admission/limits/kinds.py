"""The declared kinds `Budget` and `PriceTable`."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, Field, StringConstraints

from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.operate.admission.generation import changed
from roadworthy.operate.admission.limits.windows import CALENDAR

BUDGET: Final = "Budget"
PRICE_TABLE: Final = "PriceTable"
LONGEST_SLIDING: Final = 31 * 86_400
SHORTEST_SLIDING: Final = 20
"""Seconds: twenty pieces of a second."""


def _money(text: str) -> str:
    try:
        amount = Money.parse(text)
    except InvalidInput as error:
        message = f"{error.message}; {error.remedy}"
        raise ValueError(message) from error
    if amount.minor <= 0:
        message = "write an amount above nothing, such as `120 EUR`"
        raise ValueError(message)
    return text


def _zone(text: str) -> str:
    if text not in zoneinfo.available_timezones():
        message = "write a zone of the tz database, such as `Europe/Berlin`"
        raise ValueError(message)
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Pattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*?][A-Za-z0-9._:@+/*? -]{0,119}$")]
Names = Annotated[tuple[Name, ...], Field(max_length=500)]
Team = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000_000)]
Percent = Annotated[int, Field(ge=1, le=100)]
Price = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)]


class Ceiling(Shape):
    """The most of one thing in a window of time."""

    calls: Count | None = None
    tokens: Count | None = Field(
        default=None, description="What goes in and what comes out, cached and reasoning once."
    )
    money: Annotated[str, AfterValidator(_money)] | None = Field(default=None, description="Such as `120 EUR`.")
    concurrent: Count | None = Field(default=None, description="Calls at the same time; it has no `per`.")
    per: Annotated[str, StringConstraints(max_length=20)] | None = Field(
        default=None,
        description="`minute`, `hour`, `day`, `week`, `month`, `year`; a span such as `15m` where it slides.",
    )
    window: Literal["calendar", "sliding"] | None = Field(
        default=None, description="Calendar windows begin with the minute, hour, day; sliding ones reach back from now."
    )


class Budget(Shape):
    """What calls may use together. What is not said of a call's origin is not asked for."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    use_cases: Names = Field(default=(), description="Of which calls count; every one where none is named.")
    teams: Annotated[tuple[Team, ...], Field(max_length=100)] = Field(
        default=(), description="Parts of the organisation, as `unit` of their use cases names them."
    )
    stages: Annotated[tuple[Literal["pilot", "candidate", "production"], ...], Field(max_length=3)] = ()
    keys: Names = Field(default=(), description="Ids of gateway keys.")
    workloads: Names = ()
    endpoints: Names = ()
    releases: Names = Field(default=(), description="Digests.")
    each: Annotated[
        tuple[Literal["use-case", "team", "stage", "key", "workload", "endpoint", "release", "user"], ...],
        Field(max_length=8),
    ] = Field(default=(), description="What is counted apart: with `user`, everyone has the whole of it.")
    zone: Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)] | None = Field(
        default=None, description="By whose calendar; UTC where it is not said."
    )
    limits: Annotated[tuple[Ceiling, ...], Field(min_length=1, max_length=20)]
    warn_at: Annotated[tuple[Percent, ...], Field(max_length=10)] | None = Field(
        default=None, description="Percentages at which owners are told; 80 and 100 where nothing is said."
    )


class Priced(Shape):
    """What a model costs, in the table's currency, for a million tokens."""

    upstream: Pattern | None = Field(
        default=None, description="Name of an upstream, `*` for any letters; any if not said."
    )
    model: Pattern = Field(description="As the upstream names it; `*` for any letters.")
    since: dt.date | None = Field(default=None, description="From that day on, in UTC.")
    input: Price
    output: Price = Field(description="Reasoning is part of it.")
    cached: Price | None = Field(
        default=None, description="Of what was read from the provider's cache; `input` if not said."
    )
    cache_writes: Price | None = Field(default=None, description="Of what was written to it; `input` if not said.")
    per_call: Price | None = Field(default=None, description="Beside the tokens.")


class PriceTable(Shape):
    """What models cost. The project ships none: prices are what your contract says."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    prices: Annotated[tuple[Priced, ...], Field(min_length=1, max_length=2_000)]


def check_budget(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    budget = cast("Budget", spec)
    return [finding for index, each in enumerate(budget.limits) for finding in _faults(f"spec.limits[{index}]", each)]


def _faults(at: str, ceiling: Ceiling) -> Iterator[Finding]:
    said = [name for name in ("calls", "tokens", "money", "concurrent") if getattr(ceiling, name) is not None]
    if len(said) != 1:
        what = "a ceiling is of one thing" if said else "a ceiling says of what"
        yield Finding("budget-ceiling-of-one", what, Place(field=at), "give one of calls, tokens, money, concurrent")
    if ceiling.concurrent is not None:
        if ceiling.per is not None or ceiling.window is not None:
            what = "calls at the same time have no window"
            yield Finding("budget-window-unfit", what, Place(field=f"{at}.per"), "leave `per` and `window` out")
        return
    if ceiling.window == "sliding":
        span = seconds(ceiling.per or "")
        if span is None or not SHORTEST_SLIDING <= span <= LONGEST_SLIDING:
            what = f"`{(ceiling.per or '')[:20]}` is no span from 20 seconds to 31 days"
            yield Finding("budget-window-unfit", what, Place(field=f"{at}.per"), "write a span such as `15m` or `24h`")
    elif ceiling.per not in CALENDAR:
        what = f"`{(ceiling.per or '')[:20]}` is no window of the calendar"
        remedy = f"write one of {', '.join(CALENDAR)}, or say `window: sliding`"
        yield Finding("budget-window-unfit", what, Place(field=f"{at}.per"), remedy)


def check_prices(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: a model has one price at a time."""
    table, seen, findings = cast("PriceTable", spec), set(), []
    for index, each in enumerate(table.prices):
        key = (each.upstream, each.model, each.since)
        if key in seen:
            what = f"`{each.model}` has two prices from the same day on"
            findings.append(
                Finding("prices-twice", what, Place(field=f"spec.prices[{index}]"), "keep one, or give `since`")
            )
        seen.add(key)
    return findings


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            BUDGET,
            "budgets",
            "budget",
            Budget,
            check=check_budget,
            project=changed,
            decides=always(BUDGET, "change-policy"),
        ),
        Kind(
            PRICE_TABLE,
            "price-tables",
            "price-table",
            PriceTable,
            check=check_prices,
            project=changed,
            decides=always(PRICE_TABLE, "change-policy"),
        ),
    )
