"""Whatever happens to certificates in whatever order: it is told first, it never gets better by itself, one is live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.decide.certificate.deciding import LESS, Asked, Change
from roadworthy.decide.certificate.model import Cause, Certificate
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.inventory.model import Duty
from tests.harness.governed import Board, governed
from tests.harness.issued import condition, issued

BY, OWNER = "dana@halden.example", "olga@halden.example"
_HEIGHT = {"valid": 3, "narrowed": 2, "suspended": 1, "withdrawn": 0, "expired": 0}
_ITSELF = {"certificate.narrowed", "certificate.suspended"}
_CHANGES = frozenset(each.value for each in Change)
_MORE = {"certificate.widened", "certificate.resumed"}

steps = st.lists(
    st.sampled_from(
        [
            "hour",
            "day",
            "week",
            "quarter",
            "release-duty",
            "accept-duty",
            "redeclare",
            "meet",
            "issue",
            *sorted(_CHANGES),
        ]
    ),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    from roadworthy.foundation.runtime import simulated
    from tests.harness.schema import all_tables

    folder: Path = tmp_path_factory.mktemp("laws")
    store = SqliteStore(folder / "roadworthy.db", simulated())
    store.write(lambda connection: all_tables().create_all(connection))
    with governed(store, folder) as opened:
        opened.app.consumers.tick()
        yield opened
    store.close()


@given(steps)
@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])
def test_the_laws_of_certificates(board: Board, taken: list[str]) -> None:
    live_through(board, taken)


@pytest.mark.campaign
@given(steps)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_the_laws_of_certificates_at_length(board: Board, taken: list[str]) -> None:
    live_through(board, taken)


def live_through(board: Board, taken: list[str]) -> None:
    name = f"case-{len(board.app.inventory.names())}"
    declared(board, name, "A use case")
    board.deployment.accept(name, Duty.PRODUCT)
    turn(board)
    issue(board, name)
    for step in taken:
        before = board.app.operation.certificates.of(name)
        take(board, name, step)
        turn(board)
        one_is_live(board, name)
        if step not in _CHANGES:
            no_better(before, board)
    told_first([each for each in board.entries("certificate.") if each.facts.get("useCase") == name])


def declared(board: Board, name: str, title: str, **more: Any) -> None:
    board.deployment.declare({name: {"title": title, "owners": {"product": OWNER}, **more}})


def issue(board: Board, name: str) -> None:
    due = board.deployment.clock.now() + dt.timedelta(days=3)
    issued(board.app, board.context(BY), name, conditions=(condition(board.ref(OWNER), due),), lasts=100 * 86_400)


def turn(board: Board) -> None:
    for _ in range(2):
        board.app.timers.tick()
        board.app.ledger.settle()
        board.app.consumers.tick()


def take(board: Board, name: str, step: str) -> None:
    clock, certificates = board.deployment.clock, board.app.operation.certificates
    newest = certificates.of(name)[0]
    spans = {"hour": 1, "day": 24, "week": 168, "quarter": 2_160}
    try:
        if step in spans:
            clock.advance(dt.timedelta(hours=spans[step]))
        elif step == "release-duty":
            person = board.app.identity.local_user(OWNER).person
            board.app.inventory.release(board.context(OWNER), person, name, Duty.PRODUCT, "I go.")
        elif step == "accept-duty":
            board.deployment.accept(name, Duty.PRODUCT)
        elif step == "redeclare":
            declared(board, name, "Another", components=[{"name": "m", "kind": "model"}])
        elif step == "meet":
            certificates.meet(board.context(OWNER), newest.serial, "c1", "Done.")
        elif step == "issue":
            issue(board, name)
        else:
            standing = [
                each.id
                for each in certificates.troubles(newest.serial)
                if each.ended_at is None and each.accepted_by is None
            ]
            more = () if Change(step) in LESS else tuple(standing)
            certificates.change(board.context(BY), Asked(Change(step), newest.serial, "why", despite=more))
    except RoadworthyError:
        return  # it leads nowhere from here, which is an answer too


def one_is_live(board: Board, name: str) -> None:
    live = [each for each in board.app.operation.certificates.of(name, "production") if each.state not in ENDS]
    assert len(live) <= 1
    assert not any(each.permits(board.deployment.clock.now()) for each in live[1:])


def no_better(before: list[Certificate], board: Board) -> None:
    for each in before:
        now = board.app.operation.certificates.get(each.serial)
        assert _HEIGHT[now.state] <= _HEIGHT[each.state]
        assert now.version >= each.version


def told_first(entries: list[Entry]) -> None:
    """Every move by a cause comes after the telling of its trouble; more comes by decision only."""
    told: set[str] = set()
    causes = {each.value for each in Cause}
    for entry in entries:
        if entry.what == "certificate.told":
            told |= {str(each) for each in entry.facts.get("troubles") or ()}
        if entry.what in _ITSELF and entry.facts["cause"] in causes:
            assert entry.facts["trouble"] in told
        if entry.what in _MORE:
            assert entry.oversight.given
        if entry.what == "certificate.expired":
            assert entry.facts["state"] == CertificateState.EXPIRED.value
