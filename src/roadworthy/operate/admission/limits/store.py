"""SQL of limits: leasing from windows, saying what was used, giving up on processes that are not heard of.

Whoever leases holds the subject's row, so that leases of one subject are given one after the other. Amounts are written
whole, never as differences, so that a commit of which nobody heard can be said again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.operate.admission.limits.model import Limit
from roadworthy.operate.admission.limits.tables import limit_leases, limit_subjects, limit_windows

SHARE = 8
"""A block is at most the eighth part of what is left, so that blocks shrink near the edge."""
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Ask:
    """A process wants room in a window."""

    id: str
    limit: Limit
    subject: tuple[str, ...]
    starts: int
    ends: int | None
    fence: int
    amount: int
    """What it has in its hands already."""
    used: int
    settled: int
    """Calls that the process had counted by then, in whatever lease; `used` has what they used of this one."""
    least: int
    """Less than that helps nobody who waits."""
    need: int
    """What everybody who waits needs together."""
    ideal: int
    """What it would like to have on top, so as not to ask again soon."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a process holds from now on."""

    amount: int
    room: int
    """What is left for whoever asks next."""
    elsewhere: int
    """Used or held by others, in all windows that count together."""
    lapsed: bool = False
    """The lease was given up meanwhile: nothing may be taken from it any more."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a process says of one of its leases."""

    id: str
    starts: int
    fence: int
    amount: int
    """What it keeps; the rest is given back."""
    used: int
    settled: int
    """See `Ask`."""
    closes: bool


def grant(
    connection: sa.Connection, replica: str, asks: Sequence[Ask], now: dt.datetime, ttl: dt.timedelta
) -> list[Granted]:
    """Lease from windows, as much as there is.

    Returns:
        One for each that was asked, in the same order.
    """
    _hold(connection, asks)
    ids = sorted({ask.id for ask in asks})
    lapse(connection, ids, now)
    totals = _totals(connection, ids, min(ask.starts - ask.limit.window.back for ask in asks))
    own = _own(connection, replica, ids)
    return [_one(connection, replica, ask, totals, own, (now, now + ttl)) for ask in asks]


def _one(
    connection: sa.Connection,
    replica: str,
    ask: Ask,
    totals: dict[tuple[str, int], int],
    own: dict[tuple[str, int, int], Any],
    span: tuple[dt.datetime, dt.datetime],
) -> Granted:
    counted = sum(amount for (id_, starts), amount in totals.items() if id_ == ask.id and _counts(ask, starts))
    lease = own.get((ask.id, ask.starts, ask.fence))
    if ask.amount if lease is None else lease.lapsed_at is not None:
        return Granted(0, 0, counted, lapsed=True)
    before = 0 if lease is None else lease.amount
    keeps = min(ask.amount, before)
    elsewhere = counted - before
    free = ask.limit.most - elsewhere - keeps
    given = max(0, min(free, max(ask.need, min(ask.ideal, free // SHARE))))
    if given < ask.least:
        given = 0
        refuse = limit_subjects.update().where(limit_subjects.c.id == ask.id)
        connection.execute(refuse.values(short_at=span[0]))
    amount = keeps + given
    if amount or lease is not None:
        _put_window(connection, ask, amount - before)
        totals[ask.id, ask.starts] = totals.get((ask.id, ask.starts), 0) + amount - before
        _put_lease(connection, replica, ask, amount, span)
    return Granted(amount, max(0, free - given), elsewhere)


def _counts(ask: Ask, starts: int) -> bool:
    """Whether a window counts together with the one that is asked for; later ones as well, where clocks differ."""
    return starts >= ask.starts - ask.limit.window.back if ask.limit.window.slides else starts == ask.starts


def _hold(connection: sa.Connection, asks: Sequence[Ask]) -> None:
    """Make subjects known, and hold their rows until the end of the transaction, in one order for everybody."""
    rows = {
        ask.id: {
            "id": ask.id,
            "name": ask.limit.name,
            "rule": ask.limit.rule,
            "counter": ask.limit.counter,
            "unit": ask.limit.unit,
            "most": ask.limit.most,
            "subject": json.dumps(dict(zip(ask.limit.each, ask.subject, strict=True)), sort_keys=True),
            "use_case": ask.limit.use_case,
        }
        for ask in asks
    }
    ids = sorted(rows)
    chosen = sa.select(limit_subjects.c.id, limit_subjects.c.most, limit_subjects.c.rule)
    held = chosen.where(limit_subjects.c.id.in_(ids)).order_by(limit_subjects.c.id).with_for_update()
    known = {row.id: row for row in connection.execute(held)}
    fresh = [rows[each] for each in ids if each not in known]
    if fresh:
        connection.execute(_INSERT[connection.dialect.name](limit_subjects).on_conflict_do_nothing(), fresh)
        known |= {row.id: row for row in connection.execute(held)}
    for each in ids:
        if (known[each].most, known[each].rule) != (rows[each]["most"], rows[each]["rule"]):
            renew = limit_subjects.update().where(limit_subjects.c.id == each)
            connection.execute(renew.values(most=rows[each]["most"], rule=rows[each]["rule"]))


def _totals(connection: sa.Connection, ids: Sequence[str], since: int) -> dict[tuple[str, int], int]:
    columns = (limit_windows.c.id, limit_windows.c.starts, limit_windows.c.spent, limit_windows.c.leased)
    chosen = sa.select(*columns).where(limit_windows.c.id.in_(ids), limit_windows.c.starts >= since)
    return {(row.id, row.starts): row.spent + row.leased for row in connection.execute(chosen)}


def _own(connection: sa.Connection, replica: str, ids: Sequence[str]) -> dict[tuple[str, int, int], Any]:
    """Leases of a process."""
    chosen = sa.select(limit_leases).where(limit_leases.c.id.in_(ids), limit_leases.c.replica == replica)
    return {(row.id, row.starts, row.fence): row for row in connection.execute(chosen)}


def _put_window(connection: sa.Connection, ask: Ask, more: int) -> None:
    fresh = _INSERT[connection.dialect.name](limit_windows).values(
        id=ask.id, starts=ask.starts, ends=ask.ends, spent=0, leased=more, told=0
    )
    connection.execute(
        fresh.on_conflict_do_update(index_elements=["id", "starts"], set_={"leased": limit_windows.c.leased + more})
    )


def _put_lease(
    connection: sa.Connection, replica: str, ask: Ask, amount: int, span: tuple[dt.datetime, dt.datetime]
) -> None:
    fresh = _INSERT[connection.dialect.name](limit_leases).values(
        id=ask.id,
        starts=ask.starts,
        replica=replica,
        fence=ask.fence,
        amount=amount,
        used=ask.used,
        settled=ask.settled,
        granted_at=span[0],
        expires_at=span[1],
    )
    keys = ["id", "starts", "replica", "fence"]
    kept = {"amount": amount, "used": ask.used, "settled": ask.settled, "expires_at": span[1]}
    connection.execute(fresh.on_conflict_do_update(index_elements=keys, set_=kept))


def report(
    connection: sa.Connection, replica: str, reports: Sequence[Report], now: dt.datetime, ttl: dt.timedelta
) -> set[tuple[str, int, int]]:
    """Take what a process says of its leases, and let those that are alive run on.

    Returns:
        Those of which nothing is known any more, or that were given up: not to be used any more.
    """
    ids = sorted({each.id for each in reports})
    chosen = sa.select(limit_subjects.c.id).where(limit_subjects.c.id.in_(ids))
    connection.execute(chosen.order_by(limit_subjects.c.id).with_for_update()).all()
    mine = sa.select(limit_leases).where(limit_leases.c.replica == replica, limit_leases.c.id.in_(ids))
    known = {(row.id, row.starts, row.fence): row for row in connection.execute(mine)}
    gone = set()
    for each in reports:
        key = (each.id, each.starts, each.fence)
        row = known.get(key)
        if row is None:
            gone.add(key)
            continue
        if row.lapsed_at is not None:
            gone.add(key)
        if each.closes:
            close(connection, row, each.used)
        elif row.lapsed_at is not None:
            connection.execute(_this(limit_leases.update(), row).values(used=each.used, settled=each.settled))
        else:
            amount = min(each.amount, row.amount)
            told = {"amount": amount, "used": each.used, "settled": each.settled, "expires_at": now + ttl}
            connection.execute(_this(limit_leases.update(), row).values(told))
            if amount != row.amount:
                _move(connection, row, spent=0, leased=amount - row.amount)
    return gone


def _this(statement: Any, row: Any) -> Any:  # noqa: ANN401 - an update or a delete, and a row
    return statement.where(
        limit_leases.c.id == row.id,
        limit_leases.c.starts == row.starts,
        limit_leases.c.replica == row.replica,
        limit_leases.c.fence == row.fence,
    )


def _move(connection: sa.Connection, row: Any, *, spent: int, leased: int) -> None:  # noqa: ANN401 - rows have no type
    moved = limit_windows.update().where(limit_windows.c.id == row.id, limit_windows.c.starts == row.starts)
    connection.execute(moved.values(spent=limit_windows.c.spent + spent, leased=limit_windows.c.leased + leased))


def lapse(connection: sa.Connection, ids: Iterable[str], now: dt.datetime) -> list[Any]:
    """Give up leases that ran out. The subjects are held by whoever calls.

    What was held for calls at the same time is free again: the calls ended with their process. All else counts as
    used until somebody knows better.

    Returns:
        Rows of the leases that count on.
    """
    ran_out = sa.select(limit_leases, limit_subjects.c.unit, limit_subjects.c.name).join(
        limit_subjects, limit_subjects.c.id == limit_leases.c.id
    )
    ran_out = ran_out.where(
        limit_leases.c.id.in_(list(ids)), limit_leases.c.lapsed_at.is_(None), limit_leases.c.expires_at < now
    )
    lapsed = []
    for row in connection.execute(ran_out).all():
        if row.unit == "concurrent":
            close(connection, row, 0)
        else:
            connection.execute(_this(limit_leases.update(), row).values(lapsed_at=now))
            lapsed.append(row)
    return lapsed


def overdue(connection: sa.Connection, now: dt.datetime, limit: int = 200) -> list[str]:
    """Subjects of which a lease ran out, held; those that somebody else holds are left to him."""
    ids = sa.select(limit_leases.c.id).where(limit_leases.c.lapsed_at.is_(None), limit_leases.c.expires_at < now)
    chosen = sa.select(limit_subjects.c.id).where(limit_subjects.c.id.in_(ids.limit(limit)))
    rows = connection.execute(chosen.order_by(limit_subjects.c.id).with_for_update(skip_locked=True))
    return [row.id for row in rows]


def wanted(connection: sa.Connection, ids: Sequence[str], since: dt.datetime) -> frozenset[str]:
    """Those of some subjects in which a process lately found no room."""
    chosen = sa.select(limit_subjects.c.id).where(limit_subjects.c.id.in_(ids), limit_subjects.c.short_at >= since)
    return frozenset(connection.execute(chosen).scalars())


def reconcile(connection: sa.Connection, ids: Sequence[str], used: int) -> tuple[int, int]:
    """Close the leases of dead processes: of all that they held, so much was used.

    Returns:
        How much was given back, and how many leases there were.
    """
    in_doubt = sa.select(limit_leases).where(limit_leases.c.id.in_(ids), limit_leases.c.lapsed_at.is_not(None))
    found = connection.execute(in_doubt.order_by(limit_leases.c.id, limit_leases.c.starts)).all()
    left = used
    for row in found:
        taken = min(row.amount, max(left, 0))
        left -= taken
        close(connection, row, taken)
    return sum(row.amount for row in found) - (used - max(left, 0)), len(found)


def held_by(connection: sa.Connection, replica: str, ids: Sequence[str] | None = None) -> Sequence[Any]:
    """Leases of a process, with unit and name of their subjects; of those alone that are named, where some are."""
    chosen = sa.select(limit_leases, limit_subjects.c.unit, limit_subjects.c.name).join(
        limit_subjects, limit_subjects.c.id == limit_leases.c.id
    )
    chosen = chosen.where(limit_leases.c.replica == replica)
    if ids is not None:
        held = sa.select(limit_subjects.c.id).where(limit_subjects.c.id.in_(ids)).order_by(limit_subjects.c.id)
        connection.execute(held.with_for_update()).all()
        chosen = chosen.where(limit_leases.c.id.in_(ids))
    return connection.execute(chosen.order_by(limit_leases.c.id, limit_leases.c.fence)).all()


def close(connection: sa.Connection, row: Any, used: int) -> None:  # noqa: ANN401 - rows have no type
    """End a lease: so much of it was used, the rest is free again. The subject is held by whoever calls."""
    connection.execute(_this(limit_leases.delete(), row))
    _move(connection, row, spent=used, leased=-row.amount)


def tell(connection: sa.Connection, id_: str, starts: int, percent: int) -> bool:
    """Keep that owners are told of a percentage; False where they were told of it, or of more, before."""
    this = (limit_windows.c.id == id_, limit_windows.c.starts == starts, limit_windows.c.told < percent)
    done = connection.execute(limit_windows.update().where(*this).values(told=percent))
    return done.rowcount > 0


def used_of(connection: sa.Connection, id_: str, since: int) -> int:
    """What is used of the windows since an instant, as far as processes said; what is in doubt counts."""
    spent = sa.select(sa.func.sum(limit_windows.c.spent)).where(
        limit_windows.c.id == id_, limit_windows.c.starts >= since
    )
    counts = sa.case((limit_leases.c.lapsed_at.is_(None), limit_leases.c.used), else_=limit_leases.c.amount)
    held = sa.select(sa.func.sum(counts)).where(limit_leases.c.id == id_, limit_leases.c.starts >= since)
    return int(connection.execute(spent).scalar() or 0) + int(connection.execute(held).scalar() or 0)
