"""SQL of the data-path audits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.measure.data_audit.model import Gap, GapStatus, Waiver
from roadworthy.measure.data_audit.runs import Fault, Result, Run, RunProgress, RunStatus
from roadworthy.measure.data_audit.tables import (
    audit_results,
    audit_runs,
    fingerprint_parts,
    fingerprints,
    gaps,
    waivers,
)
from roadworthy.measure.data_audit.written import (
    fault_from,
    fault_json,
    gap_from,
    gap_json,
    headline_from,
    progress_from,
    progress_json,
)

# ---------------------------------------------------------------- runs


def insert_run(connection: sa.Connection, run: Run) -> None:
    """Keep a new run."""
    connection.execute(
        audit_runs.insert().values(
            id=run.id,
            use_case=run.use_case,
            status=run.status,
            requested_at=run.requested_at,
            requested_by=run.requested_by,
            policy_digest=run.policy_digest,
            progress=None if run.progress is None else progress_json(run.progress),
        )
    )


def find_run(connection: sa.Connection, run_id: str) -> Run | None:
    """One run."""
    return next(iter(_runs(connection, sa.select(audit_runs).where(audit_runs.c.id == run_id))), None)


def runs_of(connection: sa.Connection, use_case: str, most: int) -> list[Run]:
    """Runs of a use case, the latest first."""
    wanted = sa.select(audit_runs).where(audit_runs.c.use_case == use_case)
    return _runs(connection, wanted.order_by(audit_runs.c.requested_at.desc(), audit_runs.c.id.desc()).limit(most))


def running(connection: sa.Connection, use_case: str | None = None) -> list[Run]:
    """Runs that say they are running, of one use case or of all."""
    wanted = sa.select(audit_runs).where(audit_runs.c.status == RunStatus.RUNNING)
    return _runs(connection, wanted if use_case is None else wanted.where(audit_runs.c.use_case == use_case))


def ask_to_cancel(connection: sa.Connection, run_id: str) -> None:
    """Keep that somebody asked for the end of a run."""
    connection.execute(audit_runs.update().where(audit_runs.c.id == run_id).values(cancel_requested=True))


def end_run(
    connection: sa.Connection, run_id: str, status: RunStatus, now: dt.datetime, fault: Fault | None = None
) -> None:
    """Keep how a run ended."""
    connection.execute(
        audit_runs.update()
        .where(audit_runs.c.id == run_id)
        .values(status=status, finished_at=now, fault=None if fault is None else fault_json(fault))
    )


def resume_run(connection: sa.Connection, run_id: str, progress: RunProgress) -> None:
    """A run goes on where it was, in the process that the progress names."""
    connection.execute(
        audit_runs.update()
        .where(audit_runs.c.id == run_id)
        .values(
            status=RunStatus.RUNNING,
            finished_at=None,
            cancel_requested=False,
            fault=None,
            progress=progress_json(progress),
        )
    )


def keep_evidence(connection: sa.Connection, run_id: str, item: str) -> None:
    """Keep which item of evidence a run handed in."""
    connection.execute(audit_runs.update().where(audit_runs.c.id == run_id).values(evidence=item))


def _runs(connection: sa.Connection, wanted: sa.Select[Any]) -> list[Run]:
    return [
        Run(
            id=row.id,
            use_case=row.use_case,
            status=RunStatus(row.status),
            requested_at=row.requested_at,
            requested_by=row.requested_by,
            finished_at=row.finished_at,
            cancel_requested=bool(row.cancel_requested),
            progress=None if row.progress is None else progress_from(row.progress),
            fault=None if row.fault is None else fault_from(row.fault),
            policy_digest=row.policy_digest,
            evidence=row.evidence,
        )
        for row in connection.execute(wanted)
    ]


# ---------------------------------------------------------------- results and fingerprints


def keep_result(connection: sa.Connection, result: Result, audit: str | None) -> None:
    """Keep what a run came to for a source; doing a source again replaces it."""
    upsert(
        connection,
        audit_results,
        [
            {
                "run": result.run,
                "source": result.source,
                "use_case": result.use_case,
                "pilot": result.pilot,
                "production": result.production,
                "audit": audit,
                "fault": None if result.fault is None else fault_json(result.fault),
                "finished_at": result.finished_at,
            }
        ],
    )


def results_of(connection: sa.Connection, run_id: str) -> list[Result]:
    """What a run came to, by source."""
    return _results(connection, sa.select(audit_results).where(audit_results.c.run == run_id))


def latest_results(connection: sa.Connection, use_case: str) -> list[Result]:
    """The latest result of every source that was ever audited for a use case."""
    newest = (
        sa.select(audit_results.c.source, sa.func.max(audit_results.c.finished_at).label("at"))
        .where(audit_results.c.use_case == use_case)
        .group_by(audit_results.c.source)
        .subquery()
    )
    wanted = (
        sa.select(audit_results)
        .join(newest, sa.and_(audit_results.c.source == newest.c.source, audit_results.c.finished_at == newest.c.at))
        .where(audit_results.c.use_case == use_case)
    )
    return list({each.source: each for each in _results(connection, wanted)}.values())


def audit_text(connection: sa.Connection, run_id: str, source: str) -> tuple[str, str, str, str] | None:
    """Use case, JSON of an audit and the digests of its fingerprints; None where the source was not audited."""
    wanted = sa.select(audit_results).where(audit_results.c.run == run_id, audit_results.c.source == source)
    row = connection.execute(wanted).one_or_none()
    if row is None or row.audit is None or row.pilot is None or row.production is None:
        return None
    return row.use_case, row.audit, row.pilot, row.production


def _results(connection: sa.Connection, wanted: sa.Select[Any]) -> list[Result]:
    found = []
    for row in connection.execute(wanted.order_by(audit_results.c.source)):
        values: Mapping[str, Any] = {} if row.audit is None else json.loads(row.audit)
        statuses = [gap["status"] for gap in values.get("gaps", ())]
        found.append(
            Result(
                run=row.run,
                use_case=row.use_case,
                source=row.source,
                finished_at=row.finished_at,
                pilot=row.pilot,
                production=row.production,
                headline=headline_from(values) if values else None,
                blocked=not values or GapStatus.OPEN in statuses,
                partial=values.get("partial"),
                fault=None if row.fault is None else fault_from(row.fault),
                rows=values.get("rows"),
                notes=tuple(values.get("notes", ())),
            )
        )
    return found


def keep_fingerprint(connection: sa.Connection, digest: str, content: str, measured_at: dt.datetime) -> None:
    """Keep a fingerprint by its digest; one that is there already stays."""
    row = {"digest": digest, "content": content, "measured_at": measured_at}
    upsert(connection, fingerprints, [row])


def fingerprint_text(connection: sa.Connection, digest: str) -> str | None:
    """A fingerprint's JSON."""
    wanted = sa.select(fingerprints.c.content).where(fingerprints.c.digest == digest)
    found: str | None = connection.execute(wanted).scalar_one_or_none()
    return found


def parts_of(connection: sa.Connection, use_case: str, source: str, side: str) -> dict[str, tuple[str, str, str]]:
    """Part to version, plan and content of what was measured of one side before."""
    wanted = sa.select(fingerprint_parts).where(
        fingerprint_parts.c.use_case == use_case,
        fingerprint_parts.c.source == source,
        fingerprint_parts.c.side == side,
    )
    return {row.part: (row.version, row.plan, row.content) for row in connection.execute(wanted)}


def keep_part(connection: sa.Connection, use_case: str, source: str, side: str, part: Mapping[str, str]) -> None:
    """Keep what was measured of a part: `part`, `version`, `plan` and `content`."""
    upsert(connection, fingerprint_parts, [{"use_case": use_case, "source": source, "side": side, **part}])


def forget_parts(connection: sa.Connection, use_case: str, source: str, side: str, names: Sequence[str]) -> None:
    """Let go of parts that are no more."""
    for some in portions(names):
        connection.execute(
            fingerprint_parts.delete().where(
                fingerprint_parts.c.use_case == use_case,
                fingerprint_parts.c.source == source,
                fingerprint_parts.c.side == side,
                fingerprint_parts.c.part.in_(some),
            )
        )


# ---------------------------------------------------------------- gaps and waivers


def gaps_of(
    connection: sa.Connection, use_case: str, *, source: str | None = None, status: GapStatus | None = None
) -> list[Gap]:
    """Gaps of a use case with their waivers, the most pressing first."""
    wanted = sa.select(gaps).where(gaps.c.use_case == use_case)
    if source is not None:
        wanted = wanted.where(gaps.c.source == source)
    if status is not None:
        wanted = wanted.where(gaps.c.status == status)
    return _gaps(connection, wanted)


def find_gap(connection: sa.Connection, gap_id: str) -> tuple[str, Gap] | None:
    """The use case of a gap, and the gap."""
    wanted = sa.select(gaps).where(gaps.c.id == gap_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.use_case, _gaps(connection, wanted)[0])


def keep_gap(connection: sa.Connection, use_case: str, gap: Gap, run_id: str) -> None:
    """Keep a gap as last seen."""
    upsert(
        connection,
        gaps,
        [
            {
                "id": gap.id,
                "use_case": use_case,
                "source": gap.source,
                "rule": gap.rule,
                "verdict": gap.verdict,
                "rank": gap.rank,
                "status": gap.status,
                "owner": gap.owner,
                "content": gap_json(gap),
                "first_seen": gap.first_seen,
                "last_seen": gap.last_seen,
                "last_run": run_id,
                "closed_at": None,
            }
        ],
    )


def close_gap(connection: sa.Connection, gap_id: str, run_id: str, now: dt.datetime) -> None:
    """Keep that an audit found a match where the gap was."""
    connection.execute(
        gaps.update().where(gaps.c.id == gap_id).values(status=GapStatus.CLOSED, last_run=run_id, closed_at=now)
    )


def set_status(connection: sa.Connection, gap_id: str, status: GapStatus) -> None:
    """Keep where a gap stands."""
    connection.execute(gaps.update().where(gaps.c.id == gap_id).values(status=status))


def insert_waiver(connection: sa.Connection, waiver_id: str, gap_id: str, waiver: Waiver, entry_id: str) -> None:
    """Keep a waiver."""
    connection.execute(
        waivers.insert().values(
            id=waiver_id,
            gap=gap_id,
            by=waiver.by,
            at=waiver.at,
            reason=waiver.reason,
            control=waiver.control,
            expires_at=waiver.expires_at,
            entry_id=entry_id,
        )
    )


def end_waivers(connection: sa.Connection, gap_id: str, now: dt.datetime, expired_by: dt.datetime | None = None) -> int:
    """End the waivers of a gap that stand, or only those that ran out by an instant; how many."""
    wanted = waivers.update().where(waivers.c.gap == gap_id, waivers.c.ended_at.is_(None))
    if expired_by is not None:
        wanted = wanted.where(waivers.c.expires_at <= expired_by)
    return connection.execute(wanted.values(ended_at=now)).rowcount


def was_waived(connection: sa.Connection, gap_id: str) -> bool:
    """Whether a gap was ever waived."""
    return connection.execute(sa.select(waivers.c.id).where(waivers.c.gap == gap_id).limit(1)).first() is not None


def standing_waivers(connection: sa.Connection, gap_ids: Sequence[str]) -> dict[str, Waiver]:
    """The waiver of each of these gaps that nobody ended."""
    found: dict[str, Waiver] = {}
    for some in portions(gap_ids):
        wanted = sa.select(waivers).where(waivers.c.gap.in_(some), waivers.c.ended_at.is_(None)).order_by(waivers.c.at)
        for row in connection.execute(wanted):
            found[row.gap] = Waiver(row.by, row.at, row.reason, row.control, row.expires_at)
    return found


def _gaps(connection: sa.Connection, wanted: sa.Select[Any]) -> list[Gap]:
    rows = connection.execute(wanted.order_by(gaps.c.rank, gaps.c.source, gaps.c.rule, gaps.c.id)).all()
    standing = standing_waivers(connection, [row.id for row in rows])
    return [
        replace(
            gap_from(row.content),
            status=GapStatus(row.status),
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            waiver=standing.get(row.id),
        )
        for row in rows
    ]
