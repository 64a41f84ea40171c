"""SQL of the runs of state machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.storage.prepared import Prepared, Row
from roadworthy.foundation.workflow.machines import Move, Run
from roadworthy.foundation.workflow.tables import machine_moves, machine_runs

_CHANGING = ("machine", "version", "state", "data", "moves", "moved_at", "ended_at")
_INSERT = {
    dialect: Prepared(build(machine_runs).on_conflict_do_nothing().returning(machine_runs.c.id))
    for dialect, build in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_READ = Prepared(sa.select(machine_runs).where(machine_runs.c.id == sa.bindparam("of")))
_REPLACE = Prepared(
    machine_runs.update()
    .where(machine_runs.c.id == sa.bindparam("of"), machine_runs.c.moves == sa.bindparam("moves_then"))
    .values({name: sa.bindparam(name) for name in _CHANGING})
)
_ADD_MOVE = Prepared(machine_moves.insert())


def insert(connection: sa.Connection, run: Run) -> bool:
    """Keep a new run; False, and nothing is kept, when there is one of its id."""
    row = {"id": run.id, "created_at": run.created_at, **_changing(run)}
    return _INSERT[connection.dialect.name].one(connection, row) is not None


def read(connection: sa.Connection, run_id: str) -> Run | None:
    """A run as it was kept, of whatever version."""
    row = _READ.one(connection, {"of": run_id})
    return None if row is None else _run(row)


def replace(connection: sa.Connection, run: Run, moves: int) -> bool:
    """Keep a run's new state; False, and nothing is kept, when it was moved since it had so many moves."""
    compared = {"of": run.id, "moves_then": moves}
    return _REPLACE.count(connection, {**_changing(run), **compared}) == 1


def add_move(connection: sa.Connection, run_id: str, move: Move) -> None:
    """Keep a step."""
    row = {"number": move.number, "event": move.event, "state": move.state, "signal": move.signal, "at": move.at}
    _ADD_MOVE.run(connection, {"run_id": run_id, **row})


def taken(connection: sa.Connection, run_id: str, signal: str) -> bool:
    """True when a signal moved this run before."""
    wanted = sa.select(machine_moves.c.number).where(machine_moves.c.run_id == run_id, machine_moves.c.signal == signal)
    return connection.execute(wanted).first() is not None


def moves(connection: sa.Connection, run_id: str) -> list[Move]:
    """Every step of a run, the first one first."""
    wanted = sa.select(machine_moves).where(machine_moves.c.run_id == run_id).order_by(machine_moves.c.number)
    return [Move(row.number, row.event, row.state, row.signal, row.at) for row in connection.execute(wanted)]


def versions(connection: sa.Connection) -> list[tuple[str, int]]:
    """Machines and versions of which runs are kept; from one to the next by the index, past all runs of either."""
    found: list[tuple[str, int]] = []
    at = (machine_runs.c.machine, machine_runs.c.version)
    while True:
        wanted = sa.select(*at).order_by(*at).limit(1)
        if found:
            wanted = wanted.where(sa.tuple_(*at) > sa.tuple_(*found[-1]))
        row = connection.execute(wanted).first()
        if row is None:
            return found
        found.append((row.machine, row.version))


def _changing(run: Run) -> Mapping[str, Any]:
    return {
        "machine": run.machine,
        "version": run.version,
        "state": run.state,
        "data": canonical_bytes(dict(run.data)).decode(),
        "moves": run.moves,
        "moved_at": run.moved_at,
        "ended_at": run.ended_at,
    }


def _run(row: Row) -> Run:
    return Run(
        row.id,
        row.machine,
        row.version,
        row.state,
        json.loads(row.data),
        row.moves,
        row.created_at,
        row.moved_at,
        row.ended_at,
    )
