"""Whoever issues, moves and stops at the same moment: one certificate is live, one step is taken, one stop is set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.storage.store import Store
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
