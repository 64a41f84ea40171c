"""The portfolio as its page shows it: a finding, what it rests on, and a heat map of use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roadworthy.interfaces.web.views.parts import Bar, Empty, Field, Figure, Link, Pager, Tone

Sorted = Literal["ascending", "descending", "none"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the heat map that sorts when it is chosen."""

    label: str
    href: str
    sorted: Sorted = "none"
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """How one use case stands in one dimension: tone and word, and how much is known."""

    tone: Tone
    word: str
    known: str


@dataclass(frozen=True, slots=True)
class Row:
    """One use case."""

    href: str
    title: str
    kind: str
    """Class and sector, in words."""
    organisation: str
    stage: str
    tier: str
    cells: tuple[Cell, ...]
    expired: int
    """Criteria whose evidence has run out."""
    blockers: int
    first: str
    """The first thing to do."""
    who: str
    """Whose it is, and how much work it takes."""


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """The whole page."""

    finding: str
    basis: str
    figures: tuple[Figure, ...]
    dimensions: tuple[Bar, ...]
    columns: tuple[Column, ...]
    filters: tuple[Field, ...]
    active: tuple[Link, ...]
    """Filters in force; each link takes one away."""
    rows: tuple[Row, ...]
    shown: str
    """How many of how many are shown, in words."""
    exports: tuple[Link, ...] = ()
    pager: Pager | None = None
    empty: Empty | None = None
