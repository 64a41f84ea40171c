"""A process says when it would refuse what a self-test of the stop switches stopped."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa

from roadworthy.decide.certificate import proof_rows as rows
from roadworthy.decide.certificate.scopes import SELF_TEST, scope_of
from roadworthy.decide.certificate.status.verdicts import Held
from roadworthy.foundation.deployment.model import Process, ProcessRole
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import shared_now

ASKED: Final = frozenset({ProcessRole.SERVE, ProcessRole.WORKER, ProcessRole.GATEWAY})
"""Kinds of process that carry calls and actions, or answer for them. A signer asks nothing, and may write no rows."""
_ACTION: Final = scope_of(SELF_TEST).name
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


class Sighting:
    """Takes down what this process would refuse, once for each self-test.

    Args:
        store: where it is taken down.
        runtime: whose clock.
        processes: who this process is.
    """

    def __init__(self, store: Store, runtime: Runtime, processes: Processes) -> None:
        self._store = store
        self._runtime = runtime
        self._processes = processes
        self._told: dt.datetime | None = None

    def saw(self, held: Held, taken: float) -> None:
        """This process holds a snapshot.

        Args:
            held: what it holds.
            taken: since when, by its monotonic clock.
        """
        since = next((each.since for each in held.snapshot.standing.stops if each.scope == SELF_TEST), None)
        me = self._processes.me
        if since is None or since == self._told or me is None or not me.roles & ASKED:
            return
        if held.stopped_by("", None, _ACTION) is None:
            return

        def work(connection: sa.Connection) -> None:
            test = rows.running(connection)
            if test is not None:
                ago = dt.timedelta(seconds=max(self._runtime.clock.monotonic() - taken, 0.0))
                took = shared_now(connection, self._runtime) - ago - test.began_at
                rows.saw(connection, test.id, me.id, name_of(me), max(took // _MILLISECOND, 0))

        self._store.write(work)
        self._told = since


def name_of(process: Process) -> str:
    """What people call a process."""
    return f"{'+'.join(sorted(process.roles))} {process.host}:{process.pid}"[:300]
