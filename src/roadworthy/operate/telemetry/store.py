"""SQL of the index of calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.operate.telemetry.model import Outcome
from roadworthy.operate.telemetry.rows import Rows
from roadworthy.operate.telemetry.tables import call_replicas, call_segments, calls

_LATER = (
    *("outcome", "ended_at", "status", "error", "upstream", "attempts", "milliseconds", "first_token_milliseconds"),
    *("input_tokens", "output_tokens", "cost", "currency", "result_segment", "result_index"),
)
_OPEN = calls.c.outcome.is_(None) | calls.c.outcome.in_([Outcome.UNKNOWN.value, Outcome.REFUSED.value])
_END = Prepared(
    calls.update()
    .where(calls.c.id == sa.bindparam("id_"), _OPEN)
    .values({name: sa.bindparam(f"{name}_") for name in _LATER})
)
_BEGIN = {
    "sqlite": Prepared(sqlite.insert(calls).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql.insert(calls).on_conflict_do_nothing()),
}
"""What is there already may know its outcome, and of all else an intent is the only source."""


def write(connection: sa.Connection, rows: Rows) -> None:
    """Put a batch into the index; again and again to the same effect."""
    upsert(connection, calls, rows.whole)
    _BEGIN[connection.dialect.name].each(connection, rows.begun)
    _END.each(connection, [{f"{name}_": value for name, value in row.items()} for row in rows.ended])


def segments_done(connection: sa.Connection, segments: Iterable[str], writer: str, now: dt.datetime) -> None:
    """Keep that every record of these stands in the index."""
    upsert(connection, call_segments, [{"segment": each, "writer": writer, "indexed_at": now} for each in segments])


def not_done(connection: sa.Connection, segments: Sequence[str]) -> list[str]:
    """Of these, the ones of which not every record stands in the index, the oldest first."""
    done: set[str] = set()
    for some in portions(segments):
        done.update(
            connection.execute(sa.select(call_segments.c.segment).where(call_segments.c.segment.in_(some))).scalars()
        )
    return sorted(set(segments) - done)


def open_calls(connection: sa.Connection, writers: Sequence[str], limit: int) -> Sequence[Any]:
    """Calls of these writers that have no outcome, the oldest first; held until the unit ends."""
    wanted = (
        sa.select(calls.c.id, calls.c.use_case, calls.c.writer, calls.c.at)
        .where(calls.c.outcome.is_(None), calls.c.writer.in_(writers))
        .order_by(calls.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(wanted).all()


def make_unknown(connection: sa.Connection, ids: Sequence[str], now: dt.datetime) -> None:
    """Say of calls that nobody knows what came of them."""
    for some in portions(ids):
        connection.execute(
            calls.update()
            .where(calls.c.id.in_(some), calls.c.outcome.is_(None))
            .values(outcome=Outcome.UNKNOWN.value, ended_at=now)
        )


# ---------------------------------------------------------------- replicas


def alive(connection: sa.Connection, row: dict[str, Any]) -> None:
    """Keep that a replica lives."""
    upsert(connection, call_replicas, [row])


def gone(connection: sa.Connection, writers: Sequence[str], now: dt.datetime) -> None:
    """Keep that replicas are gone, and that their open calls were looked after."""
    connection.execute(call_replicas.update().where(call_replicas.c.writer.in_(writers)).values(left_at=now))


def silent(connection: sa.Connection, since: dt.datetime, me: str) -> list[str]:
    """Replicas that gave no sign of life since an instant, and are not known to be gone."""
    wanted = sa.select(call_replicas.c.writer).where(
        call_replicas.c.left_at.is_(None), call_replicas.c.seen_at <= since, call_replicas.c.writer != me
    )
    return list(connection.execute(wanted.order_by(call_replicas.c.writer)).scalars())
