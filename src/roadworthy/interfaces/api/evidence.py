"""Evidence: claims about a use case, handed in and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from roadworthy.app import App
from roadworthy.evidence.model import Item, Method, Submission
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.inventory.facts import FACTS, Answer

router = APIRouter(tags=["evidence"])

UseCaseName = Annotated[str, Path(max_length=200)]


class FactBody(Wire):
    """A question about a use case that evidence answers."""

    name: str
    question: str
    duty: str


class WithdrawalBody(Wire):
    """A claim taken back."""

    at: datetime
    by: PersonBody
    reason: str


class EvidenceBody(Wire):
    """A claim as it was recorded."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: Answer
    method: Method
    statement: str | None
    link: str | None
    observed_from: date
    observed_to: date
    recorded_at: datetime
    recorded_by: PersonBody
    expires_at: datetime
    entry_id: str
    withdrawal: WithdrawalBody | None


class Reason(Wire):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=20_000)]


@router.get("/facts")
def facts(_caller: Signed) -> list[FactBody]:
    """The questions that evidence can answer."""
    return [FactBody.model_validate(fact) for fact in FACTS.values()]


@router.get("/use-cases/{name}/evidence")
def listed(name: UseCaseName, app: Application, _caller: Signed) -> list[EvidenceBody]:
    """Everything handed in about a use case, withdrawn and expired items included, the latest first."""
    app.inventory.subject(name)  # an unknown name is not found, rather than without evidence
    return _bodies(app, app.evidence.of(name))


@router.post("/use-cases/{name}/evidence", status_code=201)
def submit(name: UseCaseName, given: Submission, app: Application, caller: Signed) -> EvidenceBody:
    """Hand in a claim that you stand up for, or that a document carries."""
    return _bodies(app, [app.evidence.submit(caller.context, name, given)])[0]


@router.post("/evidence/{item_id}/withdraw")
def withdraw(
    item_id: Annotated[str, Path(max_length=100)], given: Reason, app: Application, caller: Signed
) -> EvidenceBody:
    """Take a claim back; it stays readable and no longer counts."""
    return _bodies(app, [app.evidence.withdraw(caller.context, item_id, given.reason)])[0]


def _bodies(app: App, items: list[Item]) -> list[EvidenceBody]:
    refs = {item.recorded_by for item in items} | {item.withdrawal.by for item in items if item.withdrawal}
    who = people.shown(app, refs)
    return [
        EvidenceBody(
            id=item.id,
            use_case=item.use_case,
            fact=item.fact,
            kind=item.kind,
            answer=item.answer,
            method=item.method,
            statement=item.statement,
            link=item.link,
            observed_from=item.observed_from,
            observed_to=item.observed_to,
            recorded_at=item.recorded_at,
            recorded_by=who[item.recorded_by],
            expires_at=item.expires_at,
            entry_id=item.entry_id,
            withdrawal=_withdrawal(item, who),
        )
        for item in items
    ]


def _withdrawal(item: Item, who: Mapping[str, PersonBody]) -> WithdrawalBody | None:
    if item.withdrawal is None:
        return None
    return WithdrawalBody(at=item.withdrawal.at, by=who[item.withdrawal.by], reason=item.withdrawal.reason)
