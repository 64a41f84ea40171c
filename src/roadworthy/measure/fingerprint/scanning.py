"""Puts metrics to an engine in as few statements as are wise, and keeps the answers by the metric that asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.emit import statements
from roadworthy.measure.fingerprint.emit.base import TALLIED, Emitter
from roadworthy.measure.fingerprint.progress import Progress
from roadworthy.measure.fingerprint.relation import Engine

SMALL = 24
"""Counts by key in one statement over few rows, where planning costs more than counting."""

Counts = Sequence[tuple[str, str | None, int]]
"""Key, second key or None, rows."""


@dataclass(slots=True)
class Answers:
    """What an engine said."""

    scalars: dict[m.Scalar, Any] = field(default_factory=dict)
    groups: dict[m.Grouped, Counts] = field(default_factory=dict)

    def number(self, metric: m.Scalar) -> int:
        """A count; 0 where nothing was counted or the metric was never asked."""
        return int(self.scalars.get(metric) or 0)

    def whole_counts(self, metric: m.Grouped) -> dict[int, int]:
        """Counts by a key that is a whole number."""
        return {int(key): rows for key, _, rows in self.groups.get(metric, ())}


class Scanner:
    """Runs metrics on one engine."""

    def __init__(self, engine: Engine, emit: Emitter, progress: Progress, budget: float) -> None:
        self.engine = engine
        self.emit = emit
        self.answers = Answers()
        self._progress = progress
        self._budget = budget
        self._done = 0.0

    def step(self, what: str, weight: float) -> None:
        """Tell that a piece of work begins, and count the one before as done."""
        self._progress.step(what, min(self._done, self._budget), self._budget)
        self._done += weight

    def ask(
        self,
        what: str,
        wanted: Sequence[m.Scalar | m.Tallied],
        source: str,
        *,
        weight: float = 1.0,
        small: bool = False,
    ) -> Answers:
        """Aggregates, many to a statement; grouped ones among them must be `tallied` by the engine.

        What has keys beyond those that can be tallied has no answer, and is left to `count`.
        """
        pieces = list(_batches(wanted, self.emit.at_once_of_few if small else self.emit.at_once))
        for piece in pieces:
            self.step(what, weight / len(pieces))
            row = self.engine.rows(statements.select(self.emit, piece, source))[0]
            for metric, value in zip(piece, row, strict=True):
                if type(metric) not in self.emit.tallied:
                    self.answers.scalars[metric] = value
                elif all(key < TALLIED for key in value or ()):
                    counts = ((str(key), None, int(rows)) for key, rows in (value or {}).items() if rows)
                    self.answers.groups[metric] = tuple(counts)
        return self.answers

    def count(
        self, what: str, wanted: Sequence[m.Grouped], source: str, *, weight: float = 1.0, small: bool = False
    ) -> Answers:
        """Counts by key. Over a small source many share a statement on any engine."""
        pieces = list(_batches(wanted, max(self.emit.together, SMALL if small else 1)))
        for piece in pieces:
            self.step(what, weight / len(pieces))
            found: list[list[tuple[str, str | None, int]]] = [[] for _ in piece]
            for place, key, second, rows in self.engine.rows(statements.groups(self.emit, piece, source, small=small)):
                found[place].append((key, second, int(rows)))
            self.answers.groups.update(zip(piece, found, strict=True))
        return self.answers

    def one(self, what: str, metric: m.Special, source: str, *, weight: float = 1.0) -> tuple[int, ...]:
        """A statement of its own."""
        self.step(what, weight)
        return tuple(int(value or 0) for value in self.engine.rows(statements.special(self.emit, metric, source))[0])


def _batches(wanted: Sequence[Any], size: int) -> Iterator[list[Any]]:
    every = iter(wanted)
    while piece := list(itertools.islice(every, size)):
        yield piece
