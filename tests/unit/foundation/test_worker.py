"""The worker that handles jobs in batches."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from roadworthy.foundation.runtime import ThreadWorker


class Handled:
    """Remembers batches; the first one lasts until it is let go."""

    def __init__(self, count: int) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go, self.all = threading.Event(), threading.Event(), threading.Event()
        self._left = count

    def __call__(self, jobs: Sequence[int]) -> None:
        self.begun.set()
        assert self.go.wait(30)
        self.batches.append(list(jobs))
        self._left -= len(jobs)
        if not self._left:
            self.all.set()


def test_what_was_left_goes_along_with_what_was_handed_over_and_behind_it() -> None:
    handled = Handled(5)
    worker = ThreadWorker("tried", handled, 512)
    worker.submit(0)
    assert handled.begun.wait(30)
    worker.leave(3)
    worker.submit(1)
    worker.leave(4)
    worker.submit(2)
    handled.go.set()
    assert handled.all.wait(30)
    worker.close()
    assert handled.batches == [[0], [1, 2, 3, 4]]


def test_what_was_left_with_an_idle_worker_is_handled_by_itself() -> None:
    for _ in range(50):
        handled = Handled(3)
        handled.go.set()
        worker = ThreadWorker("tried", handled, 512)
        for number in range(3):
            worker.leave(number)
        assert handled.all.wait(30), "nobody woke the worker"
        assert [each for batch in handled.batches for each in batch] == [0, 1, 2]
        worker.close()


def test_what_was_left_is_handled_before_the_end() -> None:
    handled = Handled(10)
    worker = ThreadWorker("tried", handled, 4)
    worker.submit(0)
    assert handled.begun.wait(30)
    for number in range(1, 10):
        worker.leave(number)
    handled.go.set()
    worker.close()
    assert [each for batch in handled.batches for each in batch] == list(range(10))


def test_what_fails_is_told_and_the_next_job_is_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda failed: told.append(failed.exc_value))
    done = threading.Event()

    def handle(jobs: Sequence[str]) -> None:
        if "bad" in jobs:
            raise LookupError(*jobs)
        done.set()

    worker = ThreadWorker("tried", handle, 1)
    worker.submit("bad")
    worker.submit("good")
    assert done.wait(30), "the thread ended with the first job"
    worker.close()
    assert [type(each) for each in told] == [LookupError]
