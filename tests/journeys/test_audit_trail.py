"""Agents act on the shop's systems, whose own logs, each in its format, say what was done and what went round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from roadworthy.demo.support import specs_of
from roadworthy.operate.actions.declared import SYSTEM
from roadworthy.operate.actions.trail.finding_store import Wanted
from tests.harness.acting import Shop, shop
from tests.harness.upstream import wait_for

REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "screen"}
DONE = {
    "orders": {"getOrder": "orders.get", "cancelOrder": "orders.cancel", "reopenOrder": "orders.reopen"},
    "payments": {"refund": "payments.refund", "voidRefund": "payments.void"},
    "ticketing": {"commentTicket": "tickets.comment", "closeTicket": "tickets.close"},
    "mail": {"sendMail": "mail.send"},
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    declared = {name: spec["audit"] for name, spec in specs_of()[SYSTEM].items()}
    audits = {name: {**declared[name], "operations": DONE[name], "skew": "5s"} for name in DONE}
    with shop(tmp_path_factory.mktemp("trail") / "home", audits) as made:
        yield made


def fetched(there: Shop, system: str) -> list[tuple[str, str | None]]:
    """What is open in a system, after its log was fetched."""
    there.running.app.trail.fetching.fetch(system)
    found = there.running.app.trail.looking.findings(Wanted(state="open", system=system))
    return sorted((each.kind.value, each.intent) for each in found)


def explained(there: Shop, system: str) -> None:
    context = there.running.app.identity.local_user("keeper").context("tests")
    looking = there.running.app.trail.looking
    for each in looking.findings(Wanted(state="open", system=system)):
        looking.explain(context, each.id, "A test did it.")


def test_what_agents_did_in_four_systems_is_found_in_four_formats(there: Shop) -> None:
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("payments", "payments.refund", REFUND),
        ("orders", "orders.cancel", {"order": "o-5002", "reference": "x-1", "reason": "other"}),
        ("ticketing", "tickets.comment", {"ticket": "t-3001", "text": "We look at it."}),
        ("mail", "mail.send", {"to": "ana.novak@customers.example", "subject": "Your refund", "text": "It is made."}),
    ]
    for system, action, arguments in asked:
        body = there.do(action, arguments).json()
        assert body["state"] == "done", body
        assert fetched(there, system) == [], system
        (event,) = there.running.app.trail.looking.of_action(body["id"])
        assert (event.action, event.named) == (body["id"], action)
        assert event.reference


def test_a_refund_that_was_made_directly_at_the_payments_system_is_found_and_told(there: Shop) -> None:
    payments = there.systems["payments"]
    made = payments.ask("POST", "/refunds", {**REFUND, "amount": 700}, key=payments.account.back_office)
    assert made.status_code == 201
    assert fetched(there, "payments") == [("effect-without-intent", None)]
    (found,) = there.running.app.trail.looking.findings(Wanted(state="open", system="payments"))
    assert found.event is not None
    event, intent = there.running.app.trail.looking.event(found.event)
    assert (event.principal, event.amount, event.currency, intent) == ("back-office", 700, "EUR", None)
    assert event.reference == made.json()["receipt"]
    explained(there, "payments")
    assert fetched(there, "payments") == []


def test_our_own_key_and_the_name_of_a_refund_that_was_refused_hide_nothing(there: Shop) -> None:
    refused = there.do("payments.refund", {**REFUND, "amount": 50_000_000}).json()
    assert refused["state"] in {"refused", "held"}
    headers = {"Roadworthy-Action": refused["id"]}
    assert there.systems["payments"].ask("POST", "/refunds", {**REFUND, "amount": 800}, headers).status_code == 201
    assert fetched(there, "payments") == [("effect-without-intent", refused["id"])]
    explained(there, "payments")


def test_a_system_that_pays_twice_or_another_sum_is_found(there: Shop) -> None:
    there.systems["payments"].fails("twice", operation="refund")
    twice = there.do("payments.refund", {**REFUND, "amount": 310}).json()
    assert fetched(there, "payments") == [("done-twice", twice["id"])]
    explained(there, "payments")
    done = there.do("payments.refund", {**REFUND, "amount": 320}).json()
    (event,) = fetched_raw(there, done["id"])
    event["api"]["request"]["data"]["amount"] = 32_000
    event["metadata"]["uid"] = "another"
    event["resources"][0]["uid"] = "rc-another"
    trail, context = there.running.app.trail.trail, there.running.app.identity.local_user("keeper").context("tests")
    trail.take(context, "payments", json.dumps(event).encode())
    assert [kind for kind, _ in fetched(there, "payments")] == ["arguments-differ", "done-twice"]
    explained(there, "payments")


def fetched_raw(there: Shop, action: str) -> list[dict[str, Any]]:
    """What the log says of an action, as it came."""
    there.running.app.trail.fetching.fetch("payments")
    looking = there.running.app.trail.looking
    return [json.loads(looking.raw(each.key) or b"") for each in looking.of_action(action)]


def test_a_refund_in_doubt_is_settled_by_the_systems_own_log(there: Shop) -> None:
    there.systems["mail"].fails("half", operation="sendMail")
    body = there.do("mail.send", {"to": "bruno.keller@customers.example", "subject": "Sorry", "text": "Again."}).json()
    assert body["state"] == "dead-letter", body
    assert fetched(there, "mail") == []
    said = there.get(f"/v1/actions/{body['id']}").json()
    assert said["state"] == "done", said
    assert there.recorded(body["id"])[-1] == "action.confirmed"


def test_logs_are_fetched_by_themselves_once_they_are_declared(there: Shop) -> None:
    looking = there.running.app.trail.looking
    assert wait_for(lambda: {each.system for each in looking.feeds() if each.read_until} == set(DONE))
    assert [each.error for each in looking.feeds()] == [None] * 4
