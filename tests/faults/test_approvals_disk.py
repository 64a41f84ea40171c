"""The disk is full or breaks at any write and any sync while people decide: what was refused is said again, once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.storage.store import Store
from tests.faults.approvals_child import opened
from tests.faults.approvals_work import BOTH, PEOPLE, PROPOSER, policy
from tests.faults.test_approvals_crash import Answered, check
from tests.faults.test_workflow_crash import database_of
from tests.harness.bad_disk import BadDisk, Fault, beneath
from tests.harness.decided import deployed
from tests.harness.governed import Board, governed
from tests.harness.schema import all_tables

Result = TypeVar("Result")
WHATS = ("proposed", "voted", "used")
PATIENCE = 100
"""How much is refused on one day before the test gives up."""
COMMITS = 7
"""Units of a day: two are proposed, four votes are cast, one approval is used."""
_number = count(1)


class Day:
    """One decision of each kind, in which everybody says again what was refused because of the disk."""

    def __init__(self, board: Board, before: Answered, cuts: Path | None = None) -> None:
        self.board = board
        self.answered = {what: Counter(before[what]) for what in WHATS}
        self.cuts = cuts
        self.refused = 0

    def said(self, work: Callable[[], Result]) -> Result:
        """Say something until it is heard; what was refused was not kept, so nobody hears that they said it already."""
        while self.refused < PATIENCE:
            try:
                return work()
            except Unavailable as error:
                if error.code not in {"storage-full", "storage-failed"}:
                    raise
            self.refused += 1
            if self.cuts is not None and self.refused == 1:
                after_a_power_cut(self.board, self.cuts, self.answered)
        raise AssertionError("the disk is well again, and still nothing can be written")

    def live(self) -> None:
        """What somebody else carries out, and what is carried out here."""
        board, number = self.board, next(_number)
        for propose in (partial(board.deploy, PROPOSER, release=f"d{number}"), partial(policy, board, number)):
            request = self.said(propose)
            self.answered["proposed"][request.id] += 1
            for handle in PEOPLE:
                self.said(partial(board.approve, handle, request))
                self.answered["voted"][request.id] += 1
            if request.subject == "external":
                self.said(partial(board.app.approvals.use, board.context(PROPOSER), request.id, request.digest))
            self.answered["used"][request.id] += 1


def looked_at(board: Board, answered: Answered) -> None:
    """Everything that was answered is there, and of what was refused there is nothing."""
    check(board, answered)
    with board.app.store.read() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM decision_requests").scalar_one()
    assert kept == len(answered["proposed"]) + 1, "a proposal that was refused was kept; one more signed the rights"


def after_a_power_cut(board: Board, folder: Path, answered: Answered) -> None:
    """The files as they lie there, opened by the next process: a commit that failed may be there, and then whole."""
    folder.mkdir()
    path = Path(database_of(board.app.store))
    for each in path.parent.glob(f"{path.name}*"):
        if not each.name.endswith("-shm"):
            shutil.copy(each, folder / each.name)
    store = opened(str(folder / path.name))
    with deployed(store, folder) as deployment:
        check(Board(deployment), answered)
    store.close()
    shutil.rmtree(folder)


def days(board: Board, disk: BadDisk, fault: Fault, step: int, times: int = 1, cuts: Path | None = None) -> None:
    """A day for every so manieth write or sync that fails, until a day has no more of them.

    Args:
        board: the deployment.
        disk: what its files lie on.
        fault: what fails.
        step: how many writes or syncs lie between those with which the failing begins.
        times: how many fail, one after the other.
        cuts: where the files are looked at as they lie there at the first failure of each day; None for not at all.
    """
    answered: Answered = {what: Counter() for what in WHATS}
    refused = 0
    for bad in count(1, step):
        day = Day(board, answered, cuts)
        disk.fault, disk.failed = fault, 0
        disk.first, disk.times = (disk.syncs if fault.at_sync else disk.writes) + bad, times
        day.live()
        disk.fault = None
        refused += day.refused
        answered = day.answered
        looked_at(board, answered)
        if not disk.failed:
            break
    # a fault that only puts off moving pages from the log to the file is not heard of; one at a commit is. In a day or
    # two pages are moved, at whichever commit the log is full, and the fault of that day may meet this sync instead.
    assert refused >= (COMMITS - 1) // step
    assert refused


@contextmanager
def on_sqlite(home: Path) -> Iterator[Board]:
    """The same on a fresh file."""
    store = opened(str(home / "roadworthy.db"))
    store.write(all_tables().create_all)
    with on(store, home) as board:
        yield board
    store.close()


@contextmanager
def on(store: Store, home: Path) -> Iterator[Board]:
    """A deployment in which two of a group decide."""
    with governed(store, home, BOTH) as board:
        for handle in (*PEOPLE, PROPOSER):
            board.ref(handle)
        yield board


STEPS = {Fault.FULL: 97, Fault.BROKEN_WRITE: 89, Fault.BROKEN_SYNC: 1}
CAMPAIGN = {Fault.FULL: 7, Fault.BROKEN_WRITE: 11, Fault.BROKEN_SYNC: 1}
"""Every so manieth write is enough, as most of them are pages of the same commit."""


@pytest.mark.parametrize("fault", Fault)
def test_a_disk_that_fails_at_any_moment_loses_and_doubles_no_decision(tmp_path: Path, fault: Fault) -> None:
    with beneath(BadDisk()) as disk, on_sqlite(tmp_path) as board:
        days(board, disk, fault, STEPS[fault])


@pytest.mark.campaign
@pytest.mark.parametrize("times", [1, 7, 40])
@pytest.mark.parametrize("fault", Fault)
def test_a_disk_that_fails_for_a_while_and_a_power_cut_in_it(tmp_path: Path, fault: Fault, times: int) -> None:
    with beneath(BadDisk()) as disk, on_sqlite(tmp_path) as board:
        days(board, disk, fault, CAMPAIGN[fault], times, tmp_path / "cut")


def test_what_a_power_cut_leaves_behind_is_whole(tmp_path: Path) -> None:
    with beneath(BadDisk()) as disk, on_sqlite(tmp_path) as board:
        days(board, disk, Fault.BROKEN_SYNC, 4, cuts=tmp_path / "cut")


@pytest.mark.postgres
@pytest.mark.parametrize("says", ["could not extend file: No space left on device", "could not fsync file: I/O error"])
def test_a_server_whose_disk_fails_at_any_commit_loses_and_doubles_no_decision(
    postgres_store: Store, tmp_path: Path, says: str
) -> None:
    """Each statement that would commit is answered as a server answers whose disk failed."""
    left = [0]

    def refuse(_connection: sa.Connection) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise sa.exc.OperationalError("COMMIT", {}, Exception(says))

    with on(postgres_store, tmp_path) as board:
        postgres_store.before_commit.append(refuse)
        answered: Answered = {what: Counter() for what in WHATS}
        for bad in range(1, COMMITS + 1):
            day = Day(board, answered)
            left[0] = bad
            day.live()
            answered = day.answered
            looked_at(board, answered)
            assert day.refused == 1
