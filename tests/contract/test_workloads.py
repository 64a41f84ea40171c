"""Declared workloads by access tokens of a provider that may lie, on both engines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from roadworthy.foundation.access.workloads import Workloads, looks_like_one
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import Unauthenticated
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.oidc.service import SignIns
from roadworthy.foundation.identity.sessions import Limits, Sessions
from roadworthy.foundation.ledger.draft import Actor, ActorKind
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Provider
from roadworthy.foundation.storage.store import Store
from tests.contract.test_access import World
from tests.harness.hostile_issuer import HostileIssuer, hostile_issuer, rsa

AUDIENCE = "https://roadworthy.example"


class Place:
    """A provider, a declared workload with its owner, and what recognises it."""

    def __init__(self, store: Store, issuer: HostileIssuer, tmp: Any) -> None:
        self.issuer = issuer
        self.world = World(store)
        self.world.person("ada")
        self.world.put("Workload", "nightly", self.spec())
        runtime = Runtime()
        told = Provider(name="idp", issuer=issuer.address, client_id="roadworthy")
        sessions = Sessions(store, runtime, Limits())
        self.sign_ins = SignIns(store, self.world.units, runtime, sessions, (told,), Sources(tmp))
        self.workloads = Workloads(store, self.world.resources, Directory(store, runtime), self.sign_ins)

    def spec(self, **changes: Any) -> dict[str, Any]:
        said = {
            "title": "Nightly",
            "owner": "ada@example.org",
            "may": ["evidence:submit", "read"],
            "useCases": ["claims"],
            "issuer": self.issuer.address,
            "subject": "job-1",
            "audience": AUDIENCE,
        }
        return {**said, **changes}

    def token(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer.address,
            "sub": "job-1",
            "aud": AUDIENCE,
            "exp": now + 300,
            "iat": now,
            "client_id": "job-1",
            **changes,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        return self.issuer.sign(said, **{"typ": "at+jwt", **(header or {})})


@pytest.fixture
def place(store: Store, tmp_path: Any) -> Iterator[Place]:
    with hostile_issuer() as issuer:
        yield Place(store, issuer, tmp_path)


def test_a_declared_workload_acts_under_its_own_name(place: Place) -> None:
    found = place.workloads.recognise(place.token())
    assert (found.name, found.may, found.use_cases) == ("nightly", ("read", "evidence:submit"), ("claims",))
    assert found.answers == "ada"
    assert found.context("api").actor == Actor(ActorKind.WORKLOAD, "nightly", "api", "access-token")
    assert place.workloads.recognise(place.token(aud=["other", AUDIENCE])).name == "nightly"


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"sub": "job-2"}, {}),
        ({"sub": "JOB-1"}, {}),
        ({"sub": None}, {}),
        ({"aud": "roadworthy"}, {}),
        ({"aud": None}, {}),
        ({"iss": "https://elsewhere.example"}, {}),
        ({"exp": 1}, {}),
        ({"exp": None}, {}),
        ({"iat": int(time.time()) + 9_000}, {}),
        ({"nbf": int(time.time()) + 9_000}, {}),
        ({}, {"typ": "JWT"}),
        ({}, {"typ": None}),
        ({}, {"typ": "logout+jwt"}),
        ({}, {"jku": "https://elsewhere.example/keys"}),
    ],
)
def test_anything_else_opens_nothing(place: Place, changes: dict[str, Any], header: dict[str, Any]) -> None:
    shown = place.token(header, **changes)
    assert looks_like_one(shown)
    with pytest.raises(Unauthenticated):
        place.workloads.recognise(shown)


def test_a_token_that_the_provider_did_not_sign_opens_nothing(place: Place) -> None:
    good = place.token()
    claims = {"iss": place.issuer.address, "sub": "job-1", "aud": AUDIENCE, "exp": int(time.time()) + 300}
    for shown in (place.issuer.unsigned(claims), place.issuer.confused(claims), good[:-4] + "AAAA", "a.b.c", ".."):
        with pytest.raises(Unauthenticated):
            place.workloads.recognise(shown)
    place.issuer.key = rsa("two")
    with pytest.raises(Unauthenticated):
        place.workloads.recognise(place.token())


def test_a_workload_rests_while_nobody_answers_for_it(place: Place) -> None:
    shown = place.token()
    place.world.leave("ada")
    with pytest.raises(Unauthenticated, match="rests"):
        place.workloads.recognise(shown)
    place.world.person("ben")
    place.world.put("Workload", "nightly", place.spec(owner="ben@example.org"), 1)
    assert place.workloads.recognise(shown).answers == "ben"
    place.world.put("Workload", "nightly", place.spec(owner="nobody@example.org"), 2)
    with pytest.raises(Unauthenticated, match="rests"):
        place.workloads.recognise(shown)


@pytest.mark.parametrize("shown", ["rw_a.b.c", "abc", "the secret of the home folder", "a.b"])
def test_other_secrets_are_not_taken_for_one(shown: str) -> None:
    assert not looks_like_one(shown)
