"""Laws of the queue: whatever gateways do, die of or leave unsaid, and whatever people do between."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.operate.calls.later import store as rows
from roadworthy.operate.calls.later.model import OPEN, Answer, LaterCall, State, Why
from roadworthy.operate.calls.later.rules import LEASE
from roadworthy.operate.calls.later.service import Taken
from roadworthy.operate.calls.later.tables import later_calls, later_payloads
from tests.harness.later import ANSWERED, AWAY, BROKE, FULL, NO, WRONG, Queue
from tests.unit.foundation.ledger.samples import CONTEXT

GATEWAYS = 3
_SEEDS = itertools.count()
TRIES = 3
ENDS = frozenset(State) - OPEN


@dataclass
class World:
    """Gateways, and the truth about what reached the upstream."""

    queue: Queue
    hands: list[list[Taken]] = field(default_factory=lambda: [[] for _ in range(GATEWAYS)])
    """What each believes to be its own, whether it still is or not."""
    calls: list[str] = field(default_factory=list)
    begun: Counter[str] = field(default_factory=Counter)
    """How often the upstream began something, by call."""
    ended: dict[str, LaterCall] = field(default_factory=dict)

    def enqueue(self, which: int, _how: int) -> None:
        self.calls.append(self.queue.new(effects=which % 2 == 0, tries=TRIES).id)

    def take(self, which: int, how: int) -> None:
        self.hands[which % GATEWAYS] += self.queue.calls.take(f"gateway-{which % GATEWAYS}", 1 + how % 3)

    def die(self, which: int, how: int) -> None:
        """With what is in its hands: some had begun something, some not."""
        for at, taken in enumerate(self.hands[which % GATEWAYS]):
            self.begun[taken.call.id] += (at + how) % 2
        self.hands[which % GATEWAYS].clear()

    def end(self, which: int, how: int) -> None:
        """Say what came of a call, in time or long after the lease was lost."""
        mine = self.hands[which % GATEWAYS]
        if not mine:
            return
        taken = mine.pop(how % len(mine))
        came = (ANSWERED, AWAY, BROKE, FULL, NO, WRONG)[how % 6]
        self.begun[taken.call.id] += came.begun
        answer = Answer(200, {}, b"{}") if came in {ANSWERED, WRONG} else None
        self.queue.calls.finish(taken.call.id, taken.call.fence, came, answer)

    def renew(self, which: int, _how: int) -> None:
        mine = self.hands[which % GATEWAYS]
        fences = {each.call.id: each.call.fence for each in mine}
        self.queue.calls.renew(fences)
        lost = self.queue.calls.lost(fences)
        self.hands[which % GATEWAYS] = [each for each in mine if each.call.id not in lost]

    def cancel(self, which: int, _how: int) -> None:
        self._on(which, self.queue.calls.cancel)

    def replay(self, which: int, _how: int) -> None:
        found = self._on(which, lambda call: self.queue.letters.replay(CONTEXT, call, "Again."))
        if found is not None and found.id not in self.calls:
            self.calls.append(found.id)

    def discard(self, which: int, _how: int) -> None:
        self._on(which, lambda call: self.queue.letters.discard(CONTEXT, call, "No more."))

    def wait(self, which: int, how: int) -> None:
        self.queue.on(LEASE.total_seconds() * (how % 3) + which)

    def _on(self, which: int, act: object) -> LaterCall | None:
        if not self.calls:
            return None
        try:
            return act(self.calls[which % len(self.calls)])  # type: ignore[operator,no-any-return]  # any of the above
        except RoadworthyError:
            return None  # it is over, or not there yet

    def look(self) -> None:
        """What ended stays as it ended; what may have effects began at most once; requests are there while needed."""
        for id_ in self.calls:
            call = self.queue.calls.get(id_)
            before = self.ended.get(id_)
            if before is not None:
                assert (call.state, call.why, call.status, call.ended_at, call.runs) == (
                    before.state, before.why, before.status, before.ended_at, before.runs,
                )  # fmt: skip
            if call.state in ENDS:
                assert call.ended_at is not None
                self.ended.setdefault(id_, call)
            with self.queue.store.read() as connection:
                kept = rows.get(connection, id_, rows.REQUEST) is not None
            assert kept == (call.state in OPEN or call.is_letter)
            assert call.tries <= TRIES

    def finish(self) -> None:
        """One gateway lives on, and upstreams answer."""
        for hand in self.hands:
            hand.clear()
        while sum(each.waiting for each in self.queue.calls.counts()):
            self.queue.on(LEASE.total_seconds() * 2)
            for taken in self.queue.calls.take("last", 100):
                self.begun[taken.call.id] += 1
                self.queue.calls.finish(taken.call.id, taken.call.fence, ANSWERED, Answer(200, {}, b"{}"))


MOVES = {
    name: getattr(World, name)
    for name in ("enqueue", "take", "die", "end", "renew", "cancel", "replay", "discard", "wait")
}
STEPS = st.lists(
    st.tuples(st.sampled_from(["enqueue", "take", "end", *MOVES]), st.integers(0, 5), st.integers(0, 11)),
    min_size=5,
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(steps=STEPS)
def test_every_call_ends_once_and_what_has_effects_happens_at_most_once(
    sqlite_store: SqliteStore, tmp_path: Path, steps: list[tuple[str, int, int]]
) -> None:
    sqlite_store.write(lambda connection: [connection.execute(each.delete()) for each in (later_calls, later_payloads)])
    here = World(Queue(sqlite_store, tmp_path, seed=next(_SEEDS)))
    for name, which, how in steps:
        MOVES[name](here, which, how)
        here.look()
    here.finish()
    here.look()
    assert here.ended.keys() == set(here.calls), "each has come to an end"
    for call in here.ended.values():
        if call.effects:
            assert here.begun[call.id] <= 1, "never twice where effects are possible"
        if call.state is State.ANSWERED:
            assert here.begun[call.id] >= 1
        if call.state is State.DEAD and call.why is Why.TRIES:
            assert call.tries == TRIES, "as often as was declared"
        assert not (call.effects and call.why is Why.TRIES), "in doubt comes first"
    assert not {each.id for each in here.queue.calls.listed(rows.Wanted(state="running"))} & set(here.calls)
    here.queue.ledger.close()
