"""Whoever opens a review at the same moment: one goes on, and the others are told so; on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.decide.review.model import Review
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.storage.store import Store
from tests.contract.test_certificates_at_once import MANY, together
from tests.harness.reviewed import Reviewing, reviewing


@pytest.fixture
def made(store: Store, tmp_path: Path) -> Iterator[Reviewing]:
    with reviewing(store, tmp_path) as opened:
        yield opened


def test_one_review_goes_on_however_many_open_it(made: Reviewing) -> None:
    came = together(made.open)
    opened = [each for each in came if isinstance(each, Review)]
    told = [each.code for each in came if isinstance(each, Conflict)]
    assert (len(opened), told) == (1, ["review-going-on"] * (MANY - 1)), came
    assert len(made.board.entries("review.opened")) == 1
    made.board.app.operation.reviews.close(made.board.context("dana@halden.example"), opened[0].id, "Too early.")
    assert isinstance(made.open(), Review), "the next one may begin"
