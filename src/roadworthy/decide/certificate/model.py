"""Values of an operating certificate: terms, each with a bound and where it comes from; conditions; the certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from roadworthy.decide.certificate.states import PERMITS, CertificateState

SUBJECT = "Certificate"
"""Kind of the ledger's resources `Certificate/SERIAL`."""
STOP_SWITCH = "StopSwitch"
"""Kind of the ledger's resources `StopSwitch/SCOPE`."""
ALL = "all"
"""Scope of the stop switch that stops every use case."""


class Source(StrEnum):
    """Where a term of an envelope comes from, from the weakest to the strongest."""

    DECLARED = "declared"
    """People said so, and nobody measured it."""
    AUDITED = "audited"
    """Measured on production's own data or systems."""
    REHEARSED = "rehearsed"
    """It was tried under production's conditions, and held."""


class TermName(StrEnum):
    """What an envelope can bound. A term that is not there bounds nothing, and is shown as missing."""

    DATA = "data"
    """`Fingerprints`: the data that it was shown to work on, by source."""
    VOLUME = "volume"
    """`Ceilings` per span of time, such as `calls per day`."""
    RATE = "rate"
    """`Ceilings` per short span of time, such as `calls per minute`."""
    POPULATION = "population"
    """`Dimensions`: for whom, such as `site`, `specialty`, `language`."""
    DATA_CLASSES = "data-classes"
    """`Members`: which classes of data may go in."""
    ACTIONS = "actions"
    """`Actions`: what it may do, each with its limits."""
    COST = "cost"
    """`Ceilings`, such as `EUR minor units per call`."""
    LATENCY = "latency"
    """`Ceilings`, such as `p95 milliseconds`."""
    COHORT = "cohort"
    """`Members`: groups of people who may use it."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most there may be, by what is counted. A counter that is not named is not bounded by this term."""

    most: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Members:
    """What may be; nothing else may."""

    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What may be in each dimension; a dimension that is named and not said by a caller is outside."""

    values: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Actions:
    """What may be done, each with its ceilings, such as `per hour` or `EUR minor units per day`; nothing else may."""

    limits: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Digests of the fingerprints by data source."""

    digests: Mapping[str, str]


Bound: TypeAlias = Ceilings | Members | Dimensions | Actions | Fingerprints


@dataclass(frozen=True, slots=True)
class Term:
    """One bound of an envelope, and how it is known."""

    name: TermName
    bound: Bound
    source: Source
    evidence: tuple[str, ...] = ()
    """Ids of the evidence that it rests on; never empty unless it is declared."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The conditions under which a certificate permits operation."""

    terms: Mapping[TermName, Term] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[TermName, ...]:
        """Terms that nobody set."""
        return tuple(name for name in TermName if name not in self.terms)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that has to be done by somebody until a day, or the certificate acts on it."""

    id: str
    what: str
    """Free text; in the ledger a payload, in the signed statement a salted commitment."""
    owner: str
    """Reference of a person."""
    due: dt.datetime
    met_at: dt.datetime | None = None
    evidence: str | None = None
    """Id of the evidence that showed it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An operating certificate as it stands."""

    serial: str
    """`oc-` and a UUIDv7."""
    version: int
    """Counts from 1. Each version is a signed statement of its own; a narrower envelope is a new version."""
    use_case: str
    stage: str
    release: str
    """Digest of the release that it holds for."""
    envelope: Envelope
    """The one that holds now."""
    state: CertificateState
    review: str
    request: str | None
    """Id of the decision request by which it was issued; None in a deployment without decision rights."""
    deciders: tuple[str, ...]
    """References of the people who decided."""
    conditions: tuple[Condition, ...]
    evidence: tuple[str, ...]
    """Digests of everything that the decision was made on, frozen."""
    issued_at: dt.datetime
    expires_at: dt.datetime
    digest: str
    """SHA-256 of the signed statement of this version."""

    state_at: dt.datetime
    """Since when it stands as it does."""
    cause: str | None
    """What brought it there; None while it is as it was issued."""
    supersedes: str | None
    """Serial of the certificate that it took the place of."""
    entry: str
    """Id of the ledger entry by which it was issued."""

    def permits(self, at: dt.datetime) -> bool:
        """Whether anything is permitted at an instant."""
        return self.state in PERMITS and self.issued_at <= at < self.expires_at


class Cause(StrEnum):
    """What makes a certificate narrower or ends it, other than a person."""

    EVIDENCE_EXPIRED = "evidence-expired"
    EVIDENCE_WITHDRAWN = "evidence-withdrawn"
    """Taken back, contested or replaced by one that says something worse."""
    OWNER_LEFT = "owner-left"
    """A duty of the use case is empty: its owner left, gave it back, or another one is named."""
    DIGEST_CHANGED = "digest-changed"
    """What was certified is not what is declared or seen: components, data sources, release."""
    RELEASE_MISMATCH = "release-mismatch"
    """A part of the release was seen running as something else."""
    RELEASE_REPLACED = "release-replaced"
    """Another release was deployed where the certified one was to run, as in an emergency."""
    CONDITION_OVERDUE = "condition-overdue"
    GAP_REOPENED = "gap-reopened"
    """A gap of the data path is open again, or its waiver ended."""
    EXPIRY = "expiry"
    """Its own time is nearly over."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cause that stands against a certificate until it is gone."""

    id: str
    serial: str
    cause: Cause
    about: str
    """What exactly, without personal data: an evidence id, a duty, a part, a condition."""
    since: dt.datetime
    told_at: dt.datetime | None
    """When the owners were told; nothing acts before."""
    narrows_at: dt.datetime | None
    suspends_at: dt.datetime | None
    narrowed_at: dt.datetime | None = None
    """When it acted for the first time."""
    suspended_at: dt.datetime | None = None
    accepted_by: str | None = None
    """Id of the entry of a decision that named it and went on; it does not act any more."""
    ended_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a certificate, with its signed statement."""

    serial: str
    version: int
    envelope: Envelope
    statement: bytes
    """A DSSE envelope with an in-toto statement, exactly as it was signed."""
    digest: str
    cause: str | None
    made_at: dt.datetime
    entry: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop switch that was set."""

    id: str
    scope: str
    """As `scopes.Scope.text` has it: `all`, `USE-CASE`, `agent:NAME` or `action:NAME`."""
    reason: str
    set_at: dt.datetime
    set_by: str
    lifted_at: dt.datetime | None
    lifted_by: str | None
    entry: str
