"""Each fault of the systems, as whoever asks meets it, and what was done all the same."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.harness.systems import Served

REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR"}
KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture
def payments(systems: dict[str, Served]) -> Served:
    return systems["payments"]


def refunded(payments: Served) -> int:
    return int(payments.ask("GET", "/payments/p-7001").json()["refunded"])


def test_late_is_done_long_before_it_is_answered(payments: Served) -> None:
    payments.fails("late", operation="refund", seconds=60)

    with pytest.raises(httpx.ReadTimeout):
        payments.ask("POST", "/refunds", REFUND, KEY, timeout=0.3)
    assert refunded(payments) == 2000
    assert payments.ask("POST", "/refunds", REFUND, KEY).headers["Idempotency-Replayed"] == "true"
    assert refunded(payments) == 2000


def test_late_answers_with_the_receipt_in_the_end(payments: Served) -> None:
    payments.fails("late", seconds=0.05)

    assert payments.ask("POST", "/refunds", REFUND).status_code == 201


def test_twice_is_done_twice_in_spite_of_a_key_and_answered_once(payments: Served) -> None:
    payments.fails("twice")

    made = payments.ask("POST", "/refunds", {**REFUND, "reference": "a-1"}, KEY).json()
    assert refunded(payments) == 4000
    found = payments.ask("GET", "/refunds/by-reference/a-1").json()
    assert (found["refund"], found["count"]) == (made["refund"], 2)
    assert len(payments.did("refund")) == 2


def test_half_is_done_and_cut_before_a_byte_of_the_answer(payments: Served) -> None:
    payments.fails("half")

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        payments.ask("POST", "/refunds", REFUND)
    assert refunded(payments) == 2000


def test_torn_is_done_and_cut_in_the_answer(payments: Served) -> None:
    payments.fails("torn")

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        payments.ask("POST", "/refunds", REFUND)
    assert refunded(payments) == 2000


def test_never_is_neither_done_nor_answered(payments: Served) -> None:
    payments.fails("never")

    with pytest.raises(httpx.ReadTimeout):
        payments.ask("POST", "/refunds", REFUND, timeout=0.3)
    assert refunded(payments) == 0
    assert not payments.did("refund")


def test_never_can_be_done_all_the_same(payments: Served) -> None:
    payments.fails("never", done=True)

    with pytest.raises(httpx.ReadTimeout):
        payments.ask("POST", "/refunds", REFUND, timeout=0.3)
    assert refunded(payments) == 2000


@pytest.mark.parametrize(("status", "after"), [(429, "7"), (503, "Mon, 23 Nov 2026 10:00:00 GMT"), (500, None)])
def test_a_storm_of_statuses_lasts_as_many_calls_as_were_named(
    payments: Served, status: int, after: str | None
) -> None:
    payments.fails("status", operation="refund", times=3, status=status, retryAfter=after)

    for _ in range(3):
        answer = payments.ask("POST", "/refunds", REFUND)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (status, after)
    assert refunded(payments) == 0
    assert payments.ask("POST", "/refunds", REFUND).status_code == 201


def test_an_error_can_come_after_it_was_done(payments: Served) -> None:
    payments.fails("status", status=500, done=True)

    assert payments.ask("POST", "/refunds", REFUND).status_code == 500
    assert refunded(payments) == 2000


def test_a_page_can_come_in_place_of_json(payments: Served) -> None:
    payments.fails("media")

    answer = payments.ask("POST", "/refunds", REFUND)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert refunded(payments) == 2000


def test_faults_wait_for_their_operation_and_their_turn(payments: Served) -> None:
    payments.fails("status", operation="refund", skip=1, times=1)

    assert payments.ask("GET", "/payments/p-7001").status_code == 200
    assert payments.ask("POST", "/refunds", REFUND).status_code == 201
    assert payments.ask("POST", "/refunds", REFUND).status_code == 503
    assert payments.ask("POST", "/refunds", REFUND).status_code == 201


def test_a_fault_lasts_until_it_is_cleared(payments: Served) -> None:
    payments.fails("status", times=-1)
    assert {payments.ask("POST", "/refunds", REFUND).status_code for _ in range(5)} == {503}
    waiting = payments.ask("GET", "/faults", key=payments.account.operator).json()["waiting"]
    assert [each["fault"] for each in waiting] == ["status"]

    payments.heals()

    assert payments.ask("POST", "/refunds", REFUND).status_code == 201


@pytest.mark.parametrize(
    "said", [{"fault": "flood"}, {"fault": "half", "operation": "refunds"}, {"fault": "half", "times": -2}, {}]
)
def test_a_fault_that_does_not_exist_is_refused(payments: Served, said: dict[str, object]) -> None:
    assert payments.ask("POST", "/faults", said, key=payments.account.operator).status_code == 422


def test_a_connection_carries_many_requests_and_survives_none_that_is_no_http(payments: Served) -> None:
    at = urlsplit(payments.address)
    asked = f"GET /payments/p-7001 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {payments.account.gateway}\r\n\r\n"

    with socket.create_connection(("127.0.0.1", at.port or 0), timeout=60) as connection:
        connection.sendall(asked.encode() * 2 + b"nothing like HTTP\r\n\r\n")
        got = b""
        while data := connection.recv(65_536):
            got += data
    assert got.count(b"HTTP/1.1 200") == 2
    assert got.count(b"HTTP/1.1 400") == 1


def test_a_body_that_is_too_large_is_refused(payments: Served) -> None:
    at = urlsplit(payments.address)
    head = b"POST /refunds HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"

    with socket.create_connection(("127.0.0.1", at.port or 0), timeout=60) as connection:
        try:
            connection.sendall(head + b"x" * 2_000_000)
            got = connection.recv(65_536)
        except ConnectionError:
            got = b"HTTP/1.1 413"  # it answered and closed while we were still sending
    assert got.startswith(b"HTTP/1.1 413")
