"""What the systems say about themselves: what they offer, and who asked what of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest
import schemathesis
from schemathesis.core.result import Ok

from roadworthy.demo.systems.running import MAKERS, accounts
from roadworthy.demo.systems.running import systems as running
from roadworthy.foundation.runtime import SystemRandomness
from tests.harness.systems import Served, lines

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TOLD = {"traceparent": TRACE, "Roadworthy-Action": "a-77"}
REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR"}


@pytest.mark.parametrize("name", MAKERS)
def test_a_system_describes_what_it_offers(systems: dict[str, Served], name: str) -> None:
    system = systems[name]

    said = httpx.get(f"{system.address}/openapi.json", trust_env=False, timeout=60).json()
    assert said["openapi"] == "3.1.0"
    found = schemathesis.openapi.from_dict(said).get_all_operations()
    read = [each.ok() for each in found if isinstance(each, Ok)]
    assert {(each.method.upper(), each.path) for each in read} == {
        (each.method, each.path) for each in system.system.operations
    }
    names = {each["operationId"] for path in said["paths"].values() for each in path.values()}
    assert names == {each.name for each in system.system.operations}
    keyed = any(parameter["in"] == "header" for path in said["paths"].values() for each in path.values()
                for parameter in each["parameters"])  # fmt: skip
    assert keyed == (name in {"payments", "ticketing"})


def test_payments_are_audited_as_ocsf_has_it(systems: dict[str, Served]) -> None:
    payments = systems["payments"]
    payments.ask("POST", "/refunds", REFUND, TOLD)
    payments.ask("POST", "/refunds", {**REFUND, "currency": "SEK"}, key=payments.account.back_office)

    done, refused = payments.ask("GET", "/audit").json()
    assert done["type_uid"] == done["class_uid"] * 100 + done["activity_id"] == 600_301
    assert done["metadata"]["correlation_uid"] == "a-77"
    assert done["unmapped"] == {"traceparent": TRACE}
    assert done["api"]["operation"] == "refund"
    assert done["api"]["request"]["data"] == REFUND
    assert done["resources"] == [{"uid": "rc-0001", "type": "receipt"}]
    assert (done["actor"]["user"]["name"], done["status_id"]) == ("roadworthy-gateway", 1)
    assert (refused["actor"]["user"]["name"], refused["status_id"]) == ("back-office", 2)
    assert "resources" not in refused


def test_orders_are_audited_as_cloud_events(systems: dict[str, Served]) -> None:
    orders = systems["orders"]
    orders.ask("POST", "/orders/o-5004/cancel", {"reason": "other", "reference": "r-1"}, TOLD)

    answer = orders.ask("GET", "/audit")
    (event,) = answer.json()
    assert answer.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert {"specversion", "id", "source", "type"} <= set(event)
    assert all(name.isalnum() and name.islower() for name in event)
    assert (event["traceparent"], event["roadworthyaction"]) == (TRACE, "a-77")
    assert event["type"] == "example.halden.orders.cancelOrder.done"
    assert event["data"]["arguments"] == {"order": "o-5004", "reason": "other", "reference": "r-1"}


def test_tickets_are_audited_in_lines(systems: dict[str, Served]) -> None:
    ticketing = systems["ticketing"]
    ticketing.ask("POST", "/tickets/t-3001/close", {}, TOLD)

    (line,) = lines(ticketing.ask("GET", "/audit"))
    assert (line["did"], line["with"], line["code"]) == ("closeTicket", {"ticket": "t-3001"}, 200)
    assert (line["trace"], line["action"], line["who"]) == (TRACE, "a-77", "roadworthy-gateway")


def test_mail_is_audited_as_a_clinic_would(systems: dict[str, Served]) -> None:
    mail = systems["mail"]
    letter = {"to": "ana.novak@customers.example", "subject": "Your tablet", "text": "We are sorry."}
    mail.ask("POST", "/messages", letter, TOLD)

    bundle = mail.ask("GET", "/audit").json()
    (event,) = (each["resource"] for each in bundle["entry"])
    assert (bundle["resourceType"], event["resourceType"]) == ("Bundle", "AuditEvent")
    assert {"type", "recorded", "agent", "source"} <= set(event)
    assert (event["action"], event["outcome"]) == ("C", "0")
    arguments, correlation = event["entity"]
    assert {each["type"]: each["valueString"] for each in arguments["detail"]} == letter
    assert {"type": "Roadworthy-Action", "valueString": "a-77"} in correlation["detail"]


def test_an_audit_log_is_read_from_an_instant_on(systems: dict[str, Served]) -> None:
    payments = systems["payments"]
    payments.ask("POST", "/refunds", REFUND)
    between = dt.datetime.now(dt.UTC).isoformat()
    payments.ask("POST", "/refunds", REFUND)

    def since(instant: str) -> httpx.Response:
        return payments.ask("GET", f"/audit?since={instant.replace('+', '%2B')}", key=payments.account.operator)

    assert [each["metadata"]["uid"] for each in since(between).json()] == ["payments-0002"]
    assert since("2026-11-23T10:00:00").json()["code"] == "no-instant"
    assert since("yesterday").status_code == 400
    assert payments.ask("GET", "/audit", key="x").status_code == 401


def test_they_run_as_a_process_with_keys_that_are_kept(tmp_path: Path) -> None:
    known = accounts(tmp_path, SystemRandomness())
    assert accounts(tmp_path, SystemRandomness()) == known
    files = sorted((tmp_path / "systems").iterdir())
    assert len(files) == 12
    assert {each.stat().st_mode & 0o077 for each in files} == {0}

    with running(known, dict.fromkeys(MAKERS, 0)) as run:
        assert set(run.addresses) == set(MAKERS)
        shown = {"Authorization": f"Bearer {known['payments'].gateway}"}
        at = run.addresses["payments"]
        assert httpx.get(f"{at}/payments/p-7001", headers=shown, trust_env=False, timeout=60).status_code == 200
        taken = int(at.rpartition(":")[2])
        with running({"payments": known["payments"]}, {"payments": taken}) as second:
            assert second.addresses == {}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{at}/payments/p-7001", trust_env=False, timeout=60)


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("payments", "/refunds", REFUND),
        ("orders", "/orders/o-5004/cancel", {"reason": "other"}),
        ("ticketing", "/tickets", {"customer": "c-1001", "subject": "A", "text": "B"}),
        ("mail", "/messages", {"to": "a@customers.example", "subject": "A", "text": "B"}),
    ],
)
def test_answers_are_as_described(systems: dict[str, Served], name: str, path: str, body: dict[str, object]) -> None:
    system = systems[name]
    described = schemathesis.openapi.from_dict(system.system.description)
    template = next(each for each in system.system.operations if each.method == "POST").path
    operation = described[template]["POST"]

    for sent in (body, {}):
        answer = system.ask("POST", path, sent)
        operation.validate_response(answer)
        assert answer.is_success == (sent == body)
