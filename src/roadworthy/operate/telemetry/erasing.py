"""What is kept of calls goes when its time is over: contents, then whole segments with their rows of the index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Draft
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.segments.service import Segments
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.statements import portions
from roadworthy.operate.telemetry.tables import call_contents, calls

MOST_CONTENTS = 5_000
MOST_SEGMENTS = 4_000
"""Of one turn an hour: more than a replica makes that seals one every second."""
RULE = "retention-expired"


class Erasing:
    """Erases on schedule what is kept of calls.

    Args:
        segments: what lies here.
    """

    def __init__(self, segments: Callable[[], Segments]) -> None:
        self._segments = segments

    def due(self, tx: Transaction, before: dt.datetime | None, holds: Sequence[Hold], *, hipaa: bool) -> int:
        """Erase what was kept long enough and is not held; one entry says how much.

        Args:
            tx: the unit.
            before: what was recorded before goes; None where calls are kept for ever.
            holds: legal holds that stand. One on everything keeps everything, one on a use case its calls and every
                segment in which one of them is.
            hipaa: whether HIPAA applies: then no endpoint's own shorter span counts.

        Returns:
            How many contents and segments went.
        """
        if any(hold.on is HoldOn.EVERYTHING for hold in holds):
            return 0
        held = sorted(hold.name for hold in holds if hold.on is HoldOn.USE_CASE)
        contents = _erase_contents(tx, before, held, hipaa=hipaa)
        gone: list[str] = []
        if before is not None:
            ready = self._segments().due(Retention.CALLS, before)[:MOST_SEGMENTS]
            kept = _holding(tx.connection, ready, held)
            gone = [each for each in ready if each not in kept and self._segments().drop(tx, each)]
            for some in portions(gone):
                tx.connection.execute(calls.delete().where(calls.c.intent_segment.in_(some)))
        if contents or gone:
            facts = {
                "contents": contents,
                "segments": len(gone),
                "first": gone[0] if gone else None,
                "last": gone[-1] if gone else None,
                "madeBefore": None if before is None else to_text(before),
                "useCasesHeld": held,
                "hipaa": hipaa,
            }
            tx.record(Draft("calls.erased", "Gateway/calls", basis=Basis(rules=(RULE,)), facts=facts))
        return contents + len(gone)


def _erase_contents(tx: Transaction, before: dt.datetime | None, held: Sequence[str], *, hipaa: bool) -> int:
    columns = call_contents.c
    over = sa.false() if before is None else columns.kept_at < before
    if not hipaa:
        over = over | (columns.keep_until < tx.now)
    free = columns.use_case.is_(None) | columns.use_case.not_in(held)
    wanted = sa.select(columns.call, columns.direction).where(columns.erased_at.is_(None), over, free)
    found = tx.connection.execute(wanted.order_by(columns.kept_at).limit(MOST_CONTENTS)).all()
    if found and tx.connection.dialect.name == "sqlite":
        tx.connection.exec_driver_sql("PRAGMA secure_delete=ON")
    one = call_contents.update().where(
        columns.call == sa.bindparam("of_call"), columns.direction == sa.bindparam("of_direction")
    )
    if found:
        tx.connection.execute(
            one.values(content=None, salt=None, erased_at=tx.now),
            [{"of_call": row.call, "of_direction": row.direction} for row in found],
        )
    return len(found)


def _holding(connection: sa.Connection, segments: Sequence[str], held: Sequence[str]) -> set[str]:
    """Of these segments, those in which a call of a held use case is."""
    found: set[str] = set()
    for some in portions(segments) if held else ():
        for column in (calls.c.intent_segment, calls.c.result_segment):
            wanted = sa.select(column).where(column.in_(some), calls.c.use_case.in_(held)).distinct()
            found.update(connection.execute(wanted).scalars())
    return found
