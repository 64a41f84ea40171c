"""Payloads: content that entries only commit to, so that it can be erased and every proof still verifies.

The entry holds SHA-256(salt || content) with a fresh salt of 32 random bytes. Whoever is given content and salt
can check them against the entry; once both are erased, not even guessing the content can confirm it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from roadworthy.foundation.digests import SALT_BYTES, commitment, same
from roadworthy.foundation.errors import Conflict, IntegrityBroken, NotFound
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.entry import Payload, decode
from roadworthy.foundation.ledger.holds import refuse_held
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.tables import entries, payloads
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A payload with what proves it, or what is left of it."""

    ref: str
    commitment: str
    retention: str
    content: bytes | None
    """None once erased."""
    salt: bytes | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Committed:
    """A payload before it is stored: what stands for it in the entry, and its row."""

    payload: Payload
    row: Mapping[str, object]


def prepare(
    texts: Mapping[str, bytes], now: datetime, runtime: Runtime, retention: Retention, entry: str
) -> tuple[Committed, ...]:
    """Commit to contents of an entry, each with a fresh salt, by name."""
    prepared = []
    for name, content in sorted(texts.items()):
        salt = runtime.randomness.bytes(SALT_BYTES)
        payload = Payload(name, commitment(salt, content), new_id(now, runtime.randomness), len(content))
        row = {
            "ref": payload.ref,
            "commitment": payload.commitment,
            "salt": salt,
            "content": content,
            "retention": retention.value,
            "entry": entry,
        }
        prepared.append(Committed(payload, row))
    return tuple(prepared)


_KEEP = Prepared(payloads.insert())


def keep(connection: sa.Connection, prepared: Sequence[Committed]) -> None:
    """Store payloads, all of a unit's in one statement."""
    _KEEP.each(connection, [each.row for each in prepared])


def disclose(connection: sa.Connection, ref: str) -> Disclosed:
    """A payload, checked against its own commitment.

    Raises:
        NotFound: there never was such a payload.
        IntegrityBroken: content and salt do not make the commitment.
    """
    found = connection.execute(sa.select(payloads).where(payloads.c.ref == ref)).one_or_none()
    if found is None:
        raise NotFound(
            "payload-unknown", f"there is no payload `{ref}`", remedy="take the reference from a ledger entry"
        )
    content = None if found.content is None else bytes(found.content)
    salt = None if found.salt is None else bytes(found.salt)
    if content is not None and (salt is None or not same(commitment(salt, content), found.commitment)):
        raise IntegrityBroken(
            "payload-changed",
            f"the content of payload `{ref}` is not what was committed to",
            remedy="restore the payload from a backup, and find out who can write to the database",
        )
    return Disclosed(ref, found.commitment, found.retention, content, salt, found.erased_at)


def erase(connection: sa.Connection, ref: str, now: datetime) -> Disclosed:
    """Take content and salt away for good; returns what is left.

    SQLite is told to overwrite the freed pages; copies in backups and in the write-ahead log go when these do.

    Raises:
        NotFound: there is no such payload.
        Conflict: it is erased already.
        Refused: a legal hold covers it.
    """
    before = disclose(connection, ref)
    if before.erased_at is not None:
        raise Conflict(
            "payload-erased-already",
            f"payload `{ref}` was erased at {before.erased_at.isoformat()}",
            remedy="nothing is left to erase",
        )
    raw = connection.execute(
        sa.select(entries.c.bytes).join(payloads, payloads.c.entry == entries.c.id).where(payloads.c.ref == ref)
    ).scalar_one_or_none()
    refuse_held(connection, None if raw is None else decode(bytes(raw)))
    destroy(connection, [ref], now)
    return Disclosed(ref, before.commitment, before.retention, None, None, now)


def destroy(connection: sa.Connection, refs: Sequence[str], now: datetime) -> None:
    """Take contents and salts away for good; whoever calls has looked whether they may go."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    gone = payloads.update().values(content=None, salt=None, erased_at=now)
    connection.execute(gone.where(payloads.c.ref.in_(refs)))
