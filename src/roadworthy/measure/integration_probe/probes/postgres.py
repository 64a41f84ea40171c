"""Trials of a PostgreSQL database, as the workload's own role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.probes import pacing, postgres_rights, postgres_server
from roadworthy.measure.integration_probe.probes.tables import Table, table
from roadworthy.measure.integration_probe.session import Door, Session, comes_in, why
from roadworthy.measure.integration_probe.trying import Bench, Found, Trials, failed, passed, trial, unknown
from roadworthy.measure.integration_probe.wire import Came

_WHO = "SELECT current_setting('server_version'), current_database(), session_user"
_LOGS = "SELECT current_setting('pgaudit.log', true), current_setting('log_statement')"
_GIVEN, _NOT_ALLOWED = 200, 403
_WRONG = "roadworthy-probe-wrong-password"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the trials of one database need."""

    bench: Bench
    door: Door
    session: Session
    tables: tuple[Table, ...] = field(default=())

    @classmethod
    def of(cls, bench: Bench, door: Door, session: Session) -> Desk:
        """For the declared tables.

        Raises:
            InvalidInput: one cannot be understood.
        """
        return cls(bench, door, session, tuple(table(each) for each in bench.target.operations))

    def trial(
        self, name: str, area: Area, did: str, expected: str, run: Callable[[], Found], *, blocks: bool = True
    ) -> Trial:
        """Run one trial; what the database refuses unexpectedly is unknown."""

        def careful() -> Found:
            try:
                return run()
            except psycopg.Error as error:
                return unknown(f"it could not be tried: {why(error)}", "look at the role's rights, then probe again")

        return trial(self.bench, name, area, did=did, expected=expected, run=careful, blocks=blocks)


def trials(desk: Desk) -> Trials:
    """Every trial, one after the other."""
    yield desk.trial("answers", Area.REACH, "Connected as the workload's role", "an answer", lambda: _answers(desk))
    yield desk.trial("encrypted", Area.REACH, "Looked at the connection's encryption", "TLS 1.2 or newer",
                     lambda: _encrypted(desk))  # fmt: skip
    yield desk.trial("wrong-credential-refused", Area.IDENTITY, "Connected with a wrong password, and with none",
                     "both are refused", lambda: _wrong(desk))  # fmt: skip
    yield desk.trial("role-bounded", Area.ENTITLEMENT, "Read the role's attributes and memberships",
                     "no attribute and no membership that reaches beyond tables",
                     lambda: postgres_rights.bounded(desk.session, desk.bench.target.grants))  # fmt: skip
    yield desk.trial("operations-allowed", Area.ENTITLEMENT, "Read a row of each declared table", "each can be read",
                     lambda: _readable(desk))  # fmt: skip
    yield desk.trial("nothing-beyond-grants", Area.ENTITLEMENT, "Asked the database for every right that the role has",
                     "none beyond the declared grants",
                     lambda: postgres_rights.beyond(desk.session, desk.bench.target.grants))  # fmt: skip
    yield desk.trial("row-security", Area.ENTITLEMENT, "Looked which declared tables have row-level security",
                     "it is on, and holds for this role",
                     lambda: postgres_rights.row_security(desk.session, desk.tables), blocks=False)  # fmt: skip
    yield from pacing.trials(desk.bench, lambda: _one(desk))
    yield from postgres_server.trials(desk.session, desk.trial, desk.bench)
    yield desk.trial("audit-trail", Area.AUDIT, "Looked for a record of what the role reads",
                     "every reading statement is recorded", lambda: _audited(desk))  # fmt: skip


def _answers(desk: Desk) -> Found:
    version, name, user = desk.session.rows(
        "SELECT current_setting('server_version'), current_database(), session_user"
    )[0]
    wanted = desk.door.options["user"]
    if user != wanted:
        return failed(f"it made us `{user}`", "have the server map the workload to its own role")
    return passed(f"PostgreSQL {str(version).split(' ', maxsplit=1)[0]}, database `{name}`, role `{user}`")


def _encrypted(desk: Desk) -> Found:
    if desk.door.local:
        return passed("nothing leaves this machine")
    found = desk.session.rows("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    if not found or not found[0][0]:
        return failed("the connection is not encrypted", "require TLS on the server and `sslmode=verify-full` here")
    if str(found[0][1]) not in {"TLSv1.2", "TLSv1.3"}:
        return failed(f"{found[0][1]}", "have the server require TLS 1.2")
    return passed(f"{found[0][1]}")


def _wrong(desk: Desk) -> Found:
    let_in = [
        what
        for what, password in (("a wrong password", _WRONG), ("no password", None))
        if comes_in(desk.door, desk.bench.pace, password, desk.bench.mark, desk.bench.limits.patience)
    ]
    if let_in:
        remedy = "have the server ask this role for a password or a certificate (pg_hba.conf: not `trust`)"
        return failed(f"let in with {' and with '.join(let_in)}", remedy)
    return passed("2 of 2 were refused")


def _readable(desk: Desk) -> Found:
    if not desk.tables:
        return unknown("no table is declared", "declare under `probe.operations` the tables that the use case reads")
    bad = []
    for each in desk.tables:
        try:
            desk.session.rows(each.one_row)
        except psycopg.Error as error:
            bad.append(f"{each}: {'not allowed' if error.sqlstate == '42501' else why(error)}")
    if bad:
        remedy = "grant SELECT on it to the workload's role, or mend the name"
        return failed(f"{len(bad)} of {len(desk.tables)} cannot be read", remedy, details=tuple(bad))
    return passed(f"{len(desk.tables)} of {len(desk.tables)} can be read")


def _one(desk: Desk) -> Came | None:
    """One reading statement as a call, so that times and rate are judged as everywhere."""
    if not desk.tables:
        return None
    try:
        desk.session.rows(desk.tables[0].one_row)
    except psycopg.Error:
        return Came(_NOT_ALLOWED, {}, b"", cut=False, seconds=0.0)
    return Came(_GIVEN, {}, b"", cut=False, seconds=desk.session.took)


def _audited(desk: Desk) -> Found:
    if desk.bench.target.audit_trail is not None:
        trail = table(desk.bench.target.audit_trail)
        found = desk.session.rows(trail.holding, (f"%{desk.bench.mark}%",))
        if found and found[0][0]:
            return passed(f"our session stands in {trail}")
        return failed(f"our session does not stand in {trail}", "have the record carry `application_name`")
    audited, logged = desk.session.rows(
        "SELECT current_setting('pgaudit.log', true), current_setting('log_statement')"
    )[0]
    kinds = {each.strip() for each in str(audited or "").split(",")}
    if kinds & {"read", "all"}:
        return passed(f"pgaudit.log is `{audited}`")
    if logged == "all":
        return passed("log_statement is `all`")
    return failed(
        f"log_statement is `{logged}`" + ("" if audited is None else f", pgaudit.log is `{audited}`"),
        "have pgaudit record reading by this role, or declare the table of another record under `probe.auditTrail`",
    )
