"""Rows of probes, and who is probing now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from roadworthy.inventory.tables import use_cases
from roadworthy.measure.integration_probe.model import Probe, Running
from roadworthy.measure.integration_probe.tables import probe_runs

RUNNING = "running"
"""Stands where the verdict will."""
_PROBE = TypeAdapter(Probe)


def claim(
    connection: sa.Connection, run: str, about: tuple[str, str], by: str, now: dt.datetime, longest: dt.timedelta
) -> dt.datetime | None:
    """Take an integration for one probe.

    Args:
        connection: of a transaction that writes.
        run: id of the probe.
        about: use case and system.
        by: who asks.
        now: the begin.
        longest: what has been running for longer was broken off.

    Returns:
        None where it was taken, else since when another probe has it.
    """
    use_case, system = about
    # Locks the use case: of two that ask at once on a shared database, one is the second.
    connection.execute(sa.select(use_cases.c.name).where(use_cases.c.name == use_case).with_for_update()).first()
    for row in _running(connection, use_case):
        if row.system == system and row.started_at > now - longest:
            since: dt.datetime = row.started_at
            return since
        if row.system == system:
            release(connection, row.id)
    connection.execute(
        probe_runs.insert().values(
            id=run,
            use_case=use_case,
            system=system,
            verdict=RUNNING,
            started_at=now,
            finished_at=now,
            requested_by=by,
            content="{}",
        )
    )
    return None


def release(connection: sa.Connection, run: str) -> None:
    """Give an integration back without a result."""
    connection.execute(probe_runs.delete().where(probe_runs.c.id == run, probe_runs.c.verdict == RUNNING))


def keep(connection: sa.Connection, probe: Probe) -> None:
    """Put the result where the claim was."""
    connection.execute(
        probe_runs.update()
        .where(probe_runs.c.id == probe.id)
        .values(
            verdict=probe.verdict,
            finished_at=probe.finished_at,
            content=encoded(probe).decode(),
            evidence=probe.evidence[0] if probe.evidence else None,
        )
    )


def find(connection: sa.Connection, run: str) -> Probe | None:
    """One probe that was finished."""
    row = connection.execute(
        sa.select(probe_runs.c.content).where(probe_runs.c.id == run, probe_runs.c.verdict != RUNNING)
    ).first()
    return None if row is None else _PROBE.validate_json(row.content)


def every(connection: sa.Connection, use_case: str | None, system: str | None, most: int) -> list[Probe]:
    """Finished probes, the latest first."""
    wanted = sa.select(probe_runs.c.content).where(probe_runs.c.verdict != RUNNING)
    if use_case is not None:
        wanted = wanted.where(probe_runs.c.use_case == use_case)
    if system is not None:
        wanted = wanted.where(probe_runs.c.system == system)
    ordered = wanted.order_by(probe_runs.c.started_at.desc(), probe_runs.c.id.desc()).limit(most)
    return [_PROBE.validate_json(row.content) for row in connection.execute(ordered)]


def latest(connection: sa.Connection, use_case: str) -> dict[str, Probe]:
    """The latest finished probe of each system of a use case."""
    newest = (
        sa.select(
            probe_runs.c.content,
            sa.func.row_number()
            .over(partition_by=probe_runs.c.system, order_by=[probe_runs.c.started_at.desc(), probe_runs.c.id.desc()])
            .label("place"),
        )
        .where(probe_runs.c.use_case == use_case, probe_runs.c.verdict != RUNNING)
        .subquery()
    )
    rows = connection.execute(sa.select(newest.c.content).where(newest.c.place == 1))
    found = (_PROBE.validate_json(row.content) for row in rows)
    return {probe.system: probe for probe in found}


def running(connection: sa.Connection, use_case: str, now: dt.datetime, longest: dt.timedelta) -> list[Running]:
    """The probes of a use case that go on now, or were broken off."""
    return [
        Running(use_case, row.system, row.started_at, row.started_at <= now - longest)
        for row in _running(connection, use_case)
    ]


def encoded(probe: Probe) -> bytes:
    """A probe as JSON."""
    return _PROBE.dump_json(probe)


def _running(connection: sa.Connection, use_case: str) -> Sequence[sa.Row[Any]]:
    wanted: sa.Select[Any] = sa.select(probe_runs.c.id, probe_runs.c.system, probe_runs.c.started_at)
    found = wanted.where(probe_runs.c.use_case == use_case, probe_runs.c.verdict == RUNNING)
    return connection.execute(found).all()
