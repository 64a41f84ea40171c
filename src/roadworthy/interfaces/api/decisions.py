"""Decision requests: asked for by people and programs, voted on by people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path, Query, Response

from roadworthy.app import App
from roadworthy.decide.approvals.inboxes import key_of
from roadworthy.decide.approvals.requests import Proposal, Request, Standing, Waiting
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.ledger.repeats import Repeated
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.decision_answers import (
    refs_of,
    refs_of_standing,
    request_body,
    spent_body,
    standing_body,
    waiting_body,
)
from roadworthy.interfaces.api.decision_bodies import (
    DecisionRequestBody,
    DecisionStandingBody,
    HandingOn,
    ProposalWanted,
    SpendWanted,
    SpentBody,
    UseCaseProposal,
    VoteWanted,
    WaitingBody,
)
from roadworthy.interfaces.api.evidence import Reason, UseCaseName
from roadworthy.interfaces.api.repeating import IdempotencyKey, once
from roadworthy.interfaces.api.wire import Application, Cursor, Limit, Page, Signed, decode_cursor, encode_cursor, may
from roadworthy.interfaces.naming import person_ref
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.interfaces.stage_proposals import stage_proposal

router = Routes(tags=["decisions"])

RequestId = Annotated[str, Path(max_length=60, description="Id of the request.")]
Proposing = Annotated[Caller, Depends(may("decisions:propose", anywhere=True))]
Spending = Annotated[Caller, Depends(may("decisions:use", anywhere=True))]
Reading = Annotated[Caller, Depends(may("read", anywhere=True))]
_LIMIT = 100


# ---------------------------------------------------------------- asking


@router.post("/decisions", status_code=201)
def propose(
    given: ProposalWanted,
    app: Application,
    caller: Proposing,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DecisionRequestBody:
    """Ask for a decision. What rules approve beforehand is done at once; for the rest people vote.

    Classes, facts and what exactly changes are worked out from the content here. The same proposal of the same asker
    that waits already is answered with that request.
    """
    behalf = None if given.on_behalf_of is None else person_ref(app, given.on_behalf_of, "onBehalfOf")
    proposal = Proposal(given.subject, given.content, given.reason, behalf, given.change_number)
    return _asked(app, caller, proposal, response, idempotency_key, given.model_dump_json())


@router.post("/use-cases/{name}/decisions", status_code=201)
def propose_about(
    name: UseCaseName,
    given: UseCaseProposal,
    app: Application,
    caller: Proposing,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DecisionRequestBody:
    """Ask for a decision about one use case: that it goes to a stage, or something that is done elsewhere."""
    caller.check_about(name)
    if given.stage is not None:
        proposal = stage_proposal(app, name, given.stage, given.reason, given.change_number)
    else:
        assert given.external is not None  # noqa: S101 - the body has one of the two
        content = {**given.external.model_dump(mode="json", by_alias=True, exclude_none=True), "useCase": name}
        proposal = Proposal("external", content, given.reason, change_number=given.change_number)
    return _asked(app, caller, proposal, response, idempotency_key, f"{name}\n{given.model_dump_json()}")


def _asked(
    app: App, caller: Caller, proposal: Proposal, response: Response, key: str | None, body: str
) -> DecisionRequestBody:
    context = once(caller.context, key, body)
    request = _first(app, response, lambda: app.approvals.propose(context, proposal, caller.check_about))
    for act in request.acts:  # a token of the same name may have asked before, for more than this one
        caller.check_about(act.use_case)
    return _bodies(app, [request])[0]


@router.post("/decisions/{request_id}/withdraw")
def withdraw(request_id: RequestId, given: Reason, app: Application, caller: Proposing) -> DecisionRequestBody:
    """Take back what one asked for, for as long as it was not done."""
    caller.check_about(app.approvals.standing(request_id).request.use_case)
    return _bodies(app, [app.approvals.withdraw(caller.context, request_id, given.reason)])[0]


@router.post("/decisions/{request_id}/use")
def use(request_id: RequestId, given: SpendWanted, app: Application, caller: Spending) -> SpentBody:
    """Use an approval, once, for exactly what was approved. Ask before doing it, not afterwards.

    What Roadworthy does itself is done, and used, with the last vote. This is for what others do: a release, a
    training, an action of an agent.
    """
    caller.check_about(app.approvals.standing(request_id).request.use_case)
    return spent_body(app.approvals.use(caller.context, request_id, given.digest))


# ---------------------------------------------------------------- reading


@router.get("/decisions")
def listed(
    app: Application,
    caller: Reading,
    state: RequestState | None = None,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = _LIMIT,
) -> Page[DecisionRequestBody]:
    """Every request, the newest first; of one state or about one use case."""
    caller.check_about(use_case)
    found = app.approvals.listed(state, use_case, decode_cursor(cursor), limit)
    following = encode_cursor(found[-1].id) if len(found) == limit else None
    return Page(items=_bodies(app, found), next=following)


@router.get("/decisions/inbox")
def inbox(app: Application, caller: Signed, cursor: Cursor = None, limit: Limit = _LIMIT) -> Page[WaitingBody]:
    """What waits for the caller, the oldest deadline first."""
    found: list[Waiting] = app.approvals.inbox(caller.session.person.ref, decode_cursor(cursor), limit)
    who = people.shown(app, {each.proposer_ref for each in found})
    following = encode_cursor(key_of(found[-1])) if len(found) == limit else None
    return Page(items=[waiting_body(each, who) for each in found], next=following)


@router.get("/decisions/{request_id}")
def read(request_id: RequestId, app: Application, caller: Reading) -> DecisionStandingBody:
    """One request whole: exactly what is decided, by which rules, who voted, and whether the caller may."""
    standing = _standing(app, caller, request_id)
    caller.check_about(standing.request.use_case)
    if caller.token is None and standing.mine is not None and standing.mine.may_vote:
        app.approvals.opened(caller.session.person.ref, request_id)
    return _whole(app, standing)


# ---------------------------------------------------------------- voting


@router.post("/decisions/{request_id}/approve")
def approve(request_id: RequestId, given: VoteWanted, app: Application, caller: Signed) -> DecisionStandingBody:
    """Say yes to exactly what the digest names; by people, freshly signed in."""
    return _cast(app, caller, request_id, given, app.approvals.approve)


@router.post("/decisions/{request_id}/decline")
def decline(request_id: RequestId, given: VoteWanted, app: Application, caller: Signed) -> DecisionStandingBody:
    """Say no."""
    return _cast(app, caller, request_id, given, app.approvals.decline)


@router.post("/decisions/{request_id}/ask")
def ask(request_id: RequestId, given: VoteWanted, app: Application, caller: Signed) -> DecisionStandingBody:
    """Put a question to whoever asked; the request stays open."""
    return _cast(app, caller, request_id, given, app.approvals.ask)


@router.post("/decisions/{request_id}/answer")
def answer(request_id: RequestId, given: VoteWanted, app: Application, caller: Signed) -> DecisionStandingBody:
    """Answer a question about a request of one's own."""
    return _cast(app, caller, request_id, given, app.approvals.answer)


@router.post("/decisions/{request_id}/delegate")
def delegate(request_id: RequestId, given: HandingOn, app: Application, caller: Signed) -> DecisionStandingBody:
    """Give one's say in this request to somebody else for a time, where the rule allows it."""
    context, proof = caller.context, caller.session.proof
    app.approvals.delegate(context, proof, request_id, given.digest, given.to, given.until, given.reason)
    return _whole(app, _standing(app, caller, request_id))


def _cast(
    app: App, caller: Caller, request_id: str, given: VoteWanted, say: Callable[..., Standing]
) -> DecisionStandingBody:
    say(caller.context, caller.session.proof, request_id, given.digest, given.reason)
    return _whole(app, _standing(app, caller, request_id))


# ---------------------------------------------------------------- inside


def _standing(app: App, caller: Caller, request_id: str) -> Standing:
    if caller.token is not None:
        return app.approvals.standing(request_id)
    session = caller.session
    return app.approvals.standing(request_id, session.person.ref, session.proof)


def _whole(app: App, standing: Standing) -> DecisionStandingBody:
    shown = app.approvals.shown(standing.request)
    return standing_body(standing, shown, people.shown(app, refs_of_standing(standing)))


def _bodies(app: App, found: list[Request]) -> list[DecisionRequestBody]:
    who = people.shown(app, refs_of(found))
    return [request_body(each, who) for each in found]


def _first(app: App, response: Response, work: Callable[[], Request]) -> Request:
    """What the work does, or the request that it made when this was sent first."""
    try:
        return work()
    except Repeated as repeated:
        found = next((app.ledger.entry(entry).entry.resource for entry in repeated.entries), "")
        if not found.startswith("Decision/"):  # nobody may decide it, and that is all that was recorded
            raise
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
        return app.approvals.standing(found.partition("/")[2]).request
