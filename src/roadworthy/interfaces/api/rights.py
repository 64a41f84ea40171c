"""Decision rights: those in force, what they say about somebody, how approvers fare, and the first ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from roadworthy.decide.approvals.kinds import starter_text
from roadworthy.foundation.errors import Finding, NotFound
from roadworthy.foundation.resources.plan import Plan
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.decision_answers import explanation_body, load_body, refs_of, request_body, say_body
from roadworthy.interfaces.api.decision_bodies import (
    ApproverLoadBody,
    CaseWanted,
    DecisionRequestBody,
    ExplanationBody,
    GenesisWanted,
    RightsCheckBody,
    RightsInForceBody,
    RightsPlanned,
    SayBody,
    SayWanted,
)
from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.wire import Application, FindingBody, Knowing, Signed
from roadworthy.interfaces.naming import person_ref
from roadworthy.interfaces.rights_today import rights_planned, rights_today
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["rights"])


@router.get("/rights")
def in_force(app: Application, _caller: Knowing) -> RightsInForceBody:
    """The decision rights in force."""
    found = app.approvals.rights()
    if found is None:
        raise NotFound(
            "rights-none",
            "no decision rights are in force here, so nobody's vote would count",
            remedy="have two people sign the first ones: `roadworthy rights genesis`",
        )
    spec = found.spec.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return RightsInForceBody(generation=found.generation, digest=found.digest, spec=spec)


@router.get("/rights/example")
def example(_app: Application, _caller: Knowing) -> str:
    """Decision rights and a role map to start from, as YAML in a JSON text; nothing of them is in force by itself."""
    return starter_text()


@router.get("/rights/check")
def check(app: Application, _caller: Signed) -> RightsCheckBody:
    """What nobody could decide as things stand: classes without a rule, groups without people."""
    found = app.approvals.rights()
    if found is None:
        missing = Finding("rights-none", "no decision rights are in force here", remedy="`roadworthy rights genesis`")
        return RightsCheckBody(governed=False, findings=[FindingBody.model_validate(missing)])
    findings = rights_today(app, found.spec).findings
    return RightsCheckBody(governed=True, findings=[FindingBody.model_validate(each) for each in findings])


@router.post("/rights/check")
def check_planned(given: RightsPlanned, app: Application, _caller: Signed) -> RightsCheckBody:
    """What nobody could decide under rights that are not in force yet, as things stand."""
    findings = rights_planned(app, Plan.from_text(given.plan))
    governed = app.approvals.rights() is not None
    return RightsCheckBody(governed=governed, findings=[FindingBody.model_validate(each) for each in findings])


@router.post("/rights/explain")
def explain(given: CaseWanted, app: Application, _caller: Signed) -> ExplanationBody:
    """Whether somebody's approval would count for a decision, and why; nothing is proposed by asking."""
    ref = person_ref(app, given.person, "person")
    found = app.approvals.explain(ref, given.action, given.use_case, given.facts)
    return explanation_body(found, people.shown(app, {ref, *found.could}))


@router.get("/rights/load")
def load(app: Application, caller: Signed) -> list[ApproverLoadBody]:
    """How much approvers have before them, and how they vote; for people only."""
    _ = caller.session
    found = app.approvals.load()
    who = people.shown(app, {each.person_ref for each in found})
    return [load_body(each, who) for each in found]


@router.post("/rights/genesis", status_code=201)
def genesis(given: GenesisWanted, app: Application, caller: Signed) -> DecisionRequestBody:
    """Put the first decision rights before two people, who both have to sign them."""
    request = app.approvals.genesis(caller.context, given.plan, given.signers, given.reason)
    return request_body(request, people.shown(app, refs_of([request])))


# ---------------------------------------------------------------- a say, given away


@router.get("/rights/says")
def says(app: Application, caller: Signed) -> list[SayBody]:
    """Every say that the caller gave or was given for requests to come, the newest first."""
    found = app.approvals.said_by(caller.session.person.ref)
    who = people.shown(app, {ref for each in found for ref in (each.by_ref, each.to_ref)})
    return [say_body(each, who) for each in found]


@router.post("/rights/says", status_code=201)
def give_say(given: SayWanted, app: Application, caller: Signed) -> SayBody:
    """Give one's say to somebody for a time, for requests to come; by people, freshly signed in."""
    say = app.approvals.give_say
    proof = caller.session.proof
    said = say(caller.context, proof, given.to, given.until, given.reason, given.decides, given.use_case)
    return say_body(said, people.shown(app, {said.by_ref, said.to_ref}))


@router.post("/rights/says/{say_id}/take-back")
def take_back_say(
    say_id: Annotated[str, Path(max_length=60)], given: Reason, app: Application, caller: Signed
) -> SayBody:
    """Take a say back before its time; votes that were cast with it stand."""
    said = app.approvals.take_back_say(caller.context, say_id, given.reason)
    return say_body(said, people.shown(app, {said.by_ref, said.to_ref}))
