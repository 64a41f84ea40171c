"""Types of the API: reviews. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Person, Stage

ItemKind: TypeAlias = Literal["criterion", "gap", "waiver", "dissent", "condition", "release", "term"]
"""What can stand on the agenda."""


Opening: TypeAlias = Literal["hand", "cadence", "trigger"]
"""What opened a review."""


ReviewState: TypeAlias = Literal["open", "proposed", "decided", "closed"]
"""Where a review stands."""


ReviewVerdict: TypeAlias = Literal["go", "conditional-go", "no-go", "pivot", "stop"]
"""How a review ends."""


VerdictInput: TypeAlias = Literal["go", "conditional-go", "no-go", "pivot", "stop"]
"""How a review ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One thing to be looked at before a verdict."""

    kind: ItemKind
    id: str
    title: str
    blocks: bool
    """Whether it stands in the way of a go."""
    says: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionWanted:
    """Something that has to be done until a day, or the certificate acts on it."""

    what: str
    owner: str
    """Address, account name or reference of a person."""
    due: dt.datetime
    """With its offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What a verdict is decided on, by digest."""

    rubric: str
    use_case: str
    release: str | None
    assessment: str
    evidence: Mapping[str, str]
    gaps: tuple[str, ...]
    waivers: tuple[str, ...]
    agenda: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWanted:
    """To whom the notice of a stop is sent."""

    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCondition:
    """A condition of a verdict."""

    id: str
    what: str
    owner: Person
    due: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A readiness review."""

    id: str
    use_case: str
    stage: Stage
    release: str | None
    opening: Opening
    trigger: str | None
    why: str
    opened_by: Person
    opened_at: dt.datetime
    state: ReviewState
    request: str | None
    verdict: ReviewVerdict | None
    decided_at: dt.datetime | None
    deciders: tuple[Person, ...]
    reason: str | None
    changes: str | None
    learned: str | None
    conditions: tuple[ReviewCondition, ...]
    certificate: str | None
    notified: int
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    """What a verdict would be decided on now."""

    agenda: tuple[AgendaItem, ...]
    blocking: int
    frozen: Frozen
    envelope: Mapping[str, Any]
    missing: tuple[str, ...]
    """Terms of the envelope that nobody set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """What the API calls `Page_ReviewBody_`."""

    items: tuple[Review, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWanted:
    """A review to be opened."""

    stage: Stage
    """`pilot`, `candidate` or `production`."""
    why: str
    release: str | None = None
    """Digest of a recorded release; a go to production is a go for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWanted:
    """How a review should end."""

    verdict: VerdictInput
    reason: str
    conditions: tuple[ConditionWanted, ...] | None = None
    changes: str | None = None
    """What has to change (no-go), or what changes (pivot)."""
    learned: str | None = None
    """For those who try something like it; a stop says it."""
    envelope: Mapping[str, Any] | None = None
    """The drafted envelope with what should be otherwise; the drafted one by default."""
    lasts: str | None = None
    """How long a certificate holds, such as `180d`; what the policy says by default."""
