"""SQL of limit windows: charge all of them or none, in the transaction of the intent, and give back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.operate.actions.model import Charge
from roadworthy.operate.actions.tables import action_windows

_BUILD: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_OF = action_windows.c
_CHARGE = {}
for _dialect, _build in _BUILD.items():
    _made = _build(action_windows)
    _CHARGE[_dialect] = Prepared(
        _made.on_conflict_do_update(
            index_elements=["id", "starts"],
            set_={"used": _OF.used + _made.excluded.used, "most": _made.excluded.most},
            where=_OF.used + _made.excluded.used <= _made.excluded.most,
        )
    )
_SUM = Prepared(
    sa.select(sa.func.coalesce(sa.func.sum(_OF.used), 0).label("used")).where(
        _OF.id == sa.bindparam("of"), _OF.starts >= sa.bindparam("since")
    )
)
_BACK = Prepared(
    action_windows.update()
    .where(_OF.id == sa.bindparam("of"), _OF.starts == sa.bindparam("starts_"))
    .values(used=_OF.used - sa.bindparam("amount_", type_=sa.BigInteger))
)


@dataclass(frozen=True, slots=True)
class Over:
    """The window that has no room."""

    charge: Charge
    used: int


def charge(connection: sa.Connection, charges: Sequence[Charge]) -> Over | None:
    """Take room from every window, or from none: what was taken is given back at the first that has no room.

    Windows are taken in the order of their ids, so that no two transactions wait for each other.
    """
    taken: list[Charge] = []
    for each in sorted(charges, key=lambda one: (one.window, one.starts)):
        before = _before(connection, each)
        if before + each.amount > each.most or not _taken(connection, each):
            give_back(connection, said(taken))
            return Over(each, _used(connection, each))
        taken.append(each)
    return None


def _taken(connection: sa.Connection, each: Charge) -> bool:
    row = {
        "id": each.window, "starts": each.starts, "used": each.amount, "limit": each.limit, "counter": each.counter,
        "subject": each.subject, "most": each.most, "unit": each.unit, "until": each.until,
    }  # fmt: skip
    return _CHARGE[connection.dialect.name].count(connection, row) == 1


def room(connection: sa.Connection, charges: Iterable[Charge]) -> list[tuple[Charge, int]]:
    """What is used of each window now; for whoever only wants to know."""
    return [(each, _used(connection, each)) for each in charges]


def without_room(connection: sa.Connection, charges: Iterable[Charge]) -> Over | None:
    """The first window that has no room now. Nothing is taken: people are not asked for what no yes allows."""
    looked = (Over(each, used) for each, used in room(connection, charges))
    return next((each for each in looked if each.used + each.charge.amount > each.charge.most), None)


def _before(connection: sa.Connection, each: Charge) -> int:
    """What the other pieces of a sliding window have; nothing else of one that has one piece.

    On PostgreSQL whoever charges a sliding window holds a lock of its id until the transaction ends; without it two
    could add to two pieces at once. SQLite has one writer.
    """
    if not each.back:
        return 0
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"action {each.window}"))))
    return _used(connection, each)


def _used(connection: sa.Connection, each: Charge) -> int:
    row = _SUM.one(connection, {"of": each.window, "since": each.starts - each.back})
    return 0 if row is None else int(row.used)


def give_back(connection: sa.Connection, charged: Iterable[Mapping[str, Any]]) -> None:
    """Give back what an action took that was not done."""
    for each in sorted(charged, key=lambda one: (one["window"], one["starts"])):
        _BACK.run(connection, {"of": each["window"], "starts_": each["starts"], "amount_": each["amount"]})


def said(charges: Iterable[Charge]) -> tuple[Mapping[str, Any], ...]:
    """As an action keeps them."""
    return tuple({"window": each.window, "starts": each.starts, "amount": each.amount} for each in charges)


def standing(connection: sa.Connection, now: int, limit: str | None = None) -> list[Any]:
    """Windows that count now, the fullest first."""
    query = (
        sa.select(action_windows)
        .where(_OF.until > now)
        .order_by((_OF.used * 1_000_000 / _OF.most).desc(), _OF.limit, _OF.id)
    )
    return list(connection.execute(query if limit is None else query.where(_OF.limit == limit)))


def clean(connection: sa.Connection, now: int) -> int:
    """Take windows away that count no more."""
    return connection.execute(action_windows.delete().where(_OF.until <= now)).rowcount
