"""A question about the record, and its answer: six parts of lines, each with the entry that says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Asked(StrEnum):
    """What can be asked about."""

    DECISION = "decision"
    """A decision request, by its id."""
    REVIEW = "review"
    """A readiness review, by its id."""
    CERTIFICATE = "certificate"
    """An operating certificate, by its serial."""
    RELEASE = "release"
    """A release, by its digest."""
    EFFECT = "effect"
    """Something that was done, by the id of the entry that says so."""
    ENTRY = "entry"
    """Any entry of the ledger, by its id."""
    USE_CASE = "use-case"
    """What a use case may do today rests on: its newest certificate, else what let it to its stage."""


class Part(StrEnum):
    """The six things that an auditor wants to know, in the order in which they are told."""

    WHO = "who"
    WHAT = "what"
    RULE = "rule"
    EVIDENCE = "evidence"
    OVERSIGHT = "oversight"
    AFTER = "after"


class Known(StrEnum):
    """How a line is known."""

    RECORDED = "recorded"
    """An entry of the ledger says it; the proof is that entry's."""
    KEPT = "kept"
    """It stands in the database beside the ledger, or was worked out from it; no entry says it in these words."""
    UNKNOWN = "unknown"
    """Nothing on record says it."""


class Weight(StrEnum):
    """How a line is meant."""

    PLAIN = "plain"
    GOOD = "good"
    MIND = "mind"
    """Read this one: something changed since, or is weaker than it looks."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is known, or said not to be."""

    says: str
    known: Known
    at: dt.datetime | None = None
    entry: str | None = None
    """Id of the entry that says it; set exactly where it is recorded."""
    quote: str | None = None
    """What somebody wrote, word for word."""
    erased: bool = False
    """Words stood here and were destroyed; the entry still commits to them."""
    weight: Weight = Weight.PLAIN
    path: str | None = None
    """Where one reads more, as a path of the pages."""
    details: tuple[tuple[str, str], ...] = ()
    """Names and values that belong to it."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the six parts."""

    part: Part
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands in the ledger, checked while the answer was made."""

    entry: str
    what: str
    at: dt.datetime
    position: int
    leaf: str
    """SHA-256 of the entry as a leaf of the tree, in hexadecimal digits."""
    proven: bool
    """Whether the path from it to the signed root came out."""


@dataclass(frozen=True, slots=True)
class Head:
    """The signed state of the ledger that the proofs lead to."""

    origin: str
    size: int
    root: str
    """In hexadecimal digits."""
    note: str
    """The checkpoint as it was signed."""
    at: dt.datetime
    key: str
    """The public key; get it by another way than from here."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer."""

    asked: Asked
    id: str
    title: str
    finding: str
    """The answer in one or two sentences."""
    use_case: str | None
    when: dt.datetime | None
    """The instant at which it was decided or done; evidence is told as it stood then."""
    chapters: tuple[Chapter, ...]
    open: tuple[str, ...]
    """What the record does not say, in sentences; never left out to look complete."""
    proofs: tuple[Proof, ...]
    head: Head | None
    made_at: dt.datetime
    related: tuple[tuple[Asked, str, str], ...] = ()
    """Other questions that belong to it: what, id, words."""

    def chapter(self, part: Part) -> Chapter:
        """One of the six."""
        return next(each for each in self.chapters if each.part is part)


# ---------------------------------------------------------------- searching


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are looked for; what is not set does not restrict."""

    person: str | None = None
    """Reference of somebody who acted, for whom it was done, who oversaw it, or whom it is about."""
    use_case: str | None = None
    kind: str | None = None
    """What kind of thing happened: the part of an event's name before the dot, such as `decision`."""
    what: str | None = None
    resource: str | None = None
    actor: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def mentions(self) -> tuple[str, ...]:
        """What an entry has to mention, as the index writes it."""
        said: Mapping[str, str | None] = {"person": self.person, "use-case": self.use_case}
        return tuple(f"{name}/{value}" for name, value in said.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Sight:
    """How far the index of mentions is."""

    size: int
    """Entries of the ledger."""
    covered: int
    """Entries that are in the index or were looked through for this answer."""
    missing: tuple[int, int] | None = field(default=None)
    """Positions, from and to before, that were not looked through."""
