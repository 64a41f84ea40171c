"""SQL of the self-tests of the stop switches, and the values that they are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.decide.certificate.tables import stop_sightings, stop_tests

_SEEN = {
    dialect: build(stop_sightings).on_conflict_do_nothing()
    for dialect, build in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


class Proven(StrEnum):
    """What came of a self-test."""

    PROVEN = "proven"
    """Every process would have refused within a second."""
    SLOW = "slow"
    """Every process would have refused, one of them later than that."""
    MISSING = "missing"
    """A process was there and never knew, or none was."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One self-test."""

    id: str
    began_at: dt.datetime
    """By the clock that every process agrees about."""
    expected: Mapping[str, str]
    """Id of each process that was there, to its name."""
    seen: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Id of each process that would have refused, to its name and the milliseconds that it took."""
    ended_at: dt.datetime | None = None
    outcome: Proven | None = None
    slowest: int | None = None
    missing: tuple[str, ...] = ()
    """Names of those that were there until the end and never knew."""


def insert(connection: sa.Connection, test: SelfTest) -> None:
    """Keep one that began."""
    expected = json.dumps(dict(test.expected), sort_keys=True)
    connection.execute(stop_tests.insert().values(id=test.id, began_at=test.began_at, expected=expected))


def conclude(connection: sa.Connection, test: SelfTest) -> None:
    """Keep what came of it."""
    connection.execute(
        stop_tests.update()
        .where(stop_tests.c.id == test.id)
        .values(
            ended_at=test.ended_at,
            outcome=None if test.outcome is None else test.outcome.value,
            slowest=test.slowest,
            missing=json.dumps(list(test.missing)),
        )
    )


def saw(connection: sa.Connection, test: str, process: str, name: str, milliseconds: int) -> None:
    """Keep when a process would have refused; the first time counts."""
    connection.execute(
        _SEEN[connection.dialect.name].values(test=test, process=process, name=name, milliseconds=milliseconds)
    )


def get(connection: sa.Connection, test: str) -> SelfTest | None:
    """One of them."""
    row = connection.execute(sa.select(stop_tests).where(stop_tests.c.id == test)).first()
    return None if row is None else _test(connection, row)


def running(connection: sa.Connection) -> SelfTest | None:
    """The one that is watched now."""
    query = sa.select(stop_tests).where(stop_tests.c.ended_at.is_(None)).order_by(stop_tests.c.began_at.desc())
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _test(connection, row)


def newest(connection: sa.Connection) -> SelfTest | None:
    """The one that began last."""
    found = listed(connection, 1)
    return found[0] if found else None


def listed(connection: sa.Connection, limit: int) -> list[SelfTest]:
    """The latest ones, the newest first."""
    query = sa.select(stop_tests).order_by(stop_tests.c.began_at.desc(), stop_tests.c.id.desc()).limit(limit)
    return [_test(connection, row) for row in connection.execute(query).all()]


def _test(connection: sa.Connection, row: sa.Row[Any]) -> SelfTest:
    seen = connection.execute(sa.select(stop_sightings).where(stop_sightings.c.test == row.id))
    return SelfTest(
        id=row.id,
        began_at=row.began_at,
        expected=json.loads(row.expected),
        seen={each.process: (each.name, each.milliseconds) for each in seen},
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else Proven(row.outcome),
        slowest=row.slowest,
        missing=tuple(json.loads(row.missing)) if row.missing else (),
    )
