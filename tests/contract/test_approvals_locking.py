"""Rights that nobody could ever change again are not signed, and no later decision makes such of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from roadworthy.app import App
from roadworthy.assembly.kinds import kinds
from roadworthy.decide.approvals.kinds import starter_text
from roadworthy.decide.approvals.locking import locked
from roadworthy.decide.approvals.model import DecisionRights
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.foundation.access.model import RoleMap
from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.documents import Source, declare, parse
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CHANGE_RIGHTS, FIRST, SECOND, Board, ask, governed

ROLE: Mapping[str, Any] = {"role": "approver"}
ASKS_ROLE = ask("rights", ["change-rights"], {"person": FIRST}, ROLE)
NOBODY = [
    "promote", "deploy", "retrain", "change-data", "change-policy", "change-rubric", "waive", "review",
    "accept-duty", "roll-back", "suspend", "resume", "retire", "raise-limit", "agent-action",
]  # fmt: skip
ADMIN = "platform-administrator"
GIVEN = {"people": {FIRST: [ADMIN, "approver"]}}


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as found:
        yield found


def plan(app: App, rule: Mapping[str, Any] | None, roles: Mapping[str, Any] | None) -> Plan:
    declared = []
    if rule is not None:
        spec = {"rules": [rule], "nobody": NOBODY}
        declared.append(declare(app.registry.get("DecisionRights"), "default", spec))
    if roles is not None:
        declared.append(declare(app.registry.get("RoleMap"), "default", dict(roles)))
    return app.resources.plan(declared)


def genesis(board: Board, rule: Mapping[str, Any], roles: Mapping[str, Any] | None) -> Request:
    text = plan(board.app, rule, roles).to_text()
    return board.app.approvals.genesis(board.context("admin"), text, [FIRST, SECOND], "the first")


def test_the_first_rights_do_not_ask_a_role_that_nobody_is_given(board: Board) -> None:
    for roles in (None, {"people": {FIRST: [ADMIN]}}):
        with pytest.raises(InvalidInput, match="nobody could ever change") as refused:
            genesis(board, ASKS_ROLE, roles)
        assert refused.value.code == "rights-locked"
        assert "RoleMap" in refused.value.remedy
    assert genesis(board, ASKS_ROLE, GIVEN).state == "open"


def test_a_role_map_in_force_counts(board: Board) -> None:
    board.app.resources.apply(board.context("admin"), plan(board.app, None, GIVEN))
    assert genesis(board, ASKS_ROLE, None).state == "open"


def test_no_later_decision_takes_the_last_role_or_asks_one_that_is_missing(board: Board) -> None:
    request = genesis(board, ASKS_ROLE, GIVEN)
    for handle in (FIRST, SECOND):
        board.approve(handle, request)
    removal = board.app.resources.plan_removal("RoleMap", "default")
    for change in (plan(board.app, None, {"people": {FIRST: [ADMIN]}}), removal):
        with pytest.raises(InvalidInput, match="nobody could ever change"):
            board.app.approvals.propose(board.context("admin"), Proposal("plan", change.to_values(), "tidy"))
    other = plan(board.app, CHANGE_RIGHTS, {"people": {FIRST: [ADMIN]}})
    assert board.app.approvals.propose(board.context("admin"), Proposal("plan", other.to_values(), "tidy")).state


@pytest.mark.parametrize(
    ("more", "is_locked"),
    [
        ({"approvers": [{"person": FIRST}, ROLE]}, True),
        ({"approvers": [{"group": "empty-today", "count": 20}]}, False),
        ({"approvers": [{"person": FIRST}, ROLE], "quorum": "any"}, False),
        ({"approvers": [{"person": FIRST}, {"group": "a"}, ROLE], "quorum": 2}, False),
        ({"approvers": [ROLE], "escalations": [{"after": "2d", "approvers": [{"group": "a"}]}]}, False),
        ({"approvers": [ROLE], "when": "kind == 'RoleMap'"}, False),
    ],
)
def test_a_way_that_is_left_is_enough(more: Mapping[str, Any], *, is_locked: bool) -> None:
    rule = {"name": "rights", "decides": ["change-rights"], "decision": "ask", **more}
    rights = DecisionRights.model_validate({"rules": [rule], "nobody": NOBODY})
    assert (locked(rights, None) is not None) is is_locked
    assert locked(rights, RoleMap.model_validate(GIVEN)) is None


def test_what_ships_to_start_from_is_whole_and_locks_nobody_out() -> None:
    declared, findings = parse([Source("rights.yaml", starter_text())], Registry(kinds()))
    assert not findings
    rights, roles = (one.spec for one in declared)
    assert isinstance(rights, DecisionRights)
    assert isinstance(roles, RoleMap)
    assert locked(rights, None) is not None
    assert locked(rights, roles) is None
