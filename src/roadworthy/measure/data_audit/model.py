"""What an audit says: checks with three verdicts, gaps made of them, and the headline over all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from roadworthy.measure.fingerprint.model import Fingerprint, Share
from roadworthy.measure.fingerprint.terms import Waterfall


class Area(StrEnum):
    """Part of the gap catalogue."""

    SOURCES = "sources"
    SCHEMA = "schema"
    VALUES = "values"
    POPULATION = "population"
    TIME = "time"
    KEYS = "keys"
    PERSONAL = "personal-data"
    DOCUMENTS = "documents"


class Verdict(StrEnum):
    """What a check came to."""

    GAP = "gap"
    MATCH = "match"
    UNKNOWN = "unknown"
    """The pilot, the access or the declaration is too small to tell; blocks like a gap of rank 2."""


class Effort(StrEnum):
    """Size of a remediation."""

    S = "S"
    M = "M"
    L = "L"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of one side, with what makes it honest."""

    value: float | str | None
    unit: str = ""
    """Such as `share`, `rows`, `seconds`; empty for a count or a word."""
    n: int | None = None
    low: float | None = None
    high: float | None = None
    """Interval of 99 %."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the catalogue, put to one place."""

    rule: str
    """Name in the catalogue, such as `missing-values`."""
    verdict: Verdict
    column: str | None = None
    """The pilot's name for it; production's where the pilot has none."""
    scope: str = ""
    """A value, segment or pair within the column: part of the gap's identity."""
    finding: str = ""
    """One sentence with the numbers, for a person who owns the data. For every verdict."""
    pilot: Measure | None = None
    production: Measure | None = None
    affected: float | None = None
    """Share of production's rows that it touches, 0 to 1."""
    rank: int | None = None
    """1 to 3, where the case decides; None takes the catalogue's."""
    needed: int | None = None
    """Rows that the pilot would have to show before an `unknown` is settled."""
    sampled: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready particulars of the rule: unseen values with counts, the unit's factor, the mapping's evidence."""
    cause: str | None = None
    """Key under which findings of one cause are merged, such as `part:site-c` or `load:2026-03-02`."""


@dataclass(frozen=True, slots=True)
class Example:
    """A value from one side, masked where the column is personal."""

    side: str
    """`pilot` or `production`."""
    text: str
    count: int | None = None


class GapStatus(StrEnum):
    """What became of a gap of a registered use case."""

    OPEN = "open"
    WAIVED = "waived"
    """Accepted for a time by a named person, with a control in its place."""
    CLOSED = "closed"
    """A later audit found a match."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody accepts a gap for a time. Who may is for decision rights to say; until then the record names them."""

    by: str
    """Reference of the approver."""
    at: dt.datetime
    reason: str
    control: str
    """What makes up for it meanwhile."""
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A blocker: one cause, everything that was seen of it, and how it ends."""

    id: str
    """Stable over audits: hash of source, rule, column and scope of the first check."""
    rule: str
    area: Area
    verdict: Verdict
    """`gap` or `unknown`; both block."""
    rank: int
    title: str
    finding: str
    source: str
    """Name of the data source."""
    column: str | None
    scope: str
    checks: tuple[Check, ...]
    """The first is the one that names it; the others have the same cause."""
    affected: float | None
    rows_a_day: float | None
    consequence: str
    """For this class of model."""
    remediation: str
    effort: Effort
    owner: str | None
    """The source's steward, else the owner whose duty it is; None is itself a gap."""
    proof: str
    """What a later fingerprint has to show."""
    query: str | None = None
    """SQL that shows it on production."""
    examples: tuple[Example, ...] = ()
    status: GapStatus = GapStatus.OPEN
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """A column of the pilot and the one of production that carries it."""

    pilot: str
    production: str
    score: float
    """From 0 to 1; 1 for equal names."""
    why: tuple[str, ...] = ()
    """What speaks for it: values contained, same shape, likeness of names."""
    declared: bool = False
    """Whether people said so, and nothing had to be inferred."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Which column is which."""

    pairs: tuple[Pairing, ...]
    lost: tuple[str, ...] = ()
    """In the pilot only."""
    new: tuple[str, ...] = ()
    """In production only."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """Share of production outside what the pilot proved."""

    low: float
    value: float | None
    """Measured on rows of production; None where only bounds could be had from fingerprints."""
    high: float
    n: int | None = None
    reasons: Mapping[str, float] = field(default_factory=dict)
    """Reason (`new value of specialty`) to the share of rows outside by it; they overlap."""
    thin: float | None = None
    """Share of rows in cells of which the pilot had fewer than 30."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the keys of the two sides, or of two systems, meet."""

    pilot: int
    production: int
    both: int
    sampled: bool = False
    alike: Share | None = None
    """Of the keys that both sides have, those whose rows agree in something else; None where that was not looked at."""

    @property
    def same_records(self) -> bool:
        """Whether equal keys stand for one record, as far as was looked at."""
        return self.alike is None or self.alike.count * 2 >= self.alike.of


@dataclass(frozen=True, slots=True)
class Live:
    """What could only be measured with production in reach; empty for two travelled fingerprints."""

    unproven: Unproven | None = None
    overlap: Overlap | None = None
    attrition: tuple[Waterfall, ...] = ()
    identical: bool = False
    """Both sides are the same data."""
    single_column: Mapping[str, float] = field(default_factory=dict)
    """Column to how well it alone tells the label (area under the ROC curve), on a sample."""
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`pilot` or `production` to those of its parts that changed or went away while they were read."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the register says about the source and its use case; all None for two bare paths."""

    source: str
    registered: bool = False
    use_case_class: str | None = None
    """`predictive`, `generative`, `agentic`."""
    steward: str | None = None
    owners: Mapping[str, str | None] = field(default_factory=dict)
    """Duty to person."""
    source_of_truth: bool | None = None
    refresh: str | None = None
    """The declared contract, such as `15m` or `daily`."""
    decision_after: str | None = None
    """How long after the event the system must act, such as `5m`."""
    retention_days: int | None = None
    required: tuple[str, ...] | None = None
    """Columns that the model uses; None where nobody has said, and then all of the pilot's are."""
    origins: Mapping[str, str] | None = None
    """Column of production to where its values come from, as a contract says; None where no contract does."""
    now: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Everything a rule may look at."""

    pilot: Fingerprint
    production: Fingerprint
    matching: Matching
    live: Live
    context: Context


@dataclass(frozen=True, slots=True)
class Headline:
    """The two numbers that are read first."""

    unproven: Unproven
    never_done: Share
    """Of the data work, weighted by effort: what has a gap or nobody can tell, of all that applies."""
    gaps: int
    unknown: int
    matches: int
    pieces_never_done: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole comparison of one source."""

    source: str
    pilot: Fingerprint
    production: Fingerprint
    matching: Matching
    checks: tuple[Check, ...]
    gaps: tuple[Gap, ...]
    headline: Headline
    live: Live
    context: Context
    policy_digest: str
    notes: tuple[str, ...] = ()
    partial: str | None = None
    """Why it is not the whole: what was cancelled or could not be read."""

    @property
    def blocked(self) -> bool:
        """Whether a gap or an unknown stands that nobody has waived."""
        return any(gap.status is GapStatus.OPEN for gap in self.gaps)
