"""The ranking over a store, on both engines: what it reads, and that its flips come true when they are made so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.ranking import store as rows
from roadworthy.decide.ranking.kinds import shipped
from roadworthy.decide.ranking.model import RankingPolicy, WhatIf, WhyNot
from roadworthy.decide.ranking.supposing import Known, case_of
from roadworthy.foundation.errors import InvalidInput, NotFound
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from tests.harness.decided import Deployment, deployed, worth
from tests.unit.decide.readiness.cases import PERFECT

OWNERS = {"business": "bea@halden.example"}


@pytest.fixture
def deployment(store: Store, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(store, tmp_path) as running:
        yield running


@pytest.fixture
def portfolio(deployment: Deployment) -> Deployment:
    """Four that can be ranked, one that nobody stands behind, one that nobody values, one that is over."""
    nobody = {**worth(900_000, 1_900_000)["outcome"], "owner": None}
    silent = {name: value for name, value in PERFECT["outcome"].items() if name != "annualValue"}
    deployment.declare(
        {
            "alpha": worth(400_000, 900_000, "high"),
            "beta": worth(300_000, 500_000),
            "gamma": worth(200_000, 400_000),
            "delta": worth(150_000, 380_000, owners=OWNERS),
            "unbacked": {**PERFECT, "stage": "pilot", "outcome": nobody},
            "unvalued": {**PERFECT, "stage": "pilot", "outcome": silent},
            "running": worth(10**6, 10**6, stage="production"),
        }
    )
    return deployment


def test_what_is_read_in_bulk_is_what_is_known_of_each(portfolio: Deployment) -> None:
    portfolio.accept("alpha", Duty.BUSINESS)
    portfolio.app.readiness.refresh()
    with portfolio.app.store.read() as connection:
        in_bulk = list(rows.cases(connection))
        known = [case_of(Known(*each)) for each in portfolio.app.readiness.each(connection)]

    assert in_bulk == known
    assert len(in_bulk) == 7


def test_the_picks_come_with_reasons_and_the_rest_with_what_is_missing(portfolio: Deployment) -> None:
    ranked = portfolio.app.ranking.rank()

    assert [pick.place.estimate.case.name for pick in ranked.picks] == ["alpha", "beta", "gamma"]
    assert all(len(pick.reasons) == 4 for pick in ranked.picks)
    assert {each.case.name: each.reasons for each in ranked.not_rankable} == {
        "unbacked": (WhyNot.COMMITMENT,),
        "unvalued": (WhyNot.VALUE,),
        "running": (WhyNot.STAGE,),
    }
    assert ranked.total == 7


def test_a_business_owners_yes_moves_in_what_the_flip_said_it_would(portfolio: Deployment) -> None:
    flips = {(flip.name, flip.fact): flip for flip in portfolio.app.ranking.rank().flips if flip.moves == "in"}
    assert flips["unbacked", "business-accepted"].person == "business@halden.example"

    portfolio.accept("unbacked", Duty.BUSINESS)

    assert "unbacked" in portfolio.picks()


def test_limits_of_value_hold_on_both_sides(portfolio: Deployment) -> None:
    ranked = portfolio.app.ranking.rank()
    words = next(flip.words for flip in ranked.flips if (flip.name, flip.fact, flip.moves) == ("gamma", "value", "out"))
    limit = int(words.removeprefix("an annual value below ").split(" EUR")[0].replace(",", ""))
    assert 0 < limit < 300_000

    for middle, stays in ((limit * 99 // 100, False), (limit * 102 // 100, True)):
        portfolio.declare({"gamma": worth(middle * 2 // 3, middle * 4 // 3)})
        assert ("gamma" in portfolio.picks()) is stays, middle


def test_every_flip_in_is_what_the_supposition_shows(portfolio: Deployment) -> None:
    ranked = portfolio.app.ranking.rank()
    tried = 0
    for flip in ranked.flips:
        what, _, which = flip.fact.partition(":")
        known: dict[str, dict[str, Any]] = {
            "business-accepted": {"accepted": ["business"]},
            "outcome-owner": {"outcomeOwner": flip.moves == "in"},
            "business-released": {"released": ["business"]},
            "criterion": {"meets": [which]},
            "named-platform": {"named": ["platform"]},
        }
        if what in known:
            supposed = portfolio.app.ranking.rank(
                WhatIf.model_validate({"changes": [{"useCase": flip.name, **known[what]}]})
            )
            picked = {pick.place.estimate.case.name for pick in supposed.picks}
            assert (flip.name in picked) is (flip.moves == "in"), flip
            assert supposed.moved[0].name == flip.name
            tried += 1
    assert tried >= 2


def test_a_supposition_leaves_no_trace(portfolio: Deployment) -> None:
    before = portfolio.app.ranking.rank()
    size = portfolio.app.ledger.checkpoint().size
    change = {"useCase": "alpha", "value": ["1 EUR", "2 EUR"], "stage": "pilot", "meets": ["data-audit"]}
    supposed = portfolio.app.ranking.rank(WhatIf.model_validate({"changes": [change]}))

    assert supposed.moved[0].was_picked
    assert not supposed.moved[0].is_picked
    assert portfolio.app.ranking.rank() == before
    assert portfolio.app.ledger.checkpoint().size == size


def test_a_supposition_about_nothing_that_exists_is_refused(portfolio: Deployment) -> None:
    with pytest.raises(NotFound, match="alpaha"):
        portfolio.app.ranking.rank(WhatIf.model_validate({"changes": [{"useCase": "alpaha", "target": True}]}))
    with pytest.raises(InvalidInput, match="data-odit"):
        portfolio.app.ranking.rank(WhatIf.model_validate({"changes": [{"useCase": "alpha", "meets": ["data-odit"]}]}))


def test_a_declared_policy_replaces_the_one_that_ships(portfolio: Deployment) -> None:
    one = shipped().model_dump(mode="json", by_alias=True) | {"title": "One at a time", "pick": 1}
    portfolio.declare({"default": one}, RankingPolicy)
    ranked = portfolio.app.ranking.rank()

    assert [pick.place.estimate.case.name for pick in ranked.picks] == ["alpha"]
    assert not ranked.policy.is_shipped


def test_an_empty_portfolio_has_an_empty_ranking(deployment: Deployment) -> None:
    ranked = deployment.app.ranking.rank()

    assert (ranked.total, ranked.picks, ranked.places, ranked.flips, ranked.currency) == (0, (), (), (), None)
