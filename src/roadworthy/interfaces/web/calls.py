"""The pages of the gateway: how it fares, its calls, and one call with its proof."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, cast

from fastapi import Query
from starlette.responses import PlainTextResponse, Response

from roadworthy.app import App
from roadworthy.decide.certificate.model import Certificate
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.interfaces.api.calls import proof_of
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.calls import Looked, call_view, calls_view, content_view
from roadworthy.interfaces.web.showing.gateway import MINUTES, Replica, Seen, gateway_view
from roadworthy.interfaces.web.visits import Form, Visiting
from roadworthy.inventory.model import Stage
from roadworthy.operate.admission.kinds import ENDPOINT, Endpoint
from roadworthy.operate.admission.passes import asked_for
from roadworthy.operate.admission.transitions import transitions
from roadworthy.operate.telemetry.counting import NOBODY
from roadworthy.operate.telemetry.model import Outcome
from roadworthy.operate.telemetry.reading import Proven, Wanted

router = Routes()
PLACE = "Gateway"
PAGE = 50
_MOST_UNKNOWN = 1_000


@router.get("/gateway")
def show_gateway(visit: Visiting) -> Response:
    """Traffic, errors, latency, cost, refusals by rule, state of certificates."""
    app, telemetry = visit.app, visit.app.telemetry
    windows = telemetry.windows.since(visit.now - dt.timedelta(minutes=MINUTES))
    endpoints = app.resources.list(ENDPOINT)
    declared = {f"{cast('Endpoint', each.spec).use_case}/{each.name}": each.name for each in endpoints}
    with app.store.read() as connection:
        observed = transitions(connection, endpoints, visit.now)
    named = {name.partition("/")[0] for name in (*declared, *(name for _, window in windows for name in window))}
    seen = Seen(
        windows=windows,
        endpoints=declared,
        certificates={name: _certificate(app, name) for name in named if name != NOBODY},
        replicas=[
            Replica(each.host, each.pid, each.started_at, each.seen_at, each.fault)
            for each in telemetry.calls.replicas()
        ],
        unknown=len(telemetry.calls.unknown(_MOST_UNKNOWN)),
        now=visit.now,
        transitions=observed,
    )
    view = gateway_view(seen)
    return visit.answer("gateway", view.finding, view, place=PLACE)


@router.get("/calls")
def show_all(
    visit: Visiting,
    outcome: Annotated[str, Query(max_length=20)] = "",
    use_case: Annotated[str, Query(max_length=120)] = "",
    endpoint: Annotated[str, Query(max_length=120)] = "",
    rule: Annotated[str, Query(max_length=160)] = "",
    certificate: Annotated[str, Query(max_length=60)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Calls, the latest first."""
    entered = {
        "outcome": outcome, "use_case": use_case, "endpoint": endpoint, "rule": rule, "certificate": certificate,
    }  # fmt: skip
    asked = {name: value.strip() for name, value in entered.items() if value.strip()}
    calls = visit.app.telemetry.calls
    wanted = Wanted(
        asked.get("use_case"), asked.get("endpoint"), outcome=asked.get("outcome"), rule=asked.get("rule"),
        certificate=asked.get("certificate"), before=before or None, limit=PAGE,
    )  # fmt: skip
    found = calls.listed(wanted)
    older = found[-1].id if len(found) == PAGE else None
    unknown = len(calls.listed(Wanted(asked.get("use_case"), outcome=Outcome.UNKNOWN.value, limit=_MOST_UNKNOWN)))
    view = calls_view(found, asked, unknown, older, visit.now)
    return visit.answer("calls", view.finding, view, place=PLACE)


@router.get("/calls/{call_id}")
def show(visit: Visiting, call_id: str) -> Response:
    """One call from endpoint to upstream and back, with its proof."""
    app = visit.app
    shown = app.telemetry.calls.show(call_id)
    proven: tuple[Proven, ...] = ()
    unproven: RoadworthyError | None = None
    try:
        proven = app.telemetry.calls.prove(call_id)
    except RoadworthyError as error:
        unproven = None if shown.absent is not None else error
    session, use_case = visit.signed_in.session, shown.listed.use_case
    may_read = app.access.permitted(session, Permission.READ_CONTENT, use_case).allowed
    with app.store.read() as connection:
        request = None if shown.intent is None else asked_for(connection, shown.intent)
    looked = Looked(shown, proven, unproven, app.telemetry.contents.of(shown.listed.id), may_read, request)
    view = call_view(looked, visit.now)
    return visit.answer("call", view.finding, view, place=PLACE)


@router.get("/calls/{call_id}/proof")
def download_proof(visit: Visiting, call_id: str) -> Response:
    """The proof as a file that `roadworthy call check` checks without a server."""
    content = json.dumps(proof_of(visit.app, call_id).model_dump(mode="json"), indent=1)
    named = f'attachment; filename="{visit.app.telemetry.calls.get(call_id).id}.call-proof.json"'
    return PlainTextResponse(f"{content}\n", headers={"Content-Disposition": named})


@router.post("/calls/{call_id}/contents/{direction}")
def read(visit: Visiting, call_id: str, direction: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """What was asked or answered. That it was read, and by whom, is recorded."""
    view = content_view(visit.app.telemetry.contents.read(visit.signed_in.context, call_id, direction))
    return visit.answer("call_content", view.finding, view, place=PLACE)


def _certificate(app: App, use_case: str) -> Certificate | None:
    found = app.operation.certificates.of(use_case, Stage.PRODUCTION.value)
    return found[0] if found else None
