"""The ranking as its page shows it: the picks, the trade-off drawn, what would change it, and what is not ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Say

Kind = Literal["picked", "front", "other"]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A use case in the drawing: its middle, and its ranges."""

    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    kind: Kind
    label: str
    """Its rank, for those that the table beside it lists; empty for the rest."""
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The trade-off: work to the right, value upwards."""

    width: int
    height: int
    left: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    front: str
    """Points of the line along which nothing is dominated."""
    marks: tuple[Mark, ...]
    summary: str
    """The same in words, for those who listen."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of facts that would move a use case."""

    case: Link
    moves: Badge
    words: str
    who: str
    suppose: str
    """Where the page shows the ranking under it; empty where it cannot be asked for by a form."""


@dataclass(frozen=True, slots=True)
class PickCard:
    """A pilot worth pushing next."""

    case: Link
    name: str
    reasons: tuple[str, ...]
    firm: str
    out: tuple[str, ...]
    """What would move it out."""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A use case in the order."""

    rank: str
    case: Link
    name: str
    state: Badge
    value: str
    effort: str
    each_day: str
    commitment: str
    who: str
    fits: Badge
    firm: str
    picked: bool


@dataclass(frozen=True, slots=True)
class WhyNotGroup:
    """Use cases that cannot be ranked for one reason."""

    count: str
    reason: str
    do: str
    cases: tuple[Link, ...]
    more: str


@dataclass(frozen=True, slots=True)
class MovedRow:
    """What a supposition does to one use case."""

    case: Link
    before: str
    after: str
    became: Badge


@dataclass(frozen=True, slots=True)
class RankingView:
    """The whole page."""

    finding: str
    basis: str
    note: Say | None
    picks: tuple[PickCard, ...]
    chart: Chart | None
    places: tuple[PlaceRow, ...]
    shown: str
    moved: tuple[MovedRow, ...]
    supposed: str
    """What is supposed, in words; empty where nothing is."""
    changes: tuple[Change, ...]
    not_rankable: tuple[WhyNotGroup, ...]
    form: tuple[Field, ...]
    assumptions: tuple[tuple[str, str], ...]
    command: str
    empty: Empty | None = None
