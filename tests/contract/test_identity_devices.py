"""Command lines that a person lets in, on both engines; and a person's own sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError, Unauthenticated
from roadworthy.foundation.identity.devices import (
    CLI_PREFIX,
    INTERVAL,
    LIFETIME,
    MOST_CLIENT,
    Answer,
    Asked,
    Devices,
    as_kept,
)
from roadworthy.foundation.identity.model import Method, Session, SessionKind
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.sessions import Limits
from roadworthy.foundation.identity.tables import device_logins, people, sessions
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from tests.contract.test_identity import Heard


@dataclass
class Desk:
    """A person at a browser, and a command line that asks."""

    store: Store
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        runtime = Runtime(clock=self.clock)
        units = Units(self.store, self.heard, runtime)
        self.identity = Identity(self.store, units, runtime)
        self.devices = Devices(self.store, units, runtime, self.identity.sessions)

    def person(self, handle: str = "ana@halden.example") -> Session:
        secret, _ = self.identity.sign_in(self.identity.offer(handle), None, "Ana", "web")
        found = self.identity.session(secret)
        assert found is not None
        return found

    def let_in(self, asked: Asked, session: Session) -> str:
        self.devices.confirm(session, asked.waiting.user_code)
        heard = self.devices.ask(asked.device_code)
        assert heard.secret is not None
        return heard.secret


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
def plain(sqlite_store: Store) -> Desk:
    return Desk(sqlite_store)


def test_a_command_gets_a_session_on_the_proof_of_whoever_let_it_in(desk: Desk) -> None:
    asked = desk.devices.begin("roadworthy on desk")
    assert desk.devices.ask(asked.device_code).answer is Answer.WAITING
    session = desk.person()
    desk.clock.advance(timedelta(minutes=3))
    seen = desk.devices.waiting(asked.waiting.user_code.lower().replace("-", " "))
    assert (seen.client, seen.created_at) == ("roadworthy on desk", asked.waiting.created_at)
    secret = desk.let_in(asked, session)
    assert secret.startswith(CLI_PREFIX)
    found = desk.identity.session(secret)
    assert found is not None
    assert (found.person.ref, found.kind) == (session.person.ref, SessionKind.CLI)
    assert found.proof.method == Method.DEVICE
    assert found.proof.auth_time == session.proof.auth_time  # letting something in proves nothing anew
    assert ("device.confirmed", session.person.ref) in desk.heard.recorded
    with desk.store.read() as connection:
        kept = repr([tuple(row) for row in connection.execute(sa.select(device_logins))])
    assert asked.device_code not in kept
    assert secret not in kept


def test_a_command_rests_between_commands_and_ends_with_the_day(desk: Desk) -> None:
    asked = desk.devices.begin("x")
    secret = desk.let_in(asked, desk.person())
    limits = Limits()
    ends = desk.clock.now() + limits.absolute
    assert limits.idle < limits.idle_command_line  # a command line is not used all the time as a page is
    while desk.clock.now() + limits.idle_command_line < ends:
        desk.clock.advance(limits.idle_command_line - timedelta(seconds=1))
        assert desk.identity.session(secret) is not None
    desk.clock.advance(ends - timedelta(seconds=1) - desk.clock.now())
    assert desk.identity.session(secret) is not None
    desk.clock.advance(timedelta(seconds=1))
    assert desk.identity.session(secret) is None


def test_a_command_line_that_nobody_uses_is_signed_out(desk: Desk) -> None:
    asked = desk.devices.begin("x")
    session = desk.person()
    secret = desk.let_in(asked, session)
    desk.clock.advance(Limits().idle_command_line - timedelta(seconds=1))
    assert [each.kind for each in desk.identity.sessions.of(session.person.ref)] == [SessionKind.CLI]
    desk.clock.advance(timedelta(seconds=1))
    assert desk.identity.session(secret) is None
    assert desk.identity.sessions.of(session.person.ref) == []


def test_a_code_is_used_once_however_many_ask(desk: Desk) -> None:
    asked = desk.devices.begin("x")
    desk.devices.confirm(desk.person(), asked.waiting.user_code)
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            desk.devices.ask(asked.device_code)
            outcomes.append("in")
        except Unauthenticated:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["refused"] * 7


def test_a_code_is_answered_once(desk: Desk) -> None:
    asked = desk.devices.begin("x")
    session = desk.person()
    desk.devices.refuse(asked.waiting.user_code)
    with pytest.raises(Conflict):
        desk.devices.confirm(session, asked.waiting.user_code)
    with pytest.raises(Refused) as refused:
        desk.devices.ask(asked.device_code)
    assert refused.value.code == "device-refused"
    other = desk.devices.begin("x")
    desk.devices.confirm(session, other.waiting.user_code)
    with pytest.raises(Conflict):
        desk.devices.confirm(desk.person("eve@halden.example"), other.waiting.user_code)
    found = desk.devices.ask(other.device_code).session
    assert found is not None
    assert found.person.ref == session.person.ref


def test_a_command_that_asks_too_often_is_told_to_slow_down(plain: Desk) -> None:
    asked = plain.devices.begin("x")
    assert plain.devices.ask(asked.device_code).answer is Answer.WAITING
    hurried = plain.devices.ask(asked.device_code)
    assert (hurried.answer, hurried.interval > INTERVAL) == (Answer.SLOW_DOWN, True)
    plain.clock.advance(INTERVAL)
    assert plain.devices.ask(asked.device_code).answer is Answer.WAITING


def test_what_waits_too_long_is_over(desk: Desk) -> None:
    asked = desk.devices.begin("x")
    session = desk.person()
    desk.clock.advance(LIFETIME)
    with pytest.raises(NotFound):
        desk.devices.confirm(session, asked.waiting.user_code)
    with pytest.raises(Unauthenticated):
        desk.devices.ask(asked.device_code)
    for guess in ("", "made-up", asked.waiting.user_code):
        with pytest.raises(RoadworthyError):
            desk.devices.ask(guess)
        with pytest.raises(NotFound):
            desk.devices.waiting(guess)


def test_a_command_line_lets_no_other_in(plain: Desk) -> None:
    secret = plain.let_in(plain.devices.begin("x"), plain.person())
    first = plain.identity.session(secret)
    assert first is not None
    asked = plain.devices.begin("y")
    for session in (first, plain.identity.local_user("root")):
        with pytest.raises(Refused):
            plain.devices.confirm(session, asked.waiting.user_code)


def test_who_left_meanwhile_lets_nothing_in(desk: Desk) -> None:
    asked = desk.devices.begin("x")
    session = desk.person()
    desk.devices.confirm(session, asked.waiting.user_code)
    gone = people.update().where(people.c.ref == session.person.ref).values(left_at=desk.clock.now())
    desk.store.write(lambda connection: connection.execute(gone))
    with pytest.raises(Refused):
        desk.devices.ask(asked.device_code)


@pytest.mark.parametrize("client", ["", "  ", "x" * (MOST_CLIENT + 1), "a\nb", "a\u202eb\x00"])
def test_what_a_command_calls_itself_is_bounded(plain: Desk, client: str) -> None:
    with pytest.raises(InvalidInput):
        plain.devices.begin(client)


@given(st.text(alphabet="BCDFGHJKLMNPQRSTVWXZ", min_size=8, max_size=8), st.sampled_from(["", " ", "-", ". "]))
def test_a_code_reads_the_same_however_it_is_written(letters: str, between: str) -> None:
    kept = f"{letters[:4]}-{letters[4:]}"
    assert as_kept(between.join(letters.lower())) == kept
    assert as_kept(kept) == kept
    assert as_kept(letters + "B") != kept


# ---------------------------------------------------------------- one's own sessions


def test_a_person_sees_and_ends_their_own_sessions_only(desk: Desk) -> None:
    mine, other = desk.person(), desk.person("ben@halden.example")
    second = desk.person()
    listed = desk.identity.sessions.of(mine.person.ref)
    assert {each.id for each in listed} == {mine.id, second.id}
    with pytest.raises(NotFound):
        desk.identity.sessions.end_one(mine.person.ref, other.id)
    with pytest.raises(NotFound):
        desk.identity.sessions.end_one(mine.person.ref, "%")
    desk.identity.sessions.end_one(mine.person.ref, second.id)
    assert [each.id for each in desk.identity.sessions.of(mine.person.ref)] == [mine.id]
    assert len(desk.identity.sessions.of(other.person.ref)) == 1


def test_use_is_noted_at_most_once_a_minute(desk: Desk) -> None:
    secret, _ = desk.identity.sign_in(desk.identity.offer("ana@halden.example"), None, None, "web")

    def seen() -> object:
        with desk.store.read() as connection:
            return connection.execute(sa.select(sessions.c.seen_at)).scalar_one()

    first = seen()
    desk.clock.advance(timedelta(seconds=59))
    desk.identity.session(secret)
    assert seen() == first
    desk.clock.advance(timedelta(seconds=1))
    desk.identity.session(secret)
    assert seen() == desk.clock.now()
