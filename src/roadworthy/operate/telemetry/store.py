"""SQL of the index of calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions, upsert, upserting
from roadworthy.operate.telemetry.model import Outcome
from roadworthy.operate.telemetry.rows import BEGUN, COLUMNS, ENDED, Row, Rows
from roadworthy.operate.telemetry.tables import call_replicas, call_segments, calls

_OPEN = f"(calls.outcome IS NULL OR calls.outcome IN ('{Outcome.UNKNOWN}', '{Outcome.REFUSED}'))"
_SQLITE_BEGUN = Prepared(sqlite.insert(calls).on_conflict_do_nothing())
_SQLITE_ENDED = Prepared(
    calls.update()
    .where(calls.c.id == sa.bindparam("id_"), sa.text(_OPEN))
    .values({name: sa.bindparam(f"{name}_") for name in ENDED})
)
_ENDED_VALUES = (*(f"{name}_" for name in ENDED), "id_")


def write(connection: sa.Connection, rows: Rows) -> None:
    """Put a batch into the index; again and again to the same effect.

    What is there already may know its outcome, and of all else an intent is the only source.
    """
    if connection.dialect.name == "postgresql":
        _send(connection, _WHOLE, COLUMNS, rows.whole)
        _send(connection, _BEGUN, BEGUN, rows.begun)
        _send(connection, _ENDED, (*ENDED, "id"), rows.ended)
        return
    upserting(connection, calls, COLUMNS).tuples(connection, COLUMNS, rows.whole)
    _SQLITE_BEGUN.tuples(connection, BEGUN, rows.begun)
    _SQLITE_ENDED.tuples(connection, _ENDED_VALUES, rows.ended)


def _send(connection: sa.Connection, statement: Prepared, names: Sequence[str], rows: Sequence[Row]) -> None:
    """To PostgreSQL a batch goes as one value: thirty of each row take its driver longer than its server."""
    if rows:
        said = msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows])
        statement.run(connection, {"rows": said.decode()})


def _quoted(names: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


_GIVEN = "json_populate_recordset(CAST(NULL AS calls), CAST(:rows AS json)) AS given"
_SET = ", ".join(f'"{name}" = given."{name}"' for name in ENDED)
_WHOLE = Prepared(
    sa.text(
        f"INSERT INTO calls ({_quoted(COLUMNS)}) SELECT {_quoted(COLUMNS, 'given.')} FROM {_GIVEN} "  # noqa: S608 - names of our own columns
        f"ON CONFLICT (id) DO UPDATE SET "
        + ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS if name != "id")
    )
)
_BEGUN = Prepared(
    sa.text(
        f"INSERT INTO calls ({_quoted(BEGUN)}) SELECT {_quoted(BEGUN, 'given.')} FROM {_GIVEN} "  # noqa: S608 - names of our own columns
        "ON CONFLICT (id) DO NOTHING"
    )
)
_ENDED = Prepared(
    sa.text(
        f"UPDATE calls SET {_SET} FROM {_GIVEN} WHERE calls.id = given.id AND {_OPEN}"  # noqa: S608 - names of our own columns
    )
)


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


def without_result(connection: sa.Connection, writer: str) -> list[str]:
    """Calls of a replica that is gone, of which nobody knows what came; one that ended so has an error."""
    wanted = sa.select(calls.c.id).where(
        calls.c.writer == writer,
        sa.or_(calls.c.outcome.is_(None), sa.and_(calls.c.outcome == Outcome.UNKNOWN.value, calls.c.error.is_(None))),
    )
    return list(connection.execute(wanted.order_by(calls.c.id)).scalars())


def places(connection: sa.Connection, ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Where the intents of calls stand: segment and index."""
    found: dict[str, tuple[str, int]] = {}
    for some in portions(ids):
        chosen = sa.select(calls.c.id, calls.c.intent_segment, calls.c.intent_index).where(calls.c.id.in_(some))
        found.update({row.id: (row.intent_segment, row.intent_index) for row in connection.execute(chosen)})
    return found


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
