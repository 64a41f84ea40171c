"""The same journey on a PostgreSQL database that replicas could share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from roadworthy.foundation.storage.engines import postgres_engine
from tests.harness.schema import all_tables
from tests.journeys.home import Home, use_case

pytestmark = pytest.mark.postgres


@pytest.fixture
def on_postgres(home: Home, postgres_url: str) -> Iterator[Home]:
    """A folder whose settings name an empty PostgreSQL database."""
    engine = postgres_engine(postgres_url, pool_size=1)
    with engine.begin() as connection:
        all_tables().drop_all(connection)
    home.write("roadworthy.toml", f'database = "{postgres_url}"\n')
    yield home
    engine.dispose()


def test_a_database_that_was_not_migrated_is_not_served(on_postgres: Home) -> None:
    on_postgres.write("a.yaml", use_case("a"))
    refused = on_postgres.run("apply", "a.yaml", code=1)
    assert "database-older" in refused.err
    assert "roadworthy migrate" in refused.err


def test_from_an_empty_database_to_a_verified_record(on_postgres: Home) -> None:
    on_postgres.run("migrate", code=0)
    on_postgres.write("a.yaml", use_case("a", stage="pilot", owners={"product": "ana@halden.example"}))
    on_postgres.run("apply", "a.yaml", code=0)
    assert "nothing to change" in on_postgres.run("apply", "a.yaml", code=0).err
    assessed = on_postgres.run("assess", "a", "-o", "json", code=0).json()
    assert "platform" in assessed["ownerGaps"]
    on_postgres.run("ledger", "verify", code=0)
    assert not (on_postgres.folder / ".roadworthy" / "roadworthy.db").exists()


def test_a_server_and_commands_share_the_database(on_postgres: Home) -> None:
    on_postgres.run("migrate", code=0)
    on_postgres.write("a.yaml", use_case("a"))
    with on_postgres.served() as server:
        assert httpx.get(f"{server.address}/api/v1alpha1/health/ready", timeout=60).status_code == 200
        on_postgres.run("apply", "a.yaml", code=0)
        assert "a" in on_postgres.run("get", "use-cases", "-o", "name", code=0).out
    on_postgres.run("ledger", "verify", code=0)
