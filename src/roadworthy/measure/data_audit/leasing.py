"""Which process carries a run out. It notes its name with the run's progress, under a lock on the run's row.

So a run has one process at a time, also where several share a PostgreSQL database: one that was silent for long loses
its run to whoever takes it up, and hears of that when it wants to note or to keep something.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.tables import use_cases
from roadworthy.measure.data_audit.runs import Run, RunProgress, RunStatus
from roadworthy.measure.data_audit.tables import audit_runs
from roadworthy.measure.data_audit.written import progress_from, progress_json

SILENT = dt.timedelta(seconds=60)
"""After so long without a note, on a database that several processes share, a run's process is taken for dead."""
WAITING = "waiting"
"""What a run does until its turn comes."""
MOST_TIMES = 3
"""So often a run is begun by itself: a source that ends the process would end it again and again."""


def name_of(clock: Clock, one: object) -> str:
    """A name that no other process has, nor this one's after a restart."""
    return f"{platform.node()[:60]}-{os.getpid()}-{clock.now():%Y%m%dT%H%M%S%f}-{id(one):x}"


def only_one(connection: sa.Connection, use_case: str) -> None:
    """Let nobody else begin a run of a use case until this transaction has ended."""
    connection.execute(sa.select(use_cases.c.name).where(use_cases.c.name == use_case).with_for_update())


def begun(owner: str, now: dt.datetime, times: int = 1) -> RunProgress:
    """The progress of a run that waits for its turn in a process."""
    return RunProgress(0.0, 1.0, WAITING, at=now, owner=owner, times=times)


def waits(run: Run) -> bool:
    """Whether a run waits for its turn in some process, which has begun nothing of it."""
    return run.progress is not None and run.progress.what == WAITING


def silent(run: Run, now: dt.datetime, *, alone: bool) -> bool:
    """Whether the process of a run that says it is running, and that is not ours, is gone.

    Args:
        run: as it is kept.
        now: this instant.
        alone: whether no other process can have the database open.
    """
    if alone:
        return True
    noted = run.progress
    if noted is not None and not noted.owner and noted.at is not None:
        return True  # let go by a process that ended in order
    return now - ((noted.at if noted is not None else None) or run.requested_at) > SILENT


def is_held(connection: sa.Connection, run_id: str, owner: str) -> bool:
    """Whether a process holds a run that is running; until this transaction has ended nobody can take it."""
    held = _of(connection, run_id, locked=True)
    return held is not None and held.running and held.owner in {"", owner}


def note(connection: sa.Connection, run_id: str, progress: RunProgress) -> bool:
    """Keep how far a run is.

    Returns:
        Whether whoever carries it out is to end: somebody asked for it, it is over, or another process has taken it.
    """
    held = _of(connection, run_id, locked=True)
    if held is None or not held.running or held.owner not in {"", progress.owner}:
        return True
    _write(connection, run_id, progress)
    return held.cancel_requested


def is_wanted(connection: sa.Connection, run_id: str, owner: str) -> bool:
    """Whether a run is still to be carried out by a process; a look that locks nothing."""
    held = _of(connection, run_id, locked=False)
    return held is not None and held.running and not held.cancel_requested and held.owner in {"", owner}


def let_go(connection: sa.Connection, run_id: str, owner: str, now: dt.datetime) -> None:
    """Leave a run to whoever comes next, without the wait by which a dead process is known, and without counting it."""
    held = _of(connection, run_id, locked=True)
    if held is None or held.progress is None or held.owner != owner:
        return
    times = max(0, held.progress.times - 1)
    left = replace(held.progress, owner="", at=now, what="waiting for a process", seconds_left=None, times=times)
    _write(connection, run_id, left)


def take(connection: sa.Connection, run: Run, owner: str, now: dt.datetime) -> Run:
    """Carry a run out from now on; the caller has looked, under the row's lock, that nobody else does."""
    taken = begun(owner, now, 1 + (run.progress.times if run.progress is not None else 1))
    _write(connection, run.id, taken)
    return replace(run, progress=taken)


def lock(connection: sa.Connection, run_id: str) -> None:
    """Let nobody else take a run until this transaction has ended."""
    _of(connection, run_id, locked=True)


def _write(connection: sa.Connection, run_id: str, progress: RunProgress) -> None:
    connection.execute(audit_runs.update().where(audit_runs.c.id == run_id).values(progress=progress_json(progress)))


@dataclass(frozen=True, slots=True)
class _Held:
    """What a run's row says of who carries it out."""

    running: bool
    cancel_requested: bool
    progress: RunProgress | None

    @property
    def owner(self) -> str:
        """The process; empty where there is none."""
        return "" if self.progress is None else self.progress.owner


def _of(connection: sa.Connection, run_id: str, *, locked: bool) -> _Held | None:
    wanted = sa.select(audit_runs.c.status, audit_runs.c.cancel_requested, audit_runs.c.progress)
    wanted = wanted.where(audit_runs.c.id == run_id)
    row = connection.execute(wanted.with_for_update() if locked else wanted).one_or_none()
    if row is None:
        return None
    progress = None if row.progress is None else progress_from(row.progress)
    return _Held(row.status == RunStatus.RUNNING, bool(row.cancel_requested), progress)
