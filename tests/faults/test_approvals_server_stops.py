"""PostgreSQL is stopped at once, again and again, while people decide: answers hold, nothing is done twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar, cast

import pytest
import sqlalchemy as sa

from roadworthy.app import build
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.tables import requests
from roadworthy.foundation.errors import Conflict, Unavailable
from roadworthy.foundation.runtime import Runtime, SimulatedClock, SystemClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage import engines
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.faults.approvals_work import BOTH, PEOPLE, PROPOSER, policy
from tests.faults.test_approvals_crash import check
from tests.harness.decided import Deployment
from tests.harness.governed import Board, governed
from tests.harness.schema import all_tables
from tests.harness.stopped_postgres import StoppedServer, stopped_server
from tests.harness.upstream import wait_for

pytestmark = pytest.mark.postgres

Result = TypeVar("Result")
VOTERS = 4
DONE = {"decision-voted-already", "request-used", "request-closed"}
"""What somebody hears who says again what was kept, but whose answer was lost with the connection."""
CHANGED = "SELECT max(position) FROM ledger_entries WHERE resource = 'PlatformProfile/platform'"
HEARD = "SELECT position FROM ledger_consumers WHERE name = 'decisions-voided'"
"""Whoever voids what rests on something that changed; others have nothing to hear of."""


class Load:
    """People who decide from several threads, and say again what they got no answer to."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.answered: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.unanswered = 0
        self.broken: list[BaseException] = []
        self.over = threading.Event()
        self.numbers = count(1)
        self.lock = threading.Lock()

    def said(self, what: str, request: Request, work: Callable[[], object]) -> None:
        """Say something until there is an answer, and remember it."""
        again = False
        while True:
            try:
                work()
            except Unavailable:
                again = True
                self.unanswered += 1
                time.sleep(0.02)
            except Conflict as error:
                if not (again and error.code in DONE):
                    raise
                return
            else:
                with self.lock:
                    self.answered[what][request.id] += 1
                return

    def decide(self, kind: int) -> None:
        """One decision after the other until it is over; of one kind or the other."""
        board = self.board
        while not self.over.is_set():
            number = next(self.numbers)
            try:
                request = policy(board, number) if kind % 2 else board.deploy(PROPOSER, release=f"s{number}")
                with self.lock:
                    self.answered["proposed"][request.id] += 1
                for handle in PEOPLE:
                    self.said("voted", request, partial(board.approve, handle, request))
                if kind % 2 == 0:
                    use = board.app.approvals.use
                    self.said("used", request, partial(use, board.context(PROPOSER), request.id, request.digest))
            except Unavailable:
                self.unanswered += 1
                time.sleep(0.02)
            except Conflict:  # others changed the same policy
                if kind % 2 == 0:
                    raise

    def work(self, kind: int) -> None:
        """The same, remembering what nobody foresaw."""
        try:
            self.decide(kind)
        except BaseException as error:  # noqa: BLE001 - it is raised in the test's own thread
            self.broken.append(error)


@contextmanager
def running(store: PostgresStore, home: Path) -> Iterator[Board]:
    """A whole deployment under the machine's clock, with everything that goes on by itself."""
    with governed(store, home, BOTH):
        pass
    app = build(Settings(home=home), Runtime(), store)
    app.start()
    board = Board(Deployment(app, cast("SimulatedClock", SystemClock())))
    for handle in (*PEOPLE, PROPOSER):
        board.ref(handle)
    try:
        yield board
    finally:
        app.close()


def caught_up(board: Board, seconds: float) -> bool:
    """Whether positions are given out and what changed is heard of, by itself, within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with board.app.store.read() as connection:
            waiting = connection.exec_driver_sql("SELECT count(*) FROM ledger_inbox").scalar_one()
            last = connection.exec_driver_sql(CHANGED).scalar_one()
            heard = connection.exec_driver_sql(HEARD).scalar_one()
        if not waiting and heard > last:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def server() -> Iterator[StoppedServer]:
    with stopped_server() as made:
        yield made


@pytest.mark.parametrize("stops", [2, pytest.param(60, marks=pytest.mark.campaign)])
def test_votes_survive_a_server_that_is_stopped_at_once(server: StoppedServer, tmp_path: Path, stops: int) -> None:
    store = PostgresStore(server.url, Runtime())
    store.write(all_tables().create_all)
    moments = random.Random(stops)
    with running(store, tmp_path) as board:
        load = Load(board)
        threads = [threading.Thread(target=load.work, args=(kind,)) for kind in range(VOTERS)]
        for thread in threads:
            thread.start()
        for _ in range(stops):
            time.sleep(moments.uniform(0.1, 0.6))
            server.stop_at_once()
            server.process = server.start()
        wait_for(lambda: load.broken or load.answered["used"])
        load.over.set()
        for thread in threads:
            thread.join()
        assert load.broken == []
        assert load.unanswered >= stops
        assert caught_up(board, 60), "what goes on by itself stands still"
        assert board.app.dead_letters.all() == []
        check(board, load.answered)
        assert len(load.answered["used"]) > 0


def test_a_replica_that_stands_still_within_a_vote_holds_nobody_up_for_long(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped, or cut off by a network that says nothing: the server takes its transaction back, and its locks."""
    monkeypatch.setattr(engines, "STUCK_SECONDS", 1)
    store, stopped = PostgresStore(postgres_url, Runtime()), PostgresStore(postgres_url, Runtime())
    held, go_on = threading.Event(), threading.Event()
    told: list[str] = []
    with governed(store, tmp_path, BOTH) as board:
        request = board.deploy(PROPOSER)

        def stand_still(connection: sa.Connection) -> None:
            connection.execute(sa.select(requests.c.id).where(requests.c.id == request.id).with_for_update())
            held.set()
            go_on.wait(60)
            connection.execute(requests.update().where(requests.c.id == request.id).values(title="overwritten"))

        def replica() -> None:
            try:
                stopped.write(stand_still)
            except Unavailable as error:
                told.append(error.code)

        thread = threading.Thread(target=replica)
        thread.start()
        assert held.wait(60)
        board.approve(PEOPLE[0], request)  # waits for the lock, for a second
        go_on.set()
        thread.join()
        assert told == ["storage-cut-off"]
        assert board.get(request).title == request.title
    stopped.close()
    store.close()
