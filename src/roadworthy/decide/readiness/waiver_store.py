"""SQL of the waivers of criteria."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.decide.readiness.tables import criterion_waivers as waivers
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory.rules import SetAside


@dataclass(frozen=True, slots=True)
class CriterionWaiver:
    """A criterion that is accepted as missing for a time."""

    id: str
    use_case: str
    criterion: str
    asked: str
    """Digest of what the criterion asked when it was waived; see `rules.asked_digest`."""
    by: str
    """Reference of whoever carried it out."""
    at: dt.datetime
    reason: str
    control: str
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    entry_id: str


def insert(connection: sa.Connection, waiver: CriterionWaiver) -> None:
    """Keep a waiver."""
    connection.execute(
        waivers.insert().values({column.name: getattr(waiver, column.name) for column in waivers.columns})
    )


@dataclass(frozen=True, slots=True)
class Bound:
    """A waiver that stands, with what was asked when it was made."""

    use_case: str
    criterion: str
    asked: str
    by: str


def all_asked(connection: sa.Connection) -> list[Bound]:
    """Every waiver that stands, in the order of the use cases."""
    query = sa.select(waivers.c.use_case, waivers.c.criterion, waivers.c.asked, waivers.c.by)
    order = waivers.c.use_case, waivers.c.criterion
    return [Bound(*row) for row in connection.execute(query.where(waivers.c.ended_at.is_(None)).order_by(*order))]


def end(
    connection: sa.Connection, use_case: str, criterion: str, now: dt.datetime, *, expired_only: bool = False
) -> int:
    """End the waivers of a criterion that stand, or only those that ran out; how many."""
    wanted = waivers.update().where(
        waivers.c.use_case == use_case, waivers.c.criterion == criterion, waivers.c.ended_at.is_(None)
    )
    if expired_only:
        wanted = wanted.where(waivers.c.expires_at <= now)
    return connection.execute(wanted.values(ended_at=now)).rowcount


def was_waived(connection: sa.Connection, use_case: str, criterion: str) -> bool:
    """Whether a criterion was ever waived for a use case."""
    query = sa.select(waivers.c.id).where(waivers.c.use_case == use_case, waivers.c.criterion == criterion)
    return connection.execute(query.limit(1)).first() is not None


def all_of(connection: sa.Connection, use_case: str) -> list[CriterionWaiver]:
    """Every waiver of a use case, the latest first."""
    query = sa.select(waivers).where(waivers.c.use_case == use_case).order_by(waivers.c.at.desc(), waivers.c.id)
    return [CriterionWaiver(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - its public name


def standing(connection: sa.Connection, names: Sequence[str] | None) -> Mapping[str, Mapping[str, SetAside]]:
    """Use case to criterion to the waiver that stands, of all use cases or of some."""
    query = sa.select(waivers).where(waivers.c.ended_at.is_(None)).order_by(waivers.c.at)
    found: defaultdict[str, dict[str, SetAside]] = defaultdict(dict)
    some = [None] if names is None else portions(names)
    for part in some:
        for row in connection.execute(query if part is None else query.where(waivers.c.use_case.in_(part))):
            found[row.use_case][row.criterion] = SetAside(row.expires_at, row.reason, row.asked)
    return found
