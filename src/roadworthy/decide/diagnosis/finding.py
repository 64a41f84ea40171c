"""What a diagnosis says: findings with their reasons, and the questions that would tell more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from roadworthy.decide.diagnosis.model import FailureMode, Family, Severity, Status
from roadworthy.evidence.model import Method
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState


class Because(NamedTuple):
    """A fact that a finding rests on, and where it is to be found."""

    says: str
    path: str | None = None
    """Where it stands in the use case's spec."""
    fact: str | None = None
    """The claim that was answered."""
    evidence: str | None = None
    """Id of the evidence item; None for what is declared, and for what an import reported."""
    method: Method | None = None
    observed_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    place: str | None = None
    """Sheet and cell, where an import reported it."""
    alone: bool = False
    """Whether the contrary of this one fact would already overturn the finding."""


class Question(NamedTuple):
    """Something nobody has said, that would tell more."""

    key: str
    asks: str
    duty: Duty
    person: str | None
    """Who holds the duty; None is said openly as unassigned."""
    seat: SeatState
    bits: float
    """Expected information gain over the modes that it bears on; see `gain`."""
    modes: tuple[str, ...]
    """Names of the open modes that it bears on."""
    fact: str | None = None
    """The claim that answers it; None where the spec does."""
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Where a failure mode will surface next, and when."""

    where: str
    when: str
    """In words, relative to a date that may not be known."""
    earliest: dt.date | None = None
    latest: dt.date | None = None
    """The days between which it is due; None while the date they count from is not known."""
    overdue: bool = False
    """Whether the last of these days has passed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one failure mode in one use case."""

    mode: str
    title: str
    family: Family
    status: Status
    severity: Severity
    """What it costs where it is there; see `severity_why`."""
    severity_why: str
    duty: Duty
    person: str | None
    goes_wrong: str
    surfaces: Surfaces
    because: tuple[Because, ...]
    """For what is present or absent, what makes it so; for what cannot be told, what is known so far."""
    disproved_by: str
    questions: tuple[Question, ...]
    """Those that bear on this mode, the most telling first; none where it is decided."""

    @property
    def as_reported(self) -> bool:
        """Whether it rests on something that only a spreadsheet said."""
        return self.status is not Status.CANNOT_TELL and any(each.method is Method.REPORTED for each in self.because)


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The diagnosis of one use case at an instant."""

    use_case: str
    revision: int
    rules: str
    """Digest of the rules in force."""
    at: dt.datetime
    modes: tuple[Finding, ...]
    """Every mode in force: present ones by severity, then what cannot be told, then what is absent. Empty for a
    retired use case, which is not diagnosed."""
    questions: tuple[Question, ...]
    """What to ask, the most telling first."""
    next_change_at: dt.datetime | None
    """When it changes although nobody does anything, because something expires."""
    retired: bool = False

    def of(self, status: Status) -> tuple[Finding, ...]:
        """The findings of one status."""
        return tuple(finding for finding in self.modes if finding.status is status)


@dataclass(frozen=True, slots=True)
class InForce:
    """One rule in force."""

    name: str
    mode: FailureMode
    generation: int | None
    """Of the declared rule; None where the one that ships applies."""


@dataclass(frozen=True, slots=True)
class Share:
    """How often a failure mode occurs."""

    rule: InForce
    statuses: Mapping[Status, int]
    severities: Mapping[Severity, int]
    """Of those in which it is present."""
    as_reported: int
    """Those in which it is present and rests on something that only a spreadsheet said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and for how many use cases it is the first to ask."""

    key: str
    asks: str
    duty: Duty
    first: int
    open: int
    """Use cases in which it would tell something."""


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often each failure mode occurs in the portfolio."""

    shares: tuple[Share, ...]
    """The most frequent first."""
    questions: tuple[Asked, ...]
    """What to ask first, by how many use cases."""
    diagnosed: int
    retired: int
    """Use cases that are retired and therefore not diagnosed."""
    none_known: int
    """Diagnosed use cases of which not one failure mode can be told."""
    rules: str
    at: dt.datetime

    def of(self, mode: str) -> Share | None:
        """The share of one mode."""
        return next((share for share in self.shares if share.rule.name == mode), None)


@dataclass(frozen=True, slots=True)
class Struck:
    """A use case in a list of those that have a failure mode."""

    use_case: str
    title: str
    organisation: str | None
    stage: str | None
    status: Status
    severity: Severity
    as_reported: bool
