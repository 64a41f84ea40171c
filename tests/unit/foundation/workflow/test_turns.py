"""Turns go on, whatever becomes of one."""

from __future__ import annotations

import queue

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.workflow.turns import Turns


def test_the_next_turn_comes_after_one_that_fails_and_it_can_be_started_again() -> None:
    taken: queue.SimpleQueue[int] = queue.SimpleQueue()

    def turn() -> None:
        taken.put(1)
        raise ZeroDivisionError

    turns = Turns(Runtime(), "bells", 0.001, turn)
    assert not turns.close()  # nothing was started
    turns.take()
    turns.start()
    for _ in range(3):
        taken.get(timeout=60)
    assert turns.close()
    assert not turns.close()
    while not taken.empty():
        taken.get()
    turns.start()
    taken.get(timeout=60)
    assert turns.close()
