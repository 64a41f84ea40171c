"""What the doctor looks at in a deployment: its processes, the guards of its database, its past, its backups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from roadworthy.app import App
from roadworthy.foundation.deployment.guards import missing
from roadworthy.foundation.deployment.model import Process, ProcessRole, ProcessState
from roadworthy.foundation.ledger.tables import entries
from roadworthy.interfaces.check import Check, CheckState

PROCESSES, GUARDS, PAST, BACKUPS = "processes", "database guards", "ledger past", "backups"
OLD = timedelta(days=7)
"""After so long without a backup, more than a week of decisions would be lost with a disk."""
_NEEDED = {
    ProcessRole.WORKER: ("nothing falls due and no entry gets its place in the ledger", "roadworthy worker"),
    ProcessRole.SIGNER: ("the ledger is not signed", "roadworthy signer"),
}


def processes(app: App) -> Iterator[Check]:
    """On PostgreSQL: is every part of the work somebody's, in one version, with the same keys?"""
    found = app.processes.all()
    if not found:
        return
    living = [each for each in found if each.state is not ProcessState.SILENT]
    faults = list(_missing(living))
    faults += [
        Check(PROCESSES, CheckState.WARN, f"{_named(each)} gives no sign of life since {each.seen_at:%H:%M:%S}", _LOOK)
        for each in found
        if each.state is ProcessState.SILENT
    ]
    faults += [
        Check(PROCESSES, CheckState.FAIL, f"{_named(each)} says: {fault}", _LOOK)
        for each in living
        for fault in each.faults
    ]
    versions = sorted({each.version for each in living})
    if len(versions) > 1:
        message = f"versions {', '.join(versions)} run beside each other"
        faults.append(Check(PROCESSES, CheckState.WARN, message, "restart those of the older version, one by one"))
    faults += _different_keys(living)
    yield from faults
    if not faults:
        roles = ", ".join(sorted({role for each in living for role in each.roles}))
        yield Check(PROCESSES, CheckState.OK, f"{len(living)} run, version {versions[0]}: {roles}")


def guards(app: App) -> Iterator[Check]:
    """On PostgreSQL: are the triggers there by which the record only grows?"""
    if app.store.dialect != "postgresql":
        return
    with app.store.read() as connection:
        lacking = missing(connection)
    if lacking:
        message = f"nothing in the database guards {', '.join(lacking)} against changes"
        yield Check(GUARDS, CheckState.FAIL, message, "roadworthy migrate, as the owner of the tables")
    else:
        yield Check(GUARDS, CheckState.OK, "the record can only grow")


def past(app: App) -> Iterator[Check]:
    """Does the database continue what this home remembers? What does not is raised and told as it is."""
    with app.store.read() as connection:
        app.ledger.checkpoints.refuse_rewound(connection)
    yield Check(PAST, CheckState.OK, "the ledger continues what was signed or seen here")


def backups(app: App) -> Iterator[Check]:
    """Is there a backup in the home that is not old, once there is something to lose?"""
    now = app.runtime.clock.now()
    with app.store.read() as connection:
        first = connection.execute(sa.select(entries.c.at).where(entries.c.position == 0)).scalar_one_or_none()
    made = [path.stat().st_mtime for path in app.settings.backups_folder.glob("*.backup")]
    newest = datetime.fromtimestamp(max(made), UTC) if made else None
    if first is None or now - first < OLD or (newest is not None and now - newest < OLD):
        if newest is not None:
            yield Check(BACKUPS, CheckState.OK, f"the newest in this home is of {newest:%Y-%m-%d %H:%M}")
        return
    message = "no backup lies in this home" if newest is None else f"the newest backup here is of {newest:%Y-%m-%d}"
    yield Check(BACKUPS, CheckState.WARN, message, "roadworthy backup, every day, and a copy of it somewhere else")


def _missing(living: list[Process]) -> Iterator[Check]:
    roles = {role for each in living for role in each.roles}
    for role, (without, start) in _NEEDED.items():
        if role not in roles:
            yield Check(PROCESSES, CheckState.FAIL, f"no {role} runs, so {without}", start)


def _different_keys(living: list[Process]) -> list[Check]:
    held: dict[str, set[str]] = defaultdict(set)
    for each in living:
        for purpose, key in each.keys.items():
            held[purpose].add(key)
    return [
        Check(
            PROCESSES,
            CheckState.FAIL,
            f"processes sign with different keys for `{purpose}`",
            "give every process the same `keys` folder, or for the ledger's key only its public half",
        )
        for purpose, keys in sorted(held.items())
        if len(keys) > 1
    ]


def _named(process: Process) -> str:
    return f"the {' and '.join(sorted(process.roles))} on {process.host} (process {process.pid})"


_LOOK = "look at its log and restart it"
