"""SQL of the attachments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.evidence.model import Attachment
from roadworthy.evidence.tables import attachment_chunks, attachments, evidence_items, item_attachments
from roadworthy.foundation.storage.statements import portions


def some(connection: sa.Connection, digests: Sequence[str]) -> dict[str, Attachment]:
    """The files of these digests that there are or were."""
    found: dict[str, Attachment] = {}
    for few in portions(list(dict.fromkeys(digests))):
        for row in connection.execute(sa.select(attachments).where(attachments.c.digest.in_(few))):
            found[row.digest] = _attachment(row)
    return found


def find(connection: sa.Connection, digest: str) -> Attachment | None:
    """One file, erased or not."""
    return some(connection, [digest]).get(digest)


def insert(connection: sa.Connection, attachment: Attachment) -> None:
    """Keep what is known about a file; its bytes follow."""
    connection.execute(
        attachments.insert().values(
            digest=attachment.digest,
            name=attachment.name,
            size=attachment.size,
            media_type=attachment.media_type,
            attached_at=attachment.attached_at,
            attached_by=attachment.attached_by,
        )
    )


def add_chunk(connection: sa.Connection, digest: str, position: int, content: bytes) -> None:
    """Keep a portion of a file."""
    connection.execute(attachment_chunks.insert().values(digest=digest, position=position, content=content))


def chunk(connection: sa.Connection, digest: str, position: int) -> bytes | None:
    """A portion of a file; None behind its end."""
    found = connection.execute(
        sa.select(attachment_chunks.c.content).where(
            attachment_chunks.c.digest == digest, attachment_chunks.c.position == position
        )
    ).scalar_one_or_none()
    return None if found is None else bytes(found)


def erase(connection: sa.Connection, digest: str, at: dt.datetime, reason: str) -> None:
    """Destroy a file's bytes. SQLite is told to overwrite the pages that become free."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    connection.execute(attachment_chunks.delete().where(attachment_chunks.c.digest == digest))
    connection.execute(
        attachments.update().where(attachments.c.digest == digest).values(erased_at=at, erased_reason=reason)
    )


def use_cases_of(connection: sa.Connection, digest: str) -> set[str]:
    """The use cases to whose evidence a file belongs."""
    wanted = sa.select(evidence_items.c.use_case).join(item_attachments, item_attachments.c.item == evidence_items.c.id)
    return set(connection.execute(wanted.where(item_attachments.c.digest == digest)).scalars())


def _attachment(row: sa.Row[Any]) -> Attachment:
    return Attachment(
        digest=row.digest,
        name=row.name,
        size=row.size,
        media_type=row.media_type,
        attached_at=row.attached_at,
        attached_by=row.attached_by,
        erased_at=row.erased_at,
        erased_reason=row.erased_reason,
    )
