"""What changes evidence: handing in, taking back, disputing, settling, superseding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Depends, Response
from pydantic import Field

from roadworthy.app import App
from roadworthy.evidence import listing
from roadworthy.evidence.model import Item, Submission
from roadworthy.foundation.ledger.repeats import Repeated
from roadworthy.interfaces.api.evidence import EvidenceBody, ItemId, Reason, UseCaseName, bodies
from roadworthy.interfaces.api.repeating import IdempotencyKey, once
from roadworthy.interfaces.api.wire import Application, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller

router = Routes(tags=["evidence"])

MOST_AT_ONCE = 10_000
Submitting = Annotated[Caller, Depends(may("evidence:submit"))]
SubmittingAnywhere = Annotated[Caller, Depends(may("evidence:submit", anywhere=True))]


class Handed(Submission):
    """A submission with the use case that it is about."""

    use_case: Annotated[str, Field(max_length=200)]


class Batch(Wire):
    """Submissions that are taken together or not at all."""

    items: Annotated[list[Handed], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Settlement(Reason):
    """How a dispute ends."""

    upheld: bool = Field(description="True where the dispute is right: the item is withdrawn.")


class Supersession(Wire):
    """What takes an item's place."""

    by: Annotated[str, Field(max_length=100, description="Id of the newer item about the same fact.")]


@router.post("/use-cases/{name}/evidence", status_code=201)
def submit(
    name: UseCaseName,
    given: Submission,
    app: Application,
    caller: Submitting,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> EvidenceBody:
    """Hand in evidence. The method is assigned: `documented` with a link or a file, else `attested` by a person."""
    context = once(caller.context, idempotency_key, f"{name}\n{given.model_dump_json()}")
    items = _first(app, response, [name], lambda: [app.evidence.submit(context, name, given)])
    return bodies(app, items)[0]


@router.post("/evidence", status_code=201)
def submit_all(
    given: Batch,
    app: Application,
    caller: SubmittingAnywhere,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> list[EvidenceBody]:
    """Hand in several items, all of them or none; all their faults are told at once."""
    names = [each.use_case for each in given.items]
    for name in names:
        caller.check_about(name)
    handed = [(each.use_case, Submission.model_validate(each.model_dump(exclude={"use_case"}))) for each in given.items]
    context = once(caller.context, idempotency_key, given.model_dump_json())
    return bodies(app, _first(app, response, names, lambda: app.evidence.submit_all(context, handed)))


@router.post("/evidence/{item_id}/withdraw")
def withdraw(item_id: ItemId, given: Reason, app: Application, caller: Signed) -> EvidenceBody:
    """Take a claim back; it stays readable and no longer counts."""
    return bodies(app, [app.evidence.withdraw(caller.context, item_id, given.reason)])[0]


@router.post("/evidence/{item_id}/contest")
def contest(item_id: ItemId, given: Reason, app: Application, caller: Signed) -> EvidenceBody:
    """Dispute an item; until that is settled it counts as doubtful."""
    return bodies(app, [app.evidence.contest(caller.context, item_id, given.reason)])[0]


@router.post("/evidence/{item_id}/settle")
def settle(item_id: ItemId, given: Settlement, app: Application, caller: Signed) -> EvidenceBody:
    """End a dispute; neither for who handed the item in nor for who alone disputes it."""
    settled = app.evidence.settle(caller.context, item_id, upheld=given.upheld, reason=given.reason)
    return bodies(app, [settled])[0]


@router.post("/evidence/{item_id}/supersede")
def supersede(item_id: ItemId, given: Supersession, app: Application, caller: Signed) -> EvidenceBody:
    """Let a newer item about the same fact take its place."""
    return bodies(app, [app.evidence.supersede(caller.context, item_id, given.by)])[0]


def _first(app: App, response: Response, names: Sequence[str], work: Callable[[], Sequence[Item]]) -> Sequence[Item]:
    """What the work does, or what it did when this request was sent first."""
    try:
        return work()
    except Repeated as repeated:
        with app.store.read() as connection:
            found = listing.by_entries(connection, names, repeated.entries)
        if not found:  # the use case is gone, and with it its evidence
            raise
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
        return [app.evidence.find(item) for item in found]
