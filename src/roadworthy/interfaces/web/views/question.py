"""An answer of the record as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Said
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One thing that is known, or said not to be."""

    text: str
    badge: Badge | None
    """Where it must not be read over."""
    details: tuple[tuple[str, str], ...]
    inline: bool
    """Whether the details fit on a line."""
    quote: Said | None
    erased: bool
    link: Link | None


@dataclass(frozen=True, slots=True)
class ToldTogether:
    """Lines that the same entry says."""

    lines: tuple[ToldLine, ...]
    folded: tuple[ToldLine, ...]
    """The rest of very many; printed all the same."""
    more: str
    at: Moment | None
    entry: Link | None
    state: Badge
    """Proven, kept beside the ledger, or not on record."""


@dataclass(frozen=True, slots=True)
class ChapterView:
    """One of the six parts."""

    id: str
    number: int
    title: str
    told: tuple[ToldTogether, ...]
    folded: tuple[ToldTogether, ...]
    more: str
    """What opens those that are folded."""


@dataclass(frozen=True, slots=True)
class ProofLine:
    """An entry that the page rests on."""

    position: str
    href: str
    what: str
    at: Moment
    leaf: str
    state: Badge
    file: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """The whole answer."""

    kind: str
    title: str
    finding: str
    crumbs: tuple[Link, ...]
    figures: tuple[Figure, ...]
    open: Say | None
    chapters: tuple[tuple[ChapterView, ...], ...]
    """In columns; read one after the other."""
    related: tuple[Link, ...]
    proofs: tuple[ProofLine, ...]
    note: str
    """The signed checkpoint that the proofs lead to."""
    key: str
    files: tuple[Link, ...]
    command: str
    made: str


@dataclass(frozen=True, slots=True)
class AskingView:
    """Where one begins to ask."""

    fields: tuple[Field, ...]
    newest: tuple[tuple[Link, str, Moment], ...]
    """What was decided or done last: where it leads, who, when."""
    empty: Empty | None
