"""SQL of the timers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.tables import timers

_REMOVE = Prepared(
    timers.delete().where(
        timers.c.kind == sa.bindparam("of_kind"), timers.c.key.in_(sa.bindparam("keys", expanding=True))
    )
)


def put(connection: sa.Connection, timer: Timer) -> None:
    """Keep a timer, replacing the one of the same kind and key, a dead one included.

    An attempt that is being made stays with whoever makes it, so that nobody begins another one beside it.
    """
    row = {
        "kind": timer.kind,
        "key": timer.key,
        "due_at": timer.due_at,
        "data": canonical_bytes(dict(timer.data)).decode(),
        "attempts": timer.attempts,
        "last_error": timer.last_error,
        "dead_at": timer.dead_at,
    }
    upsert(connection, timers, [row])


def remove(connection: sa.Connection, kind: str, keys: Sequence[str]) -> int:
    """Take timers away; how many there were."""
    gone = 0
    for some in portions(keys):
        gone += _REMOVE.count(connection, {"of_kind": kind, "keys": list(some)})
    return gone


@dataclass(frozen=True, slots=True)
class Now:
    """What is due, and whose attempts are given up."""

    until: dt.datetime
    """By business time: what was to happen by then is due."""
    free_at: dt.datetime
    """By the clock that leases run by: those that ended by then are over."""
    lease: dt.timedelta
    """The longest lease; one that ends later than twice this was given before the clock was set back."""

    def free(self) -> sa.ColumnElement[bool]:
        """That nobody makes an attempt at a timer."""
        until = timers.c.leased_until
        return sa.or_(until.is_(None), until <= self.free_at, until > self.free_at + 2 * self.lease)


def due(connection: sa.Connection, kind: str, now: Now, most: int, key: str | None = None) -> Sequence[Timer]:
    """The earliest that are due, held against others until the transaction ends; those that others hold are left out.

    SQLite has one writer, who needs no such hold.
    """
    wanted = (
        sa.select(timers)
        .where(timers.c.kind == kind, timers.c.due_at <= now.until, timers.c.dead_at.is_(None), now.free())
        .order_by(timers.c.due_at, timers.c.key)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    if key is not None:
        wanted = wanted.where(timers.c.key == key)
    return [_timer(row) for row in connection.execute(wanted)]


def kinds_due(connection: sa.Connection, kinds: Sequence[str], now: Now) -> set[str]:
    """Those of some kinds of which something is due: a look at the head of each queue, however long it is."""
    if not kinds:
        return set()
    waiting = sa.and_(timers.c.due_at <= now.until, timers.c.dead_at.is_(None), now.free())
    each = (sa.select(sa.literal(kind)).where(sa.exists().where(timers.c.kind == kind, waiting)) for kind in kinds)
    return set(connection.execute(sa.union_all(*each)).scalars())


def _put_off_beyond(limit: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(timers.c.attempts > 0, timers.c.due_at > limit, timers.c.dead_at.is_(None))


def any_beyond(connection: sa.Connection, limit: dt.datetime) -> bool:
    """True when something that failed is put off further than a pause can last: the clock was set back since."""
    return connection.execute(sa.select(timers.c.key).where(_put_off_beyond(limit)).limit(1)).first() is not None


def bring_back(connection: sa.Connection, limit: dt.datetime, to: dt.datetime) -> int:
    """Have what is put off beyond a limit due at an instant; how many there were."""
    return connection.execute(timers.update().where(_put_off_beyond(limit)).values(due_at=to)).rowcount


def begin(connection: sa.Connection, timer: Timer, holder: str, leased_until: dt.datetime) -> None:
    """Keep that an attempt is made, and by whom."""
    changed = {"attempts": timer.attempts, "holder": holder, "leased_until": leased_until}
    connection.execute(timers.update().where(*_of(timer)).values(**changed))


def release(connection: sa.Connection, timer: Timer) -> None:
    """Keep that nobody makes an attempt any more."""
    connection.execute(timers.update().where(*_of(timer)).values(holder=None, leased_until=None))


def _of(timer: Timer) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return timers.c.kind == timer.kind, timers.c.key == timer.key


def keys(connection: sa.Connection, kind: str) -> set[str]:
    """Keys of all timers of a kind, dead ones included."""
    return set(connection.execute(sa.select(timers.c.key).where(timers.c.kind == kind)).scalars())


def held(connection: sa.Connection, kind: str, key: str) -> Timer | None:
    """One timer, held against others until the transaction ends."""
    row = connection.execute(
        sa.select(timers).where(timers.c.kind == kind, timers.c.key == key).with_for_update()
    ).first()
    return None if row is None else _timer(row)


def ahead(connection: sa.Connection, most: int) -> list[Timer]:
    """The next ones to be handled."""
    wanted = sa.select(timers).where(timers.c.dead_at.is_(None)).order_by(timers.c.due_at, timers.c.kind, timers.c.key)
    return [_timer(row) for row in connection.execute(wanted.limit(most))]


def dead(connection: sa.Connection) -> list[Timer]:
    """Those that were given up, the latest first."""
    wanted = sa.select(timers).where(timers.c.dead_at.is_not(None)).order_by(timers.c.dead_at.desc(), timers.c.key)
    return [_timer(row) for row in connection.execute(wanted)]


def _timer(row: sa.Row[Any]) -> Timer:
    data = json.loads(row.data)
    return Timer(row.kind, row.key, row.due_at, data, row.attempts, row.last_error, row.dead_at, row.holder)
