"""Ways round the rule that nobody approves what they asked for: by a seat, a program, a record or an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.errors import Conflict, Refused
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.identity.tokens import Wanted
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from tests.harness.governed import CASE, CHANGE_RIGHTS, DEPLOY, Board, ask, governed

RITA, ROB, OWNER, PROPOSER, ELSE = (f"{n}@halden.example" for n in ("rita", "rob", "owner", "proposer", "else"))
APART = ask("deploy", ["deploy"], {"group": "risk"}, separate=["product"])


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY) as opened:
        yield opened


def person(board: Board, handle: str) -> Person:
    return board.app.identity.local_user(handle).person


# ---------------------------------------------------------------- by a seat


def test_giving_a_duty_back_while_a_request_is_open_makes_nobody_free_to_vote(store: Store, tmp_path: Path) -> None:
    with governed(store, tmp_path) as board:
        board.deployment.declare({CASE: {"title": "Claims triage", "owners": {"product": OWNER}}})
        board.deployment.accept(CASE, Duty.PRODUCT)
        board.group("risk", OWNER)
        board.signed(CHANGE_RIGHTS, APART)
        request = board.deploy()
        board.app.inventory.release(board.context(OWNER), person(board, OWNER), CASE, Duty.PRODUCT, "I want to vote")
        with pytest.raises(Refused, match="your vote is not asked"):
            board.approve(OWNER, request)
        assert board.approve(RITA, request).request.state == "approved"


# ---------------------------------------------------------------- by a program


def test_who_answered_for_a_program_before_does_not_approve_what_it_asks_for(board: Board) -> None:
    """Whoever had the token may have its secret still."""
    board.app.tokens.new(board.context("maker@halden.example"), Wanted("ci", ("decisions:propose",), owner=RITA))
    board.app.tokens.own(board.context("maker@halden.example"), "ci", ROB)
    program = board.app.tokens.all()[0].context("api")
    request = board.deploy(program)
    for handle in (RITA, ROB):
        with pytest.raises(Refused, match="your yes cannot count"):
            board.approve(handle, request)


def test_who_takes_a_program_over_does_not_approve_what_it_asked_for(board: Board) -> None:
    board.app.tokens.new(board.context("maker@halden.example"), Wanted("ci", ("decisions:propose",)))
    request = board.deploy(board.app.tokens.all()[0].context("api"))
    board.app.tokens.own(board.context("maker@halden.example"), "ci", RITA)
    with pytest.raises(Refused, match="your yes cannot count"):
        board.approve(RITA, request)
    assert board.approve(ROB, request).request.state == "approved"


# ---------------------------------------------------------------- between approval and use


@pytest.mark.parametrize("by_say", [False, True])
def test_an_approval_is_void_once_it_comes_out_that_it_was_the_proposers_own(
    store: Store, tmp_path: Path, *, by_say: bool
) -> None:
    """Rita turns out to be the proposer, by another record; her say had been given to somebody else."""
    with governed(store, tmp_path, {**DEPLOY, "delegation": {"longest": "3d"}}) as board:
        request, approvals = board.deploy(PROPOSER), board.app.approvals
        voter = ELSE if by_say else RITA
        if by_say:
            until = board.deployment.clock.now() + dt.timedelta(days=1)
            board.ref(ELSE)
            approvals.delegate(board.context(RITA), board.proof(), request.id, request.digest, ELSE, until, "out")
        assert board.approve(voter, request).request.state == "approved"
        board.one_human(PROPOSER, RITA)
        with pytest.raises(Conflict, match="what is known of who approved it"):
            approvals.use(board.context(PROPOSER), request.id, request.digest)
        assert board.get(request).state == "voided"
        assert "decision.used" not in board.events(request)
