from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.decide.readiness.assessment import Tone
from roadworthy.demo.draws import Draws
from roadworthy.demo.organisation import organisation
from roadworthy.demo.service import Generated, generate, make
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.runtime import SeededRandomness
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import Duty, Stage, UseCase

TODAY = dt.date(2026, 1, 5)


@pytest.fixture(scope="module")
def app(told: tuple[Path, Generated], home: Path) -> Iterator[App]:
    settings = Settings(home=home)
    assert told[1].use_cases == 14
    assert told[1].statements > 150
    assert make(settings) is None
    with open_home(settings) as (opened, _lock):
        yield opened


def test_the_same_seed_gives_the_same_organisation() -> None:
    first, again = (organisation(Draws(SeededRandomness(7)), TODAY) for _ in range(2))
    other = organisation(Draws(SeededRandomness(8)), TODAY)
    assert first == again
    assert first != other


@pytest.mark.parametrize("seed", range(20))
def test_every_seed_gives_a_portfolio_that_can_be_entered(seed: int) -> None:
    cases = organisation(Draws(SeededRandomness(seed)), TODAY)
    assert len(cases) == 9
    assert {case.spec.stage for case in cases} == set(Stage)
    assert len({case.spec.sector for case in cases}) == 4
    assert all(statement.observed <= TODAY for case in cases for statement in case.statements)
    assert any(case.spec.owners.business is None for case in cases)


@pytest.mark.parametrize("seed", range(20))
def test_nobody_attests_at_their_own_gate(seed: int) -> None:
    cases = organisation(Draws(SeededRandomness(seed)), TODAY)
    words = [(case.spec, each) for case in cases for each in case.statements if not each.documented]
    assert words
    assert not any(holds(spec, each.by, each.fact) for spec, each in words)


def holds(spec: UseCase, handle: str, fact: str) -> bool:
    """Whether somebody is named for the duty that answers a fact."""
    return spec.owners.of(Duty(FACTS[fact].duty)) == handle


def test_the_demo_shows_every_colour(app: App) -> None:
    page = app.readiness.portfolio()
    tones = {scale.tone for row in page.rows for scale in row.dimensions.values()}
    assert page.total == 14
    assert tones == set(Tone)


def test_the_demo_verifies_and_is_not_entered_twice(app: App) -> None:
    app.ledger.checkpoint()
    verified = app.ledger.verify()
    assert verified.ok
    assert verified.confirmed == verified.size > 100
    with pytest.raises(Conflict):
        generate(app)


def test_the_history_is_in_order_and_ends_now(app: App) -> None:
    entries = app.ledger.entries(limit=1000).entries
    times = [placed.entry.at for placed in reversed(entries)]
    assert times == sorted(times)
    assert times[-1] - times[0] > dt.timedelta(days=150)
    registered = {placed.entry.resource for placed in entries if placed.entry.what == "use-case.applied"}
    assert len(registered) == 14
