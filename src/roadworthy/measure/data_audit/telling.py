"""How a run tells how far it is, hears that it should end, and keeps its engine from working on for nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from roadworthy.foundation.runtime import Clock
from roadworthy.measure.data_audit.runs import RunProgress
from roadworthy.measure.fingerprint.progress import Cancelled

EVERY = 1.0
"""Seconds between two notes in the database: often enough to watch, and too seldom to be felt."""
EARLY = 0.03
"""Share of the work behind us before a time is foretold."""

Note = Callable[[RunProgress], bool]
"""Keeps how far a run is; true where somebody asked for its end."""


class Teller:
    """The progress of one run over all its sources."""

    def __init__(self, clock: Clock, note: Note, sources: int) -> None:
        self._clock = clock
        self._note = note
        self._began = clock.monotonic()
        self._noted = float("-inf")
        self._progress = RunProgress(0.0, float(max(1, sources)), "starting")
        self._before = 0.0
        self._stopped = False

    def begin(self, source: str, place: int) -> None:
        """Another source is begun; `place` of them are behind us."""
        self._before = float(place)
        self._tell(replace(self._progress, done=self._before, source=source, what="opening"), at_once=True)

    def step(self, what: str, done: float, total: float) -> None:
        """Part of the source that is being worked on.

        Raises:
            Cancelled: somebody asked for an end.
        """
        share = min(1.0, done / total) if total else 0.0
        forward = max(self._progress.done, self._before + share)
        self._tell(replace(self._progress, done=min(forward, self._before + 1.0), what=what))

    def stop(self) -> None:
        """Let the next step end the run, whatever the database says: this process closes."""
        self._stopped = True

    @property
    def stopped(self) -> bool:
        """Whether an end was asked for."""
        return self._stopped

    def beat(self) -> bool:
        """Note again where the run is, from another thread, so that a long query is not taken for a dead process.

        Returns:
            Whether an end was asked for.
        """
        self._stopped = self._note(replace(self._progress, at=self._clock.now())) or self._stopped
        return self._stopped

    def _tell(self, progress: RunProgress, *, at_once: bool = False) -> None:
        now = self._clock.monotonic()
        self._progress = replace(progress, at=self._clock.now(), seconds_left=self._left(progress, now))
        if at_once or now - self._noted >= EVERY:
            self._noted = now
            self._stopped = self._note(self._progress) or self._stopped
        if self._stopped:
            raise Cancelled

    def _left(self, progress: RunProgress, now: float) -> int | None:
        share = progress.share
        if share < EARLY:
            return None
        spent = dt.timedelta(seconds=now - self._began)
        return round(spent.total_seconds() * (1 - share) / share)
