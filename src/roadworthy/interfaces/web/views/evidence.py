"""Evidence as its pages show it: the list with what runs out ahead, one item with its chain, collectors, tokens."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Pager, Say
from roadworthy.interfaces.web.views.use_case import Pair


@dataclass(frozen=True, slots=True)
class Stroke:
    """One bar of the timeline; places and lengths in units of its drawing."""

    tone: str
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """What runs out, day by day, drawn; its figures stand beside it in words."""

    width: int
    height: int
    bar: float
    strokes: tuple[Stroke, ...]
    marks: tuple[tuple[float, str], ...]
    """Where a day is marked, and its words."""
    most: str
    """What the tallest bar stands for."""
    steps: tuple[tuple[Badge, Link], ...]
    """How many run out within so many days, with where they are listed."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One item of the list."""

    question: str
    fact: str
    href: str
    use_case: Link
    answer: str
    method: str
    kind: str
    state: Badge
    doubt: str
    ends: Moment
    ended: bool
    observed: str
    who: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question of the rubric to which nothing that counts has been handed in."""

    question: str
    duty: str
    state: Badge
    add: Link


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The list, of the portfolio or of one use case."""

    title: str
    basis: str
    crumb: Link | None
    add: Link | None
    figures: tuple[Figure, ...]
    timeline: Timeline | None
    filters: tuple[Field, ...]
    action: str
    hidden: tuple[tuple[str, str], ...]
    filtered: bool
    shown: str
    lines: tuple[EvidenceLine, ...]
    one: bool
    """Whether it is about one use case, whose name then needs no column."""
    pager: Pager | None
    questions: tuple[OpenQuestion, ...]
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A criterion that an item speaks to."""

    title: str
    level: str
    dimension: str
    state: Badge
    why: str
    part: str
    """What this item does for it, in words."""
    score: str
    """What it adds to the score of the dimension."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """Somebody's dispute about an item."""

    state: Badge
    who: str
    at: Moment
    reason: str
    settled: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attached file."""

    name: str
    href: str
    kind: str
    size: str
    digest: str
    gone: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item, whole."""

    question: str
    finding: str
    crumbs: tuple[Link, ...]
    state: Badge
    method: str
    why_method: str
    ends: str
    notes: tuple[Say, ...]
    statement: str
    link: str
    result: tuple[Pair, ...]
    files: tuple[FileLine, ...]
    known: tuple[Pair, ...]
    disputes: tuple[Dispute, ...]
    chain: tuple[ChainLine, ...]
    chain_note: str
    replaced: tuple[Link, ...]
    """Items whose place it took."""
    actions: tuple[Link, ...]
    entry: Link
    envelope: Link | None
    command: str


@dataclass(frozen=True, slots=True)
class CollectorLine:
    """One key of a collector."""

    name: str
    key: str
    kinds: str
    owner: str
    state: Badge
    registered: Moment
    seen: Moment | None
    note: str
    actions: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CollectorsView:
    """The collectors."""

    finding: str
    collectors: tuple[CollectorLine, ...]
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One program's token."""

    name: str
    may: str
    use_cases: str
    state: Badge
    ends: Moment
    used: Moment | None
    owner: str
    note: str
    revoke: Link | None
    take_over: str = ""
    """Where a form goes by which somebody takes it over whose owner left."""


@dataclass(frozen=True, slots=True)
class TokensView:
    """The tokens of programs, and the form for another."""

    finding: str
    secret: str
    """The secret of the one that was just made; empty otherwise."""
    secret_name: str
    tokens: tuple[TokenLine, ...]
    fields: tuple[Field, ...]
    scopes: tuple[Field, ...]
    faults: tuple[FaultLink, ...]
    empty: Empty | None
