"""Readiness reviews: opened, prepared, ended by a verdict that the decision rights let somebody decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query

from roadworthy.app import App
from roadworthy.decide.review.model import ProposedVerdict, Review
from roadworthy.decide.review.states import ReviewState
from roadworthy.interfaces.api import decision_answers, people
from roadworthy.interfaces.api.decision_bodies import DecisionRequestBody
from roadworthy.interfaces.api.evidence import Reason, UseCaseName
from roadworthy.interfaces.api.review_bodies import (
    AgendaItemBody,
    NoticeWanted,
    ReviewBody,
    ReviewDraftBody,
    ReviewWanted,
    VerdictWanted,
    draft_body,
    items_body,
    refs_of,
    review_body,
)
from roadworthy.interfaces.api.wire import Application, Cursor, Limit, Page, Signed, decode_cursor, encode_cursor, may
from roadworthy.interfaces.naming import person_ref
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.interfaces.verdicts import conditions_of, lasting

router = Routes(tags=["reviews"])

ReviewId = Annotated[str, Path(max_length=60, description="Id of the review.")]
Reading = Annotated[Caller, Depends(may("read", anywhere=True))]
Proposing = Annotated[Caller, Depends(may("decisions:propose", anywhere=True))]
_LIMIT = 100


@router.post("/use-cases/{name}/reviews", status_code=201)
def open_review(name: UseCaseName, given: ReviewWanted, app: Application, caller: Signed) -> ReviewBody:
    """Open a review of a use case for a stage. One at a time goes on for each stage."""
    return _body(app, app.operation.reviews.open(caller.context, name, given.stage, given.release, given.why))


@router.get("/reviews")
def list_reviews(
    app: Application,
    caller: Reading,
    state: ReviewState | None = None,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = _LIMIT,
) -> Page[ReviewBody]:
    """Every review, the newest first; of one state or of one use case."""
    caller.check_about(use_case)
    found = app.operation.reviews.listed(use_case, state, decode_cursor(cursor), limit)
    return _page(app, found, limit)


@router.get("/reviews/lessons")
def lessons(app: Application, caller: Reading, cursor: Cursor = None, limit: Limit = _LIMIT) -> Page[ReviewBody]:
    """Reviews that ended otherwise than in a go: what has to change, and what was learned."""
    caller.check_about(None)
    return _page(app, app.operation.reviews.learned(decode_cursor(cursor), limit), limit)


@router.get("/reviews/{review_id}")
def read_review(review_id: ReviewId, app: Application, caller: Reading) -> ReviewBody:
    """One review."""
    return _body(app, _about(app, caller, review_id))


@router.get("/reviews/{review_id}/agenda")
def agenda(review_id: ReviewId, app: Application, caller: Reading) -> list[AgendaItemBody]:
    """What there is to look at, what blocks a go first: as it was decided with, else as it is now."""
    _about(app, caller, review_id)
    return items_body(app.operation.reviews.agenda(review_id))


@router.get("/reviews/{review_id}/draft")
def draft(review_id: ReviewId, app: Application, caller: Reading) -> ReviewDraftBody:
    """What a verdict would be decided on now: the agenda, the digests that would be frozen, the envelope."""
    _about(app, caller, review_id)
    return draft_body(app.operation.reviews.draft(review_id))


@router.post("/reviews/{review_id}/propose", status_code=201)
def propose_verdict(
    review_id: ReviewId, given: VerdictWanted, app: Application, caller: Proposing
) -> DecisionRequestBody:
    """Ask for a decision about a verdict, on what is frozen now. What rules approve beforehand is decided at once."""
    _about(app, caller, review_id)
    request = app.operation.reviews.propose(caller.context, review_id, _verdict(app, given), caller.check_about)
    return decision_answers.request_body(request, people.shown(app, decision_answers.refs_of([request])))


@router.post("/reviews/{review_id}/decide")
def decide(review_id: ReviewId, given: VerdictWanted, app: Application, caller: Signed) -> ReviewBody:
    """Decide at once, where no decision rights were ever in force, or where they ask nobody."""
    return _body(app, app.operation.reviews.decide(caller.context, review_id, _verdict(app, given)))


@router.post("/reviews/{review_id}/close")
def close(review_id: ReviewId, given: Reason, app: Application, caller: Signed) -> ReviewBody:
    """End a review without a verdict; one that waits for a decision is void then."""
    return _body(app, app.operation.reviews.close(caller.context, review_id, given.reason))


@router.get("/reviews/{review_id}/notice")
def notice(review_id: ReviewId, app: Application, caller: Reading) -> str:
    """The notice of a stop, as a text that can be sent to the business."""
    _about(app, caller, review_id)
    return app.operation.reviews.notice(review_id)


@router.post("/reviews/{review_id}/notice")
def send_notice(review_id: ReviewId, given: NoticeWanted, app: Application, caller: Signed) -> ReviewBody:
    """Send the notice of a stop to people, through the channels by which they are told."""
    to = [person_ref(app, each, f"to.{place}") for place, each in enumerate(given.to)]
    return _body(app, app.operation.reviews.send_notice(caller.context, review_id, to))


# ---------------------------------------------------------------- inside


def _about(app: App, caller: Caller, review_id: str) -> Review:
    """The review, where the caller may ask about its use case."""
    review = app.operation.reviews.get(review_id)
    caller.check_about(review.use_case)
    return review


def _verdict(app: App, given: VerdictWanted) -> ProposedVerdict:
    return ProposedVerdict(
        verdict=given.verdict,
        reason=given.reason,
        conditions=conditions_of(app, given.conditions),
        changes=given.changes,
        learned=given.learned,
        envelope=given.envelope,
        lasts=lasting(given.lasts),
    )


def _body(app: App, review: Review) -> ReviewBody:
    return review_body(review, people.shown(app, refs_of([review])))


def _page(app: App, found: Sequence[Review], limit: int) -> Page[ReviewBody]:
    who = people.shown(app, refs_of(found))
    following = encode_cursor(found[-1].id) if len(found) == limit else None
    return Page(items=[review_body(each, who) for each in found], next=following)
