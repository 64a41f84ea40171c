"""Rollbacks on bad days: a step fails, is done twice, is never heard of, meets a stop; and how people finish them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.decide.certificate import stop_rows
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.store import Filter
from roadworthy.operate.actions.model import AgentAction, RunState, State, Why
from roadworthy.operate.actions.runs.rollback import Step, StepKind
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.actions.tables import agent_actions
from tests.harness.acting import ACTIONS, CASE, REFUND, More, Shop, shop
from tests.harness.upstream import wait_for

MAIL = {"to": "ana.novak@customers.example", "subject": "Done", "text": "x"}
PARTLY, WHOLE = RunState.PARTLY.value, RunState.ROLLED_BACK.value
SMALL: dict[str, Any] = {**REFUND, "amount": 100}
WORDS = {"type": "string", "maxLength": 60}
MORE_ACTIONS: dict[str, dict[str, Any]] = {
    "tickets.tag": {
        **ACTIONS["tickets.close"], "onRefusal": "roll-back", "tier": "high", "hold": {"always": True},
    },
    "payments.pay-once": {
        **ACTIONS["payments.refund"],
        "compensation": {"action": "payments.void-once", "arguments": {"refund": "$.result/refund"}},
    },
    "payments.void-once": {**ACTIONS["payments.void"], "idempotency": None, "timeout": "1s"},
}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("taken-back") / "home", more=More(actions=MORE_ACTIONS)) as made:
        yield made


@pytest.fixture
def there(running: Shop) -> Shop:
    running.heal()
    return running


# ---------------------------------------------------------------- a step that fails


def test_a_step_that_fails_is_a_dead_letter_with_an_owner_and_the_others_are_taken(there: Shop) -> None:
    there.systems["payments"].fails("status", operation="voidRefund", status=409)
    failed(there, "fails", "payments.refund", "payments.refund")
    assert there.run("fails", PARTLY, WHOLE)["state"] == PARTLY
    assert kinds(there, "fails") == ["nothing", "cannot", "taken-back"]
    letter = letter_of(there, "fails")
    assert (letter.action, letter.why) == ("payments.void", Why.COMPENSATION)
    with there.running.app.store.read() as connection:
        told = sa.text("SELECT subject FROM notification_messages WHERE topic = 'action-given-up'")
        assert any("`payments.void`" in each for each in connection.execute(told).scalars())
    again = there.running.app.acting.letters.again(keeper(there), letter.id, "It was busy, and is not any more.")
    assert there.ended(again.id)["state"] == "done"
    assert there.run("fails", WHOLE)["state"] == WHOLE
    assert of_run(there, "fails") == [
        "agent-run.rollback-begun", "agent-run.partly-rolled-back", "agent-run.rolled-back",
    ]  # fmt: skip


def test_a_step_that_somebody_did_by_hand_is_done(there: Shop) -> None:
    there.systems["payments"].fails("status", operation="voidRefund", status=409)
    failed(there, "by-hand", "payments.refund")
    there.run("by-hand", PARTLY)
    letters, letter = there.running.app.acting.letters, letter_of(there, "by-hand")
    with pytest.raises(Conflict, match="known that it was not done"):
        letters.settle(keeper(there), letter.id, "I looked.", done=False)
    letters.settle(keeper(there), letter.id, "I took it back in their console.", done=True, reference="v-1")
    assert there.run("by-hand", WHOLE)["state"] == WHOLE


def test_a_step_with_other_arguments_takes_the_same_back_and_nothing_is_counted_twice(there: Shop) -> None:
    there.systems["payments"].fails("status", operation="voidRefund", status=409)
    failed(there, "edited", "payments.refund")
    there.run("edited", PARTLY)
    letters, letter = there.running.app.acting.letters, letter_of(there, "edited")
    given = letters.contents(keeper(there), letter.id).arguments
    made = letters.again(
        keeper(there), letter.id, "The same, said anew.", b'{"refund":"%s"}' % given["refund"].encode()
    )
    assert there.ended(made.id)["state"] == "done"
    assert there.run("edited", WHOLE)["state"] == WHOLE
    assert kinds(there, "edited") == ["nothing", "taken-back"]
    assert letters.get(step(there, "edited", 1).action.id).compensated_by == made.id


def test_a_step_that_the_system_does_twice_is_one_step(there: Shop) -> None:
    there.systems["payments"].fails("twice", operation="voidRefund")
    failed(there, "twice", "payments.refund")
    assert there.run("twice", PARTLY, WHOLE)["state"] == WHOLE
    back = next(each for each in actions(there, "twice") if each.compensates is not None)
    assert there.recorded(back.id) == ["action.intended", "action.done"]


# ---------------------------------------------------------------- a step that nobody hears of


def test_a_step_that_is_never_heard_of_is_asked_again_under_its_key_for_some_minutes(there: Shop) -> None:
    before = len(there.systems["payments"].did("voidRefund"))
    there.systems["payments"].fails("half", operation="voidRefund", times=3)
    failed(there, "unheard", "payments.refund")
    back = wait_for(lambda: next((each for each in backs(there, "unheard") if each.state is State.PROBING), None))
    assert there.run("unheard", "rolling-back")["actions"][1]["inRollback"] == "wait"
    assert back.due_at > dt.datetime.now(dt.UTC)
    due_now(there, back.id)
    assert there.run("unheard", PARTLY, WHOLE)["state"] == WHOLE
    assert len(there.systems["payments"].did("voidRefund")) == before + 1


def test_a_step_that_nothing_makes_sure_of_is_in_doubt_until_somebody_looks(there: Shop) -> None:
    there.systems["payments"].fails("half", operation="voidRefund")
    failed(there, "doubted", "payments.pay-once")
    assert there.run("doubted", PARTLY, WHOLE)["state"] == PARTLY
    letter = letter_of(there, "doubted")
    assert letter.why is Why.IN_DOUBT
    there.running.app.acting.letters.settle(keeper(there), letter.id, "It is voided there.", done=True)
    assert there.run("doubted", WHOLE)["state"] == WHOLE


def test_what_turns_out_to_have_been_done_after_all_is_taken_back_as_well(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="after-all").json()["state"] == "done"
    doubted = there.do("payments.refund", SMALL, run="after-all").json()["id"]
    change(there, doubted, state=State.DEAD.value, why=Why.IN_DOUBT.value)  # as if nobody had heard of it
    there.post("/v1/agent-runs/after-all/rollback")
    assert there.run("after-all", PARTLY, WHOLE)["state"] == PARTLY
    assert kinds(there, "after-all") == ["in-doubt", "taken-back"]
    there.running.app.acting.letters.settle(keeper(there), doubted, "It is there.", done=True)
    assert there.run("after-all", WHOLE)["state"] == WHOLE
    assert kinds(there, "after-all") == ["taken-back", "taken-back"]
    assert of_run(there, "after-all").count("agent-run.rollback-begun") == 2


# ---------------------------------------------------------------- what leads to one


def test_a_no_in_the_middle_takes_the_run_back(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="refused").json()["state"] == "done"
    wrong = there.do("tickets.tag", {"ticket": "t-3001", "more": 1}, run="refused")
    assert wrong.json()["state"] == "refused"
    assert there.run("refused", PARTLY, WHOLE)["state"] == WHOLE


def test_a_person_who_says_no_takes_the_run_back(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="declined").json()["state"] == "done"
    held = there.do("tickets.tag", {"ticket": "t-3001"}, run="declined").json()
    there.decide(held["request"], yes=False)
    assert there.run("declined", PARTLY, WHOLE)["state"] == WHOLE


def test_by_hand_even_a_completed_run_is_taken_back(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="hand").json()["state"] == "done"
    there.post("/v1/agent-runs/hand/complete")
    run = found(there, "hand")
    there.running.app.acting.rollbacks.begin(keeper(there), run, "It was the wrong customer.")
    assert there.run("hand", PARTLY, WHOLE)["state"] == WHOLE


def test_what_waits_is_cancelled_and_gives_back_what_it_took(there: Shop) -> None:
    first = there.do("payments.refund", SMALL, run="waits").json()["id"]
    taken = used(there)
    change(there, first, state=State.QUEUED.value, due_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    there.post("/v1/agent-runs/waits/rollback")
    assert there.run("waits", PARTLY, WHOLE)["state"] == WHOLE
    assert there.get(f"/v1/actions/{first}").json()["state"] == "cancelled"
    assert used(there) == taken - SMALL["amount"]


# ---------------------------------------------------------------- stops


def test_a_rollback_waits_for_a_stop_and_goes_on_by_itself_when_it_is_lifted(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="stopped").json()["state"] == "done"
    stop(there, CASE)
    there.post("/v1/agent-runs/stopped/rollback")
    wait_for(lambda: [each.state for each in backs(there, "stopped")] == [State.PARKED])
    assert there.run("stopped", "rolling-back")["actions"][0]["inRollback"] == "wait"
    lift(there, CASE)
    assert there.run("stopped", PARTLY, WHOLE)["state"] == WHOLE


def test_a_person_may_have_it_taken_back_despite_a_stop_and_nothing_else_goes_on(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="despite").json()["state"] == "done"
    other = there.do("tickets.tag", {"ticket": "t-3001"}, run="other").json()
    stop(there, CASE)
    try:
        there.post("/v1/agent-runs/despite/rollback")
        wait_for(lambda: [each.state for each in backs(there, "despite")] == [State.PARKED])
        there.decide(other["request"], yes=True)
        wait_for(lambda: there.get(f"/v1/actions/{other['id']}").json()["state"] == "parked")
        rollbacks, run = there.running.app.acting.rollbacks, found(there, "despite")
        assert rollbacks.begin(keeper(there), run, "They must have it now.", despite_stop=True).despite_stop
        assert there.run("despite", PARTLY, WHOLE)["state"] == WHOLE
        assert there.get(f"/v1/actions/{other['id']}").json()["state"] == "parked"
    finally:
        lift(there, CASE)
    assert there.ended(other["id"])["state"] == "done"
    there.do("tickets.reopen", {"ticket": "t-3001"})


def test_a_stop_for_exactly_what_takes_back_keeps_it_whatever_was_said(there: Shop) -> None:
    assert there.do("payments.refund", SMALL, run="exactly").json()["state"] == "done"
    stop(there, "action:payments.void")
    try:
        run = found(there, "exactly")
        there.running.app.acting.rollbacks.begin(keeper(there), run, "All the same.", despite_stop=True)
        wait_for(lambda: [each.state for each in backs(there, "exactly")] == [State.PARKED])
    finally:
        lift(there, "action:payments.void")
    assert there.run("exactly", PARTLY, WHOLE)["state"] == WHOLE


def test_what_is_in_doubt_is_never_parked_by_a_stop_and_is_done_once(there: Shop) -> None:
    """Parked, it would be decided about anew when the stop is lifted, and done a second time or called not done."""
    asked = {
        "key": there.do("payments.refund", SMALL).json()["id"],
        "probe": there.do("orders.readdress", {"order": "o-5006", "address": ADDRESS}).json()["id"],
        "none": there.do("mail.send", MAIL).json()["id"],
    }
    counts = effects(there)
    stop(there, CASE)
    try:
        for id_ in asked.values():  # as a gateway left them that was killed before it heard
            change(there, id_, state=State.RUNNING.value, due_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
        there.running.app.acting.runner.wake()
        assert there.ended(asked["none"])["state"] == "dead-letter"
        assert there.ended(asked["probe"])["state"] == "done"
        kept = wait_for(lambda: _put_off(there, asked["key"]))
        assert kept.state is State.PROBING
    finally:
        lift(there, CASE)
    due_now(there, asked["key"])
    assert there.ended(asked["key"])["state"] == "done"
    assert effects(there) == counts


ADDRESS = {"name": "Clara Fontaine", "street": "Rue Haute 2", "city": "Lyon", "postcode": "69001", "country": "FR"}


def _put_off(there: Shop, id_: str) -> AgentAction | None:
    kept = there.running.app.acting.letters.get(id_)
    return kept if kept.state is State.PROBING and kept.holder is None else None


# ---------------------------------------------------------------- in the tests


def failed(there: Shop, run: str, *done: str) -> None:
    """A run in which some refunds were made, and then a mail cannot be sent."""
    there.systems["mail"].fails("status", status=503, times=3)
    for each in done:
        said = there.do(each, SMALL, run=run).json()
        assert said["state"] == "done", said
    assert there.do("mail.send", MAIL, run=run).json()["state"] == "failed"


def keeper(there: Shop) -> Context:
    return there.running.app.identity.local_user("keeper").context("tests")


def found(there: Shop, name: str) -> str:
    said: str = there.get(f"/v1/agent-runs/{name}").json()["id"]
    return said


def steps_of(there: Shop, name: str) -> list[Step]:
    return there.running.app.acting.rollbacks.preview(found(there, name))[1]


def kinds(there: Shop, name: str) -> list[str]:
    return [StepKind(each.kind).value for each in steps_of(there, name)]


def step(there: Shop, name: str, place: int) -> Step:
    return next(each for each in steps_of(there, name) if each.action.place == place)


def actions(there: Shop, name: str) -> list[AgentAction]:
    return there.running.app.acting.letters.listed(Listed(run=found(there, name)))


def backs(there: Shop, name: str) -> list[AgentAction]:
    return [each for each in actions(there, name) if each.compensates is not None]


def letter_of(there: Shop, name: str) -> AgentAction:
    (letter,) = there.running.app.acting.letters.listed(Listed(run=found(there, name), letters=True))
    return letter


def of_run(there: Shop, name: str) -> list[str]:
    """What the ledger says of a run, in order."""
    ledger = there.running.app.ledger
    ledger.settle()
    page = ledger.entries(Filter(resource=f"AgentRun/{found(there, name)}"))
    return [each.entry.what for each in reversed(page.entries)]


def used(there: Shop) -> int:
    windows = there.running.app.acting.letters.windows(dt.datetime.now(dt.UTC))
    return sum(each.used for each in windows)


def effects(there: Shop) -> tuple[int, ...]:
    wanted = (("payments", "refund"), ("orders", "changeAddress"), ("mail", "sendMail"))
    return tuple(len(there.systems[system].did(operation)) for system, operation in wanted)


def change(there: Shop, id_: str, **values: Any) -> None:
    """Have an action be as a process left it that is gone."""
    there.running.app.store.write(
        lambda connection: connection.execute(
            agent_actions.update().where(agent_actions.c.id == id_).values(ended_at=None, **values)
        )
    )


def due_now(there: Shop, id_: str) -> None:
    change(there, id_, due_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    there.running.app.acting.runner.wake()


def stop(there: Shop, scope: str) -> None:
    """Set a stop switch, and wait until the gateway goes by it."""
    app = there.running.app
    app.operation.certificates.stops.set(keeper(there), scope, "It is tried.")
    wait_for(lambda: _stopped(there, scope))


def lift(there: Shop, scope: str) -> None:
    """Lift one. People decide about that in their own tests."""
    app = there.running.app
    ground = app.operation.certificates.stops._ground
    (set_,) = (each for each in app.operation.certificates.stops.listed() if each.scope == scope)

    def work(tx: Any) -> None:
        stop_rows.lift(tx.connection, replace(set_, lifted_at=tx.now, lifted_by="tests"))
        ground.status.changed(tx)

    app.units.run(keeper(there), work)
    wait_for(lambda: not _stopped(there, scope))


def _stopped(there: Shop, scope: str) -> bool:
    said = there.do("tickets.comment", {"ticket": "t-3002", "text": "x"}, dryRun=True).json()
    if scope.startswith("action:"):
        said = there.do(scope.removeprefix("action:"), {"refund": "re-1"}, dryRun=True).json()
    return any(each["rule"] == "stop" for each in said["reasons"])
