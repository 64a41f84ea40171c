"""Types of the API: diagnosis. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Duty, Method, SeatState

Family: TypeAlias = Literal["failure-mode", "pattern"]
"""What kind of statement it is."""


Severity: TypeAlias = Literal["minor", "major", "critical"]
"""What a failure mode costs where it strikes, from the least."""


Status: TypeAlias = Literal["present", "cannot-tell", "absent"]
"""Whether a failure mode is there, as far as is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBodyOutput:
    """A question, and for how many use cases it is the first to ask."""

    key: str
    asks: str
    duty: Duty
    first: int
    open: int
    """Use cases in which it would tell something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A fact that a finding rests on, and where it is to be found."""

    says: str
    path: str | None
    """Where it stands in the use case's spec."""
    fact: str | None
    evidence: str | None
    """Id of the evidence item."""
    method: Method | None
    observed_at: dt.datetime | None
    expires_at: dt.datetime | None
    place: str | None
    """Sheet and cell, where an import reported it."""
    alone: bool
    """Whether the contrary of this one fact would overturn the finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """Where a failure mode will surface next, and when."""

    where: str
    when: str
    earliest: dt.date | None
    latest: dt.date | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisFinding:
    """What is known of one failure mode in one use case."""

    mode: str
    title: str
    family: Family
    status: Status
    severity: Severity
    severity_why: str
    duty: Duty
    person: str | None
    goes_wrong: str
    surfaces: Surfaces
    because: tuple[Because, ...]
    as_reported: bool
    """Whether it rests on something that only a spreadsheet said."""
    disproved_by: str
    questions: tuple[str, ...]
    """Keys of the questions that bear on it, the most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisQuestion:
    """Something nobody has said, that would tell more."""

    key: str
    asks: str
    duty: Duty
    person: str | None
    """Who holds the duty; null is openly unassigned."""
    seat: SeatState
    bits: float
    """Expected information gain over the open modes."""
    modes: tuple[str, ...]
    fact: str | None
    """The claim that answers it; null where the spec does."""
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Which failure modes a use case has, and what to ask where that cannot be told."""

    use_case: str
    rules: str
    """Digest of the rules in force."""
    at: dt.datetime
    next_change_at: dt.datetime | None
    retired: bool
    """A retired use case is not diagnosed."""
    modes: tuple[DiagnosisFinding, ...]
    questions: tuple[DiagnosisQuestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often a failure mode occurs."""

    mode: str
    title: str
    family: Family
    duty: Duty
    shipped: bool
    """True while the organisation has declared none of this name."""
    generation: int | None
    statuses: Mapping[str, int]
    severities: Mapping[str, int]
    """Of those in which it is present."""
    as_reported: int
    """Of those in which it is present, by a spreadsheet's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """How often each failure mode occurs, the most frequent first."""

    rules: str
    at: dt.datetime
    diagnosed: int
    retired: int
    none_known: int
    """Diagnosed use cases of which not one failure mode can be told."""
    modes: tuple[Share, ...]
    questions: tuple[AskedBodyOutput, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A use case with a status in one failure mode."""

    use_case: str
    title: str
    organisation: str | None
    stage: str | None
    status: Status
    severity: Severity
    as_reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One rule in force, how often it finds something, and a page of the use cases that have the."""

    share: Share
    spec: Mapping[str, Any]
    status: Status
    total: int
    page: int
    pages: int
    items: tuple[Struck, ...]
