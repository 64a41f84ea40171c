"""SQL of what differs."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.storage.statements import portions
from roadworthy.operate.actions.trail.model import Differs, Found, Standing, TrailFinding
from roadworthy.operate.actions.trail.tables import trail_findings

_BUILD: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings; what is left out does not restrict."""

    state: str | None = None
    kind: str | None = None
    system: str | None = None
    use_case: str | None = None
    before: str | None = None
    """Id of the last one that was shown."""
    limit: int = 50
    action: str | None = None
    """Id of an action of ours."""


def put_finding(connection: sa.Connection, finding: TrailFinding, same: str) -> bool:
    """Keep a new finding; False where it is kept already."""
    row = {**_finding_row(finding), "same": same}
    statement = _BUILD[connection.dialect.name](trail_findings).on_conflict_do_nothing().returning(trail_findings.c.id)
    return connection.execute(statement, row).first() is not None


def change_finding(connection: sa.Connection, finding: TrailFinding) -> None:
    """Keep what became of a finding."""
    row = _finding_row(finding)
    connection.execute(trail_findings.update().where(trail_findings.c.id == row.pop("id")).values(row))


def finding(connection: sa.Connection, id_: str, *, held: bool = False) -> TrailFinding | None:
    """A finding; held against others until the transaction ends, where it is to be changed."""
    query = sa.select(trail_findings).where(trail_findings.c.id == id_)
    row = connection.execute(query.with_for_update() if held else query).first()
    return None if row is None else _finding(row)


def findings_about(connection: sa.Connection, ids: Iterable[str], keys: Iterable[str]) -> dict[str, TrailFinding]:
    """Findings about these actions or events, by what makes each the same one."""
    of = trail_findings.c
    found: dict[str, TrailFinding] = {}
    for column, values in ((of.intent, ids), (of.event, keys)):
        for some in portions(sorted(values)):
            query = sa.select(trail_findings).where(column.in_(some))
            found |= {row.same: _finding(row) for row in connection.execute(query)}
    return found


def findings(connection: sa.Connection, wanted: Wanted) -> list[TrailFinding]:
    """Findings, the latest first."""
    of = trail_findings.c
    query = sa.select(trail_findings).order_by(of.id.desc()).limit(wanted.limit)
    for column, value in (
        (of.state, wanted.state), (of.kind, wanted.kind), (of.system, wanted.system), (of.use_case, wanted.use_case),
        (of.intent, wanted.action),
    ):  # fmt: skip
        query = query if value is None else query.where(column == value)
    query = query if wanted.before is None else query.where(of.id < wanted.before)
    return [_finding(row) for row in connection.execute(query)]


def found_since(connection: sa.Connection, finding: TrailFinding, since: dt.datetime) -> bool:
    """Whether another finding of the kind in the system was opened since, so that its owners know already."""
    of = trail_findings.c
    query = sa.select(of.id).where(
        of.system == finding.system, of.kind == finding.kind.value, of.found_at >= since, of.id != finding.id
    )
    return connection.execute(query.limit(1)).first() is not None


def same_of(found: Found) -> str:
    """What makes a difference the same one when it is found again."""
    return hashlib.sha256("\0".join(found.same).encode()).hexdigest()


def _finding_row(finding: TrailFinding) -> dict[str, Any]:
    return {
        "id": finding.id, "kind": finding.kind.value, "system": finding.system, "use_case": finding.use_case,
        "intent": finding.intent, "event": finding.event, "about": finding.about, "found_at": finding.found_at,
        "state": finding.state.value, "ended_at": finding.ended_at, "reason": finding.reason, "by": finding.by,
    }  # fmt: skip


def _finding(row: Any) -> TrailFinding:  # noqa: ANN401 - a row of either engine
    return TrailFinding(
        id=row.id, kind=Differs(row.kind), system=row.system, use_case=row.use_case, intent=row.intent,
        event=row.event, about=row.about, found_at=row.found_at, state=Standing(row.state), ended_at=row.ended_at,
        reason=row.reason, by=row.by,
    )  # fmt: skip
