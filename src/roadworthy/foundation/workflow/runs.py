"""Machines: what starts, moves and reads runs, always inside the unit of work of whoever does it.

Nothing here waits and nothing is remembered between two calls, so any process may move any run. Two who move the same
run at once both saw it with the same number of moves; the row takes the first one's, and the second is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, IntegrityBroken, NotFound, Place, Unavailable
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow import run_store as rows
from roadworthy.foundation.workflow.machines import Data, Machine, Move, Run

_NEWER = "this program is older than what wrote the run: start the newer one"


class Machines:
    """Every state machine of a deployment, and their runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._machines: dict[str, Machine] = {}

    def register(self, machine: Machine) -> None:
        """Announce a machine, in its newest version.

        Raises:
            ValueError: another definition has its name.
        """
        known = self._machines.setdefault(machine.name, machine)
        if known is not machine:
            message = f"there are two machines `{machine.name}`"
            raise ValueError(message)

    def start(self, tx: Transaction, name: str, run_id: str, data: Data | None = None) -> Run:
        """Start a run in the machine's first state.

        Args:
            tx: the unit of work that makes it necessary.
            name: of a machine that is registered.
            run_id: at most 36 characters, chosen by the caller; there is one run of each.
            data: small canonical values without personal data.

        Raises:
            Conflict: there is a run of this id.
        """
        machine = self._machines[name]
        run = Run(run_id, name, machine.version, machine.initial, data or {}, 0, tx.now, tx.now, None)
        if not rows.insert(tx.connection, run):
            raise Conflict("machine-run-exists", f"there is a run `{run_id}`", remedy="move it, or choose another id")
        return run

    def move(
        self, tx: Transaction, run_id: str, event: str, signal: str | None = None, data: Data | None = None
    ) -> Run:
        """Move a run by an event.

        Args:
            tx: the unit of work that the move belongs to.
            run_id: which run.
            event: what happened.
            signal: a key of at most 200 characters of what brought the event, such as the id of a message; a second
                event under the same key changes nothing.
            data: takes the place of the run's data; None leaves it.

        Returns:
            The run as it is now.

        Raises:
            NotFound: there is no such run.
            Conflict: the event leads nowhere from where the run is, or somebody moved the run at the same moment.
            Unavailable: the run is of a machine, or of a version, that this program does not know.
        """
        kept = self._kept(tx.connection, run_id)
        run = self._migrated(kept)
        if signal is not None and rows.taken(tx.connection, run_id, signal):
            return run
        machine = self._machines[run.machine]
        target = machine.target(run.state, event)
        if target is None:
            raise Conflict(
                "machine-move-impossible",
                f"`{event}` leads nowhere from `{run.state}`",
                place=Place(source=f"{run.machine}/{run_id}"),
                remedy="look at it again: it has come further, or has ended, since you last saw it",
            )
        moved = replace(
            run,
            state=target,
            data=run.data if data is None else data,
            moves=kept.moves + 1,
            moved_at=tx.now,
            ended_at=tx.now if target in machine.ends else None,
        )
        if not rows.replace(tx.connection, moved, kept.moves):
            if signal is not None and rows.taken(tx.connection, run_id, signal):
                return self.get(tx.connection, run_id)
            raise Conflict(
                "machine-moved-meanwhile",
                f"somebody else moved `{run.machine}/{run_id}` at the same moment",
                remedy="look at it again, then repeat the command if it is still wanted",
            )
        rows.add_move(tx.connection, run_id, Move(moved.moves, event, target, signal, tx.now))
        return moved

    def get(self, connection: sa.Connection, run_id: str) -> Run:
        """A run, migrated to the present version of its machine.

        Raises:
            NotFound: there is no such run.
            Unavailable: it is of a machine, or of a version, that this program does not know.
        """
        return self._migrated(self._kept(connection, run_id))

    @staticmethod
    def moves(connection: sa.Connection, run_id: str) -> list[Move]:
        """Every step of a run, the first one first; states are those of the version in which each step was made."""
        return rows.moves(connection, run_id)

    def check(self) -> Sequence[str]:
        """What is kept and cannot be moved by this program, in words; empty where everything can be."""
        with self._store.read() as connection:
            kept = rows.versions(connection)
        return [
            f"runs of `{name}` version {version}"
            for name, version in kept
            if name not in self._machines or version > self._machines[name].version
        ]

    def _kept(self, connection: sa.Connection, run_id: str) -> Run:
        run = rows.read(connection, run_id)
        if run is None:
            raise NotFound("machine-run-unknown", f"there is no run `{run_id}`", remedy="take the id from a list")
        return run

    def _migrated(self, run: Run) -> Run:
        place = Place(source=f"{run.machine}/{run.id}")
        machine = self._machines.get(run.machine)
        if machine is None:
            raise Unavailable(
                "machine-unknown", f"nothing here knows the machine `{run.machine}`", place=place, remedy=_NEWER
            )
        if run.version > machine.version:
            raise Unavailable(
                "machine-version-newer",
                f"the run is of version {run.version}, and this program knows version {machine.version}",
                place=place,
                remedy=_NEWER,
            )
        state, data = run.state, run.data
        for version in range(run.version, machine.version):
            state, data = machine.migrations[version](state, data)
        if state not in machine.states:
            raise IntegrityBroken(
                "machine-state-unknown",
                f"version {machine.version} has no state `{state}`",
                place=place,
                remedy="keep the database, and report this: the run cannot be moved until its migration is mended",
            )
        ended = run.ended_at or (run.moved_at if state in machine.ends else None)
        return replace(run, version=machine.version, state=state, data=data, ended_at=ended)
