"""A waiver of a criterion holds for what was asked when it was made, and for nothing else, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.readiness.assessment import Judgement
from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Criterion, Dimension, Level, Rubric
from roadworthy.decide.readiness.rules import asked_digest
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, Board, governed

BY = "dana@halden.example"


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        opened.app.ledger.settle()
        opened.app.consumers.tick()
        yield opened


def waived(board: Board) -> str:
    """Waive what blocks first; its id."""
    criterion = board.app.readiness.of(CASE).blocking[0].criterion.id
    until = board.deployment.clock.now() + dt.timedelta(days=30)
    board.app.waivers.waive(board.context(BY), CASE, criterion, "It can wait.", "A person looks.", until)
    assert judged(board, criterion).waived_until == until
    return criterion


def judged(board: Board, criterion: str) -> Judgement:
    (found,) = [each for each in board.app.readiness.of(CASE).judgements if each.criterion.id == criterion]
    return found


def rubric(criterion: str, **changed: Any) -> dict[str, Any]:
    """The rubric that ships, with one criterion changed; without it where nothing is said."""
    whole = shipped().model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for name, some in whole["dimensions"].items():
        kept = [({**each, **changed} if each["id"] == criterion else each) for each in some]
        whole["dimensions"][name] = kept if changed else [each for each in kept if each["id"] != criterion]
    return whole


def ended(board: Board) -> list[Entry]:
    board.app.ledger.settle()
    board.app.consumers.tick()
    board.app.timers.tick()
    return board.entries("criterion.waiver-ended")


@pytest.mark.parametrize(
    "changed",
    [{"title": "Something else is so"}, {"why": "For another reason."}, {"freshWithin": "7d"}, {}],
    ids=["title", "why", "threshold", "gone"],
)
def test_a_waiver_counts_for_nothing_once_something_else_is_asked(board: Board, changed: dict[str, Any]) -> None:
    criterion = waived(board)
    board.deployment.declare({"default": rubric(criterion, **changed)}, Rubric)
    if changed:
        assert judged(board, criterion).waived_until is None, "at once, before anything looked"
    (entry,) = ended(board)
    assert (entry.resource, entry.facts) == (
        f"UseCase/{CASE}",
        {"criterion": criterion, "why": "criterion-changed"},
    )
    (waiver,) = board.app.waivers.of(CASE)
    assert waiver.ended_at == board.deployment.clock.now()
    board.deployment.clock.advance(dt.timedelta(days=31))
    assert len(ended(board)) == 1, "its timer went with it"


def test_a_waiver_outlasts_what_it_is_not_about(board: Board) -> None:
    criterion = waived(board)
    board.deployment.declare({"default": rubric(criterion, turnsGreen="Do it otherwise.", duty="business")}, Rubric)
    other = next(
        each.criterion.id for each in board.app.readiness.of(CASE).judgements if each.criterion.id != criterion
    )
    board.deployment.declare({"default": rubric(other, title="Another title")}, Rubric)
    assert ended(board) == []
    assert judged(board, criterion).waived_until is not None


def test_a_rubric_that_comes_back_does_not_bring_the_waiver_back(board: Board) -> None:
    criterion = waived(board)
    board.deployment.declare({"default": rubric(criterion, title="Something else is so")}, Rubric)
    assert len(ended(board)) == 1
    board.deployment.declare({"default": rubric(criterion, level="must")}, Rubric)
    assert judged(board, criterion).waived_until is None


def test_what_an_upgrade_of_the_shipped_rubric_overtakes_is_ended_at_the_start(board: Board) -> None:
    from roadworthy.decide.readiness.tables import criterion_waivers

    waived(board)
    assert board.app.waivers.complete() == 0
    older = criterion_waivers.update().values(asked="sha256:of-an-earlier-version")
    board.app.store.write(lambda connection: connection.execute(older))
    assert board.app.waivers.complete() == 1
    assert len(ended(board)) == 1
    assert board.app.waivers.complete() == 0


CRITERIA = [each for _, each in shipped().criteria()]


@given(
    st.sampled_from(CRITERIA),
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.just("Another title"),
            "why": st.just("Another reason."),
            "level": st.sampled_from(list(Level)),
            "fresh_within": st.sampled_from([None, "7d", "90d"]),
            "requires": st.sampled_from([each.requires for each in CRITERIA]),
            "turns_green": st.just("Another way."),
            "effort": st.sampled_from([each.effort for each in CRITERIA]),
            "duty": st.sampled_from([each.duty for each in CRITERIA]),
            "applies_to": st.sampled_from([each.applies_to for each in CRITERIA]),
        },
    ),
)
def test_the_digest_changes_if_and_only_if_what_is_asked_does(criterion: Criterion, changed: dict[str, Any]) -> None:
    other = criterion.model_copy(update=changed)
    asks = ("id", "title", "why", "level", "requires", "fresh_within")
    same = all(getattr(criterion, name) == getattr(other, name) for name in asks)
    assert (asked_digest(criterion, Dimension.DATA) == asked_digest(other, Dimension.DATA)) is same
