"""By whose clock leases run, and how a process that stands still is kept from holding up the others.

Replicas do not agree about the time, so leases run by the clock of the database that they share. On SQLite one process
owns the file, and its clock is the only one there is. Right or wrong, a clock decides only who may try: whose attempt
counts is decided by comparing, in the commit itself, what the attempt began from.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.workflow.rules import chance

STUCK_SECONDS = 30
"""How long a process may stand still within a transaction before the server ends it and its locks."""


def shared_now(connection: sa.Connection, runtime: Runtime) -> dt.datetime:
    """The instant by the clock that every process agrees about; in a simulation, by the simulated one."""
    if connection.dialect.name == "sqlite" or isinstance(runtime.clock, SimulatedClock):
        return runtime.clock.now()
    now: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now.astimezone(dt.UTC)


def end_when_stuck(connection: sa.Connection, seconds: float = STUCK_SECONDS) -> None:
    """Have the server end this transaction, and with it its locks, when its process stands still for so long."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{round(seconds * 1000)}ms'")


def draw(runtime: Runtime) -> float:
    """A chance, from 0 up to and without 1."""
    return chance(runtime.randomness.bytes(4))
