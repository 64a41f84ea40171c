"""SQL of the assessments: which are out of date, and how new ones are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from roadworthy.decide.readiness.assessment import Assessment, Tone
from roadworthy.decide.readiness.course import Course, Tones, columns_of
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.rules import Compiled
from roadworthy.decide.readiness.tables import assessments
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.tables import use_cases


class Elapsed(NamedTuple):
    """A stored assessment that time has overtaken."""

    use_case: str
    revision: int
    course: str


def outdated(rubric: str, now: dt.datetime) -> sa.ColumnElement[bool]:
    """The condition under which what is stored about a use case does not hold; for `use_cases` left-joined here."""
    return sa.or_(
        assessments.c.use_case.is_(None),
        assessments.c.revision != use_cases.c.revision,
        assessments.c.rubric != rubric,
        assessments.c.next_change_at <= now,
    )


def stale(connection: sa.Connection, rubric: str, now: dt.datetime) -> list[str]:
    """Use cases whose stored assessment does not hold, by name: new, changed, under another rubric, or expired."""
    found = (
        sa.select(use_cases.c.name)
        .select_from(use_cases.outerjoin(assessments, assessments.c.use_case == use_cases.c.name))
        .where(outdated(rubric, now))
        .order_by(use_cases.c.name)
    )
    return list(connection.execute(found).scalars())


def elapsed(connection: sa.Connection, rubric: str, now: dt.datetime) -> list[Elapsed]:
    """Assessments that hold but for the time that has passed, with what they will have become."""
    found = (
        sa.select(assessments.c.use_case, assessments.c.revision, assessments.c.course)
        .join(use_cases, use_cases.c.name == assessments.c.use_case)
        .where(
            assessments.c.next_change_at <= now,
            assessments.c.revision == use_cases.c.revision,
            assessments.c.rubric == rubric,
            assessments.c.course != "",
        )
        .order_by(assessments.c.use_case)
    )
    return [Elapsed(*row) for row in connection.execute(found)]


def count(connection: sa.Connection) -> int:
    """How many use cases there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(use_cases)).scalar_one()


def registered(connection: sa.Connection, names: Sequence[str]) -> set[str]:
    """Those of the names that are still registered, kept from being removed until the unit ends (PostgreSQL)."""
    found: set[str] = set()
    for some in portions(names):
        query = sa.select(use_cases.c.name).where(use_cases.c.name.in_(some)).with_for_update(read=True, key_share=True)
        found.update(connection.execute(query).scalars())
    return found


def tones(connection: sa.Connection, names: Sequence[str]) -> dict[str, Tones]:
    """The stored tones of some use cases."""
    columns = [assessments.c[f"tone_{part}"] for part in ("overall", *Dimension)]
    found: dict[str, Tones] = {}
    for some in portions(names):
        for name, *stored in connection.execute(
            sa.select(assessments.c.use_case, *columns).where(assessments.c.use_case.in_(some))
        ):
            found[name] = tuple(Tone(tone) for tone in stored)
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """An assessment as it is stored: small, where the assessment itself holds every judgement."""

    use_case: str
    tones: Tones
    row: Mapping[str, Any]


def keepable(assessment: Assessment, course: Course, rubric: Compiled) -> Kept:
    """An assessment made ready to be stored."""
    tones, columns = columns_of(course, rubric)
    row = {
        "use_case": assessment.use_case,
        "revision": assessment.revision,
        "rubric": assessment.rubric,
        "assessed_at": assessment.assessed_at,
        **{f"seat_{duty}": seat.state.value for duty, seat in assessment.seats.items()},
        **columns,
    }
    return Kept(assessment.use_case, tones, row)


def later(elapsed: Elapsed, rubric: Compiled, now: dt.datetime) -> Kept:
    """A stored assessment as it has become, made ready to be stored."""
    tones, columns = columns_of(Course.of_text(elapsed.course).at(now), rubric)
    row = {"of": elapsed.use_case, "at": elapsed.revision, "assessed_at": now, **columns}
    return Kept(elapsed.use_case, tones, row)


def save(connection: sa.Connection, made: Sequence[Kept]) -> None:
    """Keep assessments, replacing earlier ones."""
    upsert(connection, assessments, [each.row for each in made])


def advance(connection: sa.Connection, made: Sequence[Kept], rubric: str) -> None:
    """Keep what stored assessments have become; one that was replaced since is left alone."""
    if not made:
        return
    changed: dict[str, sa.BindParameter[Any]] = {
        name: sa.bindparam(name) for name in made[0].row if name not in {"of", "at"}
    }
    this = (
        assessments.c.use_case == sa.bindparam("of"),
        assessments.c.revision == sa.bindparam("at"),
        assessments.c.rubric == rubric,
    )
    connection.execute(assessments.update().where(*this).values(changed), [dict(each.row) for each in made])
