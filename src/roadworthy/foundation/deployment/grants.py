"""What each kind of process may do in a PostgreSQL database, as GRANT statements for accounts that stand there already.

The owner of the tables migrates and does nothing else. Whoever answers can record, but has no right to touch what was
recorded; whoever works gives entries their places; whoever signs can add signatures and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.storage.engines import postgres_engine
from roadworthy.foundation.storage.faults import StorageFault, explain
from roadworthy.foundation.storage.schema import metadata

READER = "reader"
"""Somebody who verifies the ledger from the database itself, and sees nothing else of it."""

_FULL = "SELECT, INSERT, UPDATE, DELETE"
_READ = "SELECT"
_ADD = "SELECT, INSERT"
_PUBLIC = frozenset(
    {"ledger_entries", "ledger_tiles", "ledger_frontier", "ledger_checkpoints", "ledger_witnessed", "alembic_version"}
)

SERVE: Mapping[str, str] = {
    "alembic_version": _READ,
    "decision_uses": _ADD,
    "decision_votes": _ADD,
    "ledger_checkpoints": _READ,
    "ledger_entries": _READ,
    "ledger_frontier": _READ,
    "ledger_inbox": _ADD,
    "ledger_lease": _READ,
    "ledger_payloads": "SELECT, INSERT, UPDATE (content, salt, erased_at, retention, entry)",
    "ledger_tiles": _READ,
}
"""What whoever answers may do with the tables that are not its own to change; with all others, everything."""

WORKER: Mapping[str, str] = {
    **SERVE,
    "ledger_entries": _ADD,
    "ledger_frontier": "SELECT, INSERT, UPDATE",
    "ledger_inbox": "SELECT, INSERT, DELETE, UPDATE (number)",  # a row is locked by the right to update a column of it
    "ledger_lease": "SELECT, INSERT, UPDATE",
    "ledger_tiles": "SELECT, INSERT, UPDATE",
}

SIGNER: Mapping[str, str] = {
    "deployment_processes": _FULL,
    "ledger_checkpoints": _ADD,
    "ledger_signing": "SELECT, INSERT, UPDATE",
}
"""What the signer may do; everything else it may read."""


def allowed(role: ProcessRole | str, table: str) -> str:
    """Privileges of an account on a table, as GRANT spells them; empty for none."""
    if role == READER:
        return _READ if table in _PUBLIC else ""
    if role is ProcessRole.SIGNER:
        return SIGNER.get(table, _READ)
    if role is ProcessRole.WORKER:
        return WORKER.get(table, _FULL)
    return SERVE.get(table, _FULL)


def statements(accounts: Mapping[ProcessRole | str, str], tables: Sequence[str] | None = None) -> list[str]:
    """SQL that gives each account exactly what its kind of process needs, and takes everything else away.

    Args:
        accounts: kind of process, or `READER`, to the name of its account in the database.
        tables: which; every table of this version by default.
    """
    names = sorted({*metadata.tables, "alembic_version"}) if tables is None else tables
    made = []
    for role, account in accounts.items():
        who = quoted(account)
        made += [
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {who}",
            f"GRANT USAGE ON SCHEMA public TO {who}",
        ]
        for name in names:
            privileges = allowed(role, name)
            if privileges:
                made.append(f"GRANT {privileges} ON {name} TO {who}")
    return made


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def carry_out(url: str, said: Sequence[str]) -> None:
    """Carry the statements out together, as the owner of the tables.

    Raises:
        Unavailable: the database cannot be reached, or refuses one of them; then none counts.
    """
    engine = postgres_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            for statement in said:
                connection.exec_driver_sql(statement)
    except StorageFault as fault:
        raise explain(fault, engine.url.render_as_string(hide_password=True)) from fault
    finally:
        engine.dispose()
