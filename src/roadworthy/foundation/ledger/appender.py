"""Appenders: they make entries of what a unit recorded, inside the unit's own transaction.

On SQLite there is one writer, so entries get their positions in the same commit as the rows they explain. On
PostgreSQL any number of processes write, so entries become durable in an inbox with the rows, and one elected
sequencer gives out the positions a moment later. Either way a unit that fails leaves nothing behind.

A writer numbers its entries 0, 1, 2 ... without gaps, so that an entry taken away before it reached the tree is
missed. A number may therefore only be given to what certainly commits. The SQLite appender numbers a whole group
right before its commit; on PostgreSQL every connection is a writer of its own, because it runs one transaction
at a time. A writer whose commit failed is never used again: nobody knows whether its last numbers are in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.entry import body_of, seal
from roadworthy.foundation.ledger.payloads import Committed, keep, prepare
from roadworthy.foundation.ledger.store import Row, append_rows, load_growth, wait
from roadworthy.foundation.ledger.tiles import Growth
from roadworthy.foundation.ledger.unit import Appender, Recorded
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

_LANE = "ledger_writer"


@dataclass(slots=True)
class _Writer:
    """A stream of numbered entries."""

    id: str
    next: int = 0
    failed: bool = False

    def seal(self, unsealed: Sequence[Row]) -> list[Row]:
        """Number the entries and complete their bytes."""
        first, self.next = self.next, self.next + len(unsealed)
        return [
            Row(row.id, row.at, row.what, row.resource, row.actor_ref, seal(row.raw, self.id, first + at))
            for at, row in enumerate(unsealed)
        ]


def appender_for(store: Store, runtime: Runtime, tenant: str) -> Appender:
    """The appender for this store's engine; it hooks itself into the store's commits."""
    return (
        EmbeddedAppender(store, runtime, tenant) if store.dialect == "sqlite" else InboxAppender(store, runtime, tenant)
    )


class EmbeddedAppender:
    """Appends on SQLite. Everything here runs on the store's one writer thread."""

    def __init__(self, store: Store, runtime: Runtime, tenant: str) -> None:
        self._runtime = runtime
        self._tenant = tenant
        self._pending: list[Row] = []
        self._growth: Growth | None = None
        self._writer: _Writer | None = None
        store.before_commit.append(self._position)
        store.after_rollback.append(self._forget)

    def append(self, connection: sa.Connection, recorded: Sequence[Recorded], context: Context, now: datetime) -> None:
        """Prepare the unit's entries; they get their positions when the group commits."""
        self._pending += _unsealed(connection, recorded, context, now, self._tenant, self._runtime)

    def _position(self, connection: sa.Connection) -> None:
        if not self._pending:
            return
        unsealed, self._pending = self._pending, []
        if self._growth is None:
            self._growth = load_growth(connection)
        if self._writer is None:
            self._writer = _Writer(new_id(self._runtime.clock.now(), self._runtime.randomness))
        append_rows(connection, self._growth, self._writer.seal(unsealed))

    def _forget(self) -> None:
        self._pending, self._growth, self._writer = [], None, None


class InboxAppender:
    """Appends on PostgreSQL, on whichever connection and thread the unit runs."""

    def __init__(self, store: Store, runtime: Runtime, tenant: str) -> None:
        self._runtime = runtime
        self._tenant = tenant
        self._last: ContextVar[_Writer | None] = ContextVar("ledger_writer_of_the_last_unit", default=None)
        store.after_rollback.append(self._forget)

    def append(self, connection: sa.Connection, recorded: Sequence[Recorded], context: Context, now: datetime) -> None:
        """Put the unit's entries into the inbox, durable with the unit's rows."""
        unsealed = _unsealed(connection, recorded, context, now, self._tenant, self._runtime)
        writer = self._writer_of(connection)
        self._last.set(writer)
        wait(connection, writer.seal(unsealed))

    def _writer_of(self, connection: sa.Connection) -> _Writer:
        writer: _Writer | None = connection.info.get(_LANE)
        if writer is None or writer.failed:
            writer = _Writer(new_id(self._runtime.clock.now(), self._runtime.randomness))
            connection.info[_LANE] = writer
        return writer

    def _forget(self) -> None:
        """Retire the writer that this thread used last; at worst a sound one is retired, which costs nothing."""
        writer = self._last.get()
        if writer is not None:
            writer.failed = True


def _unsealed(
    connection: sa.Connection,
    recorded: Sequence[Recorded],
    context: Context,
    now: datetime,
    tenant: str,
    runtime: Runtime,
) -> list[Row]:
    """The rows of a unit's entries with everything but their writers; payloads are stored on the way."""
    at = to_text(now)
    rows = []
    stored: list[Committed] = []
    for item in recorded:
        draft = item.draft
        _check_names(draft.what, draft.resource, context.actor.ref)
        texts = prepare(draft.texts, now, runtime, draft.retention, item.id)
        stored += texts
        payloads = tuple(text.payload for text in texts)
        body = body_of(entry_id=item.id, at=at, tenant=tenant, draft=draft, context=context, payloads=payloads)
        rows.append(Row(item.id, at, draft.what, draft.resource, context.actor.ref, body))
    keep(connection, stored)
    return rows


def _check_names(*names: str) -> None:
    """Names are searched for and shown, so none may be empty or hold what cannot be seen or stored."""
    for name in names:
        if not name or not name.isprintable():
            raise InvalidInput(
                "entry-name-unfit",
                f"`{name!a}` cannot name an event, a resource or an actor in the ledger",
                remedy="use a name of visible characters",
            )
