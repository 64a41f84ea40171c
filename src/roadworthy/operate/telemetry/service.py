"""The records of calls in one process: written where calls are made, read wherever somebody asks."""

from __future__ import annotations

import os
import platform
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.segments.service import Segments
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.operate.telemetry import store as sql
from roadworthy.operate.telemetry.contents import Contents
from roadworthy.operate.telemetry.erasing import Erasing
from roadworthy.operate.telemetry.folders import HeldFolder
from roadworthy.operate.telemetry.indexing import STREAM, Index
from roadworthy.operate.telemetry.left import Left
from roadworthy.operate.telemetry.metrics import Metrics
from roadworthy.operate.telemetry.model import Intent, Outcome, Result
from roadworthy.operate.telemetry.reading import Calls
from roadworthy.operate.telemetry.recorder import Recorder
from roadworthy.operate.telemetry.rows import Finished
from roadworthy.operate.telemetry.tools import ToolCall
from roadworthy.operate.telemetry.unknowns import SILENT, Owner, Unknowns
from roadworthy.operate.telemetry.windows import Windows

if TYPE_CHECKING:
    from roadworthy.operate.telemetry.fan_out import FanOut

INDEX_SECONDS = 0.5
SHARE_SECONDS = 2.0
LIFE_SECONDS = 10.0
SWEEP_SECONDS = 3_600.0
MOST_TURNED_AWAY = 100_000
"""Requests without a record that wait to be counted, for two seconds."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What records of calls stand on."""

    store: Store
    ledger: Ledger
    runtime: Runtime
    root: Path
    """Where replicas of this machine keep their segments, each in a folder of its own."""
    owner: Owner
    otlp: str = ""
    """Where spans and metrics go; empty for nowhere."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What a process has that makes calls."""

    held: HeldFolder
    left: Left
    segments: Segments
    index: Index
    recorder: Recorder
    turns: tuple[Turns, ...]
    fan_out: FanOut | None


class Telemetry:
    """Records of calls.

    Args:
        ground: what they stand on.

    Attributes:
        calls: reads them.
        contents: what went in and came out, where an endpoint keeps it.
        windows: what was counted in each ten seconds, by all replicas.
        metrics: of this replica, for Prometheus.
        erasing: takes away what was kept long enough.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.calls = Calls(ground.store, lambda: self.segments, self.flush)
        self.contents = Contents(ground.store, ground.ledger.units, ground.runtime)
        self.windows = Windows(ground.store, ground.runtime)
        self.metrics = Metrics(ground.runtime)
        self.erasing = Erasing(lambda: self.segments)
        self._gauges()
        self._unknowns = Unknowns(ground.ledger.units, ground.owner)
        self._started_at = ground.runtime.clock.now()
        self._running: _Running | None = None
        self._turned_away: deque[Finished] = deque()

    @property
    def recorder(self) -> Recorder:
        """What calls are recorded with.

        Raises:
            Unavailable: this process makes no calls.
        """
        return self._now_running().recorder

    @property
    def writer(self) -> str:
        """What this replica is called in its records."""
        return self._now_running().segments.writer

    @property
    def left(self) -> Left:
        """What replicas left whose folder this one took over."""
        return self._now_running().left

    @property
    def recording(self) -> bool:
        """Whether this process makes calls."""
        return self._running is not None

    @property
    def faults(self) -> list[str]:
        """What of the recording failed last, in words."""
        if self._running is None:
            return []
        said = (self._running.recorder.fault, self._running.index.fault, self._running.segments.fault)
        return [str(each) for each in said if each is not None]

    @property
    def waiting(self) -> int:
        """Records that are durable and not in the index yet."""
        return 0 if self._running is None else self._running.index.waiting

    @property
    def segments(self) -> Segments:
        """The segments that lie here, to prove records and to take them away."""
        if self._running is not None:
            return self._running.segments
        ground = self._ground
        return Segments(ground.store, ground.ledger, ground.runtime, ground.root / "0", ground.root)

    def start(self) -> None:
        """Begin to record: finish first what a process left that is gone, and say of its calls what is known."""
        ground, runtime = self._ground, self._ground.runtime
        held = HeldFolder(ground.root)
        segments = Segments(ground.store, ground.ledger, runtime, held.folder, ground.root)
        held.note(segments.writer)
        segments.start()
        index = Index(ground.store, runtime, segments.writer, held.folder, (self._follow,))
        before = index.rebuild()
        recorder = Recorder(segments.journal(STREAM, Retention.CALLS), index)
        fan_out = _fan_out(ground.otlp)
        turns = (
            Turns(runtime, "calls-index", INDEX_SECONDS, index.turn),
            Turns(runtime, "calls-shared", SHARE_SECONDS, self._share),
            Turns(runtime, "calls-sweep", SWEEP_SECONDS, segments.sweep),
            Turns(runtime, "calls-life", LIFE_SECONDS, self.sign_of_life),
            *((Turns(runtime, "calls-otlp", SHARE_SECONDS, fan_out.turn),) if fan_out is not None else ()),
        )
        self._running = _Running(held, Left(ground.store, held), segments, index, recorder, turns, fan_out)
        self.sign_of_life(before)
        for each in turns:
            each.start()

    def flush(self) -> None:
        """Bring the index up to date now."""
        if self._running is not None:
            self._running.index.turn(everything=True)
            self._share()

    def sign_of_life(self, before: Collection[str] = ()) -> list[str]:
        """Say that this replica lives, and name the open calls of those that do not.

        Args:
            before: replicas that are gone for certain.

        Returns:
            Ids of calls that became `unknown`.
        """
        ground, segments = self._ground, self._now_running().segments
        faults = "; ".join(self.faults) or None

        def work(connection: sa.Connection) -> list[str]:
            now = shared_now(connection, ground.runtime)
            row = {
                "writer": segments.writer,
                "host": platform.node()[:255],
                "pid": os.getpid(),
                "started_at": self._started_at,
                "seen_at": now,
                "left_at": None,
                "fault": faults,
            }
            sql.alive(connection, row)
            alone = connection.dialect.name == "sqlite"
            return sql.silent(connection, now if alone else now - SILENT, segments.writer)

        gone = {*ground.store.write(work), *before}
        unknown = self._unknowns.settle(sorted(gone))
        for each in unknown:
            _ = self.recorder.conclude(Result(each, ground.runtime.clock.now(), Outcome.UNKNOWN, 0, 0))
        if gone:
            ground.store.write(lambda connection: sql.gone(connection, sorted(gone), ground.runtime.clock.now()))
        return unknown

    def close(self) -> None:
        """Stop: what is recorded is sealed and indexed."""
        running = self._running
        if running is None:
            return
        for each in running.turns:
            each.close()
        running.segments.close()
        running.index.finish()
        if running.fan_out is not None:
            running.fan_out.close()
        self.contents.turn()
        writer, now = running.segments.writer, self._ground.runtime.clock.now()
        if running.index.fault is None:
            self.windows.share(writer)
            self._ground.store.write(lambda connection: sql.gone(connection, [writer], now))
        running.held.release()
        self._running = None

    def turned_away(self, intent: Intent) -> None:
        """Count a request that was refused and leaves no record. For any thread; quick."""
        if len(self._turned_away) < MOST_TURNED_AWAY:
            self._turned_away.append(Finished(intent, None))

    @property
    def follows(self) -> bool:
        """Whether anybody takes spans."""
        return self._running is not None and self._running.fan_out is not None

    def follow_tool(self, call: ToolCall) -> None:
        """Send an action's span on, where anybody takes spans. For any thread; quick."""
        if self._running is not None and self._running.fan_out is not None:
            self._running.fan_out.follow_tool(call)

    def _follow(self, finished: Sequence[Finished]) -> None:
        self.metrics.count(finished)
        self.windows.count(finished)
        if self._running is not None and self._running.fan_out is not None:
            self._running.fan_out.follow(finished)

    def _share(self) -> None:
        turned_away = [self._turned_away.popleft() for _ in range(len(self._turned_away))]
        self.metrics.count(turned_away)
        self.windows.count(turned_away)
        self.contents.turn()
        self.windows.share(self.writer)

    def _gauges(self) -> None:
        self.metrics.gauge(
            "roadworthy_calls_open", "Calls that go on in this replica.",
            lambda: 0 if self._running is None else self._running.index.open,
        )  # fmt: skip
        self.metrics.gauge("roadworthy_records_waiting", "Durable records not indexed yet.", lambda: self.waiting)
        self.metrics.gauge(
            "roadworthy_results_lost", "Results that could not be recorded.",
            lambda: 0 if self._running is None else self._running.recorder.failed,
        )  # fmt: skip
        self.metrics.gauge("roadworthy_contents_lost", "Contents that were lost.", lambda: self.contents.lost)

    def _now_running(self) -> _Running:
        if self._running is None:
            raise Unavailable(
                "calls-not-recorded-here",
                "this process makes no calls and records none",
                remedy="ask the process that runs the gateway; `roadworthy processes` lists them",
            )
        return self._running


def _fan_out(endpoint: str) -> FanOut | None:
    if not endpoint:
        return None
    from roadworthy.operate.telemetry.fan_out import FanOut  # noqa: PLC0415 - half a second that few processes need

    return FanOut(endpoint)
