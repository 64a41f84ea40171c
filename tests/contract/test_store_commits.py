"""What a store says after a commit: to its own process on both engines, to others on PostgreSQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store


def test_hooks_run_after_the_commit_and_before_the_caller_is_told(store: Store) -> None:
    seen: list[object] = []

    def look() -> None:
        with store.read() as connection:
            seen.append(connection.exec_driver_sql("SELECT count(*) FROM status_revoked_keys").scalar())

    store.after_commit.append(look)
    row = "INSERT INTO status_revoked_keys (key_id, purpose, revoked_at) VALUES ('a', 'status', '2026-01-01')"
    store.write(lambda connection: connection.exec_driver_sql(row))
    assert seen == [1]

    def fails(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DELETE FROM status_revoked_keys")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(fails)
    assert set(seen) == {1}


@pytest.mark.postgres
def test_a_listener_hears_what_a_commit_says_and_nothing_of_one_that_failed(postgres_store: PostgresStore) -> None:
    listening = postgres_store.listen("roadworthy_test")
    try:

        def fails(connection: sa.Connection) -> None:
            connection.execute(sa.select(sa.func.pg_notify("roadworthy_test", "never")))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            postgres_store.write(fails)
        assert listening.wait(0.05) == []
        postgres_store.write(lambda c: c.execute(sa.select(sa.func.pg_notify("roadworthy_test", "now"))))
        assert listening.wait(5) == ["now"]
    finally:
        listening.close()
