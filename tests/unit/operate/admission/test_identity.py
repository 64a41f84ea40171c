"""Tokens of users and workloads, made by a provider that may lie: believed once checked, and only for what they say."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import Unauthenticated
from roadworthy.foundation.identity.oidc.provider import Provider as Asked
from roadworthy.foundation.identity.oidc.tokens import accessed
from roadworthy.foundation.identity.tokens import Token
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Provider
from roadworthy.operate.admission.identity.proving import USER_FOR, Proving
from roadworthy.operate.admission.identity.pseudonyms import Pseudonyms
from tests.harness.admitted import Gate, Told, asking, certified, endpoint, gateway_key
from tests.harness.hostile_issuer import HostileIssuer, hostile_issuer

AUDIENCE = "https://gateway.example"


@dataclass
class _Providers:
    """One provider, asked for its keys over a real connection."""

    provider: Asked
    asked: int = 0

    def verify_access_token(self, token: str) -> tuple[str, str, Any]:
        self.asked += 1
        signed = self.provider.read(token, access=True)
        issuer = self.provider.told.issuer
        return issuer, accessed(signed, issuer, dt.datetime.now(dt.UTC)), signed.claims

    def recognise(self, shown: str) -> Token:
        _issuer, subject, claims = self.verify_access_token(shown)
        if subject != "job-1":
            raise Unauthenticated("workload-unusable", "it is no declared workload's", remedy="declare it")
        now = dt.datetime.now(dt.UTC)
        return Token("w", "nightly", (), None, now, "ana", dt.datetime.fromtimestamp(claims["exp"], dt.UTC))

    def named(self, issuer: str, subject: str) -> str | None:
        known = {"job-1": "nightly", "job-2": "daily"}
        return known.get(subject) if issuer == self.provider.told.issuer else None


@dataclass
class Desk:
    """What checks tokens of a provider."""

    issuer: HostileIssuer
    providers: _Providers
    proving: Proving

    def token(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer.address,
            "sub": "person-1",
            "aud": AUDIENCE,
            "exp": now + 600,
            "iat": now,
            "groups": ["adjusters", "staff"],
            **changes,
        }
        return self.issuer.sign(claims, typ="at+jwt")

    def check(self, token: str, *, is_user: bool = True) -> None:
        waits = self.proving.check(token, dt.datetime.now(dt.UTC), is_user=is_user)
        if waits is not None:
            waits.result(5)


@pytest.fixture(scope="module")
def issuer() -> Iterator[HostileIssuer]:
    with hostile_issuer() as made:
        yield made


@pytest.fixture
def desk(issuer: HostileIssuer, tmp_path: Any) -> Iterator[Desk]:
    runtime = Runtime()
    told = Provider(name="idp", issuer=issuer.address, client_id="roadworthy")
    providers = _Providers(Asked(told, Sources(tmp_path), runtime))
    proving = Proving(runtime, providers, providers, Pseudonyms(lambda: b"s" * 32), lambda _issuer: "")
    yield Desk(issuer, providers, proving)
    proving.close()


def test_a_user_is_known_by_a_pseudonym_once_the_token_was_checked(desk: Desk) -> None:
    now = dt.datetime.now(dt.UTC)
    token = desk.token(act={"sub": "agent-1", "act": {"sub": "agent-2"}})
    assert desk.proving.subject(token, AUDIENCE, now) is None, "nobody has checked it"
    desk.check(token)
    found = desk.proving.subject(token, AUDIENCE, now)
    assert found is not None
    assert found.pseudonym.startswith("u-")
    assert "person-1" not in found.pseudonym
    assert found.groups == {"adjusters", "staff"}
    assert len(found.actors) == 2
    assert desk.proving.subject(token, "https://elsewhere.example", now) is None
    assert desk.proving.subject(token, None, now) is None
    assert desk.proving.check(token, now, is_user=True) is None
    assert desk.proving.subject(token, AUDIENCE, now + USER_FOR + dt.timedelta(seconds=5)) is None
    again = desk.token()
    desk.check(again)
    other = desk.proving.subject(again, AUDIENCE, now)
    assert other is not None
    assert other.pseudonym == found.pseudonym, "the same user, whatever the token"


@pytest.mark.parametrize(
    ("setting", "header", "claims", "believed"),
    [
        ("unmarked", {"typ": "JWT"}, {"scp": "access_as_user"}, True),
        ("unmarked", {"typ": None}, {"azpacr": "1"}, True),
        ("unmarked", {"typ": "at+jwt"}, {}, True),
        ("unmarked", {"typ": "JWT"}, {"scp": "a", "nonce": "n"}, False),
        ("unmarked", {"typ": "JWT"}, {"scp": "a", "aud": ["roadworthy", AUDIENCE]}, False),
        ("unmarked", {"typ": "JWT"}, {"roles": ["admin"]}, False),
        ("unmarked", {"typ": "logout+jwt"}, {"scp": "a"}, False),
        ("marked", {"typ": "JWT"}, {"scp": "a"}, False),
    ],
)
def test_access_tokens_that_do_not_say_so_are_told_from_identity_tokens(
    issuer: HostileIssuer, tmp_path: Any, setting: Any, header: Any, claims: Any, believed: bool
) -> None:
    now = int(time.time())
    plain = {"iss": issuer.address, "sub": "person-1", "aud": AUDIENCE, "exp": now + 60, "iat": now}
    told = Provider(name="entra", issuer=issuer.address, client_id="roadworthy", access_tokens=setting)
    asked = Asked(told, Sources(tmp_path), Runtime())
    token = issuer.sign({**plain, **claims}, **header)
    if believed:
        assert asked.read(token, access=True).claims["sub"] == "person-1"
    else:
        with pytest.raises(Unauthenticated):
            asked.read(token, access=True)


def test_what_is_not_believed_is_remembered_for_a_moment(desk: Desk) -> None:
    token = desk.token(exp=1)
    desk.check(token)
    desk.check(token)
    assert desk.providers.asked == 1
    assert desk.proving.subject(token, AUDIENCE, dt.datetime.now(dt.UTC)) is None


def test_a_users_token_is_no_workloads(desk: Desk) -> None:
    now = dt.datetime.now(dt.UTC)
    user, job = desk.token(), desk.token(sub="job-1")
    for token in (user, job):
        desk.check(token)
        desk.check(token, is_user=False)
    assert desk.proving.workload(user, now) is None
    assert desk.proving.workload(job, now) == "nightly"


def test_pseudonyms_differ_by_issuer_subject_and_key() -> None:
    made = Pseudonyms(lambda: b"s" * 32)
    some = {made.of_subject("a", "bc"), made.of_subject("ab", "c"), made.of_subject("a", "b")}
    some.add(Pseudonyms(lambda: b"t" * 32).of_subject("a", "bc"))
    assert len(some) == 4


def test_the_funnel_asks_for_the_user_where_the_endpoint_does(desk: Desk) -> None:
    gate = Gate(
        (endpoint(users="required", audience=AUDIENCE),),
        keys={"rwg_1_x": gateway_key("a", "pilot")},
        status=Told(certified()),
        identities=desk.proving,
    )
    missing = gate.admission.decide(asking("rwg_1_x"))
    assert missing.refusal is not None
    assert missing.refusal.code == "gateway-user-missing"
    token = desk.token()
    ask = asking("rwg_1_x", user_token=token)
    waits = gate.admission.ready(ask)
    assert waits is not None
    waits.result(5)
    decision = gate.admission.decide(ask)
    assert decision.subject is not None
    assert decision.goes_on


@pytest.mark.parametrize(
    ("claims", "own", "only"),
    [
        ({}, None, None),
        ({"client_id": "shop-app"}, None, None),
        ({"client_id": "job-1"}, "nightly", {"nightly"}),
        ({"azp": "job-1"}, "nightly", {"nightly"}),
        ({"client_id": "job-1", "may_act": {"sub": "job-1"}}, "nightly", {"nightly"}),
        ({"client_id": "job-1", "may_act": {"sub": "job-2"}}, None, {"daily"}),
        ({"client_id": "job-1", "may_act": {"sub": "job-1", "iss": "https://elsewhere.example"}}, None, set()),
        ({"client_id": "job-1", "may_act": "job-1"}, None, set()),
        ({"may_act": {"client_id": "job-2"}}, None, {"daily"}),
        ({"act": {"sub": "job-2"}}, None, {"daily"}),
        ({"client_id": "job-2", "act": {"sub": "job-2"}}, "daily", {"daily"}),
        ({"client_id": "job-1", "act": {"sub": "job-2"}}, None, {"daily"}),
        ({"client_id": ["job-1"]}, None, None),
        ({"act": {"sub": "unknown"}, "client_id": "job-1"}, "nightly", {"nightly"}),
    ],
)
def test_which_agents_may_show_a_users_token(
    desk: Desk, claims: dict[str, Any], own: str | None, only: set[str] | None
) -> None:
    token = desk.token(**claims)
    desk.check(token)
    found = desk.proving.agents(token, dt.datetime.now(dt.UTC))
    assert (found.own, found.only) == (own, None if only is None else frozenset(only))
