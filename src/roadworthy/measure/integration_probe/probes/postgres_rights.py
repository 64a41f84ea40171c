"""What a role of PostgreSQL may do, by the database's own word; nothing is tried out for it."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.measure.integration_probe.probes.tables import PRIVILEGES, Table, privilege
from roadworthy.measure.integration_probe.session import Session
from roadworthy.measure.integration_probe.trying import Found, failed, passed, unknown

_ATTRIBUTES = ("superuser", "may create databases", "may create roles", "passes by row security", "may replicate")
_ROLE = """
SELECT r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolbypassrls, r.rolreplication
FROM pg_roles r WHERE pg_has_role(session_user, r.oid, 'MEMBER') AND NOT (r.rolname <> session_user AND
  (SELECT rolsuper FROM pg_roles WHERE rolname = session_user))
"""
_REACHING = frozenset({
    "pg_read_all_data", "pg_write_all_data", "pg_execute_server_program", "pg_read_server_files",
    "pg_write_server_files", "pg_signal_backend", "pg_maintain", "pg_database_owner", "pg_checkpoint",
})  # fmt: skip
"""Roles that come with PostgreSQL and reach beyond single tables (documentation, chapter "Predefined Roles")."""
_RIGHTS = """
SELECT n.nspname, c.relname, p.name, has_table_privilege(c.oid, p.name || ' WITH GRANT OPTION')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN unnest(%s::text[]) AS p(name)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%%' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, p.name)
ORDER BY 1, 2, 3
"""
_SCHEMAS = """
SELECT 'CREATE in schema ' || nspname FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'CREATE')
UNION ALL
SELECT 'CREATE in database ' || current_database() WHERE has_database_privilege(current_database(), 'CREATE')
"""
_ROWS = """
SELECT c.relrowsecurity, c.relforcerowsecurity, pg_has_role(session_user, c.relowner, 'USAGE')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s
"""
_MOST = 100
"""Lines of a trial."""


def bounded(session: Session, grants: Sequence[str] | None) -> Found:
    """Attributes of the role and of every role that it is a member of."""
    too_much: list[str] = []
    declared = {each.strip().lower() for each in grants or ()}
    for name, *flags in session.rows(_ROLE):
        has = [what for what, flag in zip(_ATTRIBUTES, flags, strict=True) if flag]
        too_much += [f"{name}: {what}" for what in has]
        if name in _REACHING and name not in declared:
            too_much.append(f"member of {name}")
    if too_much:
        remedy = "give the workload a role of its own, without these, and with the grants that it needs"
        return failed(f"{len(too_much)} reach too far", remedy, details=tuple(too_much[:_MOST]))
    return passed("none")


def beyond(session: Session, grants: Sequence[str] | None) -> Found:
    """Every right on tables, schemas and the database, against the declared grants."""
    rights = session.rows(_RIGHTS, (list(PRIVILEGES),))
    if grants is None:
        return unknown(f"no grants are declared; the role has {len(rights)} rights on tables",
                       "declare under `probe.grants` what the workload may do")  # fmt: skip
    named = [each for each in grants if each.strip().lower() not in _REACHING]
    declared = {(what, str(where)) for what, where in map(privilege, named)}
    more = [f"{what} {schema}.{name}" for schema, name, what, _ in rights if (what, f"{schema}.{name}") not in declared]
    more += [f"passing {what} {schema}.{name} on" for schema, name, what, on in rights if on]
    more += [str(row[0]) for row in session.rows(_SCHEMAS)]
    if more:
        remedy = "REVOKE these from the role (and from PUBLIC), or declare them as grants"
        return failed(f"{len(more)} rights more than declared", remedy, details=tuple(more[:_MOST]))
    held = {(what, f"{schema}.{name}") for schema, name, what, _ in rights}
    lacking = tuple(f"{what} {name}" for what, name in sorted(declared - held))
    if lacking:
        return failed(f"{len(lacking)} declared grants are missing", "GRANT them, or take them out", details=lacking)
    return passed(f"{len(rights)} rights, all declared")


def row_security(session: Session, tables: Sequence[Table]) -> Found:
    """Row-level security of the declared tables; the owner of a table passes by it unless it is forced."""
    told: list[str] = []
    on = 0
    for each in tables:
        found = session.rows(_ROWS, (each.schema, each.name))
        if not found:
            continue
        enabled, forced, owns = found[0]
        on += bool(enabled)
        if enabled and owns and not forced:
            told.append(f"{each}: the role owns the table and passes by it")
    if told:
        return failed(f"{len(told)} tables do not hold it against this role", "take ownership from the workload's role",
                      details=tuple(told))  # fmt: skip
    if not on:
        return unknown("none of them has it", "decide whether the workload may read every row")
    return passed(f"on for {on} of {len(tables)}")
