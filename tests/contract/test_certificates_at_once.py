"""Whoever issues, moves and stops at the same moment: one certificate is live, one step is taken, one stop is set."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.storage.store import Store
from tests.contract.test_certificates_acting import handed_in, turn
from tests.harness.governed import CASE, Board, governed
from tests.harness.issued import issued

BY = "dana@halden.example"
MANY = 4


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        yield opened


def together(work: Callable[[], object]) -> list[object]:
    """What each of several threads came to that did the same at once; an error is what one came to."""
    came: list[object] = []
    begin = threading.Barrier(MANY)

    def run() -> None:
        begin.wait()
        try:
            came.append(work())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            came.append(error)

    threads = [threading.Thread(target=run) for _ in range(MANY)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return came


def test_one_certificate_is_live_whoever_issues_at_once(board: Board) -> None:
    context = board.context(BY)
    came = together(lambda: issued(board.app, context, CASE))
    assert not [each for each in came if isinstance(each, Exception)], came
    found = board.app.operation.certificates.of(CASE)
    assert len(found) == MANY
    assert [each.state for each in found if each.state not in ENDS] == [CertificateState.VALID]


def test_one_of_those_who_suspend_at_once_does_it(board: Board) -> None:
    context, made = board.context(BY), issued(board.app, board.context(BY), CASE)
    asked = Asked(Change.SUSPEND, made.serial, "It harms somebody.")
    came = together(lambda: board.app.operation.certificates.change(context, asked))
    assert [type(each) for each in came].count(Conflict) == MANY - 1, came
    assert len(board.entries("certificate.suspended")) == 1


def test_a_stop_is_set_once_however_many_set_it(board: Board) -> None:
    context = board.context(BY)
    came = together(lambda: board.app.operation.certificates.stops.set(context, CASE, "It harms somebody."))
    assert len({getattr(each, "id", each) for each in came}) == 1, came
    assert len(board.entries("stop.set")) == 1


# ---------------------------------------------------------------- a worker that narrows, and whoever decides


@contextmanager
def before_its_commit(board: Board) -> Iterator[tuple[threading.Event, threading.Event]]:
    """The first unit that changes a certificate waits before its commit: says that it does, and for how long."""
    there, on = threading.Event(), threading.Event()

    def wait(connection: sa.Connection) -> None:
        if "roadworthy-status-changed" in connection.info and not there.is_set():
            there.set()
            assert on.wait(10)

    board.app.store.before_commit.insert(0, wait)
    try:
        yield there, on
    finally:
        on.set()
        board.app.store.before_commit.remove(wait)


def at_once(board: Board, first: Callable[[], object], second: Callable[[], object]) -> list[Future[object]]:
    """The second begins while the first is about to commit."""
    with ThreadPoolExecutor(2) as threads, before_its_commit(board) as (there, on):
        begun = [threads.submit(first)]
        assert there.wait(10)
        begun.append(threads.submit(second))
        threading.Event().wait(0.2)  # it waits for the first, or finds that somebody has it in hand
        on.set()
    return begun


@pytest.fixture
def due(board: Board) -> str:
    """A certificate that is to be narrowed now; its serial."""
    board.app.consumers.tick()
    made = issued(board.app, board.context(BY), CASE, items={handed_in(board, days=30): "d"})
    turn(board, days=30, minutes=1)
    board.deployment.clock.advance(dt.timedelta(days=7))
    return made.serial


def withdraws(board: Board) -> object:
    certificates, context = board.app.operation.certificates, board.context(BY)
    return board.app.units.run(context, lambda tx: certificates.withdraw_all(tx, CASE, "production", "review-no-go"))


def test_a_verdict_that_ends_a_certificate_while_a_worker_narrows_it_comes_after(board: Board, due: str) -> None:
    narrowed, withdrawn = at_once(board, board.app.timers.tick, lambda: withdraws(board))
    assert narrowed.exception() is None
    assert withdrawn.result() == (due,)
    stands = board.app.operation.certificates.get(due)
    assert (stands.state, stands.version) == (CertificateState.WITHDRAWN, 2)
    assert [each.what for each in board.entries("certificate.")][-2:] == [
        "certificate.narrowed",
        "certificate.withdrawn",
    ]


def test_a_worker_that_narrows_while_a_verdict_ends_it_finds_nothing_left_to_do(board: Board, due: str) -> None:
    withdrawn, narrowed = at_once(board, lambda: withdraws(board), board.app.timers.tick)
    assert (withdrawn.result(), narrowed.exception()) == ((due,), None)
    stands = board.app.operation.certificates.get(due)
    assert (stands.state, stands.version) == (CertificateState.WITHDRAWN, 1)
    assert not board.entries("certificate.narrowed")


def test_a_person_who_suspends_while_a_worker_narrows_suspends_what_is_narrow(board: Board, due: str) -> None:
    asked = Asked(Change.SUSPEND, due, "It harms somebody.")
    certificates, context = board.app.operation.certificates, board.context(BY)
    both = at_once(board, board.app.timers.tick, lambda: certificates.change(context, asked))
    assert [each.exception() for each in both] == [None, None]
    stands = certificates.get(due)
    assert (stands.state, stands.version) == (CertificateState.SUSPENDED, 2)
