"""Schedules over a store, on both engines: each fire once, whatever the clocks do."""

from __future__ import annotations

import datetime as dt

import pytest

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.cadence import At, Every, Missed
from roadworthy.foundation.workflow.model import Retries
from tests.contract.waiting import DANA, HOUR, SECOND, START, Deployment, deployment

DAY = dt.timedelta(days=1)
HOURLY = Every(HOUR)


@pytest.fixture
def at(store: Store) -> Deployment:
    return deployment(store)


class Bell:
    """Rings for each fire."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    def __call__(self, tx: Transaction, fire_at: dt.datetime) -> None:
        tx.record(Draft("bell.rung", f"{fire_at:%d-%H}"))
        if self.broken:
            raise Unavailable("bell-cracked", "the bell is cracked", remedy="cast a new one")


def rung(at: Deployment) -> list[str]:
    return [each.split()[1] for each in at.recorded("bell.")]


def test_a_schedule_fires_when_its_instant_comes_and_once(at: Deployment) -> None:
    at.schedules.every("hourly", HOURLY, Bell())
    at.schedules.start()
    at.schedules.close()

    assert at.schedules.tick() == 0
    at.clock.advance(HOUR - SECOND)
    assert at.schedules.tick() == 0
    at.clock.advance(SECOND)
    assert at.schedules.tick() == 1
    assert at.schedules.tick() == 0
    assert rung(at) == ["01-13"]
    assert [(each.name, each.next_at) for each in at.schedules.ahead()] == [("hourly", START + 2 * HOUR)]


@pytest.mark.parametrize(
    ("missed", "late", "happened", "skipped"),
    [
        (Missed.SKIP, 30 * 60, [], 1),
        (Missed.SKIP, 5, ["01-15"], 1),
        (Missed.ONE, 30 * 60, ["01-15"], 1),
        (Missed.ALL, 30 * 60, ["01-13", "01-14", "01-15"], 0),
    ],
)
def test_what_was_missed_is_treated_as_declared(
    at: Deployment, missed: Missed, late: int, happened: list[str], skipped: int
) -> None:
    at.schedules.every("hourly", HOURLY, Bell(), missed)
    at.schedules.tick()
    at.clock.advance(3 * HOUR + late * SECOND)

    assert at.schedules.tick() == len(happened)
    assert rung(at) == happened
    assert len(at.recorded("schedule.skipped")) == skipped
    at.pass_by(HOUR - late * SECOND)
    assert rung(at) == [*happened, "01-16"]


def test_replicas_whose_clocks_disagree_fire_once(at: Deployment) -> None:
    behind = at.beside(SimulatedClock(START - 10 * SECOND))
    for each in (at, behind):
        each.schedules.every("hourly", HOURLY, Bell())
        each.schedules.tick()
    for _ in range(4):
        for passing in (HOUR - 5 * SECOND, 10 * SECOND, -5 * SECOND):
            for each in (at, behind):
                each.clock.advance(passing)
            for each in (at, behind, at):
                each.schedules.tick()

    assert rung(at) == ["01-13", "01-14", "01-15", "01-16"]


@pytest.mark.postgres
def test_of_two_who_fire_at_once_one_does(postgres_store: Store) -> None:
    one = deployment(postgres_store)
    other = one.beside()
    other.schedules.every("hourly", HOURLY, Bell())
    inside: list[int] = []

    def ring(tx: Transaction, fire_at: dt.datetime) -> None:
        Bell()(tx, fire_at)
        inside.append(other.schedules.tick())

    one.schedules.every("hourly", HOURLY, ring)
    one.schedules.tick()
    one.clock.advance(HOUR)

    assert one.schedules.tick() == 1
    assert (inside, rung(one)) == ([0], ["01-13"])


def test_a_clock_that_is_set_back_fires_nothing_twice_and_strands_nothing(at: Deployment) -> None:
    at.schedules.every("hourly", HOURLY, Bell())
    at.schedules.tick()
    at.pass_by(HOUR)
    at.pass_by(-2 * HOUR)
    at.pass_by(HOUR)
    at.pass_by(HOUR)
    at.pass_by(HOUR)
    assert rung(at) == ["01-13", "01-12", "01-14"], "noon had not been rung before"

    at.pass_by(300 * DAY)  # a wrong clock fires once, and leaves the next fire a year away
    at.pass_by(-300 * DAY)
    at.pass_by(HOUR)
    assert rung(at)[-1] == "01-15"


def test_a_fire_that_fails_is_tried_again_then_given_up_and_the_next_one_comes(at: Deployment) -> None:
    bell = Bell(broken=True)
    at.schedules.every("daily", At(dt.time(2), "Europe/Berlin"), bell, retries=Retries(most=3), owner="person-7")
    at.schedules.tick()
    at.clock.advance(12 * HOUR)
    assert at.schedules.tick() == 0
    for _ in range(3):
        at.pass_by(HOUR)

    assert rung(at) == []
    (letter,) = at.letters.all()
    assert (letter.kind, letter.key, letter.owner, letter.attempts) == (
        "schedule",
        "daily/2026-06-02T00:00:00.000000Z",
        "person-7",
        3,
    )
    bell.broken = False
    at.letters.retry(DANA, letter.kind, letter.key)
    at.pass_by(DAY)
    assert sorted(rung(at)) == ["02-00", "03-00"]
    assert at.letters.all() == []


def test_another_cadence_begins_anew(at: Deployment) -> None:
    at.schedules.every("it", Every(300 * DAY), Bell())
    at.schedules.tick()
    again = at.beside()
    again.schedules.every("it", HOURLY, Bell())
    again.schedules.tick()
    again.clock.advance(HOUR)

    assert again.schedules.tick() == 1


def test_a_thousand_and_more_missed_fires_are_made_up_for_over_some_turns(at: Deployment) -> None:
    fired: list[dt.datetime] = []
    at.schedules.every("quick", Every(SECOND), lambda _tx, fire_at: fired.append(fire_at), Missed.ALL)
    at.schedules.tick()
    at.clock.advance(1_100 * SECOND)

    assert (at.schedules.tick(), at.schedules.tick(), at.schedules.tick()) == (1_000, 100, 0)
    assert fired == sorted(set(fired))
