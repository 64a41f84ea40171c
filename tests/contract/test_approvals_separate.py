"""Owners who are kept separate: barred by every record of theirs, and also once the directory says that they left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from tests.harness.governed import CASE, CHANGE_RIGHTS, Board, ask, governed

OWNER, SECOND_SELF, RITA = (f"{name}@halden.example" for name in ("owner", "owner.second", "rita"))
APART = ask("deploy", ["deploy"], {"group": "risk"}, separate=["product"])


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        opened.deployment.declare({CASE: {"title": "Claims triage", "owners": {"product": OWNER}}})
        opened.deployment.accept(CASE, Duty.PRODUCT)
        opened.group("risk", OWNER, SECOND_SELF)
        opened.one_human(OWNER, SECOND_SELF)
        opened.signed(CHANGE_RIGHTS, APART)
        yield opened


@pytest.mark.parametrize("has_left", [False, True])
def test_an_owner_who_is_kept_separate_is_barred_by_every_record(board: Board, *, has_left: bool) -> None:
    if has_left:
        board.leaves(OWNER)
    request = board.deploy()
    with pytest.raises(Refused, match="your vote is not asked"):
        board.approve(SECOND_SELF, request)
    assert board.approve(RITA, request).request.state == "approved"


def test_the_vote_of_an_owner_who_left_before_the_others_voted_does_not_count(store: Store, tmp_path: Path) -> None:
    with governed(store, tmp_path) as board:
        board.deployment.declare({CASE: {"title": "Claims triage", "owners": {"product": OWNER}}})
        board.deployment.accept(CASE, Duty.PRODUCT)
        board.signed(CHANGE_RIGHTS, ask("deploy", ["deploy"], {"owner": "product"}, {"group": "risk"}))
        request, other = board.deploy(), board.deploy(release="r2")
        board.approve(OWNER, request)
        board.approve(OWNER, other)
        assert board.approve(RITA, other).request.state == "approved"
        board.leaves(OWNER)
        standing = board.approve(RITA, request)
        assert standing.request.state == "open"
        assert [clause.given_by for rule in standing.rules for clause in rule.clauses] == [(), (board.ref(RITA),)]
