"""The worked pilots, audited: every gap that was planted is shown, and none that was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.auditing import audited, outcome
from examples.clinical import generate as clinical
from examples.clinical import landing as clinical_landing
from examples.command import SEED, Generate, Land
from examples.fraud import generate as fraud
from examples.fraud import landing as fraud_landing
from examples.refunds import generate as refunds
from examples.refunds import landing as refunds_landing
from examples.review import generate as review
from examples.review import landing as review_landing

SCALED: dict[str, tuple[Generate, Land, float]] = {
    "clinical": (clinical.generate, clinical_landing.land, 0.2),
    "fraud": (fraud.generate, fraud_landing.land, 0.05),
    "refunds": (refunds.generate, refunds_landing.land, 0.1),
    "review": (review.generate, review_landing.land, 0.1),
}
"""Each with a scale at which nothing planted is too rare for an audit to see."""


@pytest.mark.parametrize("name", SCALED)
def test_all_that_was_planted_is_shown_and_nothing_else(name: str, tmp_path: Path) -> None:
    generate, land, scale = SCALED[name]
    generate(tmp_path, SEED, scale)
    land(tmp_path)

    result = outcome(f"examples.{name}", audited(f"examples.{name}", tmp_path))

    assert result.missed == {}
    assert result.unplanted == ()
