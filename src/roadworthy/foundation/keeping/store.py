"""Rows of texts and their entries, as keeping and erasing asks for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from roadworthy.foundation.ids import earliest_id
from roadworthy.foundation.ledger import store as ledger
from roadworthy.foundation.ledger.entry import Entry, decode
from roadworthy.foundation.ledger.holds import Hold
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.tables import entries, legal_holds, payloads
from roadworthy.foundation.resources.tables import resource_versions

PAGE = 500


class Text(NamedTuple):
    """A text with the entry that commits to it."""

    ref: str
    entry: Entry


def older(connection: sa.Connection, kind: Retention, before: dt.datetime) -> Iterator[list[Text]]:
    """Texts of a class that were made before an instant and are still there, the oldest first, in pages."""
    after = ""
    columns = payloads.c
    while True:
        wanted = (
            sa.select(columns.ref, entries.c.bytes)
            .join(entries, entries.c.id == columns.entry)
            .where(columns.retention == kind.value, columns.erased_at.is_(None))
            .where(columns.ref > after, columns.ref < earliest_id(before))
            .order_by(columns.ref)
            .limit(PAGE)
        )
        rows = connection.execute(wanted).all()
        if not rows:
            return
        after = rows[-1].ref
        yield [Text(row.ref, decode(bytes(row.bytes))) for row in rows]


def in_effect(connection: sa.Connection, ids: Sequence[str], since: dt.datetime) -> set[str]:
    """Which of these entries declared something that is in force, or was at an instant or later."""
    version, following = resource_versions.alias(), resource_versions.alias()
    same = (version.c.kind == following.c.kind) & (version.c.name == following.c.name)
    wanted = (
        sa.select(version.c.entry_id)
        .outerjoin(following, same & (following.c.generation == version.c.generation + 1))
        .where(version.c.entry_id.in_(ids), version.c.spec.is_not(None))
        .where(following.c.at.is_(None) | (following.c.at >= since))
    )
    return set(connection.execute(wanted).scalars())


def ever_declared(connection: sa.Connection, kind: str, fragment: str) -> bool:
    """Whether a spec of this kind ever held a fragment of canonical JSON."""
    columns = resource_versions.c
    wanted = sa.select(columns.name).where(columns.kind == kind, columns.spec.contains(fragment, autoescape=True))
    return connection.execute(wanted.limit(1)).first() is not None


def counts(connection: sa.Connection) -> dict[str, tuple[int, int]]:
    """How many texts of each class are there, and how many are erased."""
    columns = payloads.c
    wanted = sa.select(columns.retention, sa.func.count(), sa.func.count(columns.erased_at)).group_by(columns.retention)
    return {kind: (every - erased, erased) for kind, every, erased in connection.execute(wanted)}


def older_count(connection: sa.Connection, kind: Retention, before: dt.datetime) -> int:
    """How many texts of a class that are still there were made before an instant."""
    columns = payloads.c
    wanted = sa.select(sa.func.count()).where(columns.retention == kind.value, columns.erased_at.is_(None))
    return connection.execute(wanted.where(columns.ref < earliest_id(before))).scalar_one()


def unplaced(connection: sa.Connection) -> bool:
    """Whether there are texts of which it is not known which entry commits to them."""
    return connection.execute(sa.select(payloads.c.ref).where(payloads.c.entry.is_(None)).limit(1)).first() is not None


def committed(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """Which entry commits to which text, in portions: read from the bytes of the whole ledger."""
    for rows in ledger.stream(connection, ledger.last_position(connection) + 1):
        found = []
        for _, raw in rows:
            if b'"payloads":[]' not in raw:
                entry = decode(bytes(raw))
                found += [{"payload": payload.ref, "committed_by": entry.id} for payload in entry.payloads]
        if found:
            yield found


def place(connection: sa.Connection, found: Sequence[dict[str, Any]]) -> None:
    """Keep which entry commits to which text."""
    named = payloads.update().where(payloads.c.ref == sa.bindparam("payload"), payloads.c.entry.is_(None))
    connection.execute(named.values(entry=sa.bindparam("committed_by")), list(found))


def insert_hold(connection: sa.Connection, hold: Hold) -> None:
    """Keep a new hold."""
    connection.execute(
        legal_holds.insert().values(
            id=hold.id,
            scope=hold.on.value,
            name=hold.name,
            reason=hold.reason,
            placed_at=hold.placed_at,
            placed_by=hold.placed_by,
        )
    )


def end_hold(connection: sa.Connection, hold_id: str, at: dt.datetime, by: str) -> bool:
    """End a hold; False where it does not stand."""
    stands = (legal_holds.c.id == hold_id) & legal_holds.c.lifted_at.is_(None)
    done = connection.execute(legal_holds.update().where(stands).values(lifted_at=at, lifted_by=by))
    return done.rowcount == 1
