"""What the systems do when all goes well, asked over real sockets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.harness.systems import Served

REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR"}
HOME = {"name": "Ana Novak", "street": "Elsewhere 4", "postcode": "2000", "city": "Maribor", "country": "SI"}


def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_refund_is_paid_found_by_its_reference_and_taken_back_once(systems: dict[str, Served]) -> None:
    payments = systems["payments"]

    made = said(payments.ask("POST", "/refunds", {**REFUND, "reference": "a-1"}), 201)
    assert said(payments.ask("GET", "/payments/p-7001"))["refunded"] == 2000
    assert said(payments.ask("GET", "/refunds/by-reference/a-1")) == {**made, "count": 1}

    back = said(payments.ask("POST", f"/refunds/{made['refund']}/void"))
    assert (back["status"], back["refund"]) == ("voided", made["refund"])
    assert said(payments.ask("POST", f"/refunds/{made['refund']}/void"), 409)["code"] == "voided-already"
    assert said(payments.ask("GET", "/payments/p-7001"))["refunded"] == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"currency": "SEK"}, 422, "other-currency"),
        ({"customer": "c-1002"}, 422, "another-customers-payment"),
        ({"amount": 89_901}, 409, "more-than-paid"),
        ({"amount": 0}, 422, "other-shape"),
        ({"amount": -5}, 422, "other-shape"),
        ({"amount": 20.5}, 422, "other-shape"),
        ({"amount": "2000"}, 422, "other-shape"),
        ({"amount": True}, 422, "other-shape"),
        ({"payment": "p-9"}, 404, "no-such-payment"),
        ({"note": "?"}, 422, "other-shape"),
    ],
)
def test_a_refund_that_is_wrong_is_refused(
    systems: dict[str, Served], change: dict[str, Any], status: int, code: str
) -> None:
    payments = systems["payments"]

    assert said(payments.ask("POST", "/refunds", {**REFUND, **change}), status)["code"] == code
    assert said(payments.ask("GET", "/payments/p-7001"))["refunded"] == 0


def test_refunds_together_do_not_exceed_what_was_paid(systems: dict[str, Served]) -> None:
    payments = systems["payments"]

    said(payments.ask("POST", "/refunds", {**REFUND, "amount": 50_000}), 201)
    assert said(payments.ask("POST", "/refunds", {**REFUND, "amount": 39_901}), 409)["code"] == "more-than-paid"
    said(payments.ask("POST", "/refunds", {**REFUND, "amount": 39_900}), 201)


@pytest.mark.parametrize(
    ("name", "path", "body", "other"),
    [
        ("payments", "/refunds", REFUND, {**REFUND, "amount": 2001}),
        (
            "ticketing",
            "/tickets",
            {"customer": "c-1001", "subject": "Back", "text": "Please."},
            {"customer": "c-1002", "subject": "Back", "text": "Please."},
        ),
    ],
)
def test_a_key_is_good_for_one_request(
    systems: dict[str, Served], name: str, path: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    system = systems[name]

    first = system.ask("POST", path, body, {"Idempotency-Key": "k-1"})
    again = system.ask("POST", path, body, {"Idempotency-Key": "k-1"})
    assert said(again, 201) == said(first, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    reused = said(system.ask("POST", path, other, {"Idempotency-Key": "k-1"}), 422)
    assert reused["code"] == "idempotency-key-reused"
    assert said(system.ask("POST", path, body, {"Idempotency-Key": "k-2"}), 201) != said(first, 201)


def test_a_refusal_uses_no_key_up(systems: dict[str, Served]) -> None:
    payments = systems["payments"]

    said(payments.ask("POST", "/refunds", {**REFUND, "currency": "SEK"}, {"Idempotency-Key": "k"}), 422)
    said(payments.ask("POST", "/refunds", REFUND, {"Idempotency-Key": "k"}), 201)


def test_orders_and_mail_do_a_thing_as_often_as_they_are_asked(systems: dict[str, Served]) -> None:
    mail, orders = systems["mail"], systems["orders"]
    letter = {"to": "ana.novak@customers.example", "subject": "Your tablet", "text": "We are sorry."}

    first, second = (said(mail.ask("POST", "/messages", letter, {"Idempotency-Key": "k"}), 202) for _ in range(2))
    assert first["message"] != second["message"]
    for _ in range(2):
        said(
            orders.ask("PUT", "/orders/o-5002/address", {"address": HOME, "reference": "a-9"}, {"Idempotency-Key": "k"})
        )
    assert said(orders.ask("GET", "/changes/a-9"))["count"] == 2


def test_an_order_is_cancelled_and_reopened_as_it_was(systems: dict[str, Served]) -> None:
    orders = systems["orders"]
    cancel = {"reason": "no longer needed", "reference": "a-2"}

    assert said(orders.ask("GET", "/changes/a-2"), 404)["code"] == "no-such-change"
    done = said(orders.ask("POST", "/orders/o-5004/cancel", cancel))
    assert (done["before"], done["now"]) == ("packed", "cancelled")
    assert said(orders.ask("GET", "/changes/a-2")) == {**done, "count": 1}
    assert said(orders.ask("POST", "/orders/o-5004/cancel", cancel), 409)["code"] == "not-to-be-cancelled"
    assert said(orders.ask("POST", "/orders/o-5004/reopen", {}))["now"] == "packed"
    assert said(orders.ask("POST", "/orders/o-5001/cancel", cancel), 409)["code"] == "not-to-be-cancelled"
    assert said(orders.ask("POST", "/orders/o-5001/reopen", {}), 409)["code"] == "not-cancelled"


def test_an_address_is_changed_and_the_receipt_says_how_to_take_it_back(systems: dict[str, Served]) -> None:
    orders = systems["orders"]
    before = said(orders.ask("GET", "/orders/o-5002"))["address"]

    done = said(orders.ask("PUT", "/orders/o-5002/address", {"address": HOME}))
    assert said(orders.ask("GET", "/orders/o-5002"))["address"] == HOME
    said(orders.ask("PUT", "/orders/o-5002/address", {"address": done["before"]}))
    assert said(orders.ask("GET", "/orders/o-5002"))["address"] == before
    assert len(said(orders.ask("GET", "/customers/c-1001/orders"))["orders"]) == 2
    refused = said(orders.ask("PUT", "/orders/o-5001/address", {"address": HOME}), 409)
    assert refused["code"] == "not-to-be-readdressed"


def test_a_ticket_lives(systems: dict[str, Served]) -> None:
    ticketing = systems["ticketing"]

    made = said(
        ticketing.ask("POST", "/tickets", {"customer": "c-1003", "subject": "Bag", "text": "A seam broke."}), 201
    )
    at = f"/tickets/{made['ticket']}"
    said(ticketing.ask("POST", f"{at}/comments", {"text": "We pay it back."}), 201)
    assert said(ticketing.ask("POST", f"{at}/close", {"resolution": "paid back"}))["status"] == "closed"
    assert said(ticketing.ask("POST", f"{at}/close", {}), 409)["code"] == "not-open"
    assert said(ticketing.ask("POST", f"{at}/reopen", {}))["status"] == "open"
    assert [each["text"] for each in said(ticketing.ask("GET", at))["comments"]] == ["We pay it back."]


def test_a_message_is_corrected_by_another_one(systems: dict[str, Served]) -> None:
    mail = systems["mail"]
    letter = {"to": "ana.novak@customers.example", "subject": "Your tablet", "text": "We pay 20 EUR back."}

    first = said(mail.ask("POST", "/messages", letter), 202)
    second = said(mail.ask("POST", f"/messages/{first['message']}/correction", {"text": "We pay nothing back."}), 202)
    assert second["to"] == letter["to"]
    assert said(mail.ask("POST", "/messages/m-9/correction", {"text": "?"}), 404)["code"] == "no-such-message"
    assert said(mail.ask("POST", "/messages", {**letter, "subject": "a\r\nBcc: b"}), 422)["code"] == "other-shape"


def test_nobody_acts_without_a_key_nor_with_anothers(systems: dict[str, Served]) -> None:
    payments = systems["payments"]
    others = systems["orders"].account.gateway

    for key in ("none", "x", others):
        assert said(payments.ask("POST", "/refunds", REFUND, key=key), 401)["code"] == "unknown-key"
    operator = payments.account.operator
    assert said(payments.ask("POST", "/refunds", REFUND, key=operator), 403)["code"] == "operator-only-operates"
    assert said(payments.ask("POST", "/faults", {"fault": "half"}), 403)["code"] == "operators-only"
    assert not payments.did("refund")


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b'{"payment": "p-7001", "payment": "p-7002"}', "application/json", 400),
        (b'{"amount": NaN}', "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{}", "text/plain", 415),
    ],
)
def test_bodies_read_in_one_way_only(systems: dict[str, Served], body: bytes, media: str, status: int) -> None:
    payments = systems["payments"]
    headers = {"Authorization": f"Bearer {payments.account.gateway}", "Content-Type": media}

    answer = httpx.post(f"{payments.address}/refunds", content=body, headers=headers, trust_env=False, timeout=60)
    assert answer.status_code == status, answer.text


def test_other_addresses_and_methods_are_refused(systems: dict[str, Served]) -> None:
    payments = systems["payments"]

    assert said(payments.ask("GET", "/nothing"), 404)["code"] == "no-such-address"
    assert said(payments.ask("DELETE", "/refunds"), 405)["code"] == "other-method"
