"""A say that was given for a part counts for no more than that part, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, Board, ask, governed

RITA, PROPOSER, ELSE = (f"{name}@halden.example" for name in ("rita", "proposer", "else"))
RISK = {"group": "risk"}
LONG, SHORT = {"longest": "14d"}, {"longest": "3d"}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    rules = (
        ask("gates", ["promote"], RISK, delegation=LONG),
        ask("policies", ["change-policy", "deploy"], RISK, delegation=LONG),
        ask("also-deploys", ["deploy"], RISK, delegation=SHORT),
    )
    with governed(store, tmp_path, *rules) as opened:
        yield opened


def give(board: Board, decides: DecisionClass | None = None, use_case: str | None = None) -> None:
    board.ref(ELSE)
    until = board.deployment.clock.now() + dt.timedelta(days=14)
    board.app.approvals.give_say(board.context(RITA), board.proof(), ELSE, until, "leave", decides, use_case)


def asked(board: Board, *wanted: tuple[str, str, dict[str, Any]]) -> Request:
    """Ask for a plan of these resources."""
    declared = [declare(board.app.registry.get(kind), name, spec) for kind, name, spec in wanted]
    content = {"plan": board.app.resources.plan(declared).to_text()}
    return board.app.approvals.propose(board.context(PROPOSER), Proposal("plan", content, "it is time"))


def candidate(name: str = CASE) -> tuple[str, str, dict[str, Any]]:
    return "UseCase", name, {"title": "Claims triage", "stage": "candidate"}


def vendors() -> tuple[str, str, dict[str, Any]]:
    return "PlatformProfile", "platform", {"vendors": ["Acme"]}


def counts(board: Board, request: Request) -> bool:
    mine = board.app.approvals.standing(request.id, board.ref(ELSE)).mine
    assert mine is not None
    return mine.may_vote


def test_a_say_for_one_use_case_is_none_for_a_plan_about_two(board: Board) -> None:
    give(board, use_case=CASE)
    assert not counts(board, asked(board, candidate(), candidate("chat")))
    assert not counts(board, asked(board, candidate("chat")))
    assert not counts(board, asked(board, vendors()))  # about none at all
    assert counts(board, asked(board, candidate()))


def test_a_say_for_one_class_is_none_for_a_plan_of_two(board: Board) -> None:
    give(board, decides=DecisionClass.PROMOTE)
    assert not counts(board, asked(board, candidate(), vendors()))
    assert not counts(board, asked(board, vendors()))
    assert not counts(board, board.deploy())
    assert counts(board, asked(board, candidate()))


def test_a_say_for_everything_counts_for_as_long_as_the_shortest_rule_allows(board: Board) -> None:
    give(board)
    board.later(days=3, seconds=-1)
    early = board.deploy()
    assert counts(board, early)
    board.later(seconds=1)
    assert not counts(board, board.deploy(release="r2"))
    assert counts(board, asked(board, candidate("chat"), vendors()))


def test_a_say_given_inside_a_request_is_over_at_its_hour_and_not_before(board: Board) -> None:
    until = board.deployment.clock.now() + dt.timedelta(hours=2)
    early, late = asked(board, candidate()), asked(board, candidate("chat"))
    board.ref(ELSE)
    for request in (early, late):
        said = board.app.approvals.delegate
        said(board.context(RITA), board.proof(), request.id, request.digest, ELSE, until, "out")
    board.later(hours=2, seconds=-1)
    assert counts(board, early)
    board.later(seconds=1)
    assert not counts(board, late)
