"""What reviews look like on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from roadworthy.decide.review.model import MOST_CONDITION, AgendaItem, Draft, ItemKind, Opening, Review, Verdict
from roadworthy.decide.review.states import ReviewState
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Wire
from roadworthy.inventory.model import Stage

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
ReleaseDigest = Annotated[str, StringConstraints(max_length=80)]


class ReviewWanted(Wire):
    """A review to be opened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"stage": "production", "why": "The pilot is over."}]})

    stage: Stage = Field(description="`pilot`, `candidate` or `production`.")
    release: ReleaseDigest | None = Field(
        default=None, description="Digest of a recorded release; a go to production is a go for one."
    )
    why: Text


class ConditionWanted(Wire):
    """Something that has to be done until a day, or the certificate acts on it."""

    what: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CONDITION)]
    owner: Annotated[str, Field(max_length=320, description="Address, account name or reference of a person.")]
    due: datetime = Field(description="With its offset.")


class VerdictWanted(Wire):
    """How a review should end."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verdict": "no-go", "reason": "Nobody looked at dialects.", "changes": "Measure it on dialects."}
            ]
        }
    )

    verdict: Verdict
    reason: Text
    conditions: Annotated[list[ConditionWanted], Field(max_length=50)] = Field(default_factory=list)
    changes: Text | None = Field(default=None, description="What has to change (no-go), or what changes (pivot).")
    learned: Text | None = Field(default=None, description="For those who try something like it; a stop says it.")
    envelope: dict[str, Any] | None = Field(
        default=None, description="The drafted envelope with what should be otherwise; the drafted one by default."
    )
    lasts: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="How long a certificate holds, such as `180d`; what the policy says by default."
    )


class NoticeWanted(Wire):
    """To whom the notice of a stop is sent."""

    to: Annotated[list[Annotated[str, Field(max_length=320)]], Field(min_length=1, max_length=100)]


class AgendaItemBody(Wire):
    """One thing to be looked at before a verdict."""

    kind: ItemKind
    id: str
    title: str
    blocks: bool = Field(description="Whether it stands in the way of a go.")
    says: str
    path: str


class ReviewConditionBody(Wire):
    """A condition of a verdict."""

    id: str
    what: str
    owner: PersonBody
    due: datetime


class ReviewBody(Wire):
    """A readiness review."""

    id: str
    use_case: str
    stage: Stage
    release: str | None
    opening: Opening
    trigger: str | None
    why: str
    opened_by: PersonBody
    opened_at: datetime
    state: ReviewState
    request: str | None
    verdict: Verdict | None
    decided_at: datetime | None
    deciders: list[PersonBody]
    reason: str | None
    changes: str | None
    learned: str | None
    conditions: list[ReviewConditionBody]
    certificate: str | None
    notified: int
    entry_id: str


class FrozenBody(Wire):
    """What a verdict is decided on, by digest."""

    rubric: str
    use_case: str
    release: str | None
    assessment: str
    evidence: dict[str, str]
    gaps: list[str]
    waivers: list[str]
    agenda: str


class ReviewDraftBody(Wire):
    """What a verdict would be decided on now."""

    agenda: list[AgendaItemBody]
    blocking: int
    frozen: FrozenBody
    envelope: dict[str, Any]
    missing: list[str] = Field(description="Terms of the envelope that nobody set.")


Named = Mapping[str, PersonBody]
_SAME = ("id", "use_case", "release", "opening", "trigger", "why", "opened_at", "state", "request", "verdict")
_MORE = ("decided_at", "certificate", "notified", "entry_id")


def refs_of(reviews: Iterable[Review]) -> set[str]:
    """Everybody whom these reviews name."""
    found: set[str] = set()
    for review in reviews:
        found |= {review.opened_by, *review.deciders, *(each["owner"] for each in _conditions(review))}
    return found


def review_body(review: Review, who: Named) -> ReviewBody:
    """A review as it is answered."""
    return ReviewBody(
        **{name: getattr(review, name) for name in (*_SAME, *_MORE)},
        stage=review.stage_to,
        opened_by=who[review.opened_by],
        deciders=[who[ref] for ref in review.deciders],
        reason=review.text("reason"),
        changes=review.text("changes"),
        learned=review.text("learned"),
        conditions=[
            ReviewConditionBody(id=each["id"], what=each["what"], owner=who[each["owner"]], due=each["due"])
            for each in _conditions(review)
        ],
    )


def items_body(items: Iterable[AgendaItem]) -> list[AgendaItemBody]:
    """An agenda as it is answered."""
    return [AgendaItemBody.model_validate(item) for item in items]


def draft_body(draft: Draft) -> ReviewDraftBody:
    """A draft as it is answered."""
    return ReviewDraftBody(
        agenda=items_body(draft.agenda),
        blocking=len(draft.blocking),
        frozen=FrozenBody.model_validate(draft.frozen.values()),
        envelope=dict(draft.envelope),
        missing=list(draft.missing),
    )


def _conditions(review: Review) -> list[dict[str, Any]]:
    return [] if review.content is None else list(review.content.get("conditions") or ())
