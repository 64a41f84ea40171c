"""What a PostgreSQL database refuses to whom: triggers against everybody, rights against each kind of process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from roadworthy.foundation.deployment.grants import READER, allowed, carry_out, statements
from roadworthy.foundation.deployment.guards import GUARDS, guard_database, missing
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.harness import postgres
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import CONTEXT, draft, ledger_on, record

pytestmark = pytest.mark.postgres

REFUSED = psycopg.errors.InsufficientPrivilege


def filled(url: str, folder: Path) -> None:
    """Put guards and some entries into a database."""
    guard_database(url)
    store = PostgresStore(url, Runtime())
    try:
        ledger = ledger_on(store, folder)
        record(ledger, draft(1, reason=b"because"), draft(2))
        ledger.checkpoint()
        ledger.close()
    finally:
        store.close()


@pytest.fixture(scope="module")
def guarded(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with guards and with some entries, which nothing here can change."""
    with postgres.database(postgres_server) as url:
        filled(url, tmp_path_factory.mktemp("signer"))
        yield url


@pytest.fixture
def own(postgres_url: str, tmp_path: Path) -> str:
    """The same for one test alone."""
    filled(postgres_url, tmp_path)
    return postgres_url


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET what = 'x'",
        "DELETE FROM ledger_entries WHERE position = 1",
        "TRUNCATE ledger_entries",
        "UPDATE ledger_checkpoints SET note = ''",
        "DELETE FROM ledger_checkpoints",
        "TRUNCATE ledger_checkpoints",
        "DELETE FROM ledger_tiles",
        "TRUNCATE ledger_tiles",
        "UPDATE ledger_tiles SET hashes = decode(repeat('00', 64), 'hex')",
        "UPDATE ledger_tiles SET width = 1, hashes = substring(hashes FROM 1 FOR 32)",
        "UPDATE ledger_frontier SET size = 1",
        "UPDATE ledger_frontier SET fence = -1",
        "DELETE FROM ledger_frontier",
        "TRUNCATE ledger_frontier",
        "UPDATE ledger_payloads SET content = 'x'",
        "UPDATE ledger_payloads SET content = NULL",
        "UPDATE ledger_payloads SET commitment = 'x'",
        "DELETE FROM ledger_payloads",
        "TRUNCATE ledger_payloads",
        "TRUNCATE ledger_inbox",
        "TRUNCATE decision_uses",
        "TRUNCATE decision_votes",
    ],
)
def test_the_record_only_grows_even_for_the_owner_of_the_tables(guarded: str, statement: str) -> None:
    with psycopg.connect(guarded) as connection, pytest.raises(REFUSED, match="the record only grows"):
        connection.execute(statement)
    with psycopg.connect(guarded) as replica:
        replica.execute("SET session_replication_role = replica")
        with pytest.raises(REFUSED, match="the record only grows"):
            replica.execute(statement)


def test_what_belongs_to_the_record_is_not_refused(own: str, tmp_path: Path) -> None:
    store = PostgresStore(own, Runtime())
    try:
        ledger = ledger_on(store, tmp_path)
        [first] = record(ledger, draft(3, reason=b"to be forgotten"))
        ref = ledger.entry(first).entry.payloads[0].ref
        ledger.erase(CONTEXT, ref, "asked")
        for number in range(300):
            ledger.units.run(CONTEXT, lambda tx, at=number: tx.record(draft(at)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        ledger.settle()
        ledger.checkpoint()
        assert ledger.verify(full=True, columns=True).faults == ()
    finally:
        store.close()


def test_a_guard_that_was_taken_away_or_switched_off_is_missed_and_put_back(own: str) -> None:
    assert guard_database(own) == []
    with psycopg.connect(own) as connection:
        connection.execute("DROP TRIGGER roadworthy_guard_delete ON ledger_entries")
        connection.execute("ALTER TABLE decision_uses DISABLE TRIGGER roadworthy_guard_update")
    assert guard_database(own) == ["ledger_entries", "decision_uses"]
    engine = sa.create_engine(own.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as checked:
        assert missing(checked) == []
    engine.dispose()


def test_guards_name_tables_that_there_are() -> None:
    assert {guard.table for guard in GUARDS} <= set(all_tables().tables)


@contextmanager
def accounts_on(url: str) -> Iterator[dict[ProcessRole | str, str]]:
    """An account for each kind of process, with exactly its rights."""
    named: dict[ProcessRole | str, str] = {
        role: f"rw_{role}_{uuid.uuid4().hex[:8]}" for role in (*list(ProcessRole)[:3], READER)
    }
    with psycopg.connect(url, autocommit=True) as connection:
        for name in named.values():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        carry_out(url, statements(named, sorted(all_tables().tables)))
        yield named
        for name in named.values():
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def accounts(guarded: str) -> Iterator[dict[ProcessRole | str, str]]:
    """The accounts of the database that nothing changes."""
    with accounts_on(guarded) as named:
        yield named


def ledger_as(stack: ExitStack, url: str, account: str, folder: Path) -> Ledger:
    """A ledger as an account sees it."""
    address = sa.make_url(url).set(username=account).render_as_string(hide_password=False)
    store = PostgresStore(address, Runtime())
    stack.callback(store.close)
    return ledger_on(store, folder)


def test_each_account_can_do_its_part_and_no_more(own: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        accounts = stack.enter_context(accounts_on(own))
        answers, works, signs = (
            ledger_as(stack, own, accounts[role], tmp_path)
            for role in (ProcessRole.SERVE, ProcessRole.WORKER, ProcessRole.SIGNER)
        )
        entry = answers.units.run(CONTEXT, lambda tx: tx.record(draft(7, reason=b"why")))
        assert answers.sequencer is not None
        assert answers.sequencer.turn() == 0, "it may not give out places, and does not try"
        assert works.sequencer is not None
        assert works.sequencer.turn() == 1
        assert answers.entry(entry).position == 2
        with pytest.raises(Unavailable, match="permission denied"):
            works.checkpoint()
        assert signs.checkpoint().size == 3
        with pytest.raises(Unavailable, match="permission denied"):
            signs.units.run(CONTEXT, lambda tx: tx.record(draft(8)))
        assert answers.verify(full=True, columns=True).faults == ()


@pytest.mark.parametrize("role", [ProcessRole.SERVE, ProcessRole.WORKER, ProcessRole.SIGNER, READER])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_entries",
        "UPDATE ledger_checkpoints SET note = ''",
        "TRUNCATE ledger_tiles",
        "DELETE FROM decision_uses",
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
        "DROP TABLE ledger_checkpoints",
        "DROP FUNCTION roadworthy_refuse CASCADE",
        "SET session_replication_role = replica",
    ],
)
def test_no_process_can_get_past_the_guards(
    guarded: str, accounts: dict[ProcessRole | str, str], role: ProcessRole | str, statement: str
) -> None:
    url = sa.make_url(guarded).set(username=accounts[role]).render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, pytest.raises(REFUSED):
        connection.execute(statement)


def test_whoever_only_reads_sees_the_ledger_and_no_person(guarded: str, accounts: dict[ProcessRole | str, str]) -> None:
    url = sa.make_url(guarded).set(username=accounts[READER]).render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM ledger_entries").fetchone() == (2,)
        with pytest.raises(REFUSED):
            connection.execute("SELECT * FROM people")


def test_only_whoever_works_moves_the_tree_and_only_the_signer_signs() -> None:
    writes = {role: allowed(role, "ledger_entries") for role in ProcessRole}
    assert [role for role, said in writes.items() if "INSERT" in said] == [ProcessRole.WORKER]
    signs = [role for role in list(ProcessRole)[:3] if "INSERT" in allowed(role, "ledger_checkpoints")]
    assert signs == [ProcessRole.SIGNER]
