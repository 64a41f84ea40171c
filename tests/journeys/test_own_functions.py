"""Functions of a program's own ask a real gateway before they run, and say what came of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.advisory.service import look
from roadworthy.sdk import ActionHeld, ActionInDoubt, ActionNotAllowed, Gateway, GatewaySilent
from roadworthy.sdk.actions import NotDone
from tests.harness.acting import CASE, More, Shop, shop
from tests.harness.upstream import wait_for

_TEXT = {"type": "string", "maxLength": 60}
_OWN = {"useCases": [CASE], "system": "desk", "effect": "write", "tier": "low", "reads": "trusted"}
_LABEL = {"type": "object", "properties": {"ticket": _TEXT, "text": _TEXT}, "required": ["text", "ticket"]}
_PAY = {
    "type": "object",
    "properties": {"customer": _TEXT, "cents": {"type": "integer"}},
    "required": ["cents", "customer"],
}
ACTIONS: dict[str, dict[str, Any]] = {
    "desk.label": {**_OWN, "function": "label", "input": _LABEL, "limits": [{"count": 50, "per": "day"}]},
    "desk.pay": {
        **_OWN, "function": "pay", "input": _PAY, "customer": "/customer", "hold": {"above": "10 EUR"},
        "amount": {"path": "/cents", "unit": "minor", "currency": "EUR"},
        "limits": [{"amount": "30 EUR", "per": "day", "each": ["customer"]}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("own") / "home", more=More({"desk": {"speaks": "in-process"}}, ACTIONS)) as made:
        wait_for(lambda: made.do("desk.label", {"ticket": "t", "text": "x"}).json().get("code") == "action-other-side")
        yield made


@pytest.fixture
def gateway(there: Shop) -> Iterator[Gateway]:
    made = Gateway(there.running.address, there.key)
    yield made
    made.close()


def _last(there: Shop, action: str) -> Any:
    with there.running.app.store.read() as connection:
        return rows.listed(connection, rows.Listed(action=action, limit=1))[0]


def test_a_function_runs_after_a_yes_and_its_outcome_is_kept(there: Shop, gateway: Gateway) -> None:
    ran: list[str] = []

    @gateway.action("desk.label")
    def label(ticket: str, text: str = "urgent") -> dict[str, str]:
        ran.append(ticket)
        return {"reference": "l-1", "ticket": ticket, "text": text}

    with gateway.errand("errand-1", agent="desk-bot"):
        assert label("t-1") == {"reference": "l-1", "ticket": "t-1", "text": "urgent"}
    kept = _last(there, "desk.label")
    assert (kept.state.value, kept.enforcement, kept.reference, kept.agent) == ("done", "advisory", "l-1", "desk-bot")
    assert there.recorded(kept.id) == ["action.intended", "action.done"]
    assert there.get(f"/v1/actions/{kept.id}").json()["result"]["text"] == "urgent"
    assert ran == ["t-1"]


def test_a_function_that_awaits_is_asked_for_too(there: Shop, gateway: Gateway) -> None:
    @gateway.action("desk.label")
    async def label(ticket: str, text: str) -> str:
        await asyncio.sleep(0)
        return f"{ticket}: {text}"

    assert asyncio.run(label("t-2", text="new")) == "t-2: new"
    assert _last(there, "desk.label").state.value == "done"


def test_a_no_keeps_the_function_from_running(gateway: Gateway) -> None:
    ran: list[int] = []

    @gateway.action("desk.pay")
    def pay(customer: str, cents: int) -> None:
        ran.append(cents)

    for _ in range(3):
        pay("c-no", 1_000)
    with pytest.raises(ActionNotAllowed) as refused:
        pay("c-no", 1)
    assert refused.value.rule == "limit:desk.pay"
    with pytest.raises(ActionNotAllowed) as unfit:
        pay("c-no", -5)
    assert unfit.value.rule == "amount"
    assert ran == [1_000] * 3


def test_a_hold_is_raised_and_goes_on_under_its_key_once_people_let_it_pass(there: Shop, gateway: Gateway) -> None:
    ran: list[int] = []

    @gateway.action("desk.pay", key=lambda given: f"pay-{given['customer']}-{given['cents']}")
    def pay(customer: str, cents: int) -> str:
        ran.append(cents)
        return "paid"

    with pytest.raises(ActionHeld) as held:
        pay("c-held", 2_000)
    assert ran == []
    there.decide(held.value.said["request"], yes=True)
    assert pay("c-held", 2_000) == "paid"
    assert pay("c-held", 2_000) == "paid"
    assert ran == [2_000]
    assert there.recorded(held.value.id) == ["action.held", "action.intended", "action.done"]


def test_a_hold_is_waited_for(there: Shop, gateway: Gateway) -> None:
    @gateway.action("desk.pay", held="wait", within=60)
    async def pay(customer: str, cents: int) -> str:
        return "paid"

    async def both() -> str:
        waits = asyncio.ensure_future(pay("c-wait", 2_100))
        request = await asyncio.to_thread(wait_for, lambda: _held(there))
        await asyncio.to_thread(lambda: there.decide(request, yes=True))
        return await waits

    assert asyncio.run(both()) == "paid"


def _held(there: Shop) -> str | None:
    kept = _last(there, "desk.pay")
    return kept.request if kept.amount == 2_100 and kept.state.value == "held" else None


@pytest.mark.parametrize(
    ("raised", "state", "room"),
    [(NotDone("away"), "failed", True), (ValueError("wrong"), "failed", True), (OSError("?"), "dead-letter", False)],
)
def test_what_a_function_raises_says_what_came_of_it(
    there: Shop, gateway: Gateway, raised: Exception, state: str, room: bool
) -> None:
    """Of 30 EUR a day, what was not done is given back; what is in doubt stays counted, and the fourth has no room."""

    @gateway.action("desk.pay")
    def pay(customer: str, cents: int) -> None:
        raise raised

    customer = f"c-{type(raised).__name__}"
    for _ in range(3):
        with pytest.raises(type(raised)):
            pay(customer, 1_000)
        assert _last(there, "desk.pay").state.value == state
    with pytest.raises(type(raised) if room else ActionNotAllowed):
        pay(customer, 1_000)


def test_an_outcome_that_never_comes_is_in_doubt_and_is_taken_when_it_comes_late(there: Shop, gateway: Gateway) -> None:
    app = there.running.app

    @gateway.action("desk.label", key=lambda given: f"lost-{given['ticket']}")
    def label(ticket: str, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        label("t-lost", "x")
    with pytest.raises(ActionInDoubt) as doubt:
        label("t-lost", "x")
    with app.store.read() as connection:
        kept = rows.find(connection, doubt.value.id)
    assert kept is not None
    early = replace(kept, action=replace(kept.action, due_at=kept.action.asked_at))
    app.store.write(lambda connection: rows.change(connection, early))
    wait_for(lambda: look(app.acting.keeping, app.acting.actions) or _state(there, doubt.value.id) == "dead-letter")
    assert _state(there, doubt.value.id) == "dead-letter"
    late = httpx.post(
        f"{there.running.address}/v1/actions/{doubt.value.id}/outcome", json={"outcome": "done", "result": "labelled"},
        headers={"Authorization": f"Bearer {there.key}"}, trust_env=False,
    )  # fmt: skip
    assert late.json()["state"] == "done", late.text
    assert label("t-lost", "x") == "labelled"


def _state(there: Shop, id_: str) -> str:
    return str(there.get(f"/v1/actions/{id_}").json()["state"])


def test_a_program_cannot_do_what_the_gateway_does_nor_the_other_way_round(there: Shop, gateway: Gateway) -> None:
    @gateway.action("tickets.comment")
    def comment(ticket: str, text: str) -> None:
        pytest.fail("it ran")

    with pytest.raises(ActionNotAllowed) as refused:
        comment("t-3001", "x")
    assert refused.value.said["code"] == "action-other-side"
    assert there.do("desk.label", {"ticket": "t", "text": "x"}).json()["code"] == "action-other-side"
    assert "desk.label" not in {each["name"] for each in there.get("/v1/actions").json()["data"]}


def test_without_a_gateway_nothing_runs(there: Shop) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = Gateway(f"http://127.0.0.1:{taken.getsockname()[1]}", there.key)

        @gone.action("desk.label")
        def label(ticket: str, text: str) -> None:
            pytest.fail("it ran")

        with pytest.raises(GatewaySilent):
            label("t", "x")
        gone.close()
