"""The queue of calls that are answered later, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.ledger.tables import legal_holds
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.calls.later import store as rows
from roadworthy.operate.calls.later.model import Answer, Request, State, Why
from roadworthy.operate.calls.later.rules import LEASE
from roadworthy.operate.calls.later.service import Full, Repeated
from roadworthy.operate.calls.later.tables import later_payloads
from tests.harness.later import ANSWERED, AWAY, BODY, BROKE, FULL, NO, WRONG, Queue
from tests.unit.foundation.ledger.samples import CONTEXT

TOLD = Answer(200, {"Roadworthy-Stage": "pilot"}, b'{"answer": 42}')


@pytest.fixture
def queue(store: Store, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(store, tmp_path)
    yield made
    made.ledger.close()


def payloads(queue: Queue) -> set[tuple[str, str]]:
    with queue.store.read() as connection:
        return {(row.call, row.direction) for row in connection.execute(sa.select(later_payloads))}


def test_a_call_is_taken_answered_and_fetched_until_its_time_is_over(queue: Queue) -> None:
    call = queue.new(keep_answers=dt.timedelta(hours=1))
    (taken,) = queue.calls.take("a", 10)
    assert (taken.call.state, taken.call.holder, queue.calls.take("b", 10)) == (State.RUNNING, "a", [])
    assert queue.calls.request(taken).body == BODY
    ended = queue.calls.finish(call.id, taken.call.fence, ANSWERED, TOLD)
    assert ended is not None
    assert ended.state is State.ANSWERED
    assert payloads(queue) == {(call.id, "answer")}, "the request is not needed any more"
    assert queue.calls.told(call.id) == (ended, TOLD)
    queue.on(3_600)
    assert queue.calls.told(call.id) == (ended, None)
    assert queue.ledger.units.run(CONTEXT, lambda tx: queue.letters.due(tx, None, (), hipaa=False)) == 1
    assert not payloads(queue)


def test_what_is_kept_says_nothing_to_whoever_reads_the_database(queue: Queue) -> None:
    call = queue.new()
    with queue.store.read() as connection:
        kept = rows.get(connection, call.id, rows.REQUEST)
    assert kept is not None
    assert BODY not in kept
    other = queue.new()
    (taken, _) = queue.calls.take("a", 10)
    moved = replace(taken, call=replace(taken.call, id=other.id))
    with pytest.raises(IntegrityBroken, match="cannot be opened"):
        queue.calls.request(moved)


def test_an_upstream_that_is_away_is_waited_for_and_no_try_is_counted(queue: Queue) -> None:
    call = queue.new(tries=1)
    pauses = []
    for _ in range(6):
        (taken,) = queue.calls.take("a", 10)
        left = queue.calls.finish(call.id, taken.call.fence, AWAY, None)
        assert left is not None
        assert (left.state, left.tries) == (State.QUEUED, 0)
        pauses.append((left.due_at - queue.clock.now()).total_seconds())
        assert queue.calls.take("a", 10) == [], "not before its turn"
        queue.on(pauses[-1])
    assert all(1 <= each <= 64 for each in pauses)
    assert pauses[-1] > pauses[0]
    (taken,) = queue.calls.take("a", 10)
    dead = queue.calls.finish(call.id, taken.call.fence, BROKE, None)
    assert dead is not None
    assert (dead.why, queue.told) == (Why.TRIES, [call.id])


def test_a_call_whose_time_is_over_is_given_up_without_another_run(queue: Queue) -> None:
    call = queue.new(within=dt.timedelta(minutes=1))
    queue.on(61)
    assert queue.calls.take("a", 10) == []
    assert queue.calls.get(call.id).why is Why.LATE
    assert payloads(queue) == {(call.id, "request")}, "it can be made again"


@pytest.mark.parametrize("effects", [False, True])
def test_a_gateway_that_dies_loses_nothing_and_does_nothing_twice(queue: Queue, effects: bool) -> None:
    call = queue.new(effects=effects)
    (first,) = queue.calls.take("a", 10)
    queue.on(LEASE.total_seconds())
    found = queue.calls.take("b", 10)
    now = queue.calls.get(call.id)
    if effects:
        assert (found, now.why) == ([], Why.IN_DOUBT)
    else:
        assert [each.call.holder for each in found] == ["b"]
        assert (now.tries, [each.what for each in now.runs]) == (1, ["gateway-gone"])
    assert queue.calls.finish(call.id, first.call.fence, ANSWERED, TOLD) is None, "it is not its own any more"
    assert queue.calls.get(call.id) == now


def test_leases_are_kept_for_longer_and_loss_is_seen(queue: Queue) -> None:
    kept, lost = queue.new(), queue.new()
    fences = {each.call.id: each.call.fence for each in queue.calls.take("a", 10)}
    queue.on(20)
    queue.calls.renew(fences)
    queue.on(20)
    assert queue.calls.take("b", 10) == []
    queue.calls.cancel(lost.id)
    assert queue.calls.lost(fences) == {lost.id}
    assert queue.calls.get(kept.id).state is State.RUNNING


def test_a_no_that_passes_is_waited_out_and_any_other_gives_it_up(queue: Queue) -> None:
    call = queue.new()
    (taken,) = queue.calls.take("a", 10)
    waits = queue.calls.finish(call.id, taken.call.fence, FULL, None)
    assert waits is not None
    assert (waits.state, waits.due_at - queue.clock.now()) == (State.QUEUED, dt.timedelta(seconds=60))
    queue.on(60)
    (taken,) = queue.calls.take("a", 10)
    dead = queue.calls.finish(call.id, taken.call.fence, NO, None)
    assert dead is not None
    assert (dead.state, dead.why, dead.rule, dead.about) == (State.DEAD, Why.REFUSED, "certificate", "suspended")


def test_a_wrong_request_has_an_answer_that_says_so(queue: Queue) -> None:
    call = queue.new()
    (taken,) = queue.calls.take("a", 10)
    queue.calls.finish(call.id, taken.call.fence, WRONG, Answer(400, {}, b"{}"))
    failed, answer = queue.calls.told(call.id)
    assert (failed.state, answer, queue.told) == (State.FAILED, Answer(400, {}, b"{}"), [])


def test_a_queue_is_full_for_its_endpoint_alone(queue: Queue) -> None:
    for _ in range(2):
        queue.new(most=2)
    with pytest.raises(Full, match="2 calls of `chat` wait"):
        queue.new(most=2)
    queue.new(endpoint="other", most=2)


def test_a_repeated_request_is_one_call(queue: Queue) -> None:
    first = queue.new()
    request, said = Request(BODY, None, None, None), Repeated("k", "b")
    kept = queue.calls.queue(replace(first, id="1"), request, said)
    assert queue.calls.queue(replace(first, id="2"), request, said).id == kept.id == "1"
    with pytest.raises(InvalidInput, match="another request"):
        queue.calls.queue(replace(first, id="3"), request, Repeated("k", "other"))
    with pytest.raises(NotFound):
        queue.calls.get("2")


def dead(queue: Queue) -> str:
    call = queue.new()
    (taken,) = queue.calls.take("a", 10)
    queue.calls.finish(call.id, taken.call.fence, NO, None)
    return call.id


def test_a_dead_letter_is_made_again_once_however_many_ask(queue: Queue) -> None:
    letter = dead(queue)
    with pytest.raises(InvalidInput, match="reason"):
        queue.letters.replay(CONTEXT, letter, "  ")
    with ThreadPoolExecutor(4) as many:
        made = set(many.map(lambda _: queue.letters.replay(CONTEXT, letter, "It is certified now.").id, range(4)))
    assert len(made) == 1
    (taken,) = queue.calls.take("a", 10)
    assert (taken.call.id, taken.call.replay_of) == (made.pop(), letter)
    assert queue.calls.request(taken).body == BODY
    old = queue.calls.get(letter)
    assert (old.state, old.replayed_as, old.seen_to_by) == (State.DEAD, taken.call.id, CONTEXT.actor.ref)
    assert payloads(queue) == {(taken.call.id, "request")}
    queue.ledger.settle()
    found = queue.ledger.entries(Filter(what="call.replayed")).entries
    assert [each.entry.actor.ref for each in found] == [CONTEXT.actor.ref]
    with pytest.raises(Conflict, match="no dead letter"):
        queue.letters.discard(CONTEXT, letter, "Too late.")


def test_all_of_a_use_case_are_made_again_and_what_is_gone_is_named(queue: Queue) -> None:
    gone = dead(queue)
    keep_until = queue.calls.get(gone).keep_until
    assert keep_until is not None
    queue.clock.advance(keep_until - queue.clock.now())
    letters = [dead(queue)]
    queue.on(1)
    letters.append(dead(queue))
    made, refused = queue.letters.replay_all(CONTEXT, rows.Wanted(use_case="triage"), "All of them.")
    assert [each.replay_of for each in made] == letters
    assert [(each.call, each.error.code) for each in refused] == [(gone, "later-request-gone")]
    assert queue.letters.replay_all(CONTEXT, rows.Wanted(use_case="other"), "All of them.") == ([], [])


def test_a_discarded_letter_leaves_nothing_but_why(queue: Queue) -> None:
    letter = dead(queue)
    queue.letters.discard(CONTEXT, letter, "The customer called.")
    assert not payloads(queue)
    assert queue.calls.listed(rows.Wanted(letters=True)) == []
    with pytest.raises(Conflict):
        queue.letters.replay(CONTEXT, letter, "After all.")


def test_a_legal_hold_keeps_what_would_go(queue: Queue) -> None:
    hold = Hold("h-1", HoldOn.USE_CASE, "triage", "A matter.", queue.clock.now(), "ana")
    queue.store.write(
        lambda connection: connection.execute(
            legal_holds.insert().values(
                id=hold.id,
                scope=hold.on.value,
                name=hold.name,
                reason=hold.reason,
                placed_at=hold.placed_at,
                placed_by=hold.placed_by,
            )
        )
    )
    letter, answered = dead(queue), queue.new(keep_answers=dt.timedelta(seconds=1))
    (taken,) = queue.calls.take("a", 10)
    queue.calls.finish(answered.id, taken.call.fence, ANSWERED, TOLD)
    queue.letters.discard(CONTEXT, letter, "Not wanted.")
    queue.on(60)
    due = queue.ledger.units.run(CONTEXT, lambda tx: queue.letters.due(tx, queue.clock.now(), [hold], hipaa=False))
    assert due == 0
    assert payloads(queue) == {(letter, "request"), (answered.id, "request"), (answered.id, "answer")}
    assert queue.calls.told(answered.id)[1] is None, "the client's time is over nevertheless"
    assert queue.ledger.units.run(CONTEXT, lambda tx: queue.letters.due(tx, None, (), hipaa=False)) == 2
    assert not payloads(queue)


def test_rows_go_when_calls_are_not_kept_any_longer(queue: Queue) -> None:
    letter = dead(queue)
    queue.letters.discard(CONTEXT, letter, "Not wanted.")
    queue.on(60)
    queue.ledger.units.run(CONTEXT, lambda tx: queue.letters.due(tx, queue.clock.now(), (), hipaa=False))
    with pytest.raises(NotFound):
        queue.calls.get(letter)


def test_what_waits_and_what_is_dead_is_counted_by_endpoint(queue: Queue) -> None:
    dead(queue)
    queue.new()
    queue.on(1)
    queue.new(endpoint="other")
    found = [(each.endpoint, each.waiting, each.dead) for each in queue.calls.counts()]
    assert found == [("chat", 1, 1), ("other", 1, 0)]
    assert [each.endpoint for each in queue.calls.listed(rows.Wanted(state="queued"))] == ["other", "chat"]
    latest = max(each.queued_at for each in queue.calls.listed(rows.Wanted()))
    assert queue.calls.listed(rows.Wanted(since=latest))
    assert queue.calls.listed(rows.Wanted(since=latest + dt.timedelta(days=400_000))) == []


def test_a_cancelled_call_keeps_nothing_and_is_not_made(queue: Queue) -> None:
    call = queue.new()
    assert queue.calls.cancel(call.id).state is State.CANCELLED
    assert (queue.calls.take("a", 10), payloads(queue)) == ([], set())
    assert queue.calls.cancel(call.id).state is State.CANCELLED
    with pytest.raises(Conflict):
        queue.calls.cancel(dead(queue))
    with pytest.raises(NotFound):
        queue.calls.cancel("nothing")


def test_two_gateways_that_take_at_once_take_different_calls(queue: Queue) -> None:
    wanted = {queue.new().id for _ in range(40)}
    with ThreadPoolExecutor(4) as many:
        taken = [
            each.call.id for found in many.map(lambda who: queue.calls.take(f"g-{who}", 10), range(4)) for each in found
        ]
    taken += [each.call.id for each in queue.calls.take("rest", 100)]
    assert len(taken) == 40
    assert set(taken) == wanted
