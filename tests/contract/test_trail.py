"""Other systems' audit events, kept and matched with our actions, on both engines."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, Refused
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.model import State, Why
from roadworthy.operate.actions.trail.finding_store import Wanted
from roadworthy.operate.actions.trail.model import Differs, Standing
from roadworthy.operate.actions.trail.tables import audit_events
from tests.harness.trail import AUDIT, PAYMENTS, Told, lines
from tests.unit.foundation.ledger.samples import CONTEXT


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Iterator[Told]:
    made = Told(store, tmp_path)
    yield made
    made.ledger.close()


def test_what_was_done_through_us_belongs_to_its_action_and_differs_in_nothing(told: Told) -> None:
    action = told.action(reference="rc-0001", arguments={"payment": "p-1", "amount": 2_000, "currency": "EUR"})
    taken = told.take(told.event(action=action), told.event(did="getPayment", code=200))
    assert (taken.new, taken.matched, taken.unreadable, told.open()) == (2, 1, (), [])
    assert [each.reference for each in told.looking.of_action(action)] == ["rc-0001"]
    assert told.recorded("audit-events.taken") == 1


def test_an_effect_that_nobody_asked_us_for_is_found_once_and_told(told: Told) -> None:
    event = told.event(who="roadworthy-gateway")
    taken = told.take(event)
    assert [each.kind for each in taken.findings] == [Differs.EFFECT_WITHOUT_INTENT]
    assert "`refund` was done by `roadworthy-gateway`" in taken.findings[0].about
    again = told.take(event)
    assert (again.new, again.repeated, again.findings, len(told.told)) == (0, 1, (), 1)
    assert told.recorded("action-finding.opened") == 1
    assert told.recorded("audit-events.taken") == 1, "what came before changes nothing"


def test_whom_a_declaration_lets_act_and_what_it_does_not_name_are_kept_and_not_found(told: Told) -> None:
    taken = told.take(
        told.event(who="back-office"), told.event(did="setTheme"), told.event(code=409), told.event(did="getPayment")
    )
    assert (taken.new, told.open()) == (4, [])


def test_an_action_of_which_the_log_says_nothing_is_found_after_the_delay_and_closed_by_a_late_event(
    told: Told,
) -> None:
    told.take()
    told.on(10)
    action = told.action()
    told.on(200)
    other = told.action()
    told.take(told.event(action=other))
    assert told.open() == [], "its delay is not over"
    told.on(400)
    latest = told.action()
    told.take(told.event(action=latest))
    assert told.open() == [("intent-without-effect", action)]
    late = told.event(action=action, at=(told.clock.now() - dt.timedelta(seconds=599)).isoformat())
    told.take(late)
    assert told.open() == []
    (closed,) = told.looking.findings(Wanted(kind="intent-without-effect"))
    assert (closed.state, told.recorded("action-finding.closed")) == (Standing.CLOSED, 1)


def test_what_was_done_before_the_log_was_read_is_never_missing(told: Told) -> None:
    told.action()
    told.on(3_600)
    told.take()
    told.on(3_600)
    told.take(told.event(action=told.action()))
    assert told.open() == []


@pytest.mark.parametrize(
    ("asked", "done", "named"),
    [
        ({"payment": "p-1", "amount": 2_000}, {"payment": "p-1", "amount": 20_000}, "the amount (20000 minor units"),
        ({"payment": "p-1", "amount": 2_000}, {"payment": "p-2", "amount": 2_000}, "`payment`"),
        ({"customer": "c-1", "amount": 2_000}, {"customer": "c-2", "amount": 2_000}, "whom it is about"),
        ({"amount": 2_000}, {"amount": 2_000, "currency": "USD"}, "the currency (USD in place of EUR)"),
    ],
)
def test_what_was_done_otherwise_than_asked_is_found(
    told: Told, asked: dict[str, object], done: dict[str, object], named: str
) -> None:
    action = told.action(arguments=asked)
    told.take(told.event(action=action, **{"with": done}))
    (found,) = told.looking.findings(Wanted(state="open"))
    assert (found.kind, found.intent, found.use_case) == (Differs.ARGUMENTS_DIFFER, action, "support")
    assert named in found.about
    assert "p-2" not in found.about
    assert "c-2" not in found.about, "values may be personal data"


def test_numbers_are_the_same_however_they_are_written(told: Told) -> None:
    action = told.action(arguments={"amount": 2_000, "items": [1, {"a": 2}], "text": "007"})
    told.take(told.event(action=action, **{"with": {"amount": "2000.00", "items": '[1, {"a": 2}]', "text": "007"}}))
    assert told.open() == []


def test_one_action_that_was_done_twice_is_found_and_one_effect_that_is_logged_twice_is_not(told: Told) -> None:
    action, other = told.action(), told.action()
    told.take(told.event(action=action, receipt="rc-a"), told.event(action=action, receipt="rc-b"))
    told.take(told.event(action=other, receipt="rc-c"), told.event(action=other, receipt="rc-c"))
    assert told.open() == [("done-twice", action)]
    told.take(told.event(action=action, receipt="rc-d"))
    (found,) = told.looking.findings(Wanted(state="open"))
    assert "3 times" in found.about


@pytest.mark.parametrize("state", [State.REFUSED, State.HELD, State.CANCELLED])
def test_an_effect_under_the_name_of_an_action_that_was_never_let_through_went_round(told: Told, state: State) -> None:
    action = told.action(state)
    told.take(told.event(action=action))
    assert told.open() == [("effect-without-intent", action)]


def test_an_action_that_failed_by_what_we_know_and_was_done_is_found(told: Told) -> None:
    action = told.action(State.RUNNING)
    told.take(told.event(action=action))
    assert told.open() == []
    told.on(5)
    told.becomes(action, State.FAILED)
    told.on(5)
    told.take()
    assert told.open() == [("outcome-differs", action)], "judged anew once it ended"


def test_an_action_in_doubt_is_confirmed_once_by_the_event_that_tells_of_it(told: Told) -> None:
    letter = told.action(State.DEAD, why=Why.IN_DOUBT)
    probing = told.action(State.PROBING)
    events = told.event(action=letter), told.event(action=probing, receipt=None), told.event(action=letter, code=503)
    told.take(*events)
    told.take(*events)
    assert sorted(told.confirmed) == sorted([(letter, events[0]["receipt"]), (probing, None)])
    assert (told.open(), told.recorded("action.confirmed")) == ([], 2)


def test_without_our_name_the_systems_own_or_the_trace_says_to_which_action_an_event_belongs(told: Told) -> None:
    by_reference = told.action(reference="rc-9")
    trace = "ab" * 16
    first, second = told.action(trace=trace), told.action(trace=trace)
    alone = told.action()
    taken = told.take(
        told.event(receipt="rc-9"),
        told.event(trace=f"00-{trace}-00f067aa0ba902b7-01"),
        told.event(trace=trace),
        told.event(trace=alone.replace("-", "")),
        told.event(trace=trace),
    )
    assert taken.matched == 4
    assert [len(told.looking.of_action(each)) for each in (by_reference, first, second, alone)] == [1, 1, 1, 1]
    assert [kind for kind, _ in told.open()] == ["effect-without-intent"], "a third one under the same trace went round"


def test_what_cannot_be_read_is_kept_with_its_place_and_the_rest_is_taken(told: Told) -> None:
    content = lines([told.event(), told.event(at="yesterday")]) + b'{"no": "x", "no": "y"}\n[1]\n'
    taken = told.trail.take(CONTEXT, PAYMENTS, content, "log.jsonl")
    said = [(each.place.line, each.place.field, each.reason) for each in taken.unreadable]
    assert taken.new == 1
    assert sorted(said, key=lambda each: each[0] or 0) == [
        (2, "at", "it is no instant with a zone"),
        (3, None, "it does not read in one way: a name stands twice"),
        (4, None, "it is no JSON object"),
    ]
    again = told.trail.take(CONTEXT, PAYMENTS, content, "log.jsonl")
    assert (again.unreadable, len(told.looking.unreadable(PAYMENTS, 10))) == ((), 3)


def test_an_event_that_says_something_else_than_before_does_not_take_its_place(told: Told) -> None:
    event = told.event()
    told.take(event)
    taken = told.take({**event, "who": "somebody-else"})
    assert (taken.new, taken.repeated) == (0, 1)
    assert "said something else" in taken.unreadable[0].reason
    (kept,) = told.looking.findings(Wanted())
    assert kept.event is not None
    assert told.looking.event(kept.event)[0].principal == "roadworthy-gateway"


def test_what_is_kept_of_an_event_says_nothing_to_whoever_reads_the_database(told: Told) -> None:
    told.take(told.event(**{"with": {"customer": "c-1001", "amount": 5}}))
    with told.store.read() as connection:
        (row,) = connection.execute(sa.select(audit_events)).all()
    assert "c-1001" not in str(tuple(row))
    assert b"c-1001" not in row.raw
    assert json.loads(told.looking.raw(row.key) or b"")["with"]["customer"] == "c-1001"
    with pytest.raises(IntegrityBroken, match="cannot be opened"):
        told.veil.open(row.raw, "another")


def test_a_person_explains_a_finding_and_it_stays_explained(told: Told) -> None:
    told.take(told.event())
    (found,) = told.looking.findings(Wanted())
    with pytest.raises(InvalidInput, match="needs a reason"):
        told.looking.explain(CONTEXT, found.id, "  ")
    done = told.looking.explain(CONTEXT, found.id, "The bank asked for it by telephone.")
    assert (done.state, done.by, told.open()) == (Standing.EXPLAINED, CONTEXT.actor.ref, [])
    with pytest.raises(Conflict, match="explained"):
        told.looking.explain(CONTEXT, found.id, "again")
    with pytest.raises(NotFound):
        told.looking.explain(CONTEXT, "nothing", "why")
    assert told.recorded("action-finding.explained") == 1


def test_events_are_taken_only_of_a_system_that_declares_its_log(told: Told) -> None:
    with pytest.raises(NotFound, match="no system `nowhere`"):
        told.trail.take(CONTEXT, "nowhere", b"{}")
    with pytest.raises(Refused, match="declares no audit log"):
        told.trail.take(CONTEXT, "silent", b"{}")


def test_clocks_may_differ_by_as_much_as_is_declared(told: Told) -> None:
    action = told.action(reference="rc-1")
    early = told.clock.now() - dt.timedelta(seconds=1.9)
    told.take(told.event(receipt="rc-1", at=early.isoformat()))
    assert len(told.looking.of_action(action)) == 1
    other = told.action(reference="rc-2")
    earlier = told.clock.now() - dt.timedelta(seconds=2.1)
    told.take(told.event(receipt="rc-2", at=earlier.isoformat()))
    assert told.looking.of_action(other) == []
    assert [kind for kind, _ in told.open()] == ["effect-without-intent"]


def test_many_events_are_taken_in_several_units(told: Told) -> None:
    taken = told.take(*(told.event() for _ in range(1_200)))
    assert (taken.new, len(taken.findings)) == (1_200, 1_200)
    assert told.recorded("audit-events.taken") == 3


def test_without_named_operations_every_effect_is_watched(told: Told) -> None:
    told.audit = AUDIT.model_copy(update={"operations": {}})
    told.take(told.event(did="setTheme"))
    assert [kind for kind, _ in told.open()] == ["effect-without-intent"]


def test_a_reading_action_of_ours_is_one_in_the_log_too(told: Told) -> None:
    told.audit = AUDIT.model_copy(update={"operations": {**AUDIT.operations, "findPayment": "find-payment"}})
    told.take(told.event(did="findPayment"))
    assert told.open() == []
