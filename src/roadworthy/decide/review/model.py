"""Values of a readiness review: what is looked at, the verdict, and what was frozen for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from roadworthy.decide.review.states import ReviewState
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.inventory.model import Stage

SUBJECT = "Review"
"""Kind of the ledger's resources `Review/ID`."""


class Verdict(StrEnum):
    """How a review ends."""

    GO = "go"
    CONDITIONAL_GO = "conditional-go"
    """Go, with conditions that have an owner and a day, and act by themselves when the day passes."""
    NO_GO = "no-go"
    """Not as it is. What has to change first is named, and it may be reviewed again."""
    PIVOT = "pivot"
    """Not this, but something near it: what changes is named."""
    STOP = "stop"
    """A clean end: the business is told, and what was learned is kept."""


CERTIFIES = frozenset({Verdict.GO, Verdict.CONDITIONAL_GO})
STAGES: Final = (Stage.PILOT, Stage.CANDIDATE, Stage.PRODUCTION)
"""What a review can be about, in the order in which a use case comes to them."""
MOST_TEXT = 4_000
"""Characters of a text that people write: why, what changes, what was learned."""
MOST_CONDITION = 500
MOST_CONDITIONS = 50


class Opening(StrEnum):
    """What opened a review."""

    HAND = "hand"
    CADENCE = "cadence"
    """The time that the policy gives a verdict is over."""
    TRIGGER = "trigger"
    """Something happened on which the policy wants it looked at again."""


class ItemKind(StrEnum):
    """What can stand on the agenda."""

    CRITERION = "criterion"
    """Open: not met, or unknown."""
    GAP = "gap"
    WAIVER = "waiver"
    DISSENT = "dissent"
    """Somebody declined, asked and got no answer, or contests evidence."""
    CONDITION = "condition"
    """Of an earlier verdict, not met yet."""
    RELEASE = "release"
    """A part of the release that is only asserted, or was seen as something else."""
    TERM = "term"
    """A term of the envelope that is missing, or only declared."""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing to be looked at before a verdict."""

    kind: ItemKind
    id: str
    """Within its kind: a criterion's id, a gap's id, a waiver's, a request's."""
    title: str
    blocks: bool
    """Whether go is not possible while it stands: a `must` criterion that is not met, a blocking gap."""
    says: str
    """What is known of it, in a sentence."""
    path: str
    """Where one reads more, as a path of the pages."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Exactly what a verdict is decided on, by digest."""

    rubric: str
    use_case: str
    """Digest of the declared use case."""
    release: str | None
    assessment: str
    evidence: Mapping[str, str]
    """Id of each item of evidence that counted, to the digest of its signed envelope or its content."""
    gaps: tuple[str, ...]
    waivers: tuple[str, ...]
    agenda: str
    """Digest of the agenda."""
    at: dt.datetime

    def values(self) -> dict[str, Any]:
        """As canonical values, the same for the same facts; the instant is not among them."""
        return {
            "agenda": self.agenda,
            "assessment": self.assessment,
            "evidence": dict(self.evidence),
            "gaps": sorted(self.gaps),
            "release": self.release,
            "rubric": self.rubric,
            "useCase": self.use_case,
            "waivers": sorted(self.waivers),
        }


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What is known of a release, for whoever decides about it; told by the layer that keeps releases."""

    digest: str
    name: str
    observed: tuple[str, ...]
    """Parts that were seen: `kind/name`."""
    asserted: tuple[str, ...]
    """Parts that somebody only said."""
    mismatched: tuple[str, ...]
    """Parts that were seen as something else since."""


@dataclass(frozen=True, slots=True)
class AskedCondition:
    """A condition of a verdict: what has to be done, by whom, until when."""

    id: str
    """Unique in the review, such as `c1`."""
    what: str
    owner: str
    """Reference of a person."""
    due: dt.datetime

    def values(self) -> dict[str, Any]:
        """As canonical values."""
        return {"due": to_text(self.due), "id": self.id, "owner": self.owner, "what": self.what}

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> AskedCondition:
        """From what `values` gave."""
        return cls(values["id"], values["what"], values["owner"], from_text(values["due"]))


@dataclass(frozen=True, slots=True)
class ProposedVerdict:
    """How somebody wants a review to end."""

    verdict: Verdict
    reason: str
    conditions: tuple[AskedCondition, ...] = ()
    changes: str | None = None
    """What has to change first (no-go), or what changes (pivot)."""
    learned: str | None = None
    """What was learned, for those who try something like it."""
    envelope: Mapping[str, Any] | None = None
    """The envelope to be certified; None for the one that is drafted."""
    lasts: int | None = None
    """Seconds for which a certificate holds; None for what the policy says."""

    def content(self, review_id: str) -> dict[str, Any]:
        """As a proposal hands it in: what is not said is left out."""
        said: dict[str, Any] = {
            "review": review_id,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "conditions": [each.values() for each in self.conditions],
            "changes": self.changes,
            "learned": self.learned,
            "envelope": None if self.envelope is None else dict(self.envelope),
            "lasts": self.lasts,
        }
        return {name: value for name, value in said.items() if value not in (None, [])}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a verdict would be decided on now."""

    agenda: tuple[AgendaItem, ...]
    frozen: Frozen
    envelope: Mapping[str, Any]
    """The envelope that could be certified today; `{}` without terms where there is none."""
    release: ReleaseFacts | None
    missing: tuple[str, ...]
    """Terms that nobody set."""

    @property
    def blocking(self) -> tuple[AgendaItem, ...]:
        """What stands in the way of a go."""
        return tuple(item for item in self.agenda if item.blocks)


@dataclass(frozen=True, slots=True)
class Review:
    """A readiness review as it is kept."""

    id: str
    use_case: str
    stage_to: Stage
    release: str | None
    """Digest of the release that it is about."""
    opening: Opening
    trigger: str | None
    """Which trigger opened it; None where a person or the cadence did."""
    why: str
    """Free text of whoever opened it, or a sentence."""
    opened_by: str
    """Reference of a person, or name of what opened it."""
    opened_at: dt.datetime
    state: ReviewState
    request: str | None
    """Id of the decision request that waits, or by which it was decided."""
    verdict: Verdict | None
    decided_at: dt.datetime | None
    """When it was decided or closed."""
    deciders: tuple[str, ...]
    """References of the people who decided."""
    content: Mapping[str, Any] | None
    """Exactly what was decided: verdict, frozen digests, agenda, envelope, conditions, texts."""
    certificate: str | None
    """Serial of the certificate that it led to."""
    notified: int
    """How many people the notice of a stop was sent to."""
    entry_id: str

    @property
    def is_over(self) -> bool:
        """Whether nothing can come of it any more."""
        return self.state in {ReviewState.DECIDED, ReviewState.CLOSED}

    def text(self, name: str) -> str | None:
        """One of the texts that were decided with it: `reason`, `changes`, `learned`."""
        found = None if self.content is None else self.content.get(name)
        return found if isinstance(found, str) else None
