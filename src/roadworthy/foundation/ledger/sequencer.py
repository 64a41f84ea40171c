"""The sequencer of PostgreSQL: one elected process gives waiting entries their places in the tree.

The lease says who may try; the fencing number, checked in the commit itself together with the tree's size, says
whose attempt counts. A sequencer that was paused past its lease and wakes up therefore cannot fork the tree, and
two that believe to be elected cannot either.
"""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, RoadworthyError, Unavailable
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.store import (
    Row,
    append_rows,
    load_growth,
    newest_waiting,
    waits,
    waits_until,
)
from roadworthy.foundation.ledger.tiles import Growth
from roadworthy.foundation.runtime import Repeater, Runtime
from roadworthy.foundation.storage.lines import end_stuck
from roadworthy.foundation.storage.store import Store

BATCH = 2000
"""Entries placed per transaction."""
LEASE_SECONDS = 3
"""How long a silent sequencer keeps its place; measured by the database's clock."""
TURN_SECONDS = 0.1
"""Pause between turns: how long an entry waits for its position at most while the sequencer keeps up."""

_POLL_SECONDS = 0.02

_OPEN = """
INSERT INTO ledger_lease (single, holder, fence, until) VALUES (1, %s, 0, clock_timestamp() - interval '1 second')
ON CONFLICT DO NOTHING
"""
_ELECT = """
UPDATE ledger_lease
   SET fence = CASE WHEN holder = %(me)s AND fence > 0 THEN fence ELSE fence + 1 END,
       holder = %(me)s,
       until = clock_timestamp() + make_interval(secs => %(seconds)s)
 WHERE single = 1 AND (holder = %(me)s OR until < clock_timestamp())
RETURNING fence
"""
_RESIGN = "UPDATE ledger_lease SET until = clock_timestamp() - interval '1 second' WHERE holder = %s"
_TAKE = """
DELETE FROM ledger_inbox
 WHERE number IN (SELECT number FROM ledger_inbox ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING number, id, at, what, resource, actor_ref, bytes
"""
_HELD_BY_ANOTHER = (
    "SELECT concat(holder, ' ', until) FROM ledger_lease WHERE holder <> %s AND until > clock_timestamp()"
)
_MAY = "SELECT has_table_privilege(current_user, 'ledger_entries', 'INSERT')"
# A sequencer stopped in the middle of a transaction would hold its locks for ever. The server ends it where it stands
# between statements; where it stands in the middle of a line, whoever waits for it does, and is known by the name.
_NAME = "roadworthy-sequencer"
_GUARD = """
SELECT set_config('idle_in_transaction_session_timeout', %(most)s, true),
       set_config('lock_timeout', %(most)s, true), set_config('application_name', %(name)s, true)
"""


class Sequencer:
    """Moves entries from the inbox into the tree; safe to run in every process."""

    def __init__(
        self, store: Store, runtime: Runtime, *, batch: int = BATCH, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._batch = batch
        self._lease_seconds = lease_seconds
        self._guard = {"most": f"{round((lease_seconds or LEASE_SECONDS) * 1000)}ms", "name": _NAME}
        self._holder = new_id(runtime.clock.now(), runtime.randomness)
        self._growth: Growth | None = None
        self._fence = 0
        self._turning = runtime.lock()
        self._permitted: bool | None = None
        self.fault: RoadworthyError | None = None
        """What the last turn failed with; None when it went well. Readiness must show it."""

    def turn(self) -> int:
        """Place everything that waits, if this sequencer is or can be elected.

        Returns:
            How many entries were placed; 0 also when another sequencer is elected.

        Raises:
            IntegrityBroken: the stored tree is broken; nothing is placed on top of it.
            Unavailable: the database cannot be reached.
        """
        with self._turning:
            moved = 0
            if not self._may():
                return moved
            try:
                while self._anything() and self._elect():
                    placed = self._store.write(self._move)
                    moved += placed
                    if not placed:  # what waits is in the hands of one that was replaced
                        self._end_stuck()
                    if placed < self._batch:
                        break
            except Conflict:
                self._growth = None  # another one was elected meanwhile and moved the tree on
            except Unavailable:
                self._growth = None
                self._end_stuck()
                raise
            except BaseException:  # whatever it was goes on; what was remembered may be wrong now
                self._growth = None
                raise
            return moved

    def run(self) -> Repeater:
        """Take turns on a thread of its own; a failed turn is kept in `fault` and tried again."""
        return self._runtime.repeat("ledger-sequencer", TURN_SECONDS, self._try)

    def settle(self, entry_id: str | None = None, seconds: float = 30.0) -> None:
        """Wait until an entry (or everything recorded so far) has its position, taking turns meanwhile.

        What is recorded while it waits is not waited for: on a busy database the inbox is never empty.

        Raises:
            Unavailable: it still waits after `seconds`.
        """
        self._await(entry_id, seconds, leaves=False)

    def leave(self, seconds: float = 30.0) -> None:
        """See that everything recorded so far gets its position: here, or by whoever is elected and at work.

        A command does not wait for what another process is about to do anyway.

        Raises:
            Unavailable: it still waits after `seconds`, and nobody else is at work.
        """
        self._await(None, seconds, leaves=True)

    def _await(self, entry_id: str | None, seconds: float, *, leaves: bool) -> None:
        end = self._runtime.clock.monotonic() + seconds
        with self._store.read() as connection:
            newest, first = newest_waiting(connection), self._others(connection)
        while True:
            self.turn()
            with self._store.read() as connection:
                left = waits(connection, entry_id) if entry_id is not None else waits_until(connection, newest)
                other = self._others(connection)
            # A lease that was renewed while we looked is held by somebody alive.
            if not left or (leaves and other is not None and other != first):
                return
            if self._runtime.clock.monotonic() >= end:
                raise Unavailable(
                    "ledger-behind",
                    f"entries still wait for their place in the ledger after {seconds:.0f} seconds",
                    remedy="run `roadworthy doctor`: it names the process that holds the sequencer's lease",
                )
            self._runtime.clock.sleep(_POLL_SECONDS)

    def _others(self, connection: sa.Connection) -> str | None:
        """Another sequencer's lease as it stands, with when it ends; None where nobody else holds one."""
        return connection.exec_driver_sql(_HELD_BY_ANOTHER, (self._holder,)).scalar_one_or_none()

    def close(self) -> None:
        """Give the lease up, so that another process need not wait for its end."""
        if self._fence:
            self._store.write(lambda connection: connection.exec_driver_sql(_RESIGN, (self._holder,)))

    def _may(self) -> bool:
        """A process whose account in the database may not write the ledger waits for one whose may."""
        if self._permitted is None:
            with self._store.read() as connection:
                self._permitted = bool(connection.exec_driver_sql(_MAY).scalar_one())
        return self._permitted

    def _end_stuck(self) -> None:
        """End a sequencer that was replaced, stands still and holds what the one that is elected waits for."""
        with suppress(Unavailable):  # the database itself may be what is out of reach
            seconds = self._lease_seconds or LEASE_SECONDS
            self._store.write(lambda connection: end_stuck(connection, seconds, _NAME))

    def _anything(self) -> bool:
        """An idle ledger costs one read a turn, no commit."""
        with self._store.read() as connection:
            return connection.exec_driver_sql("SELECT 1 FROM ledger_inbox LIMIT 1").first() is not None

    def _try(self) -> None:
        try:
            self.turn()
        except RoadworthyError as error:
            self.fault = error
        else:
            self.fault = None

    def _elect(self) -> bool:
        def claim(connection: sa.Connection) -> int | None:
            connection.exec_driver_sql(_GUARD, self._guard)
            connection.exec_driver_sql(_OPEN, (self._holder,))
            values = {"me": self._holder, "seconds": self._lease_seconds}
            fence: int | None = connection.exec_driver_sql(_ELECT, values).scalar_one_or_none()
            return fence

        fence = self._store.write(claim)
        if fence is None:
            self._growth = None
            return False
        if fence != self._fence:
            self._growth = None
            self._fence = fence
        return True

    def _move(self, connection: sa.Connection) -> int:
        connection.exec_driver_sql(_GUARD, self._guard)
        taken = sorted(connection.exec_driver_sql(_TAKE, (self._batch,)).all())
        if not taken:
            return 0
        growth, self._growth = self._growth, None  # remembered again only when nothing fails
        if growth is None:
            growth = load_growth(connection)
        rows = [Row(row.id, row.at, row.what, row.resource, row.actor_ref, bytes(row.bytes)) for row in taken]
        append_rows(connection, growth, rows, self._fence)
        self._growth = growth
        return len(rows)
