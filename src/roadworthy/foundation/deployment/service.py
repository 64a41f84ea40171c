"""Which processes run, as they say of themselves every ten seconds."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from roadworthy import __version__
from roadworthy.foundation.deployment import store as rows
from roadworthy.foundation.deployment.model import Process, ProcessRole, ProcessState
from roadworthy.foundation.digests import digest
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.engines import STUCK_SECONDS
from roadworthy.foundation.storage.lines import end_stuck
from roadworthy.foundation.storage.migrations import HEAD
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.foundation.workflow.turns import Turns

SIGN_OF_LIFE_SECONDS = 10.0


class Processes:
    """The processes of a deployment, and this one among them.

    Args:
        store: what they share.
        runtime: its clock and threads.
        keys: which keys this process signs with.
        faults: what of its work failed last, in words.
    """

    def __init__(self, store: Store, runtime: Runtime, keys: Keys, faults: Callable[[], Sequence[str]]) -> None:
        self._store = store
        self._runtime = runtime
        self._keys = keys
        self._faults = faults
        self._me: Process | None = None
        self._turns = Turns(runtime, "processes", SIGN_OF_LIFE_SECONDS, self.announce)

    @property
    def me(self) -> Process | None:
        """This process; None before it joined, and for a program that only looks."""
        return self._me

    def present(self, connection: sa.Connection) -> tuple[Process, ...]:
        """Those that run and take work, in the caller's snapshot; on SQLite, where it is alone, this one."""
        if self._store.dialect == "sqlite":
            return () if self._me is None or self.draining else (self._me,)
        now = shared_now(connection, self._runtime)
        return tuple(each for each in rows.everyone(connection) if each.as_seen(now) is ProcessState.RUNNING)

    @property
    def draining(self) -> bool:
        """True once this process was told to stop."""
        return self._me is not None and self._me.state is ProcessState.DRAINING

    def join(self, roles: frozenset[ProcessRole]) -> None:
        """Say from now on that this process runs; on SQLite, where it is alone, it only knows it itself."""
        now = self._runtime.clock.now()
        identity = new_id(now, self._runtime.randomness)
        self._me = Process(identity, roles, __version__, HEAD, platform.node(), os.getpid(), now, now)
        self.announce()
        if self._store.dialect != "sqlite":
            self._turns.start()

    def announce(self) -> None:
        """Say it once."""
        if self._me is None or self._store.dialect == "sqlite":
            return
        said = replace(self._me, keys=_held(self._keys), faults=tuple(self._faults()))

        def work(connection: sa.Connection) -> None:
            end_stuck(connection, STUCK_SECONDS)
            rows.announce(connection, said, shared_now(connection, self._runtime))

        self._store.write(work)

    def drain(self) -> None:
        """Say that this process was told to stop and finishes what it began."""
        if self._me is not None:
            self._me = replace(self._me, state=ProcessState.DRAINING)

    def leave(self) -> None:
        """Say that this process ends."""
        self._turns.close()
        me, self._me = self._me, None
        if me is not None and self._store.dialect != "sqlite":
            self._store.write(lambda connection: rows.retire(connection, me.id))

    def all(self) -> tuple[Process, ...]:
        """Every process with its state as it looks now; those that are silent for a minute are said to be."""
        with self._store.read() as connection:
            now = shared_now(connection, self._runtime)
            return tuple(replace(each, state=each.as_seen(now)) for each in rows.everyone(connection))


def _held(keys: Keys) -> Mapping[str, str]:
    newest = {purpose: keys.all(purpose) for purpose in keys.purposes()}
    return {purpose: digest(held[-1].public) for purpose, held in newest.items() if held}
