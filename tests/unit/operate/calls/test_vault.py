"""Secrets that Vault keeps: logging in, staying logged in, and what is used while it is away."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from roadworthy.foundation.errors import InvalidInput, Unavailable
from roadworthy.foundation.runtime import SimulatedClock, simulated
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.secrets.fetching import AGAIN_SECONDS, VaultSecrets
from roadworthy.operate.calls.secrets.transit import Transit
from roadworthy.operate.calls.secrets.vault import SERVICE_ACCOUNT, Vault, login_of, vault_source
from roadworthy.operate.calls.secrets.wrapping import Unopened
from tests.harness.vault import JWT, NAMESPACE, ROLE, SECRET_ID, FakeVault, fake_vault

SOURCE = "vault:secret/ai/openai#key"
REFRESH, STALE = 60.0, 300.0
ABOUT = {"name": "openai", "host": "api.openai.com"}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeVault]:
    with fake_vault() as running:
        yield running


@dataclass
class World:
    """A Vault, a gateway's memory of it, and a clock that the test moves."""

    server: FakeVault
    secrets: VaultSecrets
    clock: SimulatedClock
    changes: list[int]

    def shown(self) -> str | None:
        found = self.secrets.find(SOURCE)
        return None if found is None else found.reveal()

    def later(self, seconds: float) -> str | None:
        self.clock.advance(dt.timedelta(seconds=seconds))
        self.secrets.turn()
        return self.shown()


def settings(server: FakeVault, home: Path, login: str) -> Settings:
    return Settings(home=home, vault_address=server.address, vault_namespace=NAMESPACE, vault_login=login)


@pytest.fixture
def world(server: FakeVault, tmp_path: Path) -> World:
    server.sealed = server.garbled = False
    server.ttl, server.logins = 3600, 0
    server.secrets.clear()
    server.tokens.clear()
    server.requests.clear()
    server.put("secret/ai/openai", key="sk-one", other="x")
    (tmp_path / "secret-id").write_text(f"{SECRET_ID}\n")
    runtime = simulated()
    assert isinstance(runtime.clock, SimulatedClock)
    vault = Vault(settings(server, tmp_path, f"approle {ROLE} file:secret-id"), runtime)
    secrets = VaultSecrets(vault, runtime, REFRESH, STALE)
    assert secrets.find(SOURCE) is None, "what nobody asked for is not fetched"
    changes: list[int] = []
    secrets.changed = lambda: changes.append(1)
    return World(server, secrets, runtime.clock, changes)


def test_a_secret_is_fetched_beside_the_calls_and_looked_at_again(world: World) -> None:
    assert world.shown() is None, "nobody waits for a network here"
    assert "not answered yet" in world.secrets.why_not(SOURCE)
    world.secrets.turn()
    assert (world.shown(), world.secrets.why_not(SOURCE), world.changes) == ("sk-one", "", [1])
    asked = len(world.server.requests)
    assert world.later(REFRESH - 1) == "sk-one"
    assert len(world.server.requests) == asked, "it is looked at when it is due and not before"
    world.server.put("secret/ai/openai", key="sk-two")
    assert world.later(1) == "sk-two"
    assert world.changes == [1, 1]
    assert world.later(REFRESH) == "sk-two"
    assert world.changes == [1, 1], "what stayed the same changes nothing"
    assert world.server.logins == 1


@pytest.mark.parametrize("how", ["sealed", "garbled"])
def test_the_last_good_value_is_used_for_a_stated_time_and_then_no_more(world: World, how: str) -> None:
    world.secrets.turn()
    setattr(world.server, how, True)
    assert world.later(REFRESH) == "sk-one"
    assert world.later(STALE - 1) == "sk-one"
    assert world.later(1) is None, "errors deny"
    assert "cannot be asked" in world.secrets.why_not(SOURCE)
    assert world.changes == [1, 1]
    setattr(world.server, how, False)
    assert world.later(AGAIN_SECONDS) == "sk-one"


def test_the_bound_holds_where_no_turn_comes(world: World) -> None:
    world.secrets.turn()
    world.clock.advance(dt.timedelta(seconds=REFRESH + STALE))
    assert world.shown() is None


def test_what_vault_deletes_is_not_used_from_then_on(world: World) -> None:
    ends = (world.clock.now() + dt.timedelta(seconds=90)).isoformat(timespec="microseconds").replace("+00:00", "000Z")
    world.server.put("secret/ai/openai", deletion_time=ends, key="sk-short")
    world.secrets.turn()
    assert world.shown() == "sk-short"
    world.clock.advance(dt.timedelta(seconds=90))
    assert world.shown() is None, "the version is over, whether or not anybody looked"


def test_a_no_of_vault_is_no_outage(world: World) -> None:
    world.secrets.turn()
    world.server.secrets["secret/ai/openai"].append({"data": None, "metadata": {"version": 2}})
    assert world.later(REFRESH) is None
    assert "deleted" in world.secrets.why_not(SOURCE)
    world.server.put("secret/ai/openai", other="x")
    assert world.later(AGAIN_SECONDS) is None
    assert "no text in this field" in world.secrets.why_not(SOURCE)
    world.server.put("secret/ai/openai", key="sk-three")
    assert world.later(AGAIN_SECONDS) == "sk-three"


def test_a_token_is_renewed_before_it_ends_and_taken_anew_where_that_fails(world: World) -> None:
    world.server.ttl = 90
    world.secrets.turn()
    (token,) = world.server.tokens.values()
    assert world.later(REFRESH) == "sk-one"
    assert (token.renewed, world.server.logins) == (1, 1)
    token.renewable = False
    assert world.later(REFRESH) == "sk-one"
    assert world.server.logins == 2
    world.server.tokens.clear()
    world.server.put("secret/ai/openai", key="sk-two")
    assert world.later(REFRESH) == "sk-two", "a token that was revoked is taken anew"


def test_whoever_is_not_let_in_gets_nothing_and_no_secret_is_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret-id").write_text("secret-id-WRONG")
    world.secrets.find(SOURCE)
    world.secrets.turn()
    assert world.shown() is None
    why = world.secrets.why_not(SOURCE)
    assert "does not let this gateway in by approle" in why
    assert "WRONG" not in why
    (tmp_path / "secret-id").unlink()
    assert world.later(AGAIN_SECONDS) is None
    assert "cannot be read" in world.secrets.why_not(SOURCE)


def test_where_vault_is_away_it_is_asked_once_and_not_for_each_secret(world: World) -> None:
    for path in range(20):
        world.secrets.find(f"vault:secret/ai/{path}#key")
    world.server.sealed = True
    world.secrets.turn()
    assert world.server.requests == [("POST", "/v1/auth/approle/login")]
    assert "cannot be asked" in world.secrets.why_not("vault:secret/ai/19#key")


@pytest.mark.parametrize("method", ["kubernetes", "token"])
def test_other_ways_in(server: FakeVault, world: World, tmp_path: Path, method: str) -> None:
    del world
    file = tmp_path / "shown"
    token = server.token(ttl=0)
    file.write_text({"kubernetes": JWT, "token": token}[method])
    login = {"kubernetes": "kubernetes@clusters/eu gateway file:shown", "token": "token file:shown"}[method]
    runtime = simulated()
    vault = Vault(settings(server, tmp_path, login), runtime)
    source = vault_source(SOURCE)
    assert source is not None
    assert vault.fetch(source).value.reveal() == "sk-one"
    if method == "token":
        server.tokens.clear()
        with pytest.raises(Unopened):
            vault.fetch(source)
        file.write_text(server.token())
        assert vault.fetch(source).value.reveal() == "sk-one", "an agent wrote another one"


def test_a_transit_key_wraps_and_its_older_versions_still_open(server: FakeVault, world: World, tmp_path: Path) -> None:
    del world
    transit = Transit.of(
        settings(server, tmp_path, f"approle {ROLE} file:secret-id"), simulated(), "transit/roadworthy"
    )
    key = os.urandom(32)
    name, wrapped = transit.wrap(key, ABOUT)
    assert (name, transit.opens(name), key in wrapped) == ("vault-transit:transit/roadworthy", True, False)
    server.transit.append(os.urandom(32))
    assert transit.unwrap(name, wrapped, ABOUT) == key
    for other in ({**ABOUT, "host": "evil.example"}, {}):
        with pytest.raises(Unopened):
            transit.unwrap(name, wrapped, other)
    with pytest.raises(Unopened):
        transit.unwrap(name, b"\xff", ABOUT)
    server.sealed = True
    with pytest.raises(Unavailable):
        transit.unwrap(name, wrapped, ABOUT)


@pytest.mark.parametrize(
    "text",
    ["vault:secret#key", "vault:secret/openai", "vault:/openai#key", "vault:secret/../sys#key", "vault:secret//a#key",
     "vault:secret/a b#key", "vault:secret/a#", "env:KEY"],
)  # fmt: skip
def test_what_is_no_source_is_none(text: str) -> None:
    assert vault_source(text) is None


@pytest.mark.parametrize(
    "setting", ["", "token", "token hvs.CANARY", "approle file:x", "password a file:x", "kubernetes", "approle a b c"]
)
def test_a_way_in_that_is_none_is_refused_without_repeating_it(setting: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        login_of(setting)
    assert "CANARY" not in str(caught.value)


def test_kubernetes_shows_the_service_account_where_nothing_else_is_said() -> None:
    assert login_of("kubernetes gateway").source == SERVICE_ACCOUNT
