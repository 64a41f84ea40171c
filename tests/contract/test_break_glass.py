"""Emergency access: two people, a few hours, every step recorded, on both engines."""

from __future__ import annotations

import datetime as dt

import pytest

from roadworthy.decide.approvals.weighing import NEVER
from roadworthy.foundation.errors import InvalidInput, NotFound, Refused, Unauthenticated
from roadworthy.foundation.identity.break_glass import CONFIRM_WITHIN, ENDS, SEALED_FOR, BreakGlass
from roadworthy.foundation.identity.model import Method, Proof, Session
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.service import Timers
from tests.contract.test_directory import ADMIN, World


class Emergency(World):
    """A directory with an emergency way in."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.timers = Timers(store, self.units, self.runtime)
        self.way = BreakGlass(
            store, self.units, self.runtime, self.identity.sessions, self.staff.directory, self.timers
        )
        self.timers.on(ENDS, lambda tx, due: self.way.end_due(tx, [timer.key for timer in due]))
        self.ana, self.ben = self.person("ana@halden.example", "1"), self.person("ben@halden.example", "2")
        self.home = self.identity.local_user("operator")

    def signed_in(self, ref: str) -> Session:
        """A session at a provider that still lives."""
        person = self.identity.people([ref])[ref]
        proof = Proof(Method.OIDC.value, "https://id.halden.example", ref, self.clock.now())
        return Session(person, proof, self.clock.now() + dt.timedelta(hours=1))

    def opened(self, hours: int = 2) -> str:
        return self.way.open(self.home, "cli", "ana@halden.example", "the provider is down", hours).id


@pytest.fixture
def world(store: Store) -> Emergency:
    return Emergency(store)


def test_two_people_let_a_third_in_for_hours(world: Emergency) -> None:
    code = world.way.seal(world.signed_in(world.ben), "web")
    opened = world.opened()
    assert [each.state(world.clock.now()) for each in world.way.going_on()] == ["waiting"]
    link, confirmed = world.way.confirm(world.home, "cli", opened, code)
    assert (confirmed.opened_by, confirmed.confirmed_by) == (world.home.person.ref, world.ben)
    assert world.way.waiting_for(link).person == world.ana
    secret, session = world.way.sign_in(link)
    assert (session.person.ref, session.authenticated) == (world.ana, "break-glass")
    found = world.identity.session(secret)
    assert found is not None
    assert found.expires_at == confirmed.expires_at
    with pytest.raises(Unauthenticated):
        world.way.sign_in(link)
    world.clock.advance(dt.timedelta(hours=2))
    assert world.identity.session(secret) is None
    assert world.way.going_on() == []
    assert "break-glass.ended" not in world.events, "looking ends nothing"
    world.timers.tick()
    told = [what for what in world.events if what.startswith("break-glass.")]
    assert told == [f"break-glass.{step}" for step in ("sealed", "opened", "confirmed", "used", "ended")]
    assert Method.BREAK_GLASS in NEVER, "nobody votes through it"


def test_nobody_lets_themself_in(world: Emergency) -> None:
    twin = world.person("adm-ana@halden.example", "1")
    opened = world.opened()
    for alone in (world.signed_in(world.ana), world.signed_in(twin)):
        with pytest.raises(Refused) as refused:
            world.way.confirm(alone, "web", opened, None)
        assert refused.value.code == "break-glass-alone"
    own = world.way.seal(world.signed_in(world.ana), "web")
    with pytest.raises(Refused):
        world.way.confirm(world.home, "cli", opened, own)
    with pytest.raises(Refused, match="nobody has proved"):
        world.way.confirm(world.home, "cli", opened, None)
    with pytest.raises(Refused):
        world.way.seal(world.home, "cli")
    with pytest.raises(Refused):
        world.way.open(world.signed_in(world.ben), "web", "ana@halden.example", "down", 1)
    link, _ = world.way.confirm(world.signed_in(world.ben), "web", opened, None)
    world.staff.roster.leave(ADMIN, world.ana, "resigned")
    with pytest.raises(Refused):
        world.way.sign_in(link)


def test_what_nobody_confirms_in_time_is_over(world: Emergency) -> None:
    opened = world.opened()
    world.clock.advance(CONFIRM_WITHIN)
    with pytest.raises(NotFound):
        world.way.confirm(world.signed_in(world.ben), "web", opened, None)
    assert world.way.going_on() == []
    world.timers.tick()
    assert world.events[-1] == "break-glass.ended"


def test_a_timer_ends_it_once_and_a_confirmed_one_not_before_its_hours_are_over(world: Emergency) -> None:
    opened = world.opened(hours=3)
    world.way.confirm(world.signed_in(world.ben), "web", opened, None)
    world.clock.advance(CONFIRM_WITHIN)
    world.timers.tick()
    assert [each.state(world.clock.now()) for each in world.way.going_on()] == ["open"]
    world.clock.advance(dt.timedelta(hours=3) - CONFIRM_WITHIN)
    for _ in range(3):
        world.timers.tick()
    assert world.events.count("break-glass.ended") == 1
    assert world.timers.keys(ENDS) == frozenset()


def test_what_is_ended_by_hand_ends_once(world: Emergency) -> None:
    opened = world.opened()
    world.way.end(ADMIN, opened)
    world.clock.advance(CONFIRM_WITHIN)
    world.timers.tick()
    assert world.events.count("break-glass.ended") == 1
    assert world.events[-1] == "break-glass.ended"


def test_it_ends_at_once_when_somebody_says_so(world: Emergency) -> None:
    opened = world.opened()
    link, _ = world.way.confirm(world.signed_in(world.ben), "web", opened, None)
    secret, _ = world.way.sign_in(link)
    usual, _ = world.identity.sign_in(world.identity.offer("ana@halden.example"), None, None, "web")
    world.way.end(ADMIN, opened)
    assert world.identity.session(secret) is None
    assert world.identity.session(usual) is not None, "only what the emergency opened ends"
    with pytest.raises(NotFound):
        world.way.end(ADMIN, opened)
    with pytest.raises(Unauthenticated):
        world.way.waiting_for(link)


def test_codes_are_used_up_replaced_and_run_out(world: Emergency) -> None:
    first = world.way.seal(world.signed_in(world.ben), "web")
    second = world.way.seal(world.signed_in(world.ben), "web")
    with pytest.raises(Unauthenticated):
        world.way.confirm(world.home, "cli", world.opened(), first)
    world.way.confirm(world.home, "cli", world.opened(), second)
    with pytest.raises(Unauthenticated):
        world.way.confirm(world.home, "cli", world.opened(), second)
    third = world.way.seal(world.signed_in(world.ben), "web")
    world.clock.advance(SEALED_FOR)
    with pytest.raises(Unauthenticated):
        world.way.confirm(world.home, "cli", world.opened(), third)


@pytest.mark.parametrize(("reason", "hours"), [("", 1), ("  ", 1), ("down", 0), ("down", 5), ("x" * 2_001, 1)])
def test_it_takes_a_reason_and_holds_a_few_hours(world: Emergency, reason: str, hours: int) -> None:
    with pytest.raises(InvalidInput):
        world.way.open(world.home, "cli", "ana@halden.example", reason, hours)
    with pytest.raises(NotFound):
        world.way.open(world.home, "cli", "nobody@halden.example", "down", 1)
