"""Runs, timers, consumers and schedules under a clock that jumps and a process that dies, against a small model."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from roadworthy.foundation.errors import Conflict, Unavailable
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.workflow.acting import Outcome
from roadworthy.foundation.workflow.cadence import Every, Missed
from roadworthy.foundation.workflow.consumers import Since
from roadworthy.foundation.workflow.machines import Machine, Transition
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.runs import Machines
from tests.contract.waiting import DANA, HOUR, START, deployment
from tests.harness.schema import all_tables

LAMP = Machine(
    "lamp",
    1,
    "off",
    (Transition("off", "press", "on"), Transition("on", "press", "off"), Transition("on", "burn", "gone")),
    frozenset({"gone"}),
)
EVENTS = st.sampled_from(["press", "press", "burn"])
LAMPS = st.sampled_from(["left", "right"])
NAMES = st.sampled_from("abc")
JUMPS = st.one_of(st.integers(0, 90), st.integers(-90, 6_000)).map(lambda minutes: dt.timedelta(minutes=minutes))


@cache
def empty() -> Path:
    """A closed file that holds all tables, for all examples."""
    path = Path(tempfile.mkdtemp()) / "empty.db"
    store = SqliteStore(path, Runtime())
    store.write(all_tables().create_all)
    store.close()
    return path


class Died(BaseException):
    """The process died; nothing catches it."""


class Waiting(RuleBasedStateMachine):
    """What was asked for, what happened, and the ways in which a day goes wrong."""

    TIMERS: ClassVar = st.sampled_from(["bell", "call"])

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        shutil.copyfile(empty(), Path(self.folder.name) / "roadworthy.db")
        self.clock = SimulatedClock(START)
        self.trouble: frozenset[str] = frozenset()
        """Names whose handling fails."""
        self.dying = 0
        """After so many more effects the process dies; 0 for never."""
        self.lamps: dict[str, tuple[str, int]] = {}
        self.signals: set[tuple[str, str]] = set()
        self.waits: dict[tuple[str, str], int] = {}
        """Timers that are set and did not ring yet, by kind and key, and how manieth setting it is."""
        self.settings: Counter[tuple[str, str]] = Counter()
        self.heard: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Start the process, or start it again."""
        self.store = SqliteStore(Path(self.folder.name) / "roadworthy.db", Runtime(threaded=False))
        self.at = deployment(self.store, self.clock)
        self.machines = Machines(self.store)
        self.machines.register(LAMP)
        self.at.timers.on("bell", self.ring)
        self.at.timers.act("call", self.call, patience=HOUR)
        self.at.consumers.on("echo", self.echo, ["word."], since=Since.BEGINNING)
        self.at.schedules.every("halves", Every(12 * HOUR), self.strike, Missed.ALL)
        self.dying = 0

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    # ------------------------------------------------------------ what is done when

    def effect(self, tx: Transaction, name: str, what: str, resource: str) -> None:
        tx.record(Draft(what, resource))
        if self.dying:
            self.dying -= 1
            if not self.dying:
                raise Died
        if name in self.trouble:
            raise Unavailable("in-trouble", "not today", remedy="tomorrow")

    def ring(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            self.effect(tx, timer.key, "rung", f"bell/{timer.key}/{timer.data['setting']}")

    def call(self, timer: Timer) -> Outcome:
        if timer.key in self.trouble:
            raise Unavailable("in-trouble", "not today", remedy="tomorrow")
        return lambda tx: self.effect(tx, timer.key, "rung", f"call/{timer.key}/{timer.data['setting']}")

    def echo(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.effect(tx, entry.resource.split("/")[0], "echo", entry.resource)

    def strike(self, tx: Transaction, fire_at: dt.datetime) -> None:
        self.effect(tx, "hour", "struck", f"{fire_at:%Y-%m-%dT%H:%M}")

    # ------------------------------------------------------------ what may come

    @rule(run=LAMPS)
    def start(self, run: str) -> None:
        try:
            self.at.units.run(DANA, lambda tx: self.machines.start(tx, "lamp", run))
            assert run not in self.lamps
            self.lamps[run] = ("off", 0)
        except Conflict:
            assert run in self.lamps

    @rule(run=LAMPS, events=st.lists(st.tuples(EVENTS, st.sampled_from(["a", "b", None])), min_size=1, max_size=4))
    def move(self, run: str, events: list[tuple[str, str | None]]) -> None:
        for event, signal in events:
            self.move_once(run, event, signal)

    def move_once(self, run: str, event: str, signal: str | None) -> None:
        if run not in self.lamps:
            self.start(run)
        state, moves = self.lamps[run]
        if (run, signal) not in self.signals:
            target = LAMP.target(state, event)
            state, moves = (state, moves) if target is None else (target, moves + 1)
        try:
            moved = self.at.units.run(DANA, lambda tx: self.machines.move(tx, run, event, signal))
            assert (moved.state, moved.moves) == (state, moves)
            if signal is not None:
                self.signals.add((run, signal))
        except Conflict:
            assert LAMP.target(state, event) is None
        self.lamps[run] = (state, moves)

    @rule(kind=TIMERS, key=NAMES, minutes=st.integers(-10, 300))
    def set_timer(self, kind: str, key: str, minutes: int) -> None:
        self.settings[kind, key] += 1
        number = self.settings[kind, key]
        after = dt.timedelta(minutes=minutes)
        self.at.units.run(DANA, lambda tx: self.at.timers.set(tx, kind, key, tx.now + after, {"setting": number}))
        self.waits[kind, key] = number

    @rule(kind=TIMERS, key=NAMES)
    def cancel(self, kind: str, key: str) -> None:
        self.at.units.run(DANA, lambda tx: self.at.timers.cancel(tx, kind, key))
        self.waits.pop((kind, key), None)

    @rule(name=NAMES)
    def say(self, name: str) -> None:
        word = f"{name}/{len(self.heard)}"
        self.at.units.run(DANA, lambda tx: tx.record(Draft("word.said", word)))
        self.heard.append(word)

    @rule(names=st.frozensets(st.sampled_from(["a", "b", "c", "hour"]), max_size=2))
    def be_in_trouble(self, names: frozenset[str]) -> None:
        self.trouble = names

    @rule(effects=st.integers(1, 4))
    def die_soon(self, effects: int) -> None:
        self.dying = effects

    @rule(jump=JUMPS)
    def pass_by(self, jump: dt.timedelta) -> None:
        self.clock.instant += jump
        self.turn()

    @rule()
    def turn(self) -> None:
        try:
            self.at.turn()
        except Died:
            self.store.close()
            self.begin()
        for key in self.rung():
            kind, name, number = key.split("/")
            if self.waits.get((kind, name)) == int(number):
                del self.waits[kind, name]

    # ------------------------------------------------------------ what must be so

    def rung(self) -> list[str]:
        return self.happened("rung")

    def happened(self, what: str) -> list[str]:
        with self.store.read() as connection:
            found = connection.exec_driver_sql("SELECT what, resource FROM ledger_entries ORDER BY position")
            return [row.resource for row in found if row.what == what]

    @invariant()
    def nothing_happens_twice(self) -> None:
        for what in ("rung", "struck"):
            assert max(Counter(self.happened(what)).values(), default=0) <= 1

    @invariant()
    def entries_are_heard_in_order_and_once_but_for_those_given_up(self) -> None:
        echoed = iter(self.heard)
        assert all(each in echoed for each in self.happened("echo"))

    @invariant()
    def lamps_are_as_they_were_left(self) -> None:
        with self.store.read() as connection:
            found = {run: self.machines.get(connection, run) for run in self.lamps}
        assert {run: (each.state, each.moves) for run, each in found.items()} == self.lamps

    @rule()
    def in_the_end_everything_happened_or_stands_in_the_list(self) -> None:
        """Trouble ends, two days go by, and nothing is left over."""
        self.trouble, self.dying = frozenset(), 0
        for _ in range(10):
            self.pass_by(5 * HOUR)
        letters = Counter(each.kind for each in self.at.letters.all())
        assert len(self.waits) == letters["timer"]
        assert len(self.heard) == len(self.happened("echo")) + letters["consumer"]
        for each in self.at.letters.all():
            self.at.letters.retry(DANA, each.kind, each.key)
        self.turn()
        assert (self.at.letters.all(), self.waits) == ([], {})
        assert sorted(self.happened("echo")) == sorted(self.heard)


Waiting.TestCase.settings = settings(
    max_examples=max(6, settings().max_examples // 10), stateful_step_count=25, deadline=None
)
TestWaiting = Waiting.TestCase
