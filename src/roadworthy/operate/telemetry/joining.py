"""Brings the result of a call together with its intent, so that most calls are written and counted once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from roadworthy.operate.telemetry.model import Intent
from roadworthy.operate.telemetry.rows import (
    Finished,
    Kept,
    Row,
    Rows,
    begun_row,
    ended_row,
    stopped,
    supersede,
    whole_row,
)

MOST_OPEN: Final = 100_000
"""Intents that are remembered until their result comes. Results of older ones are written, and not counted."""


class Joining:
    """The calls of one replica that go on.

    An intent is not written at once, but when it is still open a turn later: then a call that is quicker than a turn
    takes one row, and one statement.

    Args:
        writer: the replica.
    """

    def __init__(self, writer: str) -> None:
        self._writer = writer
        self._open: dict[str, Kept] = {}
        self._fresh: dict[str, Kept] = {}
        """Of the open ones, those that are not written: they came in this turn,"""
        self._aged: dict[str, Kept] = {}
        """or in the turn before."""

    @property
    def open(self) -> int:
        """Calls that go on."""
        return len(self._open)

    @property
    def held(self) -> int:
        """Records that were taken and are in no row yet."""
        return len(self._fresh) + len(self._aged)

    def join(self, kept: Iterable[Kept]) -> tuple[list[Finished], Rows]:
        """What some more records finish, and what of them is to be written now."""
        finished: list[Finished] = []
        whole: list[Row] = []
        begun: list[Row] = []
        ended: dict[str, Kept] = {}
        for each in kept:
            record = each.record
            if isinstance(record, Intent):
                if stopped(record):
                    finished.append(Finished(record, None))
                    begun.append(begun_row(each, self._writer))
                else:
                    self._fresh[record.id] = self._open[record.id] = each
                continue
            intent = self._open.pop(record.id, None)
            if intent is not None:
                assert isinstance(intent.record, Intent)  # noqa: S101 - nothing else is open
                finished.append(Finished(intent.record, record))
            unwritten = self._fresh.pop(record.id, None) or self._aged.pop(record.id, None)
            if unwritten is not None:
                whole.append(whole_row(unwritten, each, self._writer))
            else:
                supersede(ended, each)
        while len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        return finished, Rows(whole, begun, [ended_row(each) for each in ended.values()])

    def turn(self, *, everything: bool = False) -> list[Row]:
        """Rows of intents that were held back for a turn.

        Args:
            everything: also of those that came in this one.
        """
        due = [*self._aged.values(), *(self._fresh.values() if everything else ())]
        self._aged, self._fresh = ({} if everything else self._fresh), {}
        return [begun_row(each, self._writer) for each in due]
