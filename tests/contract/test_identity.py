"""People, one-time tokens and sessions, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import InvalidInput, Refused, Unauthenticated
from roadworthy.foundation.identity.model import MOST_HANDLE, SKEW, Method, Proof
from roadworthy.foundation.identity.service import TOKEN_LIFETIME, Identity
from roadworthy.foundation.identity.sessions import Limits
from roadworthy.foundation.identity.tables import sessions, sign_in_tokens
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Recorded, Units
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store


@dataclass
class Heard:
    """An appender that keeps what it was given, in place of a ledger."""

    recorded: list[tuple[str, str]] = field(default_factory=list)

    def append(
        self,
        connection: sa.Connection,  # noqa: ARG002 - the protocol's signature
        recorded: Sequence[Recorded],
        context: Context,
        now: datetime,  # noqa: ARG002 - the protocol's signature
    ) -> None:
        self.recorded += [(item.draft.what, context.actor.ref) for item in recorded]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def identity(store: Store, clock: SimulatedClock, heard: Heard) -> Identity:
    runtime = Runtime(clock=clock)
    return Identity(store, Units(store, heard, runtime), runtime)


def test_a_token_opens_one_session_for_the_person_it_names(identity: Identity, heard: Heard) -> None:
    token = identity.offer("Priya@Halden.example ")
    assert identity.offered(token) == "priya@halden.example"
    secret, session = identity.sign_in(token, "somebody.else@halden.example", "Priya", "web")
    assert session.person.handle == "priya@halden.example"
    again = identity.session(secret)
    assert again is not None
    assert (again.person.ref, again.person.shown) == (session.person.ref, "Priya")
    assert heard.recorded == [("person.signed-in", session.person.ref)]
    with pytest.raises(Unauthenticated):
        identity.sign_in(token, None, None, "web")


def test_an_open_token_lets_the_person_say_who_they_are(identity: Identity) -> None:
    token = identity.offer()
    assert identity.offered(token) is None
    _, first = identity.sign_in(token, "ANA@halden.example", None, "web")
    _, again = identity.sign_in(identity.offer(), "ana@halden.example", "Ana", "web")
    assert first.person.ref == again.person.ref
    assert (first.person.shown, again.person.shown) == ("ana@halden.example", "Ana")


def test_a_token_is_used_once_however_many_try(identity: Identity) -> None:
    token = identity.offer("ana@halden.example")
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            identity.sign_in(token, None, None, "web")
            outcomes.append("in")
        except Unauthenticated:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["refused"] * 11


def test_tokens_and_sessions_end(identity: Identity, clock: SimulatedClock) -> None:
    token = identity.offer("ana@halden.example")
    clock.advance(TOKEN_LIFETIME)
    with pytest.raises(Unauthenticated):
        identity.offered(token)
    secret, _ = identity.sign_in(identity.offer("ana@halden.example"), None, None, "web")
    limits = Limits()
    ends = clock.now() + limits.absolute
    while clock.now() + limits.idle < ends:
        clock.advance(limits.idle - timedelta(minutes=1))
        assert identity.session(secret) is not None
    clock.advance(ends - clock.now() - timedelta(seconds=1))
    assert identity.session(secret) is not None
    clock.advance(timedelta(seconds=1))
    assert identity.session(secret) is None


def test_a_session_that_nobody_uses_ends(identity: Identity, clock: SimulatedClock) -> None:
    secret, _ = identity.sign_in(identity.offer("ana@halden.example"), None, None, "web")
    clock.advance(Limits().idle - timedelta(seconds=1))
    assert identity.session(secret) is not None
    clock.advance(Limits().idle)
    assert identity.session(secret) is None
    assert identity.sessions.of(identity.local_user("ana@halden.example").person.ref) == []


def test_a_sign_in_proves_at_its_time_and_the_home_folder_at_none(identity: Identity, clock: SimulatedClock) -> None:
    secret, session = identity.sign_in(identity.offer("ana@halden.example"), None, None, "web")
    assert session.proof == Proof(Method.ONE_TIME_TOKEN, auth_time=clock.now())
    found = identity.session(secret)
    assert found is not None
    assert found.proof == session.proof
    assert found.proof.fresh(clock.now() + timedelta(minutes=5), timedelta(minutes=5))
    assert not found.proof.fresh(clock.now() + timedelta(minutes=5, seconds=1), timedelta(minutes=5))
    assert not found.proof.fresh(clock.now() - SKEW - timedelta(seconds=1), timedelta(minutes=5))
    local = identity.local_user("ana@halden.example")
    assert local.proof.auth_time is None
    assert not local.proof.fresh(clock.now(), timedelta(days=365))


def test_signing_out_ends_the_session(identity: Identity) -> None:
    secret, _ = identity.sign_in(identity.offer("ana@halden.example"), None, None, "web")
    identity.sign_out(secret)
    identity.sign_out(secret)
    assert identity.session(secret) is None
    assert identity.session("made-up") is None


def test_no_secret_is_stored(identity: Identity, store: Store) -> None:
    token = identity.offer("ana@halden.example")
    secret, _ = identity.sign_in(token, None, None, "web")
    with store.read() as connection:
        rows = [*connection.execute(sa.select(sessions)), *connection.execute(sa.select(sign_in_tokens))]
    kept = repr([tuple(row) for row in rows])
    assert token not in kept
    assert secret not in kept


def test_the_local_user_is_one_person(identity: Identity) -> None:
    first = identity.local_user("Root")
    assert identity.local_user("root").person.ref == first.person.ref
    assert first.context("cli").actor.authenticated == "local-user"
    assert identity.people([first.person.ref, "unknown"]) == {first.person.ref: identity.local_user("root").person}


@pytest.mark.parametrize("handle", ["", "   ", "a" * (MOST_HANDLE + 1), "a\x00b", "line\nbreak"])
def test_an_unusable_handle_is_refused(identity: Identity, handle: str) -> None:
    with pytest.raises(InvalidInput):
        identity.offer(handle)


def test_nothing_is_done_without_an_actor(store: Store, heard: Heard) -> None:
    units = Units(store, heard, Runtime())
    with pytest.raises(Refused):
        units.run(Context(Actor(ActorKind.PERSON, "")), lambda _tx: None)
