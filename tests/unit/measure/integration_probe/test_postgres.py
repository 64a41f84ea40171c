"""A PostgreSQL database is tried as the workload's own role; what it may do comes from the database's own word."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import psycopg
import pytest
from psycopg import sql

from roadworthy.foundation.errors import Refused
from roadworthy.inventory.model import Integration
from roadworthy.measure.integration_probe.model import Trial, Verdict
from tests.harness import postgres
from tests.unit.measure.integration_probe.trying import found, means, not_passed

pytestmark = pytest.mark.postgres
PASSWORD = "pw-7d1c90aa41"


@dataclass(frozen=True)
class Database:
    """A database with a role for the workload."""

    url: str
    role: str

    @property
    def address(self) -> str:
        """As the workload's own environment has it."""
        head, _, query = self.url.partition("?")
        return f"postgresql://{self.role}:{PASSWORD}@/{head.rsplit('/', 1)[1]}?{query}"

    def do(self, *statements: str) -> None:
        """Run statements as the owner; `{role}` is the workload's."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for each in statements:
                connection.execute(sql.SQL(each).format(role=sql.Identifier(self.role)))

    def count(self) -> int:
        """Rows of the orders."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT count(*) FROM orders").fetchone()
        assert row is not None
        return int(row[0])

    def trials(self, more: dict[str, str] | None = None, **changed: Any) -> dict[str, Trial]:
        """Try it."""
        probe = {
            "protocol": "postgres",
            "address": "env:ORDERS_URL",
            "operations": ["public.orders"],
            "grants": ["SELECT public.orders"],
            "rate": "60000/min",
            "latency": "5s",
        }
        declared = Integration.model_validate({"system": "orders", "direction": "reads", "probe": probe | changed})
        return found(declared, means({"ORDERS_URL": self.address, **(more or {})}))


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    made = Database(postgres_url, f"rw_workload_{uuid.uuid4().hex[:12]}")
    made.do(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"CREATE ROLE {{role}} LOGIN PASSWORD '{PASSWORD}'",
        "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric)",
        "INSERT INTO orders SELECT n, n FROM generate_series(1, 10) AS n",
        "CREATE TABLE salaries (person text, amount numeric)",
        "GRANT SELECT ON orders TO {role}",
        "ALTER ROLE {role} SET statement_timeout = '30s'",
    )
    yield made
    made.do("DROP OWNED BY {role}", "DROP ROLE {role}")


KNOWN = {
    "wrong-credential-refused": Verdict.FAIL,  # the tests' server trusts everybody, which is a finding
    "audit-trail": Verdict.FAIL,  # and records nothing
    "row-security": Verdict.UNKNOWN,
}


def test_a_role_with_what_was_declared_and_no_more_passes(database: Database) -> None:
    trials = database.trials(rate="60/s")

    assert not_passed(trials) == KNOWN
    assert trials["latency"].n == 60
    assert database.count() == 10


@pytest.mark.parametrize(
    ("statement", "name", "detail"),
    [
        ("GRANT INSERT ON orders TO {role}", "nothing-beyond-grants", "INSERT public.orders"),
        ("GRANT DELETE ON orders TO {role}", "nothing-beyond-grants", "DELETE public.orders"),
        ("GRANT SELECT ON salaries TO PUBLIC", "nothing-beyond-grants", "SELECT public.salaries"),
        (
            "GRANT SELECT ON orders TO {role} WITH GRANT OPTION",
            "nothing-beyond-grants",
            "passing SELECT public.orders on",
        ),
        ("GRANT CREATE ON SCHEMA public TO {role}", "nothing-beyond-grants", "CREATE in schema public"),
        ("ALTER ROLE {role} CREATEDB", "role-bounded", "may create databases"),
        ("ALTER ROLE {role} BYPASSRLS", "role-bounded", "passes by row security"),
        ("ALTER ROLE {role} SUPERUSER", "role-bounded", "superuser"),
        ("GRANT pg_read_all_data TO {role}", "role-bounded", "member of pg_read_all_data"),
        ("REVOKE SELECT ON orders FROM {role}", "operations-allowed", "public.orders: not allowed"),
    ],
)
def test_a_right_too_many_or_too_few_is_found(database: Database, statement: str, name: str, detail: str) -> None:
    database.do(statement)

    trial = database.trials()[name]

    assert trial.verdict is Verdict.FAIL
    assert any(detail in line for line in trial.details), trial.details
    assert database.count() == 10


def test_a_declared_grant_that_is_missing_is_found(database: Database) -> None:
    trial = database.trials(grants=["SELECT orders", "UPDATE orders"])["nothing-beyond-grants"]

    assert trial.verdict is Verdict.FAIL
    assert trial.details == ("UPDATE public.orders",)


def test_row_security_that_the_owner_passes_by_is_found(database: Database) -> None:
    database.do("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    assert database.trials()["row-security"].verdict is Verdict.PASS

    database.do("ALTER TABLE orders OWNER TO {role}")
    assert database.trials()["row-security"].verdict is Verdict.FAIL


def test_a_record_of_reading_is_found(database: Database) -> None:
    database.do("ALTER ROLE {role} SET log_statement = 'all'")

    assert database.trials()["audit-trail"].verdict is Verdict.PASS


def test_a_table_that_records_sessions_is_read(database: Database) -> None:
    database.do("CREATE VIEW recorded AS SELECT application_name FROM pg_stat_activity",
                "GRANT SELECT ON recorded TO {role}")  # fmt: skip

    trials = database.trials(auditTrail="recorded", grants=["SELECT orders", "SELECT recorded"])

    assert trials["audit-trail"].verdict is Verdict.PASS


def test_a_database_that_is_not_there_is_told(database: Database) -> None:
    gone = replace(database, role="rw_nobody_of_this_name")

    trials = gone.trials()

    assert list(trials) == ["answers"]
    assert trials["answers"].verdict is Verdict.FAIL
    assert PASSWORD not in str(trials)


def test_writing_is_tried_in_the_sandbox_and_rolled_back(database: Database, postgres_server: postgres.Server) -> None:
    with postgres.database(postgres_server, "template0") as other:
        sandbox = Database(other, database.role)
        sandbox.do(
            "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric)",
            "INSERT INTO orders VALUES (1, 1), (2, 2)",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO {role}",
        )
        grants = ["SELECT orders", "INSERT orders", "UPDATE orders", "DELETE orders"]
        trial = database.trials(more={"SANDBOX_URL": sandbox.address}, sandbox="env:SANDBOX_URL", grants=grants)
        left = sandbox.count()

    assert trial["rollback-works"].got == "3 of 3 were allowed and rolled back"
    assert (left, database.count()) == (2, 10)


def test_a_sandbox_that_is_production_is_refused(database: Database) -> None:
    with pytest.raises(Refused, match="at the address of production"):
        database.trials(more={"SANDBOX_URL": database.address}, sandbox="env:SANDBOX_URL")


def test_a_sandbox_that_is_production_under_another_name_is_not_written_to(
    database: Database, request: pytest.FixtureRequest
) -> None:
    folder = Path(unquote(database.url.partition("host=")[2]))
    alias = Path(f"/tmp/rw-alias-{uuid.uuid4().hex[:8]}")  # noqa: S108 - a socket's path has to be short
    alias.symlink_to(folder)
    request.addfinalizer(alias.unlink)
    renamed = database.address.replace(quote(str(folder), safe=""), quote(str(alias), safe=""))
    database.do("GRANT DELETE ON orders TO {role}")

    trials = database.trials(
        more={"SANDBOX_URL": renamed}, sandbox="env:SANDBOX_URL", grants=["SELECT orders", "DELETE orders"]
    )

    assert trials["rollback-works"].verdict is Verdict.UNKNOWN
    assert "is the production database under another address" in trials["rollback-works"].got
    assert database.count() == 10
