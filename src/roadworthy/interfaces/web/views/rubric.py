"""The rubric in force as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion."""

    id: str
    title: str
    why: str
    level: str
    satisfied: str
    """What satisfies it, in words."""
    limits: str
    """Whom it is asked of; empty where it is asked of all."""
    fresh: str
    duty: str
    effort: str
    turns_green: str


@dataclass(frozen=True, slots=True)
class DimensionView:
    """The criteria of one dimension."""

    key: str
    name: str
    criteria: tuple[CriterionView, ...]
    counts: str


@dataclass(frozen=True, slots=True)
class RubricView:
    """The whole page."""

    title: str
    basis: str
    command: str
    dimensions: tuple[DimensionView, ...]
