"""One use case with everything about it, and its owners' yes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from roadworthy.interfaces.api.evidence import Reason, UseCaseName
from roadworthy.interfaces.api.readiness import AssessmentBody
from roadworthy.interfaces.api.wire import Application, Done, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import Duty, Tier
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.service import Subject

router = Routes(tags=["use cases"])

DutyName = Annotated[Duty, Path()]


class TierBody(Wire):
    """The risk tier and why; null while the facts do not decide it."""

    tier: Tier | None
    by_rule: Tier | None
    reasons: list[str]
    overridden_by: str | None


class SeatBody(Wire):
    """One of the four duties, and who holds it."""

    duty: Duty
    person: str | None
    state: SeatState
    accepted_at: datetime | None
    also: list[Duty] = Field(description="Other duties of this use case that the same person holds.")
    left: bool = Field(description="Whether whoever is named has left; then what they accepted binds nobody.")


class AnswerBody(Wire):
    """What an imported cell says about a fact."""

    fact: str
    answer: Answer
    place: str
    reported_at: datetime


class MismatchBody(Wire):
    """Something the use case wants and the platform does not offer."""

    component: str
    what: str
    wants: str
    offered: list[str]


class UseCaseBody(Wire):
    """Everything about one use case."""

    name: str
    generation: int
    revision: int
    spec: dict[str, Any]
    tier: TierBody
    seats: list[SeatBody]
    answers: list[AnswerBody]
    mismatches: list[MismatchBody]
    assessment: AssessmentBody


@router.get("/use-cases/{name}")
def get(name: UseCaseName, app: Application, _caller: Signed) -> UseCaseBody:
    """Everything about one use case: what is declared, who owns it, what is reported, what the rubric says."""
    subject = app.inventory.subject(name)
    return _body(subject, AssessmentBody.of(app.readiness.of(name)))


@router.post("/use-cases/{name}/owners/{duty}/accept")
def accept(name: UseCaseName, duty: DutyName, app: Application, caller: Signed) -> SeatBody:
    """Accept a duty that you are named for."""
    return SeatBody.model_validate(app.inventory.accept(caller.context, caller.session.person, name, duty))


@router.post("/use-cases/{name}/owners/{duty}/release")
def release(name: UseCaseName, duty: DutyName, given: Reason, app: Application, caller: Signed) -> Done:
    """Take your acceptance back, with the reason."""
    app.inventory.release(caller.context, caller.session.person, name, duty, given.reason)
    return Done()


def _body(subject: Subject, assessment: AssessmentBody) -> UseCaseBody:
    return UseCaseBody(
        name=subject.name,
        generation=subject.generation,
        revision=subject.revision,
        spec=subject.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        tier=TierBody.model_validate(subject.tier),
        seats=[SeatBody.model_validate(seat) for seat in subject.seats.values()],
        answers=[AnswerBody.model_validate(answer) for answer in subject.answers.values()],
        mismatches=[MismatchBody.model_validate(mismatch) for mismatch in subject.mismatches],
        assessment=assessment,
    )
