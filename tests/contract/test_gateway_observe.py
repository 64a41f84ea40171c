"""Observe mode rests on one approved decision about one endpoint, ends with it, and counts its days down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.model import Asking, Decision
from roadworthy.operate.telemetry.model import Enforcement, Surface
from tests.harness.governed import CASE, Board, ask, governed

BY, RITA = "dana@halden.example", "rita@halden.example"
SPEC: dict[str, Any] = {
    "useCase": CASE,
    "surfaces": ["chat-completions"],
    "models": [{"name": "gpt", "targets": [{"upstream": "stub", "model": "gpt-4o"}]}],
}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    rule = ask("limits", ["raise-limit"], {"group": "risk"}, valid="20d")
    free = {"name": "free", "decides": ["promote", "change-policy"], "decision": "approve"}
    with governed(store, tmp_path, rule, free) as opened:
        opened.deployment.declare({CASE: {"title": "Claims triage", "stage": "production"}})
        opened.deployment.declare({"chat": SPEC, "other": {**SPEC, "surfaces": ["responses"]}}, Endpoint)
        yield opened
        opened.app.admitting.close()


def day(board: Board, days: int) -> str:
    return (board.deployment.clock.now() + dt.timedelta(days=days)).date().isoformat()


def asked(board: Board, resource: str = "Endpoint/chat", decides: str = "raise-limit", **details: Any) -> Request:
    content = {"decides": decides, "useCase": CASE, "resource": resource, "facts": {}, "details": details}
    return board.app.approvals.propose(board.context(BY), Proposal("external", content, "it is live already"))


def observe(board: Board, request: str, days: int = 30) -> None:
    said = {**SPEC, "observe": {"until": day(board, days), "transition": request}}
    board.deployment.declare({"chat": said}, Endpoint)


def decided(board: Board, secret: str) -> Decision:
    board.app.admitting.reloading.look()
    return board.app.admitting.admission.decide(Asking(Surface.CHAT, board.deployment.clock.now(), secret, "gpt"))


def live(board: Board) -> str:
    secret, _ = board.app.admitting.keys.new(board.context(BY), Wanted("live", CASE, "production"))
    return secret


def told(board: Board) -> tuple[int, str]:
    board.app.admitting.reloading.look()
    (said,) = board.app.admitting.reloading.observed()
    return said["daysLeft"], said.get("enforcedBecause", "")


def test_an_approved_request_about_the_endpoint_lets_it_be_watched_until_its_last_day(board: Board) -> None:
    secret = live(board)
    request = asked(board, observeUntil=day(board, 9))
    assert board.app.admitting.reloading.observed() == []
    board.approve(RITA, request)
    observe(board, request.id)
    decision = decided(board, secret)
    assert (decision.enforcement, decision.goes_on) == (Enforcement.OBSERVED, True)
    assert decision.refusal is not None
    assert told(board) == (10, "")
    board.deployment.clock.advance(dt.timedelta(days=9))
    assert told(board)[0] == 1
    assert decided(board, secret).goes_on
    board.deployment.clock.advance(dt.timedelta(days=1))
    assert not decided(board, secret).goes_on, "its last day is over"


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"resource": "Endpoint/other"}, "not one to raise-limit of Endpoint/chat"),
        ({"resource": f"UseCase/{CASE}"}, "not one to raise-limit of Endpoint/chat"),
        ({"observeUntil": None}, "does not say `observeUntil`"),
        ({"observeUntil": "soon"}, "does not say `observeUntil`"),
    ],
)
def test_a_request_about_something_else_is_no_transition(board: Board, about: dict[str, Any], why: str) -> None:
    secret = live(board)
    request = asked(board, **{"observeUntil": day(board, 9), **about})
    board.approve(RITA, request)
    observe(board, request.id)
    assert why in told(board)[1]
    assert not decided(board, secret).goes_on


def test_it_ends_with_its_approval_and_no_new_declaration_makes_it_longer(board: Board) -> None:
    secret = live(board)
    request = asked(board, observeUntil=day(board, 200))
    board.approve(RITA, request)
    observe(board, request.id, days=200)
    assert told(board) == (90, "")
    board.deployment.clock.advance(dt.timedelta(days=10))
    observe(board, request.id, days=190)
    assert told(board) == (80, ""), "declaring it again adds no day"
    board.deployment.clock.advance(dt.timedelta(days=11))
    board.app.timers.tick()
    assert told(board) == (0, "the decision request is lapsed")
    assert not decided(board, secret).goes_on
