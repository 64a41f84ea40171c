"""Three replicas at the edge of a budget on PostgreSQL, with hundreds of calls at the same time: overshoot 0."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.operate.admission.limits.tables import limit_leases, limit_windows

pytestmark = [pytest.mark.postgres, pytest.mark.campaign]

ROOT = Path(__file__).parents[2]
REPLICAS = 3
AT_ONCE = 500


def replicas(stack: ExitStack, url: str, most: int, asked: int, used: int) -> list[subprocess.Popen[str]]:
    """Three processes that wait for the word; the calls of all together are `AT_ONCE`."""
    shares = [AT_ONCE // REPLICAS + (index < AT_ONCE % REPLICAS) for index in range(REPLICAS)]
    found = []
    for share in shares:
        command = [sys.executable, "-m", "tests.faults.limits_child", url, *map(str, (most, share, asked, used))]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(process.kill)
        found.append(stack.enter_context(process))
    for process in found:
        assert said(process) == "ready"
    return found


def said(process: subprocess.Popen[str]) -> str:
    """The next line."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    """Go on."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def window(store: PostgresStore) -> tuple[int, int, int]:
    """Spent, leased, and how many leases there are."""
    with store.read() as connection:
        row = connection.execute(sa.select(limit_windows.c.spent, limit_windows.c.leased)).first()
        leases = connection.execute(sa.select(sa.func.count()).select_from(limit_leases)).scalar_one()
    return (0, 0, 0) if row is None else (row.spent, row.leased, leases)


@pytest.mark.parametrize(("asked", "used"), [(1, 1), (37, 37), (400, 113)], ids=["ones", "uneven", "less than asked"])
def test_five_hundred_calls_at_once_never_overshoot(postgres_url: str, asked: int, used: int) -> None:
    most = 2_000 * used
    with ExitStack() as stack:
        processes = replicas(stack, postgres_url, most, asked, used)
        for process in processes:
            tell(process)
        told = [json.loads(said(process)) for process in processes]
        for process in processes:
            tell(process)
            assert process.wait(timeout=60) == 0

    spent = sum(each["spent"] for each in told)
    assert spent <= most  # overshoot 0
    assert sum(each["noes"] for each in told) == AT_ONCE
    store = PostgresStore(postgres_url, Runtime())
    try:
        assert window(store) == (spent, 0, 0)  # and nothing leaked
    finally:
        store.close()
    # What stays unused is less than what all that were told no had asked for, were they to come again.
    print(f"asked {asked}, used {used}: {spent} of {most}", [each["passed"] for each in told])  # noqa: T201 - the measurement
    if asked == used:
        assert most - spent < REPLICAS * asked


def test_a_replica_that_is_killed_takes_no_more_with_it_than_it_held(postgres_url: str) -> None:
    most = 3_000_000
    with ExitStack() as stack:
        processes = replicas(stack, postgres_url, most, 400, 113)
        for process in processes:
            tell(process)
        store = PostgresStore(postgres_url, Runtime())
        stack.callback(store.close)
        while window(store)[2] < REPLICAS:
            Runtime().clock.sleep(0.01)
        processes[0].kill()
        told = [json.loads(said(process)) for process in processes[1:]]
        for process in processes[1:]:
            tell(process)
            assert process.wait(timeout=60) == 0

        alive = sum(each["spent"] for each in told)
        spent, leased, leases = window(store)
        assert leases <= 1  # that of the dead one, which counts as used until somebody knows better
        assert alive <= spent
        assert spent + leased <= most
        print(f"killed: {alive} used by the living, {leased} in doubt, of {most}")  # noqa: T201 - the measurement
