"""SQL of the assessments: which are out of date, and how new ones are kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Scale, Tone, Verdict, effort_order
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.tables import METHODS, assessment_details, assessments
from roadworthy.evidence.model import Method
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.model import Duty
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


def tones_of(assessment: Assessment) -> Tones:
    """The tones of an assessment in the order of `Tones`."""
    return (assessment.overall.tone, *(assessment.dimensions[dimension].tone for dimension in Dimension))


def save(connection: sa.Connection, made: Sequence[Assessment]) -> None:
    """Keep assessments, replacing earlier ones."""
    upsert(connection, assessments, [_row(assessment) for assessment in made])
    upsert(
        connection,
        assessment_details,
        [{"use_case": assessment.use_case, "detail": _detail(assessment)} for assessment in made],
    )


def _row(assessment: Assessment) -> Mapping[str, Any]:
    scales: dict[str, Scale] = {"overall": assessment.overall}
    scales.update((dimension.value, scale) for dimension, scale in assessment.dimensions.items())
    blocking = [judgement for judgement in assessment.judgements if judgement.blocks]
    first = min(blocking, key=effort_order, default=None)
    row: dict[str, Any] = {
        "use_case": assessment.use_case,
        "revision": assessment.revision,
        "rubric": assessment.rubric,
        "next_change_at": assessment.next_change_at,
        "assessed_at": assessment.assessed_at,
        "blockers": len(blocking),
        **_first(first, assessment),
    }
    for part, scale in scales.items():
        row[f"tone_{part}"], row[f"coverage_{part}"], row[f"score_{part}"] = scale
    for duty in Duty:
        row[f"seat_{duty}"] = assessment.seats[duty].state
    for method in METHODS:
        row[f"known_{method}"] = assessment.methods.get(None if method == "unknown" else Method(method), 0)
    return row


def _first(first: Judgement | None, assessment: Assessment) -> Mapping[str, Any]:
    if first is None:
        return dict.fromkeys(("first_blocker", "first_step", "first_duty", "first_person"))
    criterion = first.criterion
    return {
        "first_blocker": criterion.title,
        "first_step": criterion.turns_green,
        "first_duty": criterion.duty,
        "first_person": assessment.seats[criterion.duty].person,
    }


def _detail(assessment: Assessment) -> str:
    """What was found, in few words: the rubric's own sentences are found again under its digest."""
    found = {judgement.criterion.id: _brief(judgement) for judgement in assessment.judgements}
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def _brief(judgement: Judgement) -> Mapping[str, str]:
    brief: dict[str, str] = {"verdict": judgement.verdict}
    if judgement.verdict is not Verdict.NOT_APPLICABLE and judgement.method is not None:
        brief["method"] = judgement.method
    if judgement.expires_at is not None:
        brief["expires"] = to_text(judgement.expires_at)
    if judgement.evidence is not None:
        brief["evidence"] = judgement.evidence
    return brief
