"""Trials that write, in a sandbox database: inside a transaction that is always rolled back."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from roadworthy.foundation.errors import Refused
from roadworthy.measure.integration_probe.probes.tables import Table, privilege
from roadworthy.measure.integration_probe.session import Session, why
from roadworthy.measure.integration_probe.trying import Found, failed, passed, unknown

_WHICH = """
SELECT pg_postmaster_start_time()::text, (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_COLUMN = """
SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
AND attgenerated = '' AND attidentity = '' ORDER BY attnum LIMIT 1
"""
_WRITING = ("INSERT", "UPDATE", "DELETE")


def refuse_production(production: Session, sandbox: Session) -> None:
    """Look by the databases' own word whether the sandbox is production under another name.

    Raises:
        Refused: it is.
    """
    if production.rows(_WHICH) == sandbox.rows(_WHICH):
        raise Refused(
            "probe-sandbox-is-production",
            "the sandbox is the production database under another address",
            remedy="declare a database of its own, or none",
        )


def undone(sandbox: Session, grants: Sequence[str]) -> Found:
    """Use every declared right that writes, roll it back, and count before and after."""
    wanted = [(what, where) for what, where in map(privilege, grants) if what in _WRITING]
    if not wanted:
        return unknown("no right that writes is declared", "declare it under `probe.grants`, such as `INSERT orders`")
    bad = []
    for what, where in wanted:
        try:
            before = sandbox.rows(_count(where))
            with sandbox.writing() as cursor:
                cursor.execute(_statement(sandbox, what, where))
            if sandbox.rows(_count(where)) != before:
                bad.append(f"{what} {where}: something of it remained")
        except psycopg.Error as error:
            bad.append(f"{what} {where}: {'not allowed' if error.sqlstate == '42501' else why(error)}")
    if bad:
        remedy = "grant it in the sandbox as in production, and look at triggers that write elsewhere"
        return failed(f"{len(bad)} of {len(wanted)} did not hold", remedy, details=tuple(bad))
    return passed(f"{len(wanted)} of {len(wanted)} were allowed and rolled back")


def _count(where: Table) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(where.schema, where.name))


def _statement(sandbox: Session, what: str, where: Table) -> sql.Composed:
    named = sql.Identifier(where.schema, where.name)
    if what == "DELETE":
        return sql.SQL("DELETE FROM {}").format(named)
    if what == "INSERT":  # whether it is allowed; a row that fits every constraint cannot be made up
        return sql.SQL("INSERT INTO {} SELECT * FROM {} WHERE false").format(named, named)
    found = sandbox.rows(_COLUMN, (f'"{where.schema}"."{where.name}"',))
    column = sql.Identifier(str(found[0][0]) if found else "ctid")
    return sql.SQL("UPDATE {} SET {} = {}").format(named, column, column)
