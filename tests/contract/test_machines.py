"""Runs of state machines over a store, on both engines."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, IntegrityBroken, NotFound, RoadworthyError, Unavailable
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.machines import Machine, Run, Transition
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.tables import machine_runs

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DANA = Context(Actor(ActorKind.PERSON, "dana"))

LETTERS = Machine(
    "letter",
    1,
    "open",
    (Transition("open", "read", "open"), Transition("open", "sign", "signed"), Transition("open", "burn", "gone")),
    frozenset({"signed", "gone"}),
)
LATER = Machine(
    "letter",
    3,
    "fresh",
    (Transition("fresh", "sign", "signed"), Transition("fresh", "burn", "gone")),
    frozenset({"signed", "gone"}),
    {
        1: lambda state, data: ("new" if state == "open" else state, {**data, "two": 2}),
        2: lambda state, data: ("fresh" if state == "new" else state, {**data, "three": 3}),
    },
)


@dataclass
class Desk:
    store: Store
    units: Units
    clock: SimulatedClock
    machines: Machines

    def do(self, work: Callable[[Transaction], Run]) -> Run:
        return self.units.run(DANA, work)

    def start(self, run_id: str = "a", **data: Any) -> Run:
        return self.do(lambda tx: self.machines.start(tx, "letter", run_id, data))

    def move(self, event: str, run_id: str = "a", signal: str | None = None) -> Run:
        return self.do(lambda tx: self.machines.move(tx, run_id, event, signal))

    def get(self, run_id: str = "a") -> Run:
        with self.store.read() as connection:
            return self.machines.get(connection, run_id)

    def knowing(self, *machines: Machine) -> Desk:
        """The same rows before a program that knows other machines."""
        other = replace(self, machines=Machines(self.store))
        for machine in machines:
            other.machines.register(machine)
        return other


@pytest.fixture
def desk(store: Store) -> Desk:
    clock = SimulatedClock(START)
    runtime = Runtime(clock=clock)
    units = Units(store, appender_for(store, runtime, "test"), runtime)
    return Desk(store, units, clock, Machines(store)).knowing(LETTERS)


def test_a_run_starts_moves_and_ends_and_every_step_is_kept(desk: Desk) -> None:
    assert desk.start(of="x") == Run("a", "letter", 1, "open", {"of": "x"}, 0, START, START, None)
    desk.clock.advance(dt.timedelta(days=90))
    desk.move("read")
    done = desk.move("sign", signal="message-7")

    assert desk.get() == done
    assert (done.state, done.moves, done.ended, done.data) == ("signed", 2, True, {"of": "x"})
    with desk.store.read() as connection:
        steps = desk.machines.moves(connection, "a")
    assert [(each.number, each.event, each.state, each.signal) for each in steps] == [
        (1, "read", "open", None),
        (2, "sign", "signed", "message-7"),
    ]


def refused(desk: Desk, work: Callable[[], object]) -> str:
    with pytest.raises(RoadworthyError) as error:
        work()
    assert isinstance(error.value, (Conflict, NotFound, Unavailable, IntegrityBroken))
    return error.value.code


def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk.start()
    before = desk.get()

    assert refused(desk, lambda: desk.move("sing")) == "machine-move-impossible"
    assert refused(desk, lambda: desk.move("sign", "b")) == "machine-run-unknown"
    assert refused(desk, desk.start) == "machine-run-exists"
    assert desk.get() == before
    desk.move("burn")
    assert refused(desk, lambda: desk.move("read")) == "machine-move-impossible"


def test_a_signal_is_taken_once_whatever_it_asks_for(desk: Desk) -> None:
    desk.start()
    first = desk.move("read", signal="m")

    assert desk.move("read", signal="m") == first
    assert desk.move("burn", signal="m") == first
    assert desk.move("read", signal="n").moves == 2


def test_runs_of_older_versions_are_shown_and_moved_as_the_present_one(desk: Desk) -> None:
    desk.start(of="x")
    desk.start("b")
    desk.move("sign", "b")
    now = desk.knowing(LATER)

    shown = now.get()
    assert (shown.version, shown.state, shown.data) == (3, "fresh", {"of": "x", "two": 2, "three": 3})
    assert (now.get("b").state, now.get("b").ended) == ("signed", True)
    assert refused(now, lambda: now.move("read")) == "machine-move-impossible"
    with desk.store.read() as connection:
        kept = set(connection.execute(sa.select(machine_runs.c.version)).scalars())
    assert kept == {1}, "looking changes nothing"

    moved = now.move("sign")
    assert (moved.version, moved.state, moved.moves) == (3, "signed", 1)
    assert now.get() == moved


def test_a_program_that_is_too_old_refuses_instead_of_guessing(desk: Desk) -> None:
    now = desk.knowing(LATER)
    now.start()

    assert refused(desk, lambda: desk.move("sign")) == "machine-version-newer"
    assert refused(desk, desk.get) == "machine-version-newer"
    assert refused(desk.knowing(), desk.knowing().get) == "machine-unknown"
    assert (list(now.machines.check()), list(desk.machines.check())) == ([], ["runs of `letter` version 3"])


def test_a_migration_that_leads_to_no_state_is_found(desk: Desk) -> None:
    desk.start()
    lost = replace(LATER, version=2, migrations={1: lambda _state, data: ("nowhere", data)})

    assert refused(desk, desk.knowing(lost).get) == "machine-state-unknown"


def test_ten_thousand_parked_runs_of_an_older_version_can_all_be_decided(desk: Desk) -> None:
    many = 10_000 if desk.store.dialect == "sqlite" else 2_000
    moved_at = "2026-06-01T12:00:00.000000Z"
    columns = "id, machine, version, state, data, moves, created_at, moved_at"
    with_rows = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) "
    parked = (
        f"INSERT INTO machine_runs ({columns}) {with_rows if desk.store.dialect == 'sqlite' else ''}"
        f"SELECT 'r' || i, 'letter', 1, 'open', '{{}}', 0, '{moved_at}', '{moved_at}' FROM "
        + ("n" if desk.store.dialect == "sqlite" else f"generate_series(1, {many}) AS n(i)")
    )
    desk.store.write(lambda connection: connection.exec_driver_sql(parked))
    now = desk.knowing(LATER)

    def decide(tx: Transaction) -> int:
        return sum(now.machines.move(tx, f"r{number}", "sign").ended for number in range(1, many + 1))

    assert now.units.run(DANA, decide) == many
    with desk.store.read() as connection:
        left = sa.select(sa.func.count()).select_from(machine_runs).where(machine_runs.c.version < 3)
        assert connection.execute(left).scalar_one() == 0


@pytest.mark.postgres
@pytest.mark.parametrize(("signal", "told"), [(None, "machine-moved-meanwhile"), ("m", "read")])
def test_of_two_who_move_at_once_one_succeeds(postgres_store: Store, signal: str | None, told: str) -> None:
    clock = SimulatedClock(START)
    runtime = Runtime(clock=clock)
    units = Units(postgres_store, appender_for(postgres_store, runtime, "test"), runtime)
    desk = Desk(postgres_store, units, clock, Machines(postgres_store)).knowing(LETTERS)
    desk.start()
    said: list[str] = []

    def second() -> None:
        try:
            desk.move("read", signal=signal)
            said.append("read")
        except Conflict as error:
            said.append(error.code)

    other = threading.Thread(target=second)

    def first(tx: Transaction) -> Run:
        moved = desk.machines.move(tx, "a", "read", signal)
        other.start()
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        with postgres_store.read() as connection:
            while not connection.execute(waiting).scalar_one():  # until the second one stands at the row
                time.sleep(0.01)
        return moved

    desk.do(first)
    other.join()
    assert said == [told]
    assert desk.get().moves == 1
