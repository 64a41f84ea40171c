"""SQL of the assessments: which are out of date, and how new ones are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.readiness.assessment import Assessment, Scale, Tone
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.tables import assessments
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.tables import use_cases

Tones = tuple[Tone, ...]
"""Overall, then each dimension in order."""


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


def keepable(assessment: Assessment) -> Kept:
    """An assessment made ready to be stored."""
    tones = (assessment.overall.tone, *(assessment.dimensions[dimension].tone for dimension in Dimension))
    return Kept(assessment.use_case, tones, _row(assessment))


def save(connection: sa.Connection, made: Sequence[Kept]) -> None:
    """Keep assessments, replacing earlier ones."""
    upsert(connection, assessments, [each.row for each in made])


def _row(assessment: Assessment) -> Mapping[str, Any]:
    scales: dict[str, Scale] = {"overall": assessment.overall}
    scales.update((dimension.value, scale) for dimension, scale in assessment.dimensions.items())
    row: dict[str, Any] = {
        "use_case": assessment.use_case,
        "revision": assessment.revision,
        "rubric": assessment.rubric,
        "next_change_at": assessment.next_change_at,
        "assessed_at": assessment.assessed_at,
        "blockers": len(assessment.blocking),
        **_first(assessment),
    }
    # Plain strings: the driver asks every other type, members of an enum included, how it wants to be written.
    for part, (tone, coverage, score) in scales.items():
        row[f"tone_{part}"], row[f"coverage_{part}"], row[f"score_{part}"] = tone.value, coverage, score
    for duty, seat in assessment.seats.items():
        row[f"seat_{duty}"] = seat.state.value
    for method, criteria in assessment.methods.items():
        row[f"known_{method or 'unknown'}"] = criteria
    return row


def _first(assessment: Assessment) -> Mapping[str, Any]:
    if not assessment.blocking:
        return dict.fromkeys(("first_blocker", "first_step", "first_duty", "first_person"))
    criterion = assessment.blocking[0].criterion
    return {
        "first_blocker": criterion.title,
        "first_step": criterion.turns_green,
        "first_duty": criterion.duty.value,
        "first_person": assessment.seats[criterion.duty].person,
    }
