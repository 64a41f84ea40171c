"""What stands against a certificate is told first and acts then, also where the clock jumps, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.decide.certificate.codec import envelope_values
from roadworthy.decide.certificate.model import Cause, Certificate
from roadworthy.decide.certificate.policy import CertificatePolicy
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.evidence.model import Submission
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty
from tests.harness.governed import CASE, Board, governed
from tests.harness.issued import condition, issued

BY, OWNER = "dana@halden.example", "olga@halden.example"
_S = CertificateState


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        opened.app.consumers.tick()
        yield opened


def handed_in(board: Board, days: int = 30, **more: Any) -> str:
    """Evidence that runs out after some days; its id."""
    now = board.deployment.clock.now()
    today = now.date().isoformat()
    said = {
        "fact": "integration.monitored",
        "answer": "yes",
        "statement": "It is so.",
        "observedFrom": today,
        "observedTo": today,
        "expires": (now + dt.timedelta(days=days)).isoformat(),
        **more,
    }
    return board.app.evidence.submit(board.context(BY), CASE, Submission.model_validate(said)).id


def certified(board: Board, **changed: Any) -> Certificate:
    return issued(board.app, board.context(BY), CASE, **changed)


def turn(board: Board, **by: float) -> None:
    """Time goes by, and everything that waits is handled, as often as it takes."""
    board.deployment.clock.advance(dt.timedelta(**by))
    for _ in range(3):
        board.app.timers.tick()
        board.app.ledger.settle()
        board.app.consumers.tick()


def stands(board: Board, certificate: Certificate) -> Certificate:
    return board.app.operation.certificates.get(certificate.serial)


def of(board: Board, certificate: Certificate) -> list[Entry]:
    return [each for each in board.entries("certificate.") if each.resource.endswith(certificate.serial)]


def test_expired_evidence_is_told_then_narrows_then_suspends(board: Board) -> None:
    item = handed_in(board, days=30)
    made = certified(board, items={item: "d"})
    turn(board, days=30, minutes=1)
    (trouble,) = board.app.operation.certificates.troubles(made.serial)
    assert (trouble.cause, trouble.about) == (Cause.EVIDENCE_EXPIRED, item)
    assert trouble.told_at is not None
    assert trouble.narrows_at is not None
    assert stands(board, made).state is _S.VALID, "it was told, and nothing happened yet"
    turn(board, days=7)
    narrowed = stands(board, made)
    assert (narrowed.state, narrowed.version, narrowed.cause) == (_S.NARROWED, 2, "evidence-expired")
    limits = envelope_values(narrowed.envelope)["terms"]
    assert limits["actions"]["bound"] == {"limits": {}}
    assert limits["volume"]["bound"] == {"most": {"calls per day": 1000}}
    turn(board, days=14)
    assert stands(board, made).state is _S.SUSPENDED
    assert [each.what for each in of(board, made)] == [
        "certificate.issued",
        "certificate.troubled",
        "certificate.told",
        "certificate.narrowed",
        "certificate.suspended",
    ]


def test_a_clock_that_jumps_surprises_nobody(board: Board) -> None:
    made = certified(board, items={handed_in(board, days=30): "d"})
    turn(board, days=120)
    assert stands(board, made).state is _S.VALID, "told now, however long ago it began"
    turn(board, hours=23)
    assert stands(board, made).state is _S.VALID
    turn(board, hours=1, seconds=1)
    assert stands(board, made).state is _S.NARROWED
    turn(board, hours=23)
    assert stands(board, made).state is _S.NARROWED, "between two steps there is the notice again"
    turn(board, hours=1, seconds=1)
    assert stands(board, made).state is _S.SUSPENDED


def test_new_evidence_ends_the_trouble_and_gives_nothing_back(board: Board) -> None:
    item = handed_in(board, days=30)
    made = certified(board, items={item: "d"})
    turn(board, days=30, minutes=1)
    turn(board, days=7)
    assert stands(board, made).state is _S.NARROWED
    handed_in(board, days=80, statement="Again.", supersedes=[item])
    turn(board, minutes=1)
    (trouble,) = board.app.operation.certificates.troubles(made.serial)
    assert trouble.ended_at is not None
    turn(board, days=60)
    assert stands(board, made).state is _S.NARROWED, "only a decision widens it"


def test_an_owner_who_leaves_is_noticed(board: Board) -> None:
    board.deployment.declare({CASE: {"title": "Claims triage", "owners": {"product": OWNER}}})
    board.deployment.accept(CASE, Duty.PRODUCT)
    turn(board, minutes=1)
    made = certified(board)
    board.app.inventory.release(
        board.context(OWNER), board.app.identity.local_user(OWNER).person, CASE, Duty.PRODUCT, "I go."
    )
    turn(board, minutes=1)
    (trouble,) = board.app.operation.certificates.troubles(made.serial)
    assert (trouble.cause, trouble.about) == (Cause.OWNER_LEFT, "duty/product")
    board.deployment.accept(CASE, Duty.PRODUCT)
    turn(board, minutes=1)
    (trouble,) = board.app.operation.certificates.troubles(made.serial)
    assert trouble.ended_at is not None


def test_what_is_declared_otherwise_is_noticed_and_a_stage_is_not(board: Board) -> None:
    made = certified(board)
    board.deployment.declare({CASE: {"title": "Claims triage, renamed", "stage": "pilot"}})
    turn(board, minutes=1)
    assert board.app.operation.certificates.troubles(made.serial) == []
    board.deployment.declare({CASE: {"title": "Claims", "components": [{"name": "m", "kind": "model"}]}})
    turn(board, minutes=1)
    assert [each.cause for each in board.app.operation.certificates.troubles(made.serial)] == [Cause.DIGEST_CHANGED]


def test_a_condition_acts_by_itself_unless_its_owner_says_it_is_met(board: Board) -> None:
    now = board.deployment.clock.now()
    due = now + dt.timedelta(days=10)
    both = (condition(board.ref(OWNER), due, "c1"), condition(board.ref(OWNER), due, "c2"))
    made = certified(board, conditions=both)
    turn(board, days=3, minutes=1)
    told = [each.facts["condition"] for each in of(board, made) if each.what == "certificate.told"]
    assert told == ["c1", "c2"], "a week ahead, each once"
    after = board.app.operation.certificates.meet(board.context(OWNER), made.serial, "c1", "Measured it.")
    assert [each.id for each in after.conditions if each.met_at] == ["c1"]
    turn(board, days=7)
    assert [each.about for each in board.app.operation.certificates.troubles(made.serial)] == ["condition/c2"]
    board.app.operation.certificates.meet(board.context(OWNER), made.serial, "c2", "Late, but done.")
    assert board.app.operation.certificates.troubles(made.serial)[0].ended_at is not None


def test_its_own_end_is_told_ahead_and_comes(board: Board) -> None:
    made = certified(board, lasts=40 * 86_400)
    turn(board, days=10, minutes=1)
    assert [each.what for each in of(board, made)] == ["certificate.issued", "certificate.told"]
    turn(board, days=30)
    ended = stands(board, made)
    assert (ended.state, ended.cause) == (_S.EXPIRED, "expiry")
    assert [each.what for each in of(board, made)][-2:] == ["certificate.told", "certificate.expired"]
    turn(board, days=300)
    assert stands(board, made).state is _S.EXPIRED


def test_where_the_policy_gives_no_grace_the_telling_still_comes_first(board: Board) -> None:
    at_once = {"notice": "0", "narrowAfter": "0", "suspendAfter": "0"}
    board.deployment.declare({"default": {"causes": {"evidenceExpired": at_once}}}, CertificatePolicy)
    made = certified(board, items={handed_in(board, days=30): "d"})
    turn(board, days=31)
    assert stands(board, made).state is _S.SUSPENDED
    whats = [each.what for each in of(board, made)]
    assert whats[1:] == ["certificate.troubled", "certificate.told", "certificate.narrowed", "certificate.suspended"]


def test_an_empty_cause_only_tells(board: Board) -> None:
    board.deployment.declare({"default": {"causes": {"evidenceExpired": {}}}}, CertificatePolicy)
    made = certified(board, items={handed_in(board, days=30): "d"})
    turn(board, days=31)
    turn(board, days=90)
    assert stands(board, made).state is _S.VALID
    assert "certificate.told" in [each.what for each in of(board, made)]
