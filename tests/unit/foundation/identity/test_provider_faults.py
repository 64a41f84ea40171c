"""What keeps people from signing in at a provider, as the doctor is told: asked of a real issuer that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.identity.oidc.discovery import NOT_AGAIN_SECONDS
from roadworthy.foundation.identity.oidc.provider import Provider
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Provider as Told
from tests.harness.hostile_issuer import Answer, HostileIssuer, hostile_issuer


@pytest.fixture
def issuer() -> Iterator[HostileIssuer]:
    with hostile_issuer() as running:
        yield running


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime.now(UTC))


def provider(issuer: HostileIssuer, clock: SimulatedClock, home: Path, **told: Any) -> Provider:
    settings = Told(name="staff", issuer=issuer.address, client_id="roadworthy", **told)
    return Provider(settings, Sources(home, {}), Runtime(clock=clock))


def test_one_that_works_has_none(issuer: HostileIssuer, clock: SimulatedClock, tmp_path: Path) -> None:
    assert provider(issuer, clock, tmp_path).faults() == []


def test_the_announcement_the_secret_and_the_keys_are_looked_at(
    issuer: HostileIssuer, clock: SimulatedClock, tmp_path: Path
) -> None:
    (no_secret,) = provider(issuer, clock, tmp_path, client_secret="env:NOT_SET").faults()
    assert "client secret" in no_secret.message
    issuer.announced = {"issuer": "https://id.example.org"}
    (other,) = provider(issuer, clock, tmp_path).faults()
    assert "another issuer" in other.message
    assert other.place.source == issuer.address
    issuer.announced = {}
    issuer.keys = [ECKey.generate_key("P-384")]
    (no_key,) = provider(issuer, clock, tmp_path).faults()
    assert (no_key.code, "ES256" in no_key.message) == ("provider-without-keys", True)
    issuer.instead["/keys"] = Answer(500)
    (broken,) = provider(issuer, clock, tmp_path).faults()
    assert "500" in broken.message


@pytest.mark.parametrize(("ours", "word"), [(-120, "ahead of"), (120, "behind")])
def test_clocks_that_are_apart_are_told_before_sign_ins_fail(
    issuer: HostileIssuer, clock: SimulatedClock, tmp_path: Path, ours: int, word: str
) -> None:
    clock.advance(timedelta(seconds=ours))
    (apart,) = provider(issuer, clock, tmp_path).faults()
    assert apart.code == "provider-clock-apart"
    assert word in apart.message


def test_one_that_went_down_after_it_was_asked_is_noticed(
    issuer: HostileIssuer, clock: SimulatedClock, tmp_path: Path
) -> None:
    asked = provider(issuer, clock, tmp_path)
    assert asked.faults() == []
    issuer.instead["/.well-known/openid-configuration"] = Answer(503)
    clock.advance(timedelta(seconds=NOT_AGAIN_SECONDS))
    (down,) = asked.faults()
    assert "503" in down.message
    assert asked.metadata().issuer == issuer.address  # sign-ins go on with what was announced within the hour


def test_asking_again_and_again_does_not_ask_the_provider(
    issuer: HostileIssuer, clock: SimulatedClock, tmp_path: Path
) -> None:
    asked = provider(issuer, clock, tmp_path)
    for _ in range(5):
        asked.faults()
    assert sum(issuer.asked.values()) == 2
