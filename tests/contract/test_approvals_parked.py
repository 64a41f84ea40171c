"""What waits costs a row: a hundred thousand requests in an inbox, ten thousand from before an upgrade."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.inboxes import key_of
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.approvals.states import REQUESTS, RequestState
from roadworthy.decide.approvals.tables import requests, selectors, uses
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.runtime import SeededRandomness
from roadworthy.foundation.storage import migrate
from roadworthy.foundation.storage.migrations import HEAD
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.tables import machine_runs
from tests.faults.test_workflow_crash import database_of
from tests.harness.governed import DEPLOY, Board, governed
from tests.unit.decide.readiness.cases import NOW

RITA, ROB, PROPOSER = "rita@halden.example", "rob@halden.example", "proposer@halden.example"
PARKED = 10_000
DECIDED = 40
IN_CAMPAIGN = os.environ.get("HYPOTHESIS_PROFILE") == "campaign"


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY) as opened:
        yield opened


def park(board: Board, like: Request, many: int) -> list[str]:
    """Requests like one, each with its run and in the same inboxes, an hour of deadline apart."""
    randomness = SeededRandomness(4)
    ids = [new_id(like.created_at + dt.timedelta(milliseconds=number), randomness) for number in range(many)]

    def work(connection: sa.Connection) -> None:
        whole = connection.execute(sa.select(requests).where(requests.c.id == like.id)).one()._asdict()
        run = connection.execute(sa.select(machine_runs).where(machine_runs.c.id == like.id)).one()._asdict()
        dues = [like.deadline_at + dt.timedelta(hours=number % 1_000) for number in range(many)]
        made = [whole | {"id": each, "deadline_at": due} for each, due in zip(ids, dues, strict=True)]
        connection.execute(requests.insert(), made)
        connection.execute(machine_runs.insert(), [run | {"id": each} for each in ids])
        waits = [
            {"selector": "group:risk", "request_id": each, "deadline_at": due}
            for each, due in zip(ids, dues, strict=True)
        ]
        connection.execute(selectors.insert(), waits)

    board.app.store.write(work)
    return ids


NEXT_RELEASE = f"""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9000", "{HEAD}", None, None


def upgrade() -> None:
    for table in ("decision_requests", "machine_runs"):
        with op.batch_alter_table(table, recreate="auto" if op.get_bind().dialect.name != "sqlite" else "always") as t:
            t.add_column(sa.Column("next_release", sa.Integer(), server_default="7", nullable=False))
            t.create_index(f"ix_{{table}}_next_release", ["next_release"])
"""
"""A script as a later release brings one: on SQLite it copies the tables and drops the old ones."""
KEPT = ("decision_requests", "decision_selectors", "decision_votes", "decision_request_base", "machine_runs", "timers")


def counts(connection: sa.Connection) -> dict[str, int]:
    """Rows of what a parked request consists of."""
    return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in KEPT}


def upgrade_tables(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring the database to the next release, as its first start or `migrate` would."""
    scripts = folder / "migrations"
    shutil.copytree(migrate.FOLDER, scripts)
    (scripts / "versions" / "9000_next_release.py").write_text(NEXT_RELEASE, encoding="utf-8")

    def stamp(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{HEAD}')")

    store.write(stamp)
    with store.read() as connection:
        before = counts(connection)
    monkeypatch.setattr(migrate, "FOLDER", scripts)
    monkeypatch.setattr(migrate, "HEAD", "9000")
    if store.dialect == "sqlite":
        done = migrate.prepare_sqlite(Path(database_of(store)), folder / "backups", NOW)
        assert done is not None
        assert done.backup is not None
        with closing(sqlite3.connect(done.backup)) as copy:
            assert copy.execute("SELECT count(*) FROM decision_requests").fetchone()[0] == before["decision_requests"]
    else:
        assert migrate.migrate_postgres(database_of(store)) is not None
    with store.read() as connection:
        assert counts(connection) == before
        assert connection.exec_driver_sql("SELECT min(next_release) FROM decision_requests").scalar_one() == 7


def test_what_was_parked_before_an_upgrade_is_decided_after_it(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = board.deploy(PROPOSER)
    ids = park(board, like, PARKED)
    upgrade_tables(board.app.store, tmp_path, monkeypatch)
    newer = replace(
        REQUESTS,
        version=2,
        migrations={1: lambda state, data: ("escalated" if state == "open" else state, {**data, "moved": True})},
    )
    app, ground = board.app, board.app.approvals.ground
    upgraded = Approvals(replace(ground, runs=Machines(app.store)), newer)
    assert ground.runs.check() == []
    decided = ids if IN_CAMPAIGN else ids[:: PARKED // DECIDED]
    for request_id in decided:
        digest = like.digest
        standing = upgraded.approve(board.context(RITA), board.proof(), request_id, digest, "looked at it")
        assert standing.request.state is RequestState.APPROVED
        upgraded.use(board.context(PROPOSER), request_id, digest)
    with app.store.read() as connection:
        query = sa.select(machine_runs.c.version).where(machine_runs.c.id.in_([*decided[:500]]))
        found = set(connection.execute(query).scalars())
        used = connection.execute(sa.select(sa.func.count()).select_from(uses)).scalar_one()
    assert found == {2}
    assert used == len(decided) + 1, "one more signed the rights"
    with app.store.read() as connection, pytest.raises(Unavailable, match="version 2"):
        app.machines.get(connection, ids[0])  # the older program, still running, does not touch what is newer


def test_an_inbox_is_read_page_by_page_and_each_line_once(board: Board) -> None:
    like = board.deploy(PROPOSER)
    park(board, like, 700)
    board.deployment.clock.advance(dt.timedelta(minutes=1))
    board.approve(RITA, like)
    seen: list[str] = []
    after = None
    while lines := board.app.approvals.inbox(board.ref(RITA), after, 99):
        seen += [line.id for line in lines]
        assert [line.deadline_at for line in lines] == sorted(line.deadline_at for line in lines)
        after = key_of(lines[-1])
    assert len(seen) == len(set(seen)) == 700
    assert like.id not in seen
    assert board.app.approvals.inbox(board.ref(PROPOSER)) == []


def test_an_inbox_is_answered_from_one_index(board: Board) -> None:
    park(board, board.deploy(PROPOSER), 2_000)
    for after in (None, ("2026-06-20T12:00:00.000000Z", "0")):
        query = rows.inbox_query("group:risk", after, 100)
        with board.app.store.read() as connection:
            text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            if board.app.store.dialect == "sqlite":
                plan = " ".join(str(row) for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}")))
                assert "COVERING INDEX ix_decision_selectors_selector_deadline_at" in plan
                assert "TEMP B-TREE" not in plan
                assert "SCAN" not in plan
            else:
                plan = " ".join(str(row) for row in connection.execute(sa.text(f"EXPLAIN {text}")))
                assert "ix_decision_selectors_selector_deadline_at" in plan
                assert "Sort" not in plan


@pytest.mark.campaign
def test_a_million_parked_requests_leave_an_inbox_fast(board: Board) -> None:
    like = board.deploy(PROPOSER)
    for start in range(100):
        copied = replace(like, created_at=like.created_at + dt.timedelta(seconds=20 * start))
        park(board, copied, 10_000)
    lines = board.app.approvals.inbox(board.ref(RITA))
    assert len(lines) == 100
