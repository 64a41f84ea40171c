"""Who waits for room and goes: nobody else is told no for it, then or later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits.model import Reserved, Short
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.calls.service import _settled
from tests.harness.limits import book

TRIAGE = {"use-case": "triage"}
RULES = book(
    daily={"useCases": ["triage"], "limits": [{"calls": 100, "per": "day"}]},
    other={"useCases": ["scoring"], "limits": [{"calls": 100, "per": "day"}]},
)


class Slow:
    """A store that writes once it is let."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.begun, self.go = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Any], Any]) -> Any:
        self.begun.set()
        assert self.go.wait(30)
        return self._store.write(work)


@pytest.fixture
def slow(store: Store) -> Slow:
    return Slow(store)


def test_who_goes_while_room_is_fetched_ends_no_other_calls_room(slow: Slow) -> None:
    runtime = Runtime()
    limits = Limits(slow, runtime, ttl=60.0)
    limits.take(RULES)

    def ask(use_case: str) -> Reserved | Short:
        answer = limits.reserve({"use-case": use_case}, {"calls": 1}, runtime.clock.now())
        assert isinstance(answer, Reserved | Short)
        return answer

    first = ask("triage")
    assert isinstance(first, Short)
    waiting = limits.refill(first)
    assert slow.begun.wait(30)
    assert not waiting.cancel(), "it is being fetched"
    gone = ask("scoring")
    assert isinstance(gone, Short)
    assert limits.refill(gone).cancel(), "it is only queued"
    slow.go.set()
    waiting.result(30)
    again = ask("scoring")
    assert isinstance(again, Short)
    limits.refill(again).result(30)
    assert isinstance(ask("triage"), Reserved)
    assert isinstance(ask("scoring"), Reserved)
    limits.close()


def test_one_of_several_that_wait_for_the_same_goes_alone() -> None:
    async def waited() -> bool:
        same: Future[None] = Future()
        gone, stays = (asyncio.create_task(_settled(same)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert same.set_running_or_notify_cancel(), "others wait for it"
        same.set_result(None)
        await stays
        return True

    assert asyncio.run(waited())
