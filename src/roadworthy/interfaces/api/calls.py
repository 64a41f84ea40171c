"""Calls through the gateway: what was asked, what came of it, its proof, and how the gateway fares."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field

from roadworthy.app import App
from roadworthy.interfaces.api.wire import Application, Limit, Page, Signed, Wire, decode_cursor, encode_cursor
from roadworthy.interfaces.routes import Routes
from roadworthy.operate.telemetry.codec import encode
from roadworthy.operate.telemetry.counting import NOBODY, most, quantile, total
from roadworthy.operate.telemetry.reading import Listed, Wanted

router = Routes(tags=["calls"])

CallId = Annotated[str, Path(max_length=40, description="From the answer's header `Roadworthy-Call`.")]
Name = Annotated[str, Field(max_length=120)]
CameOf = Literal["answered", "blocked", "failed", "cancelled", "refused", "queued", "unknown", "open"]
Direction = Literal["request", "answer"]
_MINUTES = 60


class CallFilter(Wire):
    """Which calls; what is left out does not restrict."""

    use_case: Name | None = None
    endpoint: Name | None = None
    key: Name | None = None
    stage: Name | None = None
    rule: Annotated[str, Field(max_length=160)] | None = None
    outcome: CameOf | None = Field(default=None, description="`open` for calls that go on.")
    trace: Annotated[str, Field(max_length=32)] | None = Field(default=None, description="W3C trace id.")
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Limit = 50


class CallBody(Wire):
    """A call as the index knows it."""

    id: str
    at: dt.datetime
    surface: str
    use_case: str | None
    stage: str | None
    endpoint: str | None
    key: str | None
    release: str | None
    certificate: str | None
    model: str
    ruling: str
    enforcement: str
    rule: str | None
    outcome: str | None = Field(description="Null while it goes on.")
    status: int | None
    error: str | None
    upstream: str | None
    attempts: int | None
    milliseconds: int | None
    first_token_milliseconds: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost: int | None = Field(description="In millionths of the currency's unit; null where no price is known.")
    currency: str | None
    trace: str | None
    writer: str = Field(description="The replica that recorded it.")


class ContentBody(Wire):
    """What is known of a content that was kept."""

    direction: Direction
    commitment: str = Field(description="SHA-256 of salt and content, as it stands in the record.")
    size: int
    kept_at: dt.datetime
    keep_until: dt.datetime | None
    erased_at: dt.datetime | None


class CallDetailBody(CallBody):
    """A call with its records."""

    intent: dict[str, Any] | None = Field(description="The record of the intent; null where it does not lie here.")
    result: dict[str, Any] | None
    contents: list[ContentBody]
    absent: str | None = Field(description="Why a record cannot be read here.")


class RecordProofBody(Wire):
    """A record of a call with its proof."""

    what: Literal["intent", "result"]
    record: str = Field(description="Base64 of the exact bytes that were kept.")
    proof: dict[str, Any] = Field(description="`roadworthy.dev/segment-proof/v1`.")


class CallProofBody(Wire):
    """The records of a call, each proven by its segment, and the segment by the ledger."""

    id: str
    origin: str
    key: str = Field(description="The key to check it with; compare it with one that you got another way.")
    records: list[RecordProofBody]


class DisclosedBody(ContentBody):
    """A content, with what proves it."""

    texts: dict[str, str] | None = Field(description="By their places in the body; null once erased.")
    salt: str | None = Field(description="Base64.")


class TrafficBody(Wire):
    """What an endpoint did."""

    use_case: str | None = Field(description="Null where the caller was not recognised.")
    endpoint: str | None
    calls: int
    outcomes: dict[str, int]
    enforcement: dict[str, int]
    rules: dict[str, int]
    errors: dict[str, int]
    stages: dict[str, int]
    p50: int | None = Field(description="Milliseconds of answered calls, to within a tenth.")
    p99: int | None
    first_token_p50: int | None
    input_tokens: int
    output_tokens: int
    cost: dict[str, int] = Field(description="In millionths, by currency.")
    unpriced: int = Field(description="Calls with usage for which no price is known.")


class TrafficNowBody(Wire):
    """What all replicas counted."""

    since: dt.datetime
    endpoints: list[TrafficBody]
    replicas: int = Field(description="Replicas that record calls.")
    faults: list[str]


@router.get("/calls")
def listed(asked: Annotated[CallFilter, Query()], app: Application, _caller: Signed) -> Page[CallBody]:
    """Calls, the latest first. The index follows the records within a second or two."""
    wanted = Wanted(
        asked.use_case, asked.endpoint, asked.key, asked.stage, asked.outcome, asked.rule, asked.trace,
        decode_cursor(asked.cursor), asked.limit,
    )  # fmt: skip
    found = app.telemetry.calls.listed(wanted)
    more = encode_cursor(found[-1].id) if len(found) == asked.limit else None
    return Page(items=[_body(each) for each in found], next=more)


@router.get("/calls/{call_id}")
def get(call_id: CallId, app: Application, _caller: Signed) -> CallDetailBody:
    """One call from endpoint to upstream and back."""
    shown = app.telemetry.calls.show(call_id)
    return CallDetailBody(
        **_body(shown.listed).model_dump(by_alias=False),
        intent=None if shown.intent is None else json.loads(encode(shown.intent)),
        result=None if shown.result is None else json.loads(encode(shown.result)),
        contents=[ContentBody.model_validate(each) for each in app.telemetry.contents.of(shown.listed.id)],
        absent=None if shown.absent is None else shown.absent.message,
    )


@router.get("/calls/{call_id}/proof")
def proof(call_id: CallId, app: Application, _caller: Signed) -> CallProofBody:
    """The proof that the records of a call were kept: their places in segments, and these in the signed ledger."""
    return proof_of(app, call_id)


def proof_of(app: App, call_id: str) -> CallProofBody:
    """The proof, as a file holds it."""
    proven = app.telemetry.calls.prove(call_id)
    records = [
        RecordProofBody(
            what="intent" if each.what == "intent" else "result",
            record=base64.b64encode(each.record).decode(),
            proof=json.loads(str(each.proof)),
        )
        for each in proven
    ]
    return CallProofBody(
        id=app.telemetry.calls.get(call_id).id, origin=app.ledger.origin, key=app.ledger.vkey, records=records
    )


@router.post("/calls/{call_id}/contents/{direction}")
def content(call_id: CallId, direction: Direction, app: Application, caller: Signed) -> DisclosedBody:
    """What was asked or answered, where it was kept. That it was read, and by whom, is recorded."""
    found = app.telemetry.contents.read(caller.context, call_id, direction)
    return DisclosedBody(
        **ContentBody.model_validate(found).model_dump(by_alias=False),
        texts=None if found.texts is None else dict(found.texts),
        salt=None if found.salt is None else base64.b64encode(found.salt).decode(),
    )


@router.get("/traffic")
def traffic(
    app: Application, _caller: Signed, minutes: Annotated[int, Query(ge=1, le=_MINUTES)] = 15
) -> TrafficNowBody:
    """What went through the gateway in the last minutes, by endpoint, on all replicas together."""
    since = app.runtime.clock.now() - dt.timedelta(minutes=minutes)
    telemetry = app.telemetry
    counted = total(window for _, window in telemetry.windows.since(since))
    endpoints = [
        TrafficBody(
            use_case=_known(name.partition("/")[0]),
            endpoint=_known(name.partition("/")[2]),
            calls=each.calls,
            outcomes=each.outcomes,
            enforcement=each.enforcement,
            rules=dict(most(each.rules)),
            errors=dict(most(each.errors)),
            stages=each.stages,
            p50=quantile(each.latency, 0.5),
            p99=quantile(each.latency, 0.99),
            first_token_p50=quantile(each.first_token, 0.5),
            input_tokens=each.input_tokens,
            output_tokens=each.output_tokens,
            cost=each.cost,
            unpriced=each.unpriced,
        )
        for name, each in sorted(counted.items())
    ]
    replicas = telemetry.calls.replicas()
    faults = [f"{each.host}: {each.fault}" for each in replicas if each.fault]
    return TrafficNowBody(since=since, endpoints=endpoints, replicas=len(replicas), faults=faults)


def _known(name: str) -> str | None:
    return None if name == NOBODY else name


def _body(listed: Listed) -> CallBody:
    return CallBody(**{name: getattr(listed, name) for name in CallBody.model_fields})
