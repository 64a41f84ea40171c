"""A PostgreSQL connection of a probe: guarded, read-only unless it is the sandbox's, bounded in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import conninfo, sql

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.measure.integration_probe.declared import Address
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.wire import NoAnswer, Pace

PORT = 5432
_SPOKEN = frozenset({"host", "port", "dbname", "user", "sslmode"})
"""What an address in a declaration may say; whatever reads files of this machine belongs to whoever runs it."""
_NOWHERE = "/nonexistent/roadworthy-probe"
_ALONE = {"passfile": _NOWHERE, "sslcertmode": "disable", "gssencmode": "disable"}
"""Keeps the credentials of this process's own account out of connections that a declaration asked for."""
_MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Door:
    """Where a database is, and how to come in."""

    where: Address
    options: Mapping[str, str]
    """Of libpq; may hold a password, so it is never shown."""
    reach: Reach | None = None
    """How far it may lead; None where the server's own environment says where it is."""

    def __repr__(self) -> str:
        return f"Door({self.where.base})"

    @property
    def password(self) -> Secret | None:
        """The one that came with the address."""
        value = self.options.get("password", "")
        return Secret(value) if value else None

    def shown(self, secret: Secret) -> Door:
        """The same with a password."""
        return replace(self, options={**self.options, "password": secret.reveal()})

    @property
    def local(self) -> bool:
        """Whether nothing leaves this machine: a socket of its own, or loopback."""
        return self.where.host.startswith("/") or self.where.local


def door(text: str, reach: Reach, *, declared: bool, field: str = "address") -> Door:
    """Read an address such as `postgresql://role@host:5432/database`.

    Args:
        text: the address.
        reach: how far a declared one may lead.
        declared: whether it stands in a declaration, and not in the server's own environment.
        field: of the declaration.

    Raises:
        InvalidInput: it cannot be read, or a declaration says more than where and who.
        Refused: it can be seen to lead where a declaration may not.
    """
    try:
        options = {name: str(value) for name, value in conninfo.conninfo_to_dict(text).items() if value is not None}
    except psycopg.ProgrammingError:
        options = {}
    host = options.get("host", "")
    unfit = declared and (not set(options) <= _SPOKEN or host.startswith("/") or "," in host)
    if not text.startswith(("postgresql://", "postgres://")) or not host or not options.get("user") or unfit:
        raise InvalidInput(
            "probe-address-unusable",
            "this is no address of a database that can be probed",
            place=Place(field=f"probe.{field}"),
            remedy="write `postgresql://role@host:5432/database`, without a password, or `env:NAME` for one with more",
        )
    if declared:
        options |= {"password": "", **_ALONE}
    name = options.setdefault("dbname", options["user"])
    port = options.get("port", "") or str(PORT)
    if not port.isdigit():
        raise InvalidInput(
            "probe-address-unusable", "the address has several ports", place=Place(field=f"probe.{field}"),
            remedy="name the one server that the workload uses",
        )  # fmt: skip
    if declared:
        reach.seen(host, int(port))
    return Door(Address("postgresql", host.lower(), int(port), f"/{name}"), options, reach if declared else None)


Row = tuple[Any, ...]


class Session:
    """One connection.

    Args:
        connection: to the database.
        guard: what may be sent.
        pace: how often.
        where: which database it is.
    """

    def __init__(self, connection: psycopg.Connection[Row], guard: Guard, pace: Pace, where: Address) -> None:
        self._connection = connection
        self._guard = guard
        self._pace = pace
        self._clock = pace.clock
        self._writable = guard.in_sandbox(where)
        self.took = 0.0
        """Seconds of the latest statement, without waiting for its turn."""

    def rows(self, statement: str | sql.Composed, values: Sequence[object] = (), *, first: str = "") -> list[Row]:
        """Ask in a read-only transaction of its own.

        Args:
            statement: a single one that reads.
            values: of its placeholders.
            first: a setting for this transaction.

        Raises:
            Refused: the guard does not let it pass.
            psycopg.Error: the database refuses; the caller knows which refusals it looks for.
        """
        text = statement if isinstance(statement, str) else statement.as_string(self._connection)
        self._pace.wait()
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute("SHOW transaction_read_only")
            read_only = cursor.fetchone() == ("on",)
            for each in filter(None, (first, text)):
                self._guard.statement(each, read_only=read_only)
            if first:
                cursor.execute(first.encode())
            begun = self._clock.monotonic()
            cursor.execute(text.encode(), values or None)
            found = cursor.fetchmany(_MOST_ROWS) if cursor.description else []
            self.took = self._clock.monotonic() - begun
            return found

    @contextmanager
    def writing(self) -> Iterator[psycopg.Cursor[Row]]:
        """A transaction of the sandbox that is always rolled back.

        Raises:
            Refused: this is not the sandbox.
        """
        if not self._writable:
            self._guard.statement("", read_only=False)
        self._pace.wait()
        with self._connection.transaction(force_rollback=True), self._connection.cursor() as cursor:
            yield cursor


@contextmanager
def opened(found: Door, guard: Guard, pace: Pace, mark: str, patience: float) -> Iterator[Session]:
    """A session that is closed in the end.

    Raises:
        NoAnswer: no connection comes about, with why.
    """
    pace.wait()
    settings = _settings(found, mark, patience)
    try:
        connection = psycopg.connect(**settings)
    except psycopg.Error as error:
        raise NoAnswer(why(error)) from error
    try:
        connection.execute(f"SET statement_timeout = {int(patience * 1000)}")
        connection.commit()
        connection.read_only = not guard.in_sandbox(found.where)
        yield Session(connection, guard, pace, found.where)
    finally:
        connection.close()


def comes_in(found: Door, pace: Pace, password: str | None, mark: str, patience: float) -> bool:
    """Whether a password, or none, lets one in; the connection is closed at once.

    Raises:
        NoAnswer: the server is not there.
    """
    pace.wait()
    changed = replace(found, options={**found.options, "password": password or "", "passfile": _NOWHERE})
    settings = _settings(changed, mark, patience)
    try:
        psycopg.connect(**settings).close()
    except psycopg.Error as error:
        told = why(error)
        if told == _REFUSED:
            return False
        raise NoAnswer(told) from error
    return True


_REFUSED = "the credential is refused"


def _settings(found: Door, mark: str, patience: float) -> dict[str, Any]:
    said = {**found.options, "application_name": mark, "connect_timeout": max(2, int(patience))}
    if found.reach is None:
        return said
    try:
        numbers = found.reach.numbers(found.where.host, found.where.port)
    except OSError as error:
        raise NoAnswer("its name has no address (DNS)") from error
    # The name stays for the certificate; the connection goes to the numbers that were looked at.
    return {**said, "host": ",".join([found.options["host"]] * len(numbers)), "hostaddr": ",".join(numbers)}


_WORDS = (
    (_REFUSED, ("authentication failed", "no password supplied", "no pg_hba.conf entry")),
    ("the connection is refused", ("refused",)),
    ("it did not answer in time", ("timeout", "timed out")),
    ("its name has no address (DNS)", ("could not translate", "name or service", "failed to resolve")),
    ("no encrypted connection came about", ("certificate", "ssl")),
    ("there is no such database or role", ("does not exist",)),
)
"""What libpq says before there is a session, which has no code."""


def why(error: psycopg.Error) -> str:
    """Why the database did not do it, in our own words; its own may hold the address and data."""
    state = error.sqlstate or ""
    if state:
        return _REFUSED if state.startswith("28") else f"the database reports {state}"
    said = str(error).lower()
    return next((ours for ours, theirs in _WORDS if any(each in said for each in theirs)), "the connection broke")
