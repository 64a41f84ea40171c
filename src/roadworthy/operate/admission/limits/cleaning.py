"""SQL that takes away windows which count no more, and subjects of whom nothing is left.

Whoever cleans holds the subjects' rows, as whoever leases does, and leaves those that somebody else holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.operate.admission.limits.tables import limit_leases, limit_subjects, limit_windows

NEWEST: Final = 32
"""Windows of a subject that stay: a sliding one counts in 22 pieces at most, a forecast looks at 7 former windows."""
ENDED: Final = dt.timedelta(hours=1)
"""A window is over for every process, however its clock runs."""
FORGOTTEN: Final = dt.timedelta(days=400)
"""After so long without a call nothing of a subject stays: a year, and what clocks and leap days need."""
_ENDLESS: Final = 2**62


def clean(connection: sa.Connection, now: dt.datetime, most: int = 200) -> tuple[int, int]:
    """Take away what counts no more of some subjects.

    What dead processes held of such a window is closed as used, which changes nothing any more.

    Returns:
        How many windows went, and how many subjects.
    """
    ids = _held(connection, now, most)
    if not ids:
        return 0, 0
    gone = _over(connection, ids, now)
    for id_, starts in gone:
        this = (limit_leases.c.id == id_, limit_leases.c.starts == starts)
        connection.execute(limit_leases.delete().where(*this, limit_leases.c.lapsed_at.is_not(None)))
    if gone:
        one = limit_windows.delete().where(
            limit_windows.c.id == sa.bindparam("of"), limit_windows.c.starts == sa.bindparam("from")
        )
        connection.execute(one, [{"of": id_, "from": starts} for id_, starts in gone])
    empty = limit_subjects.delete().where(
        limit_subjects.c.id.in_(ids),
        ~sa.exists().where(limit_windows.c.id == limit_subjects.c.id),
        ~sa.exists().where(limit_leases.c.id == limit_subjects.c.id),
    )
    return len(gone), connection.execute(empty).rowcount


def _held(connection: sa.Connection, now: dt.datetime, most: int) -> list[str]:
    """Subjects of which something may go, held until the end of the transaction."""
    windows = limit_windows.c
    last = sa.func.max(sa.func.coalesce(windows.ends, _ENDLESS))
    forgotten = last < (now - FORGOTTEN).timestamp()
    idle = (last == _ENDLESS) & (sa.func.max(windows.leased) == 0) & (sa.func.max(windows.spent) == 0)
    some = (
        sa.select(windows.id).group_by(windows.id).having((sa.func.count() > 2 * NEWEST) | forgotten | idle).limit(most)
    )
    held = sa.select(limit_subjects.c.id).where(limit_subjects.c.id.in_(some)).order_by(limit_subjects.c.id)
    return list(connection.execute(held.with_for_update(skip_locked=True)).scalars())


def _over(connection: sa.Connection, ids: Sequence[str], now: dt.datetime) -> list[tuple[str, int]]:
    """Windows of these subjects that count no more, and of which no process that lives holds anything."""
    windows = limit_windows.c
    leases: dict[tuple[str, int], bool] = {}
    held = sa.select(limit_leases.c.id, limit_leases.c.starts, limit_leases.c.lapsed_at)
    for row in connection.execute(held.where(limit_leases.c.id.in_(ids))):
        leases[row.id, row.starts] = leases.get((row.id, row.starts), False) or row.lapsed_at is None
    chosen = sa.select(limit_windows).where(windows.id.in_(ids)).order_by(windows.id, windows.starts.desc())
    found: list[tuple[str, int]] = []
    seen: dict[str, int] = {}
    for row in connection.execute(chosen):
        seen[row.id] = seen.get(row.id, 0) + 1
        key = (row.id, row.starts)
        if not leases.get(key, False) and _goes(row, seen[row.id], now, in_doubt=key in leases):
            found.append(key)
    return found


def _goes(row: Any, place: int, now: dt.datetime, *, in_doubt: bool) -> bool:  # noqa: ANN401 - rows have no type
    if row.ends is None:
        return not (row.spent or row.leased or in_doubt)
    age = now.timestamp() - row.ends
    return age > FORGOTTEN.total_seconds() or (place > NEWEST and age > ENDED.total_seconds())
