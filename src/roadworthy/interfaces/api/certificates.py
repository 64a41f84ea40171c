"""Operating certificates and stop switches: what may run, in which bounds, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query, Response

from roadworthy.app import App
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.kinds import shipped_source
from roadworthy.decide.certificate.model import ALL, Certificate, Stop
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.decide.certificate.scopes import LONGEST
from roadworthy.decide.certificate.service import PAGE, Answered
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.certificate_bodies import (
    CertificateBody,
    CertificateChangedBody,
    CertificateChangeWanted,
    CertificateWholeBody,
    ConditionMet,
    EnvelopeBody,
    ReachBody,
    StopBody,
    StopLiftWanted,
    StopSelfTestBody,
    StopWanted,
    certificate_body,
    envelope_body,
    refs_of,
    self_test_body,
    stop_bodies,
    trouble_body,
    version_bodies,
)
from roadworthy.interfaces.api.decision_answers import refs_of as refs_of_requests
from roadworthy.interfaces.api.decision_answers import request_body
from roadworthy.interfaces.api.evidence import UseCaseName
from roadworthy.interfaces.api.repeating import IdempotencyKey, once
from roadworthy.interfaces.api.wire import Application, Cursor, Limit, Page, Signed, decode_cursor, encode_cursor, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller

router = Routes(tags=["certificates"])

Serial = Annotated[str, Path(max_length=60, description="Serial of the certificate, such as `oc-…`.")]
ConditionId = Annotated[str, Path(max_length=60, description="Id of the condition.")]
Reading = Annotated[Caller, Depends(may("read", anywhere=True))]
Proposing = Annotated[Caller, Depends(may("decisions:propose", anywhere=True))]
StopScope = Annotated[
    str, Path(max_length=LONGEST, description="`all`, the name of a use case, `agent:NAME` or `action:NAME`.")
]
Lifted = Annotated[bool, Query(description="Those that were lifted too.")]
STATEMENT = "application/vnd.dsse.envelope.v1+json"


@router.get("/certificates")
def list_certificates(
    app: Application,
    caller: Reading,
    state: CertificateState | None = None,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Page[CertificateBody]:
    """Every certificate, the latest first; of one state or of one use case."""
    caller.check_about(use_case)
    found = app.operation.certificates.listed(state, use_case, decode_cursor(cursor), limit)
    more = encode_cursor(found[-1].serial) if len(found) == limit else None
    return Page(items=_bodies(app, found), next=more)


@router.get("/certificates/{serial}")
def get_certificate(serial: Serial, app: Application, _caller: Signed) -> CertificateWholeBody:
    """One certificate, with what stands against it and every version."""
    certificates = app.operation.certificates
    return CertificateWholeBody(
        certificate=_bodies(app, [certificates.get(serial)])[0],
        troubles=[trouble_body(each) for each in certificates.troubles(serial)],
        versions=version_bodies(certificates.history(serial)),
    )


@router.get("/certificates/{serial}/statement", response_class=Response)
def get_statement(
    serial: Serial, app: Application, _caller: Signed, version: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """The signed statement of a version, of the newest without one: a DSSE envelope, exactly as it was signed."""
    return Response(app.operation.certificates.statement(serial, version), media_type=STATEMENT)


@router.post("/certificates/{serial}/changes", status_code=201)
def change_certificate(
    serial: Serial,
    given: CertificateChangeWanted,
    app: Application,
    caller: Proposing,
    idempotency_key: IdempotencyKey = None,
) -> CertificateChangedBody:
    """Narrow, suspend, withdraw, widen or resume: at once where the rights say so, else when people have decided."""
    return _answered(app, caller, given.asked(serial), idempotency_key)


@router.get("/certificates/{serial}/reach")
def get_reach(
    serial: Serial,
    change: Annotated[Change, Query(description="What would be done.")],
    app: Application,
    _caller: Signed,
) -> ReachBody:
    """What a change of a certificate would stop or free, and who would be told; nothing is done."""
    return _reach(app, app.operation.certificates.reach(Asked(change, serial, "", whole=True)))


@router.post("/certificates/{serial}/conditions/{condition}/meet")
def meet_condition(
    serial: Serial, condition: ConditionId, given: ConditionMet, app: Application, caller: Signed
) -> CertificateBody:
    """Say that a condition is met: by evidence, or on the word of whoever has to meet it."""
    return _bodies(
        app, [app.operation.certificates.meet(caller.context, serial, condition, given.how, given.evidence)]
    )[0]


@router.get("/certificate-policy", response_class=Response)
def get_certificate_policy(_caller: Signed) -> Response:
    """The policy that ships, as YAML to be edited and declared."""
    return Response(shipped_source().text, media_type="application/yaml")


@router.get("/use-cases/{name}/envelope")
def get_envelope(name: UseCaseName, app: Application, _caller: Signed) -> EnvelopeBody:
    """The envelope that could be certified today: what is asked for, and how each term is known."""
    app.inventory.subject(name)
    return envelope_body(app.operation.certificates.draft(name))


# ---------------------------------------------------------------- stop switches


@router.get("/stops")
def list_stops(app: Application, caller: Reading, *, lifted: Lifted = False) -> list[StopBody]:
    """Stop switches that are set, the latest first."""
    caller.check_about(None)
    return _stops(app, app.operation.certificates.stops.listed(lifted=lifted))


@router.get("/stops/reach")
def get_reach_of_stop(
    app: Application,
    caller: Reading,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
    scope: Annotated[
        str | None, Query(max_length=LONGEST, description="`all`, a use case, `agent:NAME` or `action:NAME`.")
    ] = None,
) -> ReachBody:
    """What a stop of something, of everything without a scope, would stop, and who would be told; nothing is done."""
    stops = app.operation.certificates.stops
    wanted = scope or use_case or ALL
    caller.check_about(stops.decided_in(wanted))
    return _reach(app, stops.reach(wanted))


@router.post("/stops", status_code=201)
def stop_everything(given: StopWanted, app: Application, caller: Signed) -> StopBody:
    """Stop everything, from this moment on. Nobody is asked; to start again takes a decision."""
    return _stops(app, [app.operation.certificates.stops.set(caller.context, ALL, given.reason)])[0]


@router.post("/stops/lift", status_code=201)
def lift_stop_of_everything(
    given: StopLiftWanted, app: Application, caller: Proposing, idempotency_key: IdempotencyKey = None
) -> CertificateChangedBody:
    """Lift the stop of everything: at once where the rights say so, else when people have decided."""
    return _answered(app, caller, given.asked(ALL), idempotency_key)


@router.post("/use-cases/{name}/stop", status_code=201)
def stop_use_case(name: UseCaseName, given: StopWanted, app: Application, caller: Signed) -> StopBody:
    """Stop a use case, from this moment on. Nobody is asked; to start again takes a decision."""
    return _stops(app, [app.operation.certificates.stops.set(caller.context, name, given.reason)])[0]


@router.post("/use-cases/{name}/stop/lift", status_code=201)
def lift_stop(
    name: UseCaseName,
    given: StopLiftWanted,
    app: Application,
    caller: Proposing,
    idempotency_key: IdempotencyKey = None,
) -> CertificateChangedBody:
    """Lift the stop of a use case: at once where the rights say so, else when people have decided."""
    return _answered(app, caller, given.asked(name), idempotency_key)


@router.get("/stops/self-tests")
def list_stop_self_tests(
    app: Application, caller: Reading, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[StopSelfTestBody]:
    """The latest proofs that a stop works in every process, the newest first."""
    caller.check_about(None)
    return [self_test_body(each) for each in app.operation.certificates.self_tests.listed(limit)]


@router.post("/stops/self-tests", status_code=201)
def begin_stop_self_test(app: Application, caller: Signed) -> StopSelfTestBody:
    """Prove now that a stop works: what nobody does is stopped for ten seconds, and every process says when it knew."""
    return self_test_body(app.operation.certificates.self_tests.begin(caller.context))


@router.post("/stops/scopes/{scope}", status_code=201)
def stop_scope(scope: StopScope, given: StopWanted, app: Application, caller: Signed) -> StopBody:
    """Stop an agent or an action from this moment on, or what else a scope says. Nobody is asked."""
    return _stops(app, [app.operation.certificates.stops.set(caller.context, scope, given.reason)])[0]


@router.post("/stops/scopes/{scope}/lift", status_code=201)
def lift_stop_of_scope(
    scope: StopScope,
    given: StopLiftWanted,
    app: Application,
    caller: Proposing,
    idempotency_key: IdempotencyKey = None,
) -> CertificateChangedBody:
    """Lift the stop of an agent or an action: at once where the rights say so, else when people have decided."""
    return _answered(app, caller, given.asked(scope), idempotency_key)


# ---------------------------------------------------------------- answers


def _answered(app: App, caller: Caller, asked: Asked, key: str | None) -> CertificateChangedBody:
    context = once(caller.context, key, f"{asked.about}\n{sorted(asked.values().items())}")
    answered: Answered = app.operation.certificates.ask(context, asked, caller.check_about)
    request = answered.request
    shown = None if request is None else request_body(request, people.shown(app, refs_of_requests([request])))
    about = asked.about if asked.about.startswith("oc-") else None
    found = [] if about is None else _bodies(app, [app.operation.certificates.get(about)])
    return CertificateChangedBody(done=answered.done, certificate=found[0] if found else None, request=shown)


def _bodies(app: App, certificates: Sequence[Certificate]) -> list[CertificateBody]:
    who = people.shown(app, refs_of(certificates))
    standing = app.operation.certificates.standing([each.serial for each in certificates])
    now = app.runtime.clock.now()
    return [certificate_body(each, standing.get(each.serial, 0), who, now) for each in certificates]


def _reach(app: App, reach: Reach) -> ReachBody:
    told = people.shown(app, reach.told)
    return ReachBody(
        certificates=_bodies(app, reach.certificates),
        after=None if reach.after is None else envelope_body(reach.after),
        stops=_stops(app, reach.stops),
        told=sorted(told.values(), key=lambda each: each.shown),
        agents=list(reach.agents),
        actions=list(reach.actions),
        waiting=dict(reach.waiting),
    )


def _stops(app: App, stops: Sequence[Stop]) -> list[StopBody]:
    who = people.shown(app, {ref for each in stops for ref in (each.set_by, each.lifted_by) if ref is not None})
    return stop_bodies(stops, who)
