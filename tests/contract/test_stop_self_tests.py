"""The self-test of the stop switches: begun, seen by every process, ended, told where it fails; on both engines."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from roadworthy.decide.certificate.proof_rows import Proven
from roadworthy.decide.certificate.scopes import SELF_TEST
from roadworthy.decide.certificate.self_testing import PROMISED_MILLISECONDS, WATCHED, SelfTests
from roadworthy.decide.certificate.status.mark import Mark
from roadworthy.decide.certificate.status.service import Status
from roadworthy.decide.certificate.status.sighting import Sighting
from roadworthy.decide.certificate.status.verdicts import Held
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from roadworthy.interfaces import checks_status
from roadworthy.interfaces.check import CheckState
from tests.harness.governed import CASE, Board, governed
from tests.harness.issued import issued

BY = "dana@halden.example"
ITSELF = Context(Actor(ActorKind.SYSTEM, "schedules"))
DAY = dt.timedelta(days=1)


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        issued(opened.app, opened.context(BY), CASE)
        yield opened


def proofs_of(board: Board) -> SelfTests:
    return board.app.operation.certificates.self_tests


def join(board: Board, *roles: ProcessRole) -> None:
    """This process says that it runs, as `App.start` has it say."""
    board.app.processes.join(frozenset(roles or {ProcessRole.SERVE}))


def heard(board: Board) -> None:
    """The watch of this process takes its turn."""
    board.app.operation.status._watch.turn(seconds=0)


def later(board: Board, span: dt.timedelta) -> None:
    board.deployment.clock.advance(span)
    board.app.timers.tick()


def refuses(board: Board) -> bool:
    held = board.app.operation.status.held
    return held is not None and held.stopped_by("", None, SELF_TEST.removeprefix("action:")) == SELF_TEST


def test_it_is_set_seen_recorded_and_lifted_without_a_decision(board: Board) -> None:
    join(board)
    test = proofs_of(board).begin(board.context(BY))
    heard(board)
    assert refuses(board)
    assert board.app.operation.certificates.stops.listed(lifted=True) == [], "it is no stop of anybody's"
    later(board, WATCHED)
    heard(board)
    assert not refuses(board)
    (ended,) = proofs_of(board).listed()
    assert (ended.id, ended.outcome, ended.missing) == (test.id, Proven.PROVEN, ())
    assert list(ended.seen) == list(ended.expected)
    begun, proven = board.entries("stop.")
    assert (begun.what, proven.what) == ("stop.self-test-begun", "stop.self-tested")
    assert list(proven.facts["milliseconds"].values()) == [ended.slowest]
    assert proven.facts["outcome"] == "proven"
    (check,) = checks_status.stopping(board.app)
    assert (check.state, "1 of 1 processes" in check.message) == (CheckState.OK, True)
    later(board, 4 * DAY)
    (check,) = checks_status.stopping(board.app)
    assert check.state is CheckState.WARN


def test_a_process_that_never_knows_is_named_and_told_of(board: Board) -> None:
    join(board)
    proofs_of(board).begin(board.context(BY))
    later(board, WATCHED)  # its watch never took a turn
    (ended,) = proofs_of(board).listed()
    assert ended.outcome is Proven.MISSING
    assert list(ended.missing) == list(ended.expected.values())
    (check,) = checks_status.stopping(board.app)
    assert check.state is CheckState.FAIL
    assert ended.missing[0] in check.message
    assert not board.app.operation.certificates.stops.listed()
    assert proofs_of(board).begin(board.context(BY)).id != ended.id, "the next one can begin"


def test_one_that_is_late_is_slow(board: Board) -> None:
    join(board)
    proofs_of(board).begin(board.context(BY))
    board.deployment.clock.advance(dt.timedelta(milliseconds=PROMISED_MILLISECONDS + 500))
    status = board.app.operation.status
    status._replica.taken = board.app.runtime.clock.monotonic()  # the snapshot came only now
    heard(board)
    later(board, WATCHED)
    (ended,) = proofs_of(board).listed()
    assert (ended.outcome, ended.slowest) == (Proven.SLOW, 1_500)
    (check,) = checks_status.stopping(board.app)
    assert check.state is CheckState.WARN


def test_one_at_a_time_and_none_where_nobody_could_see_it(board: Board) -> None:
    with pytest.raises(Conflict, match="no process runs"):
        proofs_of(board).begin(board.context(BY))
    join(board)
    proofs_of(board).begin(board.context(BY))
    with pytest.raises(Conflict, match="runs already"):
        proofs_of(board).begin(board.context(BY))


def test_the_schedule_has_one_a_day_and_the_policy_says_how_often(board: Board) -> None:
    join(board)

    def fire() -> int:
        now = board.deployment.clock.now()
        board.app.units.run(ITSELF, lambda tx: proofs_of(board).turn(tx, now))
        heard(board)
        later(board, WATCHED)
        return len(proofs_of(board).listed())

    assert [fire(), fire()] == [1, 1]
    board.deployment.clock.advance(DAY)
    join(board)  # on PostgreSQL it says every ten seconds that it lives
    assert fire() == 2
    assert {each.outcome for each in proofs_of(board).listed()} == {Proven.PROVEN}


def test_a_signer_is_not_asked(board: Board) -> None:
    join(board, ProcessRole.SIGNER)
    with pytest.raises(Conflict, match="no process runs"):
        proofs_of(board).begin(board.context(BY))


@pytest.mark.postgres
def test_every_process_says_for_itself_how_soon_it_knew(postgres_store: PostgresStore, tmp_path: Path) -> None:
    """Three gateways, each with a store, a status and a clock of its own."""
    address = postgres_store._engine.url.render_as_string(hide_password=False)
    with governed(postgres_store, tmp_path) as board, ExitStack() as open_:
        issued(board.app, board.context(BY), CASE)
        operation, keys = board.app.operation, board.app.settings.keys_folder
        for number in range(3):
            store = PostgresStore(address, Runtime())
            open_.callback(store.close)
            runtime = Runtime(clock=board.deployment.clock)
            processes = Processes(store, runtime, board.app.keys, list)
            processes._runtime = runtime
            processes.join(frozenset({ProcessRole.GATEWAY}))
            open_.callback(processes.leave)
            folder = tmp_path / f"mark-{number}"
            status = Status(store, runtime, board.app.keys, keys, operation.status_head, board.app.ledger.origin)
            status._replica._mark = Mark(folder)
            status.on_held.append(Sighting(store, runtime, processes).saw)
            status.start(renews=False)
            open_.callback(status.close)
        test = proofs_of(board).begin(board.context(BY))
        assert len(test.expected) == 3
        until, pause = time.monotonic() + 60, threading.Event()
        while len(proofs_of(board).listed()[0].seen) < 3 and time.monotonic() < until:
            pause.wait(0.01)
        later(board, WATCHED)
        (ended,) = proofs_of(board).listed()
        assert set(ended.seen) == set(test.expected)
        assert ended.missing == ()


def test_what_is_held_before_this_process_is_one_is_not_taken_down(board: Board) -> None:
    """A process that joins while a test runs was not expected, and says nothing twice."""
    join(board)
    proofs_of(board).begin(board.context(BY))
    seen: list[Held] = []
    board.app.operation.status.on_held.append(lambda held, _taken: seen.append(held))
    heard(board)
    heard(board)
    assert len(seen) == 1
    assert len(proofs_of(board).listed()[0].seen) == 1
