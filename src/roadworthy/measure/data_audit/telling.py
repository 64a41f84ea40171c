"""How a run tells how far it is, hears that it should end, and keeps its engine from working on for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from roadworthy.foundation.runtime import Clock
from roadworthy.measure.data_audit.runs import RunProgress
from roadworthy.measure.fingerprint.progress import Cancelled

EVERY = 1.0
"""Seconds between two notes in the database: often enough to watch, and too seldom to be felt."""
BEAT = 5.0
"""Seconds after which a step that takes long is noted again, so that its process is not taken for dead."""
EARLY = 0.03
"""Share of the work behind us before a time is foretold."""


class Book(Protocol):
    """Where a run is noted."""

    def note(self, progress: RunProgress) -> bool:
        """Keep how far it is; true where it is to end."""

    def is_wanted(self) -> bool:
        """Whether it is still to be carried out, without noting anything."""


class Teller:
    """The progress of one run over all its sources."""

    def __init__(self, clock: Clock, book: Book, sources: int, begun: RunProgress) -> None:
        self._clock = clock
        self._book = book
        self._began = clock.monotonic()
        self._noted = float("-inf")
        self._progress = replace(begun, done=0.0, total=float(max(1, sources)), what="starting")
        self._before = 0.0
        self._skipped = 0.0
        self._stopped = False
        self._interrupt: Callable[[], None] | None = None

    def begin(self, source: str, place: int, *, known: bool = False) -> None:
        """Another source is begun; `place` of them are behind us.

        Args:
            source: its name.
            place: how many are behind us.
            known: whether it was audited before, in this run, and takes no time now.

        Raises:
            Cancelled: somebody asked for an end.
        """
        self._before = float(place)
        if known:
            self._skipped += 1.0
        self._tell(replace(self._progress, done=self._before, source=source, what="opening"), at_once=True)

    def step(self, what: str, done: float, total: float) -> None:
        """Part of the source that is being worked on.

        Raises:
            Cancelled: somebody asked for an end.
        """
        share = min(1.0, done / total) if total else 0.0
        forward = max(self._progress.done, self._before + share)
        self._tell(replace(self._progress, done=min(forward, self._before + 1.0), what=what))

    def go_on(self) -> None:
        """Go on unless somebody asked for an end.

        Raises:
            Cancelled: somebody did.
        """
        if self._stopped:
            raise Cancelled

    @contextmanager
    def engaged(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While an engine works: how to end its query from another thread."""
        self._interrupt = interrupt
        if self._stopped:
            raise Cancelled
        try:
            yield
        finally:
            self._interrupt = None

    def stop(self) -> None:
        """End the run now: the query that runs, or else at the next step."""
        self._stopped = True
        if (interrupt := self._interrupt) is not None:
            interrupt()

    @property
    def stopped(self) -> bool:
        """Whether an end was asked for."""
        return self._stopped

    def listen(self) -> None:
        """From another thread, every now and then: hear whether an end is asked for, and note that the process lives.

        Once it is, the engine is told each time: it may begin a query at the moment of being told.
        """
        if not self._stopped:
            if self._clock.monotonic() - self._noted >= BEAT:
                self._noted = self._clock.monotonic()
                if self._book.note(replace(self._progress, at=self._clock.now())):
                    self._stopped = True
            elif not self._book.is_wanted():
                self._stopped = True
        if self._stopped:
            self.stop()

    def _tell(self, progress: RunProgress, *, at_once: bool = False) -> None:
        now = self._clock.monotonic()
        self._progress = replace(progress, at=self._clock.now(), seconds_left=self._left(progress, now))
        if at_once or now - self._noted >= EVERY:
            self._noted = now
            self._stopped = self._book.note(self._progress) or self._stopped
        if self._stopped:
            raise Cancelled

    def _left(self, progress: RunProgress, now: float) -> int | None:
        """Seconds, by the pace so far; what was finished before this process began says nothing of its pace."""
        done, total = progress.done - self._skipped, progress.total - self._skipped
        if total <= 0 or done < EARLY * total:
            return None
        return round((now - self._began) * (total - done) / done)
