"""Laws of what dead replicas leave: closed by their records, no window is overshot and nothing is lost for good."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits.book import Book
from roadworthy.operate.admission.limits.model import Reserved
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.admission.limits.settling import Settling
from roadworthy.operate.admission.limits.tables import limit_leases, limit_subjects, limit_windows
from roadworthy.operate.telemetry.model import Usage
from roadworthy.operate.telemetry.rows import Finished
from tests.harness.limits import Fleet, book
from tests.unit.operate.telemetry.samples import intent, result

TRIAGE = {"use-case": "triage"}
PROCESSES = 2
_NAMES = itertools.count()


@dataclass
class Call:
    """A call that passed, and what of it is on record."""

    by: Limits
    reserved: Reserved
    most: int
    used: int | None = None
    """None until it is over."""
    recorded: bool = False
    """Whether its result is on the disk; its intent always is."""

    @property
    def truth(self) -> int:
        """What it used, or may have used."""
        return self.most if self.used is None else self.used

    @property
    def finished(self) -> Finished:
        """Its records."""
        asked = intent(reserved={"tokens": self.most}, leases=self.reserved.fences)
        if self.used is None or not self.recorded:
            return Finished(asked, None)
        return Finished(asked, result(asked, usage=Usage(self.used, 0), settled=self.reserved.settled))


@dataclass
class Folders:
    """What lies in the folders of replicas that are gone."""

    calls_made: list[Call] = field(default_factory=list)
    writers: tuple[str, ...] = ()

    def calls(self, writer: str, since: int) -> list[Finished]:
        """All of them; those that were counted before do no harm."""
        del since
        return [call.finished for call in self.calls_made if call.by.replica == writer]

    def forget(self, writer: str) -> None:
        """It is looked after."""
        self.writers = tuple(each for each in self.writers if each != writer)


@dataclass
class World:
    """Replicas that come and go, and the truth about their calls."""

    fleet: Fleet
    rules: Book
    most: int
    processes: list[Limits] = field(default_factory=list)
    folders: Folders = field(default_factory=Folders)

    def __post_init__(self) -> None:
        store, runtime = self.fleet.store, self.fleet.runtime
        self.processes = [self.fleet.process(self.rules) for _ in range(PROCESSES)]
        units = Units(store, appender_for(store, runtime, "test"), runtime)
        self.settling = Settling(store, units, runtime, lambda: self.folders)

    @property
    def calls(self) -> list[Call]:
        return self.folders.calls_made

    # ------------------------------------------------------------ what happens

    def ask(self, which: int, amount: int) -> None:
        limits = self.processes[which % PROCESSES]
        reserved = self.fleet.admits(limits, TRIAGE, tokens=amount)
        if reserved is not None:
            self.calls.append(Call(limits, reserved, amount))

    def end(self, which: int, amount: int) -> None:
        self._end(which, amount, recorded=True)

    def end_and_lose_the_result(self, which: int, amount: int) -> None:
        self._end(which, amount, recorded=False)

    def _end(self, which: int, amount: int, *, recorded: bool) -> None:
        going = [call for call in self.calls if call.used is None and call.by in self.processes]
        if going:
            call = going[which % len(going)]
            call.used, call.recorded = min(amount, call.most), recorded
            call.by.settle(call.reserved, {"tokens": call.used})

    def wait(self, which: int, amount: int) -> None:
        del which
        self.fleet.clock.advance(dt.timedelta(seconds=amount))

    def turn(self, which: int, amount: int) -> None:
        del amount
        self.processes[which % PROCESSES].turn()

    def die(self, which: int, amount: int) -> None:
        del amount
        self.folders.writers += (self.processes[which % PROCESSES].replica,)
        self.processes[which % PROCESSES] = self.fleet.process(self.rules)

    def settle(self, which: int, amount: int) -> None:
        del which, amount
        self.settling.turn()

    def end_all(self) -> None:
        """Every call of the living is over, the living stop in order, and the dead are looked after."""
        for call in self.calls:
            if call.used is None and call.by in self.processes:
                call.used = call.most
                call.by.settle(call.reserved, {"tokens": call.most})
        for limits in self.processes:
            limits.turn()  # hears of leases that were given up
            limits.close()
        self.settling.turn()

    # ------------------------------------------------------------ what has to be so

    def used(self) -> int:
        return sum(call.truth for call in self.calls)

    def lost(self) -> int:
        """At most so much counts twice: what was said to be used, and is not known of the call."""
        return sum(call.most for call in self.calls if call.by not in self.processes and not call.recorded)

    def windows(self) -> tuple[int, int, int]:
        """Spent, leased, and how many leases."""
        name = self.rules.limits[0].name
        ids = sa.select(limit_subjects.c.id).where(limit_subjects.c.name == name)
        sums = sa.select(sa.func.sum(limit_windows.c.spent), sa.func.sum(limit_windows.c.leased))
        with self.fleet.store.read() as connection:
            row = connection.execute(sums.where(limit_windows.c.id.in_(ids))).one()
            leases = connection.execute(sa.select(limit_leases.c.id).where(limit_leases.c.id.in_(ids))).all()
        return int(row[0] or 0), int(row[1] or 0), len(leases)


MOVES: dict[str, Callable[[World, int, int], None]] = {
    "ask": World.ask,
    "ask again": World.ask,
    "end": World.end,
    "end and lose the result": World.end_and_lose_the_result,
    "wait": World.wait,
    "turn": World.turn,
    "die": World.die,
    "settle": World.settle,
}
STEPS = st.lists(
    st.tuples(st.sampled_from(list(MOVES)), st.integers(0, 5), st.integers(1, 90)), min_size=10, max_size=30
)
LAW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20, deadline=None
)


def world(store: Store, most: int) -> World:
    return World(Fleet(store), book(**{f"left-{next(_NAMES)}": {"limits": [{"tokens": most, "per": "year"}]}}), most)


@LAW
@given(steps=STEPS, most=st.integers(1, 150))
def test_no_window_is_overshot_by_giving_back_what_the_dead_did_not_use(
    store: Store, steps: list[tuple[str, int, int]], most: int
) -> None:
    here = world(store, most)
    for name, which, amount in steps:
        MOVES[name](here, which, amount)
        assert here.used() <= most
    here.end_all()
    assert here.used() <= here.windows()[0] <= most


@LAW
@given(steps=STEPS.map(lambda steps: [each for each in steps if each[0] != "end and lose the result"]))
def test_what_is_counted_in_the_end_is_what_was_used_and_no_lease_stays(
    store: Store, steps: list[tuple[str, int, int]]
) -> None:
    here = world(store, 100)
    for name, which, amount in steps:
        MOVES[name](here, which, amount)
    here.end_all()
    assert here.windows() == (here.used(), 0, 0)
    assert here.folders.writers == ()


@LAW
@given(steps=STEPS)
def test_a_result_that_was_lost_counts_once_more_at_most(store: Store, steps: list[tuple[str, int, int]]) -> None:
    here = world(store, 100)
    for name, which, amount in steps:
        MOVES[name](here, which, amount)
    here.end_all()
    spent, leased, leases = here.windows()
    assert here.used() <= spent <= min(here.used() + here.lost(), 100)
    assert (leased, leases) == (0, 0)
