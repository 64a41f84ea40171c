"""What limits do beside the hot path: lease blocks from the store, tell it what was used, give back what lies idle.

Everything that touches the store happens on one thread of its own, one thing after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future, Runtime, Worker
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import end_when_stuck, shared_now
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.operate.admission.limits import store as rows
from roadworthy.operate.admission.limits.blocks import Block
from roadworthy.operate.admission.limits.holding import FAULT_SECONDS, Holding
from roadworthy.operate.admission.limits.model import Lacking, Limit, Short
from roadworthy.operate.admission.limits.store import Ask

TURN_SECONDS: Final = 1.0
STUCK_SECONDS: Final = 10.0
MOST_AT_ONCE: Final = 200
"""Leases in one transaction."""
Result = TypeVar("Result")

_log = log("limits")


@dataclass(frozen=True, slots=True)
class _Wait:
    """Somebody waits for room."""

    lacking: tuple[Lacking, ...]
    done: Future[None]


@dataclass(frozen=True, slots=True)
class _Turn:
    """The store is told, and asked what others want."""

    done: Future[None] | None = None


class Leasing:
    """Keeps the blocks of this process.

    Args:
        store: which all processes share.
        runtime: clock and threads.
        ttl: how long a lease lasts without being heard of, in seconds.
    """

    def __init__(self, store: Store, runtime: Runtime, ttl: float) -> None:
        self._store = store
        self._runtime = runtime
        self._clock = runtime.clock
        self._ttl = dt.timedelta(seconds=ttl)
        self._turned = self._clock.monotonic()
        self._queued = False
        self._worker: Worker[_Wait | _Turn] | None = None
        self._turns = Turns(runtime, "limits", TURN_SECONDS, self.turn)
        self._lock = self.lock = runtime.lock()
        """Taken by whoever looks at blocks; nobody holds it for long."""
        self._holding = self.holding = Holding(ttl)
        self.replica = new_id(self._clock.now(), runtime.randomness)
        """Of this run of this process: who comes after it is another. Where it records calls, their writer."""
        self.fault: RoadworthyError | None = None
        """Why the store could not be asked last; None when all is well."""
        self.after_turn: list[Callable[[], None]] = []
        """Run after each turn, on the thread of the leases; what they raise is logged."""

    def start(self) -> None:
        """Tell the store every second from now on."""
        self._turns.start()

    def close(self) -> None:
        """Give everything back that no call holds."""
        self._turns.close()
        with self._lock:
            self._holding.leave_all()
            worker = self._worker
        if worker is not None:
            worker.submit(_Turn())
            worker.close()

    def refill(self, short: Short) -> Future[None]:
        """Lease what is lacking; done when the store was asked, whatever came of it."""
        done: Future[None] = Future()
        self._submit(_Wait(short.lacking, done))
        return done

    def turn(self) -> None:
        """Tell the store what was used, and take back what nobody needs; once a second."""
        with self._lock:
            if self._queued:
                return
            self._queued = True
        self._submit(_Turn())

    def near(self) -> list[tuple[Limit, str, int, int]]:
        """Windows that may have come to a percentage at which owners are told, as far as is known here.

        Returns:
            The limit, the subject's id, the begin of the window, and the percentage.
        """
        found = []
        with self._lock:
            for block in self._holding.blocks.values():
                limit = block.limit
                about = 100 * (block.elsewhere + block.used + block.held) // limit.most
                reached = max((each for each in limit.warn if each <= about), default=0)
                if reached > block.told:
                    found.append((limit, block.id, block.starts, reached))
                    if len(found) == MOST_AT_ONCE:
                        break
        return found

    def has_told(self, id_: str, starts: int, percent: int) -> None:
        """Owners were told of a window."""
        with self._lock:
            for block in self._holding.blocks.values():
                if (block.id, block.starts) == (id_, starts):
                    block.told = percent

    def _submit(self, job: _Wait | _Turn) -> None:
        with self._lock:
            if self._worker is None:
                self._worker = self._runtime.worker("limits", self._handle)
            worker = self._worker
        worker.submit(job)

    def _handle(self, jobs: Sequence[_Wait | _Turn]) -> None:
        """On the worker's thread: everything that queued up."""
        # whoever is gone meanwhile is not told, and cannot go any more once this is said
        waits = [job for job in jobs if isinstance(job, _Wait) and job.done.set_running_or_notify_cancel()]
        needs: dict[int, tuple[Lacking, list[int]]] = {}
        with self._lock:
            for lacking in (each for wait in waits for each in wait.lacking):
                block = self._holding.existing(lacking)
                needs.setdefault(id(block), (lacking, []))[1].append(lacking.need)
        try:
            some = list(needs.values())
            for begin in range(0, len(some), MOST_AT_ONCE):
                self._lease(some[begin : begin + MOST_AT_ONCE])
        finally:
            for wait in waits:
                wait.done.set_result(None)
        if any(isinstance(job, _Turn) for job in jobs):
            self._tell()
            self._fill()

    def _lease(self, needs: Sequence[tuple[Lacking, list[int]]]) -> None:
        with self._lock:
            blocks = [self._holding.existing(lacking) for lacking, _ in needs]
            asks = [self._holding.ask(block, each) for block, (_, each) in zip(blocks, needs, strict=True)]
        self._ask(blocks, asks)

    def _fill(self) -> None:
        """Lease before a call has to wait."""
        with self._lock:
            low = self._holding.low()[:MOST_AT_ONCE]
        if low:
            self._ask([block for block, _ in low], [ask for _, ask in low])

    def _ask(self, blocks: Sequence[Block], asks: Sequence[Ask]) -> None:
        now, wall = self._clock.monotonic(), self._clock.now()
        order = sorted(range(len(asks)), key=lambda index: (asks[index].id, asks[index].starts))
        try:
            granted = self._write(
                lambda connection, at: rows.grant(
                    connection, self.replica, [asks[index] for index in order], at, self._ttl
                )
            )
        except Exception as error:  # noqa: BLE001 - whatever it was, whoever waits is told no; errors deny
            self._failed(error)
            with self._lock:
                for block in blocks:
                    block.fault_until = self._clock.monotonic() + FAULT_SECONDS
            return
        with self._lock:
            for index, each in zip(order, granted, strict=True):
                self._holding.land(blocks[index], asks[index], each, now, wall)

    def _tell(self) -> None:
        now, wall = self._clock.monotonic(), self._clock.now()
        try:
            wanted = self._wanted()
            with self._lock:
                self._queued = False
                since, self._turned = now - self._turned, now
                self._holding.turn(now, wall.timestamp(), since, wanted)
                told = self._holding.reports(now)
            for begin in range(0, len(told), MOST_AT_ONCE):
                some = told[begin : begin + MOST_AT_ONCE]
                gone = self._write(
                    lambda connection, at, some=some: rows.report(  # type: ignore[misc]  # a default binds the value of this turn of the loop
                        connection, self.replica, [report for _, report in some], at, self._ttl
                    )
                )
                with self._lock:
                    for block, report in some:
                        key = (report.id, report.starts, report.fence)
                        self._holding.told(block, report, gone=key in gone, now=now, wall=wall)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is said again in the next turn
            self._failed(error)
        finally:
            with self._lock:
                self._queued = False
        for each in self.after_turn:
            try:
                each()
            except Exception as error:  # noqa: BLE001 - what follows a turn does not stop the next one
                self._failed(error)

    def _wanted(self) -> frozenset[str]:
        with self._lock:
            ids = [block.id for block in self._holding.blocks.values() if block.free > 0]
        if not ids or self._store.dialect == "sqlite":
            return frozenset()
        found: frozenset[str] = frozenset()
        with self._store.read() as connection:
            since = shared_now(connection, self._runtime) - dt.timedelta(seconds=3 * TURN_SECONDS)
            for begin in range(0, len(ids), 1_000):
                found |= rows.wanted(connection, ids[begin : begin + 1_000], since)
        return found

    def _write(self, work: Callable[[sa.Connection, dt.datetime], Result]) -> Result:
        def unit(connection: sa.Connection) -> Result:
            end_when_stuck(connection, STUCK_SECONDS)
            return work(connection, shared_now(connection, self._runtime))

        result = self._store.write(unit)
        self.fault = None
        return result

    def _failed(self, error: Exception) -> None:
        known = error if isinstance(error, RoadworthyError) else None
        if self.fault is None or known is None or self.fault.code != known.code:
            _log.error("the store of limits is not reached", error=str(error)[:200])
        self.fault = known or self.fault
