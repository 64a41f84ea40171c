"""Types of the API: reports. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Direction: TypeAlias = Literal["better", "worse"]
"""Which way a use case moved between two reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question that would tell most about the failure modes."""

    asks: str
    duty: str
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentReportMode:
    """A failure mode, and how often it occurs."""

    name: str
    title: str
    family: str
    present: int
    cannot_tell: int
    absent: int
    goes_wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentReportState:
    """How one use case stood; kept short, because there are thousands."""

    t: str
    c: str
    s: int
    o: str
    x: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentReportStep:
    """Something to do within the next thirty days."""

    day: dt.date
    who: str | None
    duty: str | None
    use_case: str | None
    title: str | None
    what: str
    criterion: str | None = None
    ends: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What it was judged by."""

    title: str
    digest: str
    shipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A change of facts that would move a use case among the picks."""

    use_case: str
    title: str
    fact: str
    words: str
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number then and now."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChange:
    """A duty that somebody took, accepted or left."""

    use_case: str
    title: str
    duty: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A use case whose tones or score are others than before."""

    use_case: str
    title: str
    direction: Direction
    before: str
    after: str
    score_before: int
    score_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed between two reports."""

    before: int
    after: int
    figures: tuple[Count, ...]
    moved: tuple[Shift, ...]
    stale: tuple[Count, ...]
    came: tuple[SeatChange, ...]
    left: tuple[SeatChange, ...]
    modes: tuple[Count, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    picked: tuple[str, ...]
    dropped: tuple[str, ...]
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A must that use cases do not meet."""

    criterion: str
    title: str
    duty: str
    unmet: int
    failed: int
    unknown: int
    expired: int
    low: int
    high: int
    turns_green: str
    waived: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionState:
    """One of the four dimensions over all use cases."""

    name: str
    tones: Mapping[str, int]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingOutput:
    """Evidence that runs out within the next thirty days."""

    use_case: str
    fact: str
    method: str
    day: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What became of a step of the report before."""

    step: AssessmentReportStep
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """Where the record stood, so that the report can be held against it."""

    size: int
    root: str
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A report as a list shows it."""

    id: str
    number: int
    made_at: dt.datetime
    made_by: str
    """Reference of the person."""
    digest: str
    entry_id: str
    total: int
    ready: int
    picks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A use case with duties that nobody is named for."""

    use_case: str
    title: str
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What a new report is called."""

    organisation: str | None = None
    """Name of the organisation, for the title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody who is named and has not accepted."""

    person: str
    seats: int
    use_cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Who is missing."""

    lacking: int
    without: int
    unassigned: Mapping[str, int]
    missing: tuple[Missing, ...]
    waiting: tuple[Waiting, ...]
    waiting_seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A pilot worth pushing next."""

    use_case: str
    title: str
    reasons: tuple[str, ...]
    stays: int
    of: int
    out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report."""

    id: str
    number: int
    nonce: str
    made_at: dt.datetime
    made_by: str
    organisation: str
    ledger: LedgerState
    rubric: Basis
    policy: Basis
    total: int
    ready: int
    stages: Mapping[str, int]
    tones: Mapping[str, int]
    known_by: Mapping[str, int]
    dimensions: tuple[DimensionState, ...]
    diagnosed: int
    modes: tuple[AssessmentReportMode, ...]
    asks: tuple[Ask, ...]
    owners: Owners
    wanted: int
    rankable: int
    three: tuple[Pushed, ...]
    chances: tuple[Chance, ...]
    not_rankable: Mapping[str, int]
    steps: tuple[AssessmentReportStep, ...]
    followed: tuple[Followed, ...]
    ending: tuple[EndingOutput, ...]
    ending_count: int
    states: Mapping[str, AssessmentReportState]
    format: Literal[1] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsReport:
    """A report as it was made."""

    made: Made
    report: Report
