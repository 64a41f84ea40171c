"""Triggers of PostgreSQL by which the record only grows, whoever asks and whatever they may otherwise.

Rights keep a process from what is not its part. Triggers keep also whoever owns the tables from changing by accident,
or by a statement of somebody else's making, what must never change: to get past them takes a statement that says so.
Who does it nevertheless is noticed by what does not lie in the database: the signer's memory, and whoever has a
checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.foundation.storage.engines import postgres_engine
from roadworthy.foundation.storage.faults import StorageFault, explain

_FUNCTION = """
CREATE OR REPLACE FUNCTION roadworthy_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the record only grows: %% of %% is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'restore a backup instead, or record a correction';
END $$
"""


@dataclass(frozen=True, slots=True)
class Guard:
    """What may not happen to a table."""

    table: str
    unless: str = ""
    """An update that is allowed, as SQL over OLD and NEW; empty where none is."""
    deletes: bool = False
    """Rows may go: they are moved elsewhere in the same transaction."""

    def statements(self) -> list[str]:
        """SQL that puts it in place, or replaces what stands there."""
        when = f" WHEN (NOT ({self.unless}))" if self.unless else ""
        refuse = "EXECUTE FUNCTION roadworthy_refuse()"
        made = [(f"BEFORE UPDATE ON {self.table} FOR EACH ROW{when}", "update")]
        if not self.deletes:
            made.append((f"BEFORE DELETE ON {self.table} FOR EACH ROW", "delete"))
        made.append((f"BEFORE TRUNCATE ON {self.table} FOR EACH STATEMENT", "truncate"))
        named = [(f"roadworthy_guard_{what}", moment) for moment, what in made]
        return [
            *(f"CREATE OR REPLACE TRIGGER {name} {moment} {refuse}" for name, moment in named),
            *(f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {name}" for name, _ in named),
        ]

    @property
    def count(self) -> int:
        """How many triggers it is made of."""
        return 2 if self.deletes else 3


GUARDS = (
    Guard("ledger_entries"),
    Guard("ledger_checkpoints"),
    Guard("decision_uses"),
    Guard("decision_votes"),
    Guard(
        "ledger_tiles",
        "NEW.level = OLD.level AND NEW.tile = OLD.tile AND NEW.width >= OLD.width "
        "AND substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) = OLD.hashes",
    ),
    Guard("ledger_frontier", "NEW.size >= OLD.size AND NEW.fence >= OLD.fence"),
    Guard(
        "ledger_payloads",
        "NEW.ref = OLD.ref AND NEW.commitment = OLD.commitment AND ("
        "(NEW.content IS NOT DISTINCT FROM OLD.content AND NEW.salt IS NOT DISTINCT FROM OLD.salt) "
        "OR (NEW.content IS NULL AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL))",
    ),
    Guard("ledger_inbox", deletes=True),
)
"""Entries, signatures, votes and spent approvals never change; the tree grows; a payload can be erased, no more."""

_STANDING = """
SELECT c.relname, count(*) AS triggers FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgname LIKE 'roadworthy\\_guard\\_%%' AND t.tgenabled = 'A' AND c.relnamespace = current_schema()::regnamespace
 GROUP BY c.relname
"""


def install(connection: sa.Connection) -> None:
    """Put every guard in place; its caller must own the tables."""
    connection.exec_driver_sql(_FUNCTION)
    for guard in GUARDS:
        for statement in guard.statements():
            connection.exec_driver_sql(statement)


def missing(connection: sa.Connection) -> list[str]:
    """Tables whose guard is not there, or is switched off."""
    standing = {row.relname: row.triggers for row in connection.exec_driver_sql(_STANDING)}
    return [guard.table for guard in GUARDS if standing.get(guard.table, 0) < guard.count]


def guard_database(url: str) -> list[str]:
    """Put in place what is missing of the guards in a migrated database; the tables that were not guarded.

    Raises:
        Unavailable: the database cannot be reached, or whoever asks does not own the tables.
    """
    engine = postgres_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            lacking = missing(connection)
            if lacking:
                install(connection)
            return lacking
    except StorageFault as fault:
        raise explain(fault, engine.url.render_as_string(hide_password=True)) from fault
    finally:
        engine.dispose()
