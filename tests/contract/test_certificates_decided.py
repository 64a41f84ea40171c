"""What people decide about certificates: less by the right to suspend, more by the right to resume only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.model import ALL, Certificate
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.foundation.errors import Conflict, InvalidInput, Refused
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, Board, ask, governed
from tests.harness.issued import condition, issued

BY, RITA = "dana@halden.example", "rita@halden.example"
_S = CertificateState
SUSPEND = {"name": "suspend", "decides": ["suspend"], "decision": "approve"}
RESUME = ask("resume", ["resume"], {"group": "risk"})


@pytest.fixture
def free(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        opened.app.consumers.tick()
        yield opened


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, SUSPEND, RESUME) as opened:
        opened.app.consumers.tick()
        yield opened


def changed(board: Board, change: Change, about: str, **more: Any) -> None:
    board.app.operation.certificates.change(board.context(BY), Asked(change, about, "It has to be.", **more))


def proposed(board: Board, change: Change, about: str, **more: Any) -> Request:
    content = {"change": change.value, "about": about, "reason": "It is mended.", **more}
    return board.app.approvals.propose(board.context(BY), Proposal("certificate", content, "It is mended."))


def stands(board: Board, certificate: Certificate) -> Certificate:
    return board.app.operation.certificates.get(certificate.serial)


def test_without_decision_rights_a_person_does_it_at_once(free: Board) -> None:
    made = issued(free.app, free.context(BY), CASE)
    changed(free, Change.NARROW, made.serial, code="drift")
    narrowed = stands(free, made)
    assert (narrowed.state, narrowed.version, narrowed.cause) == (_S.NARROWED, 2, "drift")
    changed(free, Change.SUSPEND, made.serial)
    changed(free, Change.RESUME, made.serial)
    assert stands(free, made).state is _S.NARROWED, "as narrow as before"
    changed(free, Change.WIDEN, made.serial)
    widened = stands(free, made)
    assert (widened.state, widened.version, widened.envelope) == (_S.VALID, 3, made.envelope)
    changed(free, Change.SUSPEND, made.serial)
    changed(free, Change.RESUME, made.serial, whole=True)
    changed(free, Change.WITHDRAW, made.serial)
    with pytest.raises(Conflict, match="withdrawn"):
        changed(free, Change.RESUME, made.serial)
    (entry,) = free.entries("certificate.withdrawn")
    assert entry.oversight.given == (free.ref(BY),)


def test_nothing_is_done_without_a_reason(free: Board) -> None:
    made = issued(free.app, free.context(BY), CASE)
    with pytest.raises(InvalidInput):
        free.app.operation.certificates.change(free.context(BY), Asked(Change.SUSPEND, made.serial, "  "))


def test_a_rule_can_let_people_suspend_and_only_a_vote_resumes(board: Board) -> None:
    made = issued(board.app, board.context(BY), CASE)
    changed(board, Change.SUSPEND, made.serial, urgent=True)
    (entry,) = board.entries("certificate.suspended")
    assert entry.basis.rules == ("suspend",)
    with pytest.raises(Refused):
        changed(board, Change.RESUME, made.serial)
    request = proposed(board, Change.RESUME, made.serial)
    board.approve(RITA, request)
    assert stands(board, made).state is _S.VALID
    (entry,) = board.entries("certificate.resumed")
    assert entry.oversight.given == (board.ref(RITA),)


def test_what_stands_against_it_has_to_be_named(board: Board) -> None:
    due = board.deployment.clock.now() + dt.timedelta(days=1)
    made = issued(board.app, board.context(BY), CASE, conditions=(condition(board.ref(RITA), due),))
    board.later(days=1, minutes=1)
    board.later(days=14)
    board.later(days=2)
    board.later(days=14)
    assert stands(board, made).state is _S.SUSPENDED
    (trouble,) = board.app.operation.certificates.troubles(made.serial)
    with pytest.raises(Conflict, match="condition/c1"):
        proposed(board, Change.RESUME, made.serial, whole=True)
    request = proposed(board, Change.RESUME, made.serial, whole=True, despite=[trouble.id])
    board.approve(RITA, request)
    assert stands(board, made).state is _S.VALID
    (accepted,) = board.app.operation.certificates.troubles(made.serial)
    (entry,) = board.entries("certificate.resumed")
    assert (accepted.accepted_by, list(entry.facts["despite"])) == (entry.id, [trouble.id])
    board.later(days=20)
    assert stands(board, made).state is _S.VALID, "a cause that a decision named does not act again"


def test_a_decision_about_what_has_moved_on_comes_to_nothing(board: Board) -> None:
    made = issued(board.app, board.context(BY), CASE)
    changed(board, Change.SUSPEND, made.serial)
    request = proposed(board, Change.RESUME, made.serial)
    changed(board, Change.WITHDRAW, made.serial)
    with pytest.raises(Conflict):
        board.approve(RITA, request)
    assert board.get(request).state.value == "voided"
    assert stands(board, made).state is _S.WITHDRAWN


def test_a_request_is_voided_as_soon_as_the_certificate_moves(board: Board) -> None:
    made = issued(board.app, board.context(BY), CASE)
    changed(board, Change.SUSPEND, made.serial)
    request = proposed(board, Change.RESUME, made.serial)
    changed(board, Change.WITHDRAW, made.serial)
    board.app.ledger.settle()
    board.app.consumers.tick()
    assert board.get(request).state.value == "voided", "before anybody looked"


@pytest.mark.parametrize("scope", [CASE, ALL])
def test_a_stop_is_set_by_anybody_and_lifted_by_decision(board: Board, scope: str) -> None:
    stops = board.app.operation.certificates.stops
    stop = stops.set(board.context(BY), scope, "It harms somebody.")
    assert stops.set(board.context(RITA), scope, "I saw it too.") == stop, "set once"
    with pytest.raises(Refused):
        changed(board, Change.LIFT_STOP, scope)
    assert stops.listed() == [stop]
    board.approve(RITA, proposed(board, Change.LIFT_STOP, scope))
    assert stops.listed() == []
    (lifted,) = stops.listed(lifted=True)
    assert lifted.lifted_at == board.deployment.clock.now()
    assert [entry.what for entry in board.entries("stop.")] == ["stop.set", "stop.lifted"]
    with pytest.raises(Conflict, match="no stop switch"):
        proposed(board, Change.LIFT_STOP, scope)


@pytest.mark.parametrize(
    "content",
    [
        {"change": "suspend", "about": "x"},
        {"change": "melt", "about": "x", "reason": "y"},
        {"change": "resume", "about": "x", "reason": "y", "despite": "all"},
        {"change": "resume", "about": "x", "reason": "y", "whole": "yes"},
        {"change": "resume", "about": "x", "reason": "y", "reasonCode": 3},
        {"change": "resume", "about": "x", "reason": "y", "by": "me"},
    ],
)
def test_a_proposal_that_cannot_be_read_is_refused_whole(board: Board, content: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        board.app.approvals.propose(board.context(BY), Proposal("certificate", content, "because"))


def test_a_condition_is_met_by_its_owner_or_by_evidence_and_by_nobody_else(free: Board) -> None:
    due = free.deployment.clock.now() + dt.timedelta(days=9)
    made = issued(free.app, free.context(BY), CASE, conditions=(condition(free.ref(RITA), due),))
    certificates = free.app.operation.certificates
    with pytest.raises(Refused, match="their word"):
        certificates.meet(free.context(BY), made.serial, "c1", "I say so.")
    with pytest.raises(InvalidInput, match="no evidence"):
        certificates.meet(free.context(BY), made.serial, "c1", "See there.", "none")
    certificates.meet(free.context(RITA), made.serial, "c1", "Done.")
    with pytest.raises(Conflict, match="already"):
        certificates.meet(free.context(RITA), made.serial, "c1", "Done.")
