"""From a proposal to a decision that is used once, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.errors import Conflict, Refused, Unauthenticated
from roadworthy.foundation.storage.store import Store
from tests.contract.governed import DEPLOY, Board, governed

RITA, ROB, PROPOSER = "rita@halden.example", "rob@halden.example", "proposer@halden.example"


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY) as opened:
        yield opened


def test_a_proposal_is_approved_by_somebody_else_and_used_once(board: Board) -> None:
    request = board.deploy(PROPOSER)
    assert (request.state, request.classes, request.use_case) == ("open", ("deploy",), "claims")
    assert board.inbox(RITA) == [request.id] == board.inbox(ROB)
    assert board.inbox(PROPOSER) == []
    standing = board.approve(RITA, request)
    assert standing.request.state == "approved"
    assert board.inbox(ROB) == []
    use = board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert use.used_by == board.ref(PROPOSER)
    with pytest.raises(Conflict, match="counts once"):
        board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
    assert board.events(request) == ["decision.proposed", "decision.voted", "decision.approved", "decision.used"]
    spent = board.entries("decision.used")[-1]
    assert spent.oversight.given == (board.ref(RITA),)
    assert spent.oversight.required == "deploy"
    assert (spent.basis.inputs, spent.basis.rules) == (request.digest, ("deploy",))
