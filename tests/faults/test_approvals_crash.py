"""A process that is killed while people vote loses nothing that was answered, and does nothing twice."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.tables import requests, selectors, uses, votes
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.resources.tables import resource_versions
from roadworthy.foundation.workflow.tables import machine_runs
from tests.faults.approvals_child import opened
from tests.faults.approvals_work import BOTH, PEOPLE, PROPOSER, policy
from tests.harness.decided import deployed
from tests.harness.governed import Board, governed
from tests.harness.schema import all_tables

ROOT = Path(__file__).parents[2]
ROUNDS = 3
CAMPAIGN = 200
Answered = Mapping[str, Counter[str]]
"""`proposed`, `voted`, `used` to the ids of requests, as often as it was answered."""


def run_and_kill(home: Path, where: str, begin: int, seconds: float) -> Answered:
    """Start the child, kill it so long after its first answer, and return what it had been answered."""
    command = [sys.executable, "-m", "tests.faults.approvals_child", str(home), where, str(begin)]
    answered: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        lines += child.stdout.readlines()
        timer.join()
    for line in lines:
        if line.endswith("\n"):
            what, request_id = line.split()
            answered[what][request_id] += 1
    return answered


def check(board: Board, answered: Answered) -> None:
    """Nothing that was answered is lost, and rows, machine and ledger say the same."""
    with board.app.store.read() as connection:
        states = {row.id: row.state for row in connection.execute(sa.select(requests.c.id, requests.c.state))}
        runs = {row.id: row.state for row in connection.execute(sa.select(machine_runs.c.id, machine_runs.c.state))}
        cast = Counter(connection.execute(sa.select(votes.c.request_id)).scalars())
        spent = Counter(connection.execute(sa.select(uses.c.request_id)).scalars())
        waiting = set(connection.execute(sa.select(selectors.c.request_id)).scalars())
        versions = sa.select(sa.func.count()).select_from(resource_versions)
        changes = connection.execute(versions.where(resource_versions.c.kind == "PlatformProfile")).scalar_one()
        subjects = {row.id: row.subject for row in connection.execute(sa.select(requests.c.id, requests.c.subject))}
    assert set(answered["proposed"]) <= set(states)
    assert all(cast[request_id] >= many for request_id, many in answered["voted"].items())
    assert set(answered["used"]) <= set(spent)
    assert runs == states
    assert {request_id for request_id, state in states.items() if state == "used"} == set(spent)
    assert {request_id for request_id, state in states.items() if state == "open"} == waiting
    assert max(spent.values()) == 1
    assert max(cast.values()) <= 2
    ours = [request_id for request_id in spent if subjects[request_id] == "plan"]
    assert changes == len(ours) - 1  # the first of them signed the rights
    entries = Counter(str(entry.facts["request"]) for entry in board.entries("decision.used"))
    assert entries == spent


def finish(board: Board) -> None:
    """What was left open is decided now, and what was used is not used again."""
    left: list[Request] = [each for each in board.app.approvals.listed(limit=500) if each.ended_at is None]
    for request in left[:8]:
        try:
            for handle in PEOPLE:
                said = {vote.person_ref for vote in board.app.approvals.standing(request.id).votes}
                if board.ref(handle) not in said:
                    board.approve(handle, request)
            if request.subject == "external":
                board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)
        except Conflict as error:
            if error.code != "request-voided":  # another of those that were left changed the same policy
                raise
        with pytest.raises(Conflict):
            board.app.approvals.use(board.context(PROPOSER), request.id, request.digest)


def crash(home: Path, where: str, rounds: int, seed: int) -> None:
    """Kill the child at random moments, on one database."""
    store = opened(where)
    with governed(store, home, BOTH) as board:
        policy(board, 0)
    store.close()
    moments = random.Random(seed)
    for number in range(rounds):
        answered = run_and_kill(home, where, 1 + number * 100_000, moments.uniform(0.01, 0.6))
        store = opened(where)
        with deployed(store, home) as deployment:
            board = Board(deployment)
            check(board, answered)
            if number % 2 or number == rounds - 1:
                finish(board)
                check(board, answered)
        store.close()


def sqlite_at(folder: Path) -> str:
    """A fresh database file with all tables."""
    path = folder / "roadworthy.db"
    store = opened(str(path))
    store.write(all_tables().create_all)
    store.close()
    return str(path)


def test_votes_on_sqlite_survive_being_killed(tmp_path: Path) -> None:
    crash(tmp_path, sqlite_at(tmp_path), ROUNDS, seed=5)


@pytest.mark.postgres
def test_votes_on_postgresql_survive_being_killed(tmp_path: Path, postgres_url: str) -> None:
    crash(tmp_path, postgres_url, ROUNDS, seed=6)


@pytest.mark.campaign
def test_votes_on_sqlite_survive_being_killed_often(tmp_path: Path) -> None:
    for batch in range(10):
        folder = tmp_path / str(batch)
        folder.mkdir()
        crash(folder, sqlite_at(folder), CAMPAIGN // 10, seed=batch)
        shutil.rmtree(folder)


@pytest.mark.campaign
@pytest.mark.postgres
def test_votes_on_postgresql_survive_being_killed_often(tmp_path: Path, postgres_url: str) -> None:
    crash(tmp_path, postgres_url, CAMPAIGN, seed=7)
