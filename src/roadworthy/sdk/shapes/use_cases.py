"""Types of the API: use cases. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roadworthy.sdk.shapes.shared import Assessment, Duty, FactsAnswer, SeatState, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an imported cell says about a fact."""

    fact: str
    answer: FactsAnswer
    place: str
    reported_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Something the use case wants and the platform does not offer."""

    component: str
    what: str
    wants: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One of the four duties, and who holds it."""

    duty: Duty
    person: str | None
    state: SeatState
    accepted_at: dt.datetime | None
    also: tuple[Duty, ...]
    """Other duties of this use case that the same person holds."""
    left: bool
    """Whether whoever is named has left; then what they accepted binds nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierBody:
    """The risk tier and why; null while the facts do not decide it."""

    tier: Tier | None
    by_rule: Tier | None
    reasons: tuple[str, ...]
    overridden_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """Everything about one use case."""

    name: str
    generation: int
    revision: int
    spec: Mapping[str, Any]
    tier: TierBody
    seats: tuple[Seat, ...]
    answers: tuple[Answer, ...]
    mismatches: tuple[Mismatch, ...]
    assessment: Assessment
