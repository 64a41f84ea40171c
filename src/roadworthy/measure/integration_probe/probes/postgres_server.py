"""Trials of how a PostgreSQL server holds up: timeouts, connections, a standby's lag, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import psycopg

from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.session import Session
from roadworthy.measure.integration_probe.trying import Bench, Found, Trials, failed, passed, unknown

LEAST_FREE = 0.1
"""Share of connections that must be free. Our own choice: a deployment that rolls over holds old and new at once."""
_ROOM = """
SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
             nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user), -1),
             nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1)),
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' OR backend_type IS NULL)
"""
_LAG = """
SELECT pg_is_in_recovery(),
       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float,
       pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
"""
_CANCELLED = "57014"
_BAD = (("a table that is not there", "SELECT 1 FROM roadworthy_probe_nothing", {"42P01"}),
        ("a text where a number belongs", "SELECT 'x'::integer", {"22P02"}))  # fmt: skip


class Trying(Protocol):
    """Runs one trial."""

    def __call__(
        self, name: str, area: Area, did: str, expected: str, run: Callable[[], Found], *, blocks: bool = True
    ) -> Trial:
        """As `Desk.trial`."""


def trials(session: Session, trial: Trying, bench: Bench) -> Trials:
    """Timeouts, room, lag, bad input, writing in a transaction that only reads."""
    yield trial("statement-timeout-kept", Area.PACE, "Set a timeout of 200 ms and slept for 2 s", "the statement is "
                "cancelled in time", lambda: _timeout(session, bench))  # fmt: skip
    yield trial("role-has-a-timeout", Area.PACE, "Read the role's own statement_timeout", "it has one",
                lambda: _own_timeout(session), blocks=False)  # fmt: skip
    yield trial("connections-free", Area.PACE, "Counted connections", f"{LEAST_FREE:.0%} of them are free",
                lambda: _room(session))  # fmt: skip
    yield trial("standby-lag", Area.PACE, "Asked whether it is a standby and how far behind",
                "it is the primary, or not behind", lambda: _lag(session), blocks=False)  # fmt: skip
    yield trial("bad-input-refused", Area.ERRORS, "Asked for what is not there, and with what cannot be read",
                "an error of its class, and the session goes on", lambda: _bad(session))  # fmt: skip


def _timeout(session: Session, bench: Bench) -> Found:
    begun = bench.clock.monotonic()
    try:
        session.rows("SELECT pg_sleep(2)", first="SET LOCAL statement_timeout = 200")
    except psycopg.errors.QueryCanceled:
        return passed(f"cancelled after {bench.clock.monotonic() - begun:.1f} s")
    return failed("it slept to its end", "look at the pooler between: it drops the setting")


def _own_timeout(session: Session) -> Found:
    found = session.rows("SELECT reset_val, unit FROM pg_settings WHERE name = 'statement_timeout'")
    value = str(found[0][0]) if found else "0"
    if value == "0":
        return failed(
            "it has none", "ALTER ROLE … SET statement_timeout, so that no query of the workload runs for ever"
        )
    return passed(f"{value} ms")


def _room(session: Session) -> Found:
    most, used = session.rows(_ROOM)[0]
    free = int(most) - int(used)
    if free < LEAST_FREE * int(most):
        return failed(f"{free} of {most} are free", "raise the limit, or put a pooler before it")
    return passed(f"{free} of {most} are free")


def _lag(session: Session) -> Found:
    standby, behind, replayed = session.rows(_LAG)[0]
    if not standby:
        return passed("it is the primary")
    if replayed or behind is None:
        return passed("a standby that has replayed all that it received")
    return unknown(f"a standby, {float(behind):.1f} s behind", "hold this against how fresh the data must be")


def _bad(session: Session) -> Found:
    bad = []
    for what, statement, wanted in _BAD:
        try:
            session.rows(statement)
        except psycopg.Error as error:
            if error.sqlstate in wanted:
                continue
        bad.append(what)
    session.rows("SELECT 1")
    if bad:
        return failed(
            f"{len(bad)} of {len(_BAD)} were answered otherwise", "look at what stands between", details=tuple(bad)
        )
    return passed(f"{len(_BAD)} of {len(_BAD)} were refused, and the session goes on")
