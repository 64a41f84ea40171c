"""Reading audit logs: each format by its own rules, whatever else comes is set aside with its place."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import TooLarge
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import SeededRandomness, SimulatedClock
from roadworthy.operate.actions.trail import framing
from roadworthy.operate.actions.trail.declared import Audit, AuditFields, AuditFormat
from roadworthy.operate.actions.trail.model import Does, ForeignEvent, Read
from roadworthy.operate.actions.trail.reading import read, trace_id
from roadworthy.operate.actions.trail.veil import Veil, plain

AT = "2026-06-01T12:00:00+00:00"
OCSF: dict[str, Any] = {
    "class_uid": 6003, "category_uid": 6, "activity_id": 1, "type_uid": 600_301, "severity_id": 1, "status_id": 1,
    "time": 1_780_315_200_000, "metadata": {"version": "1.8.0", "uid": "e-1", "product": {"name": "P"},
    "correlation_uid": "019A"}, "actor": {"user": {"name": "gateway"}}, "src_endpoint": {"ip": "127.0.0.1"},
    "api": {"operation": "refund", "request": {"uid": "r-1", "data": {"amount": 5}}}, "resources": [{"uid": "rc-1"}],
}  # fmt: skip
CLOUD: dict[str, Any] = {
    "specversion": "1.0", "id": "e-1", "source": "/pay", "type": "refund.done", "time": AT, "authid": "gateway",
    "datacontenttype": "application/json", "data": {"amount": 5},
}  # fmt: skip
R4: dict[str, Any] = {
    "resourceType": "AuditEvent", "id": "e-1", "recorded": AT, "action": "C", "outcome": "0",
    "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
    "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "create"}],
    "agent": [{"requestor": False, "name": "other"}, {"requestor": True, "who": {"reference": "Device/gateway"}}],
    "source": {"observer": {"display": "mail"}},
    "entity": [{"what": {"reference": "Communication/9"}, "detail": [{"type": "to", "valueString": "a"}]}],
}  # fmt: skip
R5: dict[str, Any] = {
    "resourceType": "AuditEvent", "id": "e-2", "recorded": AT, "action": "C",
    "code": {"coding": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "create"},
                        {"system": "urn:mail", "code": "sendMail"}]},
    "outcome": {"code": {"system": "http://hl7.org/fhir/issue-severity", "code": "success"}},
    "agent": [{"who": {"identifier": {"value": "gateway"}}}], "source": {"observer": {"display": "mail"}},
    "entity": [{"detail": [{"type": {"coding": [{"code": "to"}]}, "valueString": "a"},
                           {"type": {"text": "count"}, "valueInteger": 2}]}],
}  # fmt: skip


@pytest.fixture
def veil(tmp_path: Path) -> Veil:
    return Veil(Keys(tmp_path, SimulatedClock(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))), SeededRandomness(1))


def reads(veil: Veil, form: AuditFormat, content: Any, **fields: str) -> Read:
    audit = Audit(format=form, fields=AuditFields.model_validate(fields))
    made = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read(made, "pay", audit, veil, "log")


def one(found: Read) -> ForeignEvent:
    assert found.unreadable == ()
    (came,) = found.events
    return came.event


def test_the_four_formats_are_read_without_a_word_where_they_say_it_themselves(veil: Veil) -> None:
    ocsf = one(reads(veil, AuditFormat.OCSF, OCSF))
    assert (ocsf.id, ocsf.operation, ocsf.principal, ocsf.action) == ("e-1", "refund", "gateway", "019a")
    assert (ocsf.reference, ocsf.does, ocsf.at.isoformat()) == ("rc-1", Does.EFFECT, AT)
    cloud = one(reads(veil, AuditFormat.CLOUD_EVENTS, [CLOUD]))
    assert (cloud.operation, cloud.principal, cloud.does) == ("refund.done", "gateway", Does.EFFECT)
    fourth = one(reads(veil, AuditFormat.FHIR, R4))
    assert (fourth.operation, fourth.principal, fourth.reference) == ("create", "Device/gateway", "Communication/9")
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": R5}]}
    fifth = one(reads(veil, AuditFormat.FHIR, bundle, arguments="/details"))
    assert (fifth.operation, fifth.principal, sorted(fifth.prints)) == ("sendMail", "gateway", ["count", "to"])


def test_an_event_is_the_same_in_a_list_and_on_a_line(veil: Veil) -> None:
    lines = json.dumps(OCSF, indent=None).encode() + b"\n" + json.dumps({**OCSF, "time": 1}, sort_keys=True).encode()
    listed = reads(veil, AuditFormat.OCSF, [OCSF])
    assert next(each.event for each in reads(veil, AuditFormat.OCSF, lines).events) == one(listed)


@pytest.mark.parametrize(
    ("form", "event", "field", "why"),
    [
        (AuditFormat.OCSF, {**OCSF, "class_uid": 3004}, "class_uid", "class 3004 is not API Activity"),
        (AuditFormat.OCSF, {**OCSF, "type_uid": 600_302}, "type_uid", "does not go with"),
        (AuditFormat.OCSF, {**OCSF, "metadata": {"version": "0.9.0", "uid": "x"}}, "metadata.version", "version 1"),
        (AuditFormat.OCSF, {**OCSF, "time": "noon"}, "time", "no number"),
        (AuditFormat.OCSF, {**OCSF, "api": {}}, "api.operation", "missing"),
        (AuditFormat.OCSF, {**OCSF, "class_uid": True}, "class_uid", "another kind"),
        (AuditFormat.CLOUD_EVENTS, {**CLOUD, "specversion": "0.3"}, "specversion", "only version 1.0"),
        (AuditFormat.CLOUD_EVENTS, {**CLOUD, "source": ""}, "source", "empty"),
        (AuditFormat.CLOUD_EVENTS, {**CLOUD, "Time": AT}, "Time", "small letters"),
        (AuditFormat.CLOUD_EVENTS, {**CLOUD, "data_base64": "AA=="}, "data_base64", "as well"),
        (AuditFormat.CLOUD_EVENTS, {**CLOUD, "time": "2026-06-01T12:00:00"}, "time", "no instant with a zone"),
        (AuditFormat.FHIR, {**R4, "resourceType": "Patient"}, "resourceType", "no AuditEvent"),
        (AuditFormat.FHIR, {**R4, "outcome": "7"}, "outcome", "no outcome of R4"),
        (AuditFormat.FHIR, {**R5, "outcome": {"code": {"code": "fine"}}}, "outcome.code.code", "no outcome of R5"),
        (AuditFormat.FHIR, {**R4, "agent": []}, "agent", "there is none"),
        (
            AuditFormat.FHIR,
            {**R4, "entity": [{"detail": [{"type": "a", "valueString": "1"}, {"type": "a", "valueString": "2"}]}]},
            "entity[0].detail",
            "stands twice",
        ),
    ],
)
def test_what_is_no_event_of_its_format_is_set_aside_with_field_and_reason(
    veil: Veil, form: AuditFormat, event: dict[str, Any], field: str, why: str
) -> None:
    found = reads(veil, form, event)
    assert found.events == ()
    (aside,) = found.unreadable
    assert aside.place.field == field
    assert why in aside.reason
    assert json.loads(aside.raw), "it is kept"


def test_failures_and_readings_are_told_apart_from_effects(veil: Veil) -> None:
    does = [
        one(reads(veil, form, event)).does
        for form, event in (
            (AuditFormat.OCSF, {**OCSF, "status_id": 2}),
            (AuditFormat.OCSF, {**OCSF, "activity_id": 2, "type_uid": 600_302}),
            (AuditFormat.FHIR, {**R4, "outcome": "8"}),
            (AuditFormat.FHIR, {**R4, "action": "R"}),
            (AuditFormat.FHIR, {**R5, "outcome": {"code": {"code": "error"}}}),
        )
    ]
    assert does == [Does.FAILED, Does.READ, Does.FAILED, Does.READ, Does.FAILED]
    by_status = [
        one(reads(veil, AuditFormat.CLOUD_EVENTS, {**CLOUD, "data": {"code": code}}, status="/data/code")).does
        for code in (201, 409, "503")
    ]
    assert by_status == [Does.EFFECT, Does.FAILED, Does.FAILED]


def test_data_of_cloud_events_in_base64_is_read_as_what_it_is(veil: Veil) -> None:
    event = CloudEvent(
        {"id": "e-1", "source": "/pay", "type": "t", "time": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)}, b'{"amount": 7}'
    )
    content = json.loads(JSONFormat().write(event))
    assert "data_base64" in content
    found = one(reads(veil, AuditFormat.CLOUD_EVENTS, {**content, "datacontenttype": "application/json"},
                      amount="/data/amount"))  # fmt: skip
    assert found.amount == 7
    other = {**content, "data_base64": base64.b64encode(b"\xff").decode(), "datacontenttype": "image/png"}
    assert one(reads(veil, AuditFormat.CLOUD_EVENTS, other)).amount is None


def test_amounts_are_exact_and_in_minor_units(veil: Veil) -> None:
    said = [("19.99", "major", "EUR", 1_999), (1_999, "minor", "EUR", 1_999), (1500, "major", "JPY", 1_500),
            (1.10, "major", "EUR", 110)]  # fmt: skip
    for amount, unit, currency, minor in said:
        event = {**CLOUD, "data": {"amount": amount, "currency": currency}}
        found = one(reads(veil, AuditFormat.CLOUD_EVENTS, event, amount="/data/amount", unit=unit,
                          currency="/data/currency"))  # fmt: skip
        assert (found.amount, found.currency) == (minor, currency)
    event = {**CLOUD, "data": {"amount": "19.999", "currency": "EUR"}}
    found_ = reads(
        veil, AuditFormat.CLOUD_EVENTS, event, amount="/data/amount", unit="major", currency="/data/currency"
    )
    assert "no whole number of minor units" in found_.unreadable[0].reason


def test_what_is_too_large_is_refused_whole(veil: Veil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MOST_EVENTS", 3)
    with pytest.raises(TooLarge, match="more than 3 events"):
        reads(veil, AuditFormat.CLOUD_EVENTS, [CLOUD] * 4)
    monkeypatch.setattr(framing, "MOST_BYTES", 10)
    with pytest.raises(TooLarge, match="bytes of an audit log"):
        reads(veil, AuditFormat.CLOUD_EVENTS, CLOUD)


def test_a_text_that_breaks_off_says_where(veil: Veil) -> None:
    (aside,) = reads(veil, AuditFormat.OCSF, b'[\n{"a": 1},\n{"b": ]').unreadable
    assert (aside.place.line, aside.place.source) == (3, "log")
    (deep,) = reads(veil, AuditFormat.OCSF, b'{"a":' * 60 + b"1" + b"}" * 60).unreadable
    assert "32 deep" in deep.reason


@given(st.binary(max_size=200), st.sampled_from(list(AuditFormat)))
def test_whatever_comes_is_an_event_or_set_aside_and_never_an_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, form: AuditFormat
) -> None:
    folder = tmp_path_factory.getbasetemp() / "keys"
    veil = Veil(Keys(folder, SimulatedClock(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))), SeededRandomness(1))
    found = reads(veil, form, content, operation="/a", at="/b")
    if content.strip() not in {b"", b"[]"}:
        assert found.events or found.unreadable


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(list(AuditFormat)), st.sampled_from(["time", "metadata", "agent", "entity", "data", "id"]))
def test_whatever_stands_in_a_field_is_read_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, value: Any, form: AuditFormat, field: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "keys"
    veil = Veil(Keys(folder, SimulatedClock(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))), SeededRandomness(1))
    base = {
        AuditFormat.OCSF: OCSF,
        AuditFormat.CLOUD_EVENTS: CLOUD,
        AuditFormat.FHIR: R4,
        AuditFormat.JSON_LINES: CLOUD,
    }
    found = reads(veil, form, {**base[form], field: value}, **({"at": "/time", "operation": "/type"}
                  if form is AuditFormat.JSON_LINES else {}))  # fmt: skip
    assert len(found.events) + len(found.unreadable) == 1


def test_values_are_compared_in_one_form() -> None:
    assert plain("20.00") == plain(20) == plain("20") == "20"
    assert plain("1e2") == plain(100)
    assert plain("") is None
    assert plain([1, {"b": 1, "a": 2}]) == plain('[1, {"a": 2, "b": 1}]')
    assert plain("0x1f") == "0x1f"
    assert plain("-") == "-"


def test_a_trace_is_taken_from_its_header_or_as_it_stands() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    assert trace_id(f"00-{trace}-00f067aa0ba902b7-01") == trace
    assert trace_id(trace.upper()) == trace
    assert trace_id("nothing") is None
    assert trace_id(None) is None
