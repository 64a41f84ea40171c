"""Budgets, certificates' ceilings and pilots' caps as limits, and which of them a call counts in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from roadworthy.foundation.money import Money
from roadworthy.foundation.spans import seconds
from roadworthy.operate.admission.limits.kinds import Budget, Ceiling
from roadworthy.operate.admission.limits.model import (
    CALLS,
    CONCURRENT,
    TOKENS,
    Dimension,
    Limit,
    micro_per_minor,
    money_unit,
)
from roadworthy.operate.admission.limits.prices import Prices
from roadworthy.operate.admission.limits.windows import ENDLESS, Window

WARN_AT: Final = (80, 100)
_COUNTER: Final = re.compile(r"(?:(?P<what>calls|tokens)|(?P<currency>[A-Z]{3}) minor units) per (?P<per>[a-z]+)")
_SLIDING: Final = {"minute": 60, "hour": 3_600}
"""Rates of a certificate hold over any minute and any hour; volumes by the calendar, in UTC."""
_CALENDAR: Final = frozenset({"second", "day", "week", "month", "year"})


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that is bounded and priced, as one process holds it; immutable, swapped as a whole."""

    everywhere: tuple[Limit, ...] = ()
    """Of no particular use case."""
    by_use_case: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    prices: Prices = field(default_factory=Prices)
    teams: Mapping[str, str] = field(default_factory=dict)
    """Who runs a use case; only where a budget asks for it."""

    def scoped(self, scopes: Mapping[str, str]) -> Mapping[str, str]:
        """Scopes with the team of their use case, where one is known."""
        team = self.teams.get(scopes.get(Dimension.USE_CASE, "")) if self.teams else None
        return scopes if team is None else {**scopes, Dimension.TEAM: team}

    def of(self, scopes: Mapping[str, str]) -> list[Limit]:
        """The limits that a call counts in."""
        some = self.by_use_case.get(scopes.get(Dimension.USE_CASE, ""), ())
        return [limit for each in (self.everywhere, some) for limit in each if limit.applies(scopes)]

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys([*self.everywhere, *(each for some in self.by_use_case.values() for each in some)]))


def book_of(
    budgets: Iterable[tuple[str, Budget]],
    prices: Prices,
    others: Sequence[Limit] = (),
    teams: Mapping[str, str] | None = None,
) -> Book:
    """Compile budgets.

    Args:
        budgets: name and spec of each.
        prices: compiled price tables.
        others: limits that are declared elsewhere, such as the caps of pilots.
        teams: who runs a use case, by its name.
    """
    everywhere: list[Limit] = []
    by_use_case: dict[str, list[Limit]] = {}
    for limit in [*(limit for name, budget in budgets for limit in limits_of(name, budget)), *others]:
        named = next((values for dimension, values in limit.of if dimension == Dimension.USE_CASE), None)
        if named is None:
            everywhere.append(limit)
        for use_case in named or ():
            by_use_case.setdefault(use_case, []).append(limit)
    return Book(tuple(everywhere), {name: tuple(some) for name, some in by_use_case.items()}, prices, teams or {})


def limits_of(name: str, budget: Budget) -> list[Limit]:
    """The ceilings of one budget."""
    asked = (
        (Dimension.USE_CASE, budget.use_cases),
        (Dimension.TEAM, budget.teams),
        (Dimension.STAGE, budget.stages),
        (Dimension.KEY, budget.keys),
        (Dimension.WORKLOAD, budget.workloads),
        (Dimension.ENDPOINT, budget.endpoints),
        (Dimension.RELEASE, budget.releases),
    )
    of = tuple((str(dimension), frozenset(values)) for dimension, values in asked if values)
    found = []
    for ceiling in budget.limits:
        unit, most, what = _measured(ceiling)
        window = _window(ceiling, budget.zone or "UTC")
        found.append(
            Limit(
                name=name,
                rule=f"limit:{name}",
                counter=f"{what}{_per(ceiling)}",
                unit=unit,
                most=most,
                window=window,
                of=of,
                each=tuple(budget.each),
                warn=tuple(sorted(budget.warn_at or WARN_AT)) if unit != CONCURRENT else (),
                use_case=budget.use_cases[0] if len(budget.use_cases) == 1 else None,
            )
        )
    return found


def _measured(ceiling: Ceiling) -> tuple[str, int, str]:
    """Unit, how many of it, and what it is called in words."""
    if ceiling.money is not None:
        amount = Money.parse(ceiling.money)
        return money_unit(amount.currency), amount.minor * micro_per_minor(amount.currency), amount.currency
    if ceiling.concurrent is not None:
        return CONCURRENT, ceiling.concurrent, "calls at the same time"
    if ceiling.tokens is not None:
        return TOKENS, ceiling.tokens, TOKENS
    return CALLS, ceiling.calls or 0, CALLS


def _window(ceiling: Ceiling, zone: str) -> Window:
    if ceiling.concurrent is not None:
        return Window(ENDLESS)
    if ceiling.window == "sliding":
        return Window(seconds=round(seconds(ceiling.per or "") or 0))
    return Window(ceiling.per or "day", zone=zone)


def _per(ceiling: Ceiling) -> str:
    if ceiling.concurrent is not None:
        return ""
    return f" in any {ceiling.per}" if ceiling.window == "sliding" else f" per {ceiling.per}"


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter of a certificate: windows to count in, or the most of a single call."""

    counter: str
    limit: Limit | None
    """None where it bounds every single call, and nothing has to be added up."""
    unit: str
    scale: int
    """Millionths in what the certificate counts by; 1 for calls and tokens."""


def counted(use_case: str, stage: str, ceilings: Mapping[str, int]) -> tuple[Counted, ...]:
    """A certificate's ceilings as what is counted here. Counters that are not understood are left out.

    The verdict takes a counter that nobody counted for one that is outside, so that what is not understood is refused.
    """
    found = []
    for counter, most in ceilings.items():
        fits = _COUNTER.fullmatch(counter)
        if fits is None:
            continue
        currency, per = fits["currency"], fits["per"]
        unit = money_unit(currency) if currency else fits["what"]
        scale = micro_per_minor(currency) if currency else 1
        if per == "call":
            found.append(Counted(counter, None, unit, scale))
            continue
        if per not in _CALENDAR and per not in _SLIDING:
            continue
        window = Window(seconds=_SLIDING[per]) if per in _SLIDING else Window(per)
        term = "cost" if currency else "rate" if per in {"second", "minute"} else "volume"
        limit = Limit(
            name=f"{use_case}/{stage}",
            rule=f"envelope:{term}",
            counter=counter,
            unit=unit,
            most=most * scale,
            window=window,
            of=((str(Dimension.USE_CASE), frozenset({use_case})), (str(Dimension.STAGE), frozenset({stage}))),
            use_case=use_case,
        )
        found.append(Counted(counter, limit, unit, scale))
    return tuple(found)


def pilot_cap(use_case: str, endpoint: str, calls_per_day: int) -> Limit:
    """How far an endpoint's pilot and candidate traffic goes."""
    return Limit(
        name=f"{use_case}/{endpoint}",
        rule=f"limit:pilot-of-{endpoint}",
        counter="calls per day",
        unit=CALLS,
        most=calls_per_day,
        window=Window("day"),
        of=(
            (str(Dimension.USE_CASE), frozenset({use_case})),
            (str(Dimension.STAGE), frozenset({"pilot", "candidate"})),
            (str(Dimension.ENDPOINT), frozenset({endpoint})),
        ),
        use_case=use_case,
    )
