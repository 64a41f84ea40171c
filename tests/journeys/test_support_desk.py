"""The support agent of the demo acts: at once, held, refused by a window, taken back across four systems, stopped."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from roadworthy.demo.agent import ERRANDS, Came, connected, go
from roadworthy.demo.pilots import AGENT
from tests.harness.acting import Shop
from tests.harness.support import support_desk
from tests.harness.upstream import wait_for

CLARA = {"payment": "p-7006", "customer": "c-1003", "currency": "EUR"}
ANA = {"payment": "p-7001", "customer": "c-1001", "currency": "EUR"}
LETTER = {"to": "clara.fontaine@customers.example", "subject": "Your order", "text": "It is cancelled, and paid back."}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with support_desk(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest.fixture
def desk(opened: Shop) -> Shop:
    opened.heal()
    return opened


def done(desk: Shop, action: str, arguments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    answer = desk.do(action, arguments, **more)
    said: dict[str, Any] = answer.json()
    assert said["state"] == "done", said
    return said


def test_a_small_refund_is_done_at_once_and_written_down_there_under_our_id(desk: Shop) -> None:
    refund = {"payment": "p-7003", "customer": "c-1002", "amount": 2_000, "currency": "EUR", "reason": "Wrong colour."}

    said = done(desk, "refund", refund)

    assert said["result"]["amount"] == 2_000
    entry = next(each for each in desk.systems["payments"].system.entries if each.action == said["id"])
    assert (entry.principal, entry.operation, entry.body) == ("roadworthy-gateway", "refund", refund)
    assert entry.traceparent is not None


def test_a_large_one_waits_for_a_person(desk: Shop) -> None:
    before = len(desk.systems["payments"].did("refund"))
    refund = {"payment": "p-7007", "customer": "c-1004", "amount": 20_000, "currency": "EUR"}

    said = desk.do("refund", refund).json()
    assert said["state"] == "held"
    assert len(desk.systems["payments"].did("refund")) == before

    request = desk.running.app.approvals.standing(said["request"]).request
    assert request.deadline_at - request.created_at == dt.timedelta(hours=4), "as the action says"
    desk.decide(said["request"], yes=True)
    assert desk.ended(said["id"])["state"] == "done"
    assert desk.systems["payments"].did("refund")[before:] == [refund]


def test_the_tenth_of_49_is_refused_by_the_customers_day(desk: Shop) -> None:
    answers = [desk.do("refund", {**ANA, "amount": 4_900}) for _ in range(10)]

    assert [each.json()["state"] for each in answers] == ["done"] * 9 + ["refused"]
    said = answers[-1].json()
    assert said["rule"] == "limit:refund"
    assert "450 EUR per day for each customer: 9 EUR left" in said["message"]
    refunded = desk.systems["payments"].ask("GET", "/payments/p-7001").json()["refunded"]
    assert refunded == 9 * 4_900

    done(desk, "get-ticket", {"ticket": "t-3001"}, run="reads-late")
    late = [desk.do("refund", {**ANA, "amount": amount}, run="reads-late").json() for amount in (1_000, 900)]
    assert [(each["state"], each["rule"]) for each in late] == [("refused", "limit:refund"), ("held", "taint")], (
        "people are asked for what their yes can let pass, and for nothing else"
    )


@pytest.mark.parametrize(
    "change", [{"amount": -1}, {"amount": 49.5}, {"currency": "SEK"}, {"amount": "4900"}, {"x": 1}]
)
def test_amounts_that_are_none_never_arrive(desk: Shop, change: dict[str, Any]) -> None:
    asked = len(desk.systems["payments"].system.entries)

    assert desk.do("refund", {**CLARA, "amount": 100, **change}).json()["state"] == "refused"
    assert len(desk.systems["payments"].system.entries) == asked


def test_a_run_that_read_a_ticket_waits_for_a_person_before_it_pays(desk: Shop) -> None:
    done(desk, "get-ticket", {"ticket": "t-3001"}, run="reads-first")

    assert desk.do("refund", {**CLARA, "amount": 100}, run="reads-first").json()["state"] == "held"
    assert desk.do("comment-ticket", {"ticket": "t-3001", "text": "Soon."}, run="reads-first").json()["state"] == "held"


def test_a_failure_in_the_middle_takes_all_of_it_back_across_four_systems(desk: Shop) -> None:
    payments = desk.systems["payments"]
    run = {"run": "clara-cancels"}
    ticket = {"customer": "c-1003", "subject": "Please cancel", "text": "She called us."}
    done(desk, "cancel-order", {"order": "o-5006", "reason": "no longer needed"}, **run)
    opened = done(desk, "create-ticket", ticket, **run)["result"]["ticket"]
    first = done(desk, "refund", {**CLARA, "amount": 5_000}, **run)["result"]["refund"]
    done(desk, "send-mail", LETTER, **run)
    payments.fails("status", operation="refund", times=-1, status=503)

    desk.do("refund", {**CLARA, "amount": 6_000}, **run)
    over = desk.run("clara-cancels", "rolled-back", "partly-rolled-back")

    assert over["state"] == "rolled-back", over
    assert payments.ask("GET", f"/refunds/{first}").json()["status"] == "voided"
    assert desk.systems["orders"].ask("GET", "/orders/o-5006").json()["status"] == "paid"
    assert desk.systems["ticketing"].ask("GET", f"/tickets/{opened}").json()["status"] == "closed"
    (correction,) = desk.systems["mail"].did("sendCorrection")
    assert correction["text"].startswith("Please disregard")


def test_an_order_that_was_cancelled_without_an_answer_is_found_by_our_id(desk: Shop) -> None:
    orders = desk.systems["orders"]
    orders.fails("half", operation="cancelOrder")

    said = desk.do("cancel-order", {"order": "o-5004", "reason": "other"}).json()
    over = desk.ended(said["id"])

    assert over["state"] == "done", over
    assert orders.did("cancelOrder")[-1]["reference"] == said["id"]
    assert len([each for each in orders.did("cancelOrder") if each["order"] == "o-5004"]) == 1


def test_the_stop_switch_of_the_use_case_stops_its_agent(tmp_path: Path) -> None:
    refund = {"payment": "p-7011", "customer": "c-1007", "amount": 100, "currency": "EUR"}
    with support_desk(tmp_path / "home") as desk:
        app = desk.running.app
        context = app.identity.local_user("keeper").context("tests")
        assert desk.do("refund", refund).json()["state"] == "done"
        app.operation.certificates.stops.set(context, AGENT, "It writes what it should not.")

        stopped = wait_for(lambda: said if (said := desk.do("refund", refund).json())["state"] != "done" else None)

        assert (stopped["state"], stopped["rule"]) == ("refused", "stop")
        paid = len(desk.systems["payments"].did("refund"))
        assert desk.do("refund", refund).json()["state"] == "refused"
        assert len(desk.systems["payments"].did("refund")) == paid


def errand(desk: Shop, name: str, run: str) -> list[Came]:
    """Send the demo's scripted agent, over MCP."""

    async def sent() -> list[Came]:
        async with connected(desk.running.address, desk.key, run) as client:
            return [came async for came in go(client, ERRANDS[name])]

    return asyncio.run(sent())


def test_the_scripted_agent_goes_its_errands_over_mcp(tmp_path: Path) -> None:
    with support_desk(tmp_path / "home") as desk:
        assert [each.done for each in errand(desk, "small", "r-small")] == [True, True, True]
        (large,) = errand(desk, "large", "r-large")
        assert not large.done
        pieces = errand(desk, "pieces", "r-pieces")
        assert [each.done for each in pieces] == [True] * 9 + [False]
        assert "9 EUR left" in pieces[-1].text
        assert [each.done for each in errand(desk, "ticket", "r-ticket")] == [True, False]
        desk.systems["payments"].fails("status", operation="refund", skip=1, times=-1)

        cancels = errand(desk, "cancels", "r-cancels")

        assert [each.done for each in cancels] == [True, True, True, True, False]
        assert desk.run("r-cancels", "rolled-back", "partly-rolled-back")["state"] == "rolled-back"
        voided = desk.systems["payments"].did("voidRefund")
        assert voided == [{"refund": cancels[2].result["refund"]}]
        assert len(desk.systems["mail"].did("sendCorrection")) == 1
