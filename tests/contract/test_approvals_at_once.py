"""Many at once: one approval is used once, votes are not lost between each other, on both engines."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.decide.approvals.requests import Proposal
from roadworthy.decide.approvals.tables import uses
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import DEPLOY, Board, ask, governed

RITA, PROPOSER = "rita@halden.example", "proposer@halden.example"
CONSUMERS = 200
SIGNERS = 12
MANY = ask("many", ["suspend"], {"group": "signers"}, quorum=SIGNERS)


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY, MANY) as opened:
        yield opened


def all_at_once(works: list[Callable[[], object]]) -> Counter[str]:
    """How each of the works ended."""
    outcomes: Counter[str] = Counter()
    ready = threading.Barrier(len(works))
    lock = threading.Lock()

    def one(work: Callable[[], object]) -> None:
        ready.wait()
        try:
            work()
            outcome = "done"
        except RoadworthyError as error:
            outcome = error.code
        with lock:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_hundred_who_use_one_approval_are_one(board: Board) -> None:
    request = board.deploy(PROPOSER)
    board.approve(RITA, request)
    context = board.context(PROPOSER)
    use = board.app.approvals.use
    outcomes = all_at_once([lambda: use(context, request.id, request.digest)] * CONSUMERS)
    assert outcomes == {"done": 1, "request-used": CONSUMERS - 1}
    with board.app.store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(uses)).scalar_one() == 2  # one was genesis
    assert board.events(request).count("decision.used") == 1


def test_votes_at_once_are_all_counted_and_decide_once(board: Board) -> None:
    handles = [f"signer{number}@halden.example" for number in range(SIGNERS + 4)]
    board.group("signers", *handles)
    content = {"decides": "suspend", "useCase": "claims", "facts": {}, "details": {}}
    request = board.app.approvals.propose(board.context(PROPOSER), Proposal("external", content, "harm"))
    outcomes = all_at_once([partial(board.approve, handle, request) for handle in handles])
    assert outcomes == {"done": SIGNERS, "request-closed": 4}
    assert board.get(request).state == "approved"
    assert board.events(request).count("decision.approved") == 1
    entry = board.entries("decision.approved")[-1]
    assert (len(set(entry.oversight.given)), entry.oversight.quorum) == (SIGNERS, SIGNERS)


def test_one_person_who_votes_twice_at_once_votes_once(board: Board) -> None:
    request = board.deploy(PROPOSER)
    board.ref(RITA)
    outcomes = all_at_once([lambda: board.decline(RITA, request), lambda: board.approve(RITA, request)] * 8)
    assert outcomes["done"] == 1
    assert sum(outcomes.values()) == 16
    assert set(outcomes) <= {"done", "request-closed", "decision-voted-already"}
