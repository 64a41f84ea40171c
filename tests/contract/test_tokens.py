"""Tokens of programs, and requests that take effect once, on both engines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, RoadworthyError, Unauthenticated
from roadworthy.foundation.identity.tables import people, program_tokens
from roadworthy.foundation.identity.tokens import MOST_DAYS, PREFIX, SEEN_AGAIN, Token, Tokens, Wanted
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft, Once
from roadworthy.foundation.ledger.repeats import REMEMBERED, Repeated
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from tests.contract.test_identity import Heard

SCOPES = {"read": "read", "evidence:submit": "hand in evidence"}
ANA = Context(Actor(ActorKind.PERSON, "ana", "tests"))
WANTED = Wanted("ci-claims", ("read", "evidence:submit"), ("claims", "audits"), 30)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def units(store: Store, clock: SimulatedClock, heard: Heard) -> Units:
    return Units(store, heard, Runtime(clock=clock))


@pytest.fixture
def tokens(store: Store, units: Units, clock: SimulatedClock) -> Tokens:
    return Tokens(store, units, Runtime(clock=clock), SCOPES)


def test_a_token_is_recognised_and_kept_only_as_its_digest(tokens: Tokens, store: Store, heard: Heard) -> None:
    secret, made = tokens.new(ANA, WANTED)
    assert secret.startswith(PREFIX)
    assert len(secret) == len(PREFIX) + 43, "32 random bytes"
    found = tokens.recognise(secret)
    assert (found.id, found.may, found.use_cases) == (made.id, WANTED.may, ("audits", "claims"))
    assert found.context("api").actor == Actor(ActorKind.WORKLOAD, "ci-claims", "api", "program-token")
    assert heard.recorded == [("token.created", "ana")]
    with store.read() as connection:
        kept = json.dumps([str(value) for row in connection.execute(sa.select(program_tokens)) for value in row])
    assert secret not in kept
    assert secret.removeprefix(PREFIX) not in kept


@pytest.mark.parametrize("shown", ["", PREFIX, "rw_unknown", "rw_ä\x00"])
def test_what_is_no_token_opens_nothing(tokens: Tokens, shown: str) -> None:
    tokens.new(ANA, WANTED)
    with pytest.raises(Unauthenticated, match="not known"):
        tokens.recognise(shown)


def test_a_token_ends_on_its_day_and_says_how_to_get_another(tokens: Tokens, clock: SimulatedClock) -> None:
    secret, made = tokens.new(ANA, WANTED)
    clock.advance(timedelta(days=30, seconds=-1))
    assert tokens.recognise(secret).id == made.id
    clock.advance(timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match="expired on") as refused:
        tokens.recognise(secret)
    assert "roadworthy token new ci-claims --may read --may evidence:submit" in refused.value.remedy
    again, _ = tokens.new(ANA, WANTED)
    assert tokens.recognise(again).name == made.name, "the name of an expired token is free again"


def test_a_revoked_token_opens_nothing_from_that_moment_on(tokens: Tokens, heard: Heard, clock: SimulatedClock) -> None:
    secret, made = tokens.new(ANA, WANTED)
    with pytest.raises(InvalidInput, match="needs a reason"):
        tokens.revoke(ANA, made.name, "  ")
    assert tokens.revoke(ANA, made.name, "It was pasted into a chat.").revoked_reason == "It was pasted into a chat."
    with pytest.raises(Unauthenticated, match="was revoked on"):
        tokens.recognise(secret)
    with pytest.raises(NotFound):
        tokens.revoke(ANA, made.name, "Again.")
    clock.advance(timedelta(seconds=1))
    tokens.new(ANA, WANTED)
    assert [each.revoked_at is None for each in tokens.all()] == [True, False]
    with pytest.raises(NotFound) as unknown:
        tokens.revoke(ANA, "ci-claim", "Misspelt.")
    assert unknown.value.remedy == "did you mean `ci-claims`?"
    assert [what for what, _ in heard.recorded] == ["token.created", "token.revoked", "token.created"]


def test_the_last_use_is_known_to_ten_minutes(tokens: Tokens, clock: SimulatedClock) -> None:
    def seen() -> Token:
        return tokens.all()[0]

    secret, _ = tokens.new(ANA, WANTED)
    assert seen().last_used_at is None
    tokens.recognise(secret)
    first = seen().last_used_at
    assert first == clock.now()
    clock.advance(SEEN_AGAIN - timedelta(seconds=1))
    tokens.recognise(secret)
    assert seen().last_used_at == first
    clock.advance(timedelta(seconds=1))
    tokens.recognise(secret)
    assert seen().last_used_at == clock.now()


def test_two_tokens_in_use_do_not_share_a_name(tokens: Tokens) -> None:
    tokens.new(ANA, WANTED)
    with pytest.raises(Conflict, match="is in use"):
        tokens.new(ANA, WANTED)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("CI claims", ("read",)), "token-name-unfit"),
        (Wanted("a" * 101, ("read",)), "token-name-unfit"),
        (Wanted("ci", ()), "token-may-nothing"),
        (Wanted("ci", ("evidence:sumbit",)), "token-scope-unknown"),
        (Wanted("ci", ("read",), None, 0), "token-days-unfit"),
        (Wanted("ci", ("read",), None, MOST_DAYS + 1), "token-days-unfit"),
        (Wanted("ci", ("read",), ()), "token-use-cases-unfit"),
    ],
)
def test_what_cannot_be_granted_is_named(tokens: Tokens, wanted: Wanted, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        tokens.new(ANA, wanted)
    assert refused.value.code == code
    assert tokens.all() == []


def test_all_faults_are_told_at_once(tokens: Tokens) -> None:
    with pytest.raises(InvalidInput) as refused:
        tokens.new(ANA, Wanted("CI", ("rread",), None, 9_999))
    assert [finding.code for finding in refused.value.findings] == [
        "token-name-unfit",
        "token-scope-unknown",
        "token-days-unfit",
    ]


# ---------------------------------------------------------------- requests that take effect once


def once(key: str, body: str = "sha256:one", ref: str = "ci") -> Context:
    return Context(Actor(ActorKind.WORKLOAD, ref, "tests"), once=Once(key, body))


def record(tx: Transaction) -> str:
    return tx.record(Draft("token.created", "Token/made-up"))


def test_a_repeated_request_is_answered_with_what_the_first_one_recorded(units: Units, heard: Heard) -> None:
    entry = units.run(once("k1"), record)
    with pytest.raises(Repeated) as repeated:
        units.run(once("k1"), record)
    assert repeated.value.entries == (entry,)
    assert len(heard.recorded) == 1


def test_another_request_under_the_same_key_is_a_conflict(units: Units) -> None:
    units.run(once("k1"), record)
    with pytest.raises(Conflict) as reused:
        units.run(once("k1", "sha256:two"), record)
    assert reused.value.code == "idempotency-key-reused"


def test_another_sender_may_choose_the_same_key(units: Units, heard: Heard) -> None:
    units.run(once("k1"), record)
    units.run(once("k1", ref="another"), record)
    assert len(heard.recorded) == 2


def test_a_request_that_failed_may_be_sent_again(units: Units) -> None:
    def fail(tx: Transaction) -> str:
        record(tx)
        raise NotFound("token-unknown", "no", remedy="none")

    with pytest.raises(RoadworthyError, match="no"):
        units.run(once("k1"), fail)
    units.run(once("k1"), record)


def test_a_key_loses_its_meaning_after_a_month(units: Units, clock: SimulatedClock) -> None:
    units.run(once("k1"), record)
    clock.advance(REMEMBERED + timedelta(seconds=1))
    units.run(once("another"), record)
    units.run(once("k1", "sha256:two"), record)


def person(store: Store, ref: str, clock: SimulatedClock) -> None:
    row = {"ref": ref, "handle": f"{ref}@example.org", "issuer": "local", "created_at": clock.now()}
    store.write(lambda connection: connection.execute(people.insert(), row))


def leave(store: Store, ref: str, clock: SimulatedClock) -> None:
    gone = people.update().where(people.c.ref == ref).values(left_at=clock.now())
    store.write(lambda connection: connection.execute(gone))


def test_a_token_has_an_owner_and_opens_nothing_once_they_left(
    tokens: Tokens, store: Store, clock: SimulatedClock, heard: Heard
) -> None:
    for ref in ("ana", "ben", "cleo"):
        person(store, ref, clock)
    secret, made = tokens.new(ANA, replace(WANTED, owner="Ben@example.org "))
    assert (made.answers, made.created_by) == ("ben", "ana")
    leave(store, "ana", clock)
    assert tokens.recognise(secret).answers == "ben", "who made it may leave"
    leave(store, "ben", clock)
    with pytest.raises(Unauthenticated, match="has left"):
        tokens.recognise(secret)
    assert [(each.rests, each.usable(clock.now())) for each in tokens.all()] == [(True, False)]
    with pytest.raises(NotFound, match="nobody who is here"):
        tokens.own(ANA, "ci-claims", "ben@example.org")
    cleo = Context(Actor(ActorKind.PERSON, "cleo", "tests"))
    assert tokens.own(cleo, "ci-claims").answers == "cleo"
    assert tokens.recognise(secret).usable(clock.now())
    assert heard.recorded[-1] == ("token.owned", "cleo")
    assert tokens.own(ANA, made.id, "cleo@example.org").answers == "cleo"


def test_whoever_makes_a_token_answers_for_it(tokens: Tokens, store: Store, clock: SimulatedClock) -> None:
    person(store, "ana", clock)
    secret, made = tokens.new(ANA, WANTED)
    assert (made.answers, made.owner) == ("ana", None)
    leave(store, "ana", clock)
    with pytest.raises(Unauthenticated, match="has left"):
        tokens.recognise(secret)
    with pytest.raises(NotFound) as refused:
        tokens.new(ANA, replace(WANTED, name="other", owner="nobody@example.org"))
    assert refused.value.code == "token-owner-unknown"
