"""SQL of the reports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from roadworthy.documents.assessment_report.model import Made
from roadworthy.documents.assessment_report.tables import assessment_reports


def next_number(connection: sa.Connection) -> int:
    """The number that the next report gets."""
    last = connection.execute(sa.select(sa.func.max(assessment_reports.c.number))).scalar_one()
    return int(last or 0) + 1


def insert(connection: sa.Connection, made: Made) -> None:
    """Keep a report's line."""
    row = {
        "id": made.id,
        "number": made.number,
        "made_at": made.made_at,
        "made_by": made.made_by,
        "digest": made.digest,
        "entry_id": made.entry_id,
        "use_cases": made.total,
        "ready": made.ready,
        "picks": " ".join(made.picks),
    }
    connection.execute(assessment_reports.insert(), [row])


def every(connection: sa.Connection) -> list[Made]:
    """All reports, the newest first."""
    query = sa.select(assessment_reports).order_by(assessment_reports.c.number.desc())
    return [_made(row) for row in connection.execute(query)]


def find(connection: sa.Connection, key: str) -> Made | None:
    """A report by its id or its number."""
    wanted = assessment_reports.c.id == key
    if key.isascii() and key.isdigit() and len(key) < _LONGEST_NUMBER:
        wanted = assessment_reports.c.number == int(key)
    row = connection.execute(sa.select(assessment_reports).where(wanted)).one_or_none()
    return None if row is None else _made(row)


def before(connection: sa.Connection, number: int) -> Made | None:
    """The report made last before one."""
    query = (
        sa.select(assessment_reports)
        .where(assessment_reports.c.number < number)
        .order_by(assessment_reports.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _made(row)


_LONGEST_NUMBER = 9


def _made(row: sa.Row[Any]) -> Made:
    return Made(
        id=row.id,
        number=row.number,
        made_at=row.made_at,
        made_by=row.made_by,
        digest=row.digest,
        entry_id=row.entry_id,
        total=row.use_cases,
        ready=row.ready,
        picks=tuple(row.picks.split()),
    )
