"""Agents act on real systems through the gateway: done, refused, held, doubted, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.acting import Shop, shop

REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "screen"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("acting") / "home") as made:
        yield made


@pytest.fixture
def there(running: Shop) -> Shop:
    running.heal()
    return running


def test_a_small_refund_is_made_at_once_and_recorded_before_and_after(there: Shop) -> None:
    said = there.do("payments.refund", {**REFUND, "customer": "c-1002", "payment": "p-7003"})
    assert said.status_code == 200, said.text
    body = said.json()
    assert body["state"] == "done"
    assert body["result"]["amount"] == 2000
    done = there.systems["payments"].did("refund")
    assert [each["amount"] for each in done] == [2000]
    there.running.app.ledger.settle()
    entries = there.running.app.ledger.entries(resource=f"AgentAction/{body['id']}")
    assert [each.what for each in entries] == ["action.intended", "action.done"]


def test_the_window_of_a_customer_is_kept_to_whatever_the_pieces(there: Shop) -> None:
    before = len(there.systems["payments"].did("refund"))
    came = [there.do("payments.refund", {**REFUND, "amount": 4900}).json() for _ in range(10)]
    assert [each["state"] for each in came] == ["done"] * 9 + ["refused"]
    assert came[-1]["code"] == "action-over-limit"
    assert came[-1]["rule"] == "limit:payments.refund"
    assert len(there.systems["payments"].did("refund")) == before + 9
