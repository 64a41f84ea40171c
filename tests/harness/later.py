"""Calls that are answered later, on a store: whoever takes and ends them is the test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from roadworthy.foundation.ids import new_id
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime, SeededRandomness, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.calls.later.letters import Letters
from roadworthy.operate.calls.later.model import Came, Fate, LaterCall, Request, State, Terms
from roadworthy.operate.calls.later.sealing import Sealing
from roadworthy.operate.calls.later.service import Ground, LaterCalls
from tests.unit.foundation.ledger.samples import ledger_on

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
BODY = b'{"model": "gpt", "messages": [{"role": "user", "content": "hi"}]}'
ANSWERED = Came(Fate.ANSWERED, "run-1", "answered", begun=True, status=200)
AWAY = Came(Fate.UNANSWERED, "run-1", "connect-failed", error="connect-failed", status=502)
BROKE = Came(Fate.UNANSWERED, "run-1", "server-error", begun=True, error="server-error", status=502)
WRONG = Came(Fate.FAILED, "run-1", "request-rejected", error="upstream-request-rejected", status=400)
FULL = Came(Fate.REFUSED, "run-1", "limit:day", passes=True, retry_after=60, rule="limit:day", error="x", status=429)
NO = Came(Fate.REFUSED, "run-1", "certificate", rule="certificate", about="suspended", error="x", status=403)


@dataclass
class Queue:
    """A queue, its letters, and what owners were told."""

    store: Store
    folder: Path
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    told: list[str] = field(default_factory=list)
    seed: int = 1

    def __post_init__(self) -> None:
        self.runtime = Runtime(clock=self.clock, randomness=SeededRandomness(self.seed), threaded=False)
        self.ledger: Ledger = ledger_on(self.store, self.folder, self.runtime)
        keys = Keys(self.folder / "keys", self.clock)
        ground = Ground(self.store, self.ledger.units, self.runtime, Sealing(keys, self.runtime.randomness), self._tell)
        self.calls, self.letters = LaterCalls(ground), Letters(ground)

    def _tell(self, tx: Transaction, letter: LaterCall) -> None:  # noqa: ARG002 - as `Tells` has it
        self.told.append(letter.id)

    def new(self, *, effects: bool = False, endpoint: str = "chat", **terms: object) -> LaterCall:
        """A call that was admitted, queued now."""
        now, said = self.clock.now(), Terms(**terms)  # type: ignore[arg-type]  # a test names what it changes
        call = LaterCall(
            id=new_id(now, self.runtime.randomness), use_case="triage", stage="pilot", endpoint=endpoint, key="k-1",
            surface="chat-completions", model="gpt", effects=effects, queued_at=now, ends_at=now + said.within,
            terms=said, state=State.QUEUED, due_at=now,
        )  # fmt: skip
        return self.calls.queue(call, Request(BODY, None, None, None))

    def on(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(dt.timedelta(seconds=seconds))
