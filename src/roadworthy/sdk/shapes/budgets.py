"""Types of the API: budgets. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Says: TypeAlias = Literal["full", "fills", "lasts", "too-early", "nothing-used", "no-window"]
"""What a forecast comes to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetForecast:
    """What will become of a window if it goes on like this."""

    says: Says
    full_at: dt.datetime | None
    """When it is full at the rate so far; null where it is not before its end."""
    by_end: int | None
    """What it would come to by its end, at the rate so far."""
    seconds: int
    """Over which the rate was taken."""
    before: tuple[int, ...]
    """What the windows before came to, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetGauge:
    """A ceiling, and how its present window stands for one subject."""

    name: str
    """Of the budget; of use case and stage, or endpoint, where a certificate or pilot bounds."""
    rule: str
    """As refusals and records name it."""
    shown: str
    """The ceiling in words."""
    counter: str
    unit: str
    most: int
    used: int
    """As far as processes said; each says so every second."""
    unknown: int
    """Held by processes that are not heard of any more; counts as used until reconciled."""
    leased: int
    """In the hands of processes, what they used of it included."""
    percent: int
    """Of the ceiling, what is used or in doubt."""
    subject: Mapping[str, str]
    """What is counted apart: dimension to value; users as pseudonyms."""
    starts: dt.datetime | None
    ends: dt.datetime | None
    """Null for calls at the same time."""
    forecast: BudgetForecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A declared budget."""

    name: str
    title: str | None
    use_cases: tuple[str, ...]
    """Of which calls count; empty for all."""
    each: tuple[str, ...]
    """What is counted apart."""
    subjects: int
    """How many there are; the two hundred fullest of each ceiling are listed."""
    gauges: tuple[BudgetGauge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReconciled:
    """What became of it."""

    given_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReconciliation:
    """What dead processes really used."""

    used: int
    """Of all that is in doubt, in the unit of the ceiling."""
    reason: str
    """How that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Everything that bounds calls."""

    budgets: tuple[Budget, ...]
    others: tuple[BudgetGauge, ...]
    """What certificates and pilots bound, where calls were counted."""
