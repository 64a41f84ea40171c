"""What would become of a proposal is what becomes of it, and asking keeps nothing, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.decide.approvals.requests import Proposal
from roadworthy.foundation.errors import InvalidInput, Refused
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, DEPLOY, Board, ask, governed

RITA, ROB, PROPOSER = (f"{name}@halden.example" for name in ("rita", "rob", "proposer"))
TWO = ask("roll-back", ["roll-back"], {"group": "risk", "count": 2})
ALONE = {"name": "resume-at-once", "decides": ["resume"], "decision": "approve", "valid": "1h"}
NEVER = {"name": "never", "decides": ["raise-limit"], "decision": "decline"}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY, TWO, ALONE, NEVER) as opened:
        yield opened


def wants(decides: str, **facts: object) -> Proposal:
    return Proposal("external", {"decides": decides, "useCase": CASE, "facts": facts, "details": {}}, "needed")


@pytest.mark.parametrize("decides", ["deploy", "roll-back", "resume"])
@pytest.mark.parametrize("by", [PROPOSER, RITA])
def test_what_is_foreseen_is_what_becomes_of_it(board: Board, decides: str, by: str) -> None:
    context = board.context(by)
    before = board.app.ledger.verify().size
    foreseen = board.app.approvals.foresee(context, wants(decides))
    assert board.app.ledger.verify().size == before, "nothing is kept"
    request = board.app.approvals.propose(context, wants(decides))
    standing = board.app.approvals.standing(request.id)
    assert foreseen.rules == standing.rules
    assert (foreseen.title, foreseen.classes) == (request.title, request.classes)
    assert (foreseen.approved_by, foreseen.nobody) == (request.approved_by, ())
    assert tuple(foreseen.shown) == tuple(board.app.approvals.shown(request))
    assert foreseen.at_once == (request.state == "approved")
    assert (request.deadline_at - request.created_at).total_seconds() == foreseen.seconds_to_decide
    could = {ref for rule in foreseen.rules for clause in rule.clauses for ref in clause.could}
    assert board.ref(by) not in could, "the proposer's yes does not count"


def test_what_nobody_may_is_said_and_not_recorded(board: Board) -> None:
    for decides, why in (("raise-limit", "never"), ("agent-action", "no rule covers")):
        foreseen = board.app.approvals.foresee(board.context(PROPOSER), wants(decides))
        assert any(why in sentence for sentence in foreseen.nobody)
        assert not foreseen.at_once
    assert board.entries("decision.denied") == []


def test_what_cannot_be_proposed_cannot_be_foreseen(board: Board) -> None:
    with pytest.raises(InvalidInput, match="none of"):
        board.app.approvals.foresee(board.context(PROPOSER), wants("deploy", change_kind="colour"))


def test_a_change_beneath_shows(board: Board) -> None:
    first = board.app.approvals.foresee(board.context(PROPOSER), wants("deploy"))
    assert board.app.approvals.foresee(board.context(ROB), wants("deploy")).rests_on == first.rests_on
    board.deployment.declare({CASE: {"title": "Claims triage", "purpose": "Another purpose."}})
    assert board.app.approvals.foresee(board.context(PROPOSER), wants("deploy")).rests_on != first.rests_on


def test_before_the_first_rights_nothing_is_foreseen(store: Store, tmp_path: Path) -> None:
    with governed(store, tmp_path) as board, pytest.raises(Refused, match="ever in force"):
        board.app.approvals.foresee(board.context(PROPOSER), wants("deploy"))
