"""Operations on attachments: keep a file by its digest, read it, destroy its bytes."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import PureWindowsPath
from typing import IO

from roadworthy.evidence import attachment_store as rows
from roadworthy.evidence.filetypes import media_type
from roadworthy.evidence.model import Attachment
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, Place, TooLarge
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.holds import HoldOn, refuse_held_subject
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store

MEGABYTE = 1024 * 1024
_IN_MEMORY = MEGABYTE
"""Bytes that are kept in memory while a file arrives; the rest goes to a temporary file without a name."""
_PORTION = 256 * 1024
_LONGEST_NAME = 200
_UNPRINTABLE_NAME = "file"


class Attachments:
    """Files that belong to evidence, by the SHA-256 of their bytes."""

    def __init__(self, store: Store, units: Units, most_megabytes: int) -> None:
        self._store = store
        self._units = units
        self._most = most_megabytes * MEGABYTE

    def keep(self, context: Context, name: str, chunks: Iterable[bytes]) -> Attachment:
        """Keep a file; the same bytes again are the same file.

        Args:
            context: who brings it.
            name: the file's name; folders in it are left out.
            chunks: its bytes. They are read only as far as the limit.

        Raises:
            TooLarge: it is over the limit; what follows was not read.
            InvalidInput: it is empty, not of a type that can be attached, or of another one than its name says.
            Conflict: these bytes were attached and erased before.
        """
        plain = _plain(name)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            digest, size = self._spooled(plain, chunks, spool)
            kind = media_type(plain, spool)

            def work(tx: Transaction) -> Attachment:
                known = rows.find(tx.connection, digest)
                if known is not None and known.erased_at is not None:
                    raise Conflict(
                        "attachment-erased",
                        f"this file was attached before and erased on {known.erased_at:%Y-%m-%d}",
                        remedy="attach a version without what made it be erased, or give a link",
                    )
                if known is not None:
                    return known
                attachment = Attachment(digest, plain, size, kind, tx.now, context.actor.ref)
                rows.insert(tx.connection, attachment)
                spool.seek(0)
                for position, portion in enumerate(iter(lambda: spool.read(_PORTION), b"")):
                    rows.add_chunk(tx.connection, digest, position, portion)
                facts: dict[str, Canonical] = {"digest": digest, "size": size, "mediaType": kind}
                tx.record(Draft("attachment.kept", f"Attachment/{digest}", facts=facts, texts={"name": plain.encode()}))
                return attachment

            return self._units.run(context, work)

    def find(self, digest: str) -> Attachment:
        """What is known about a file, erased or not.

        Raises:
            NotFound: there never was such a file.
        """
        with self._store.read() as connection:
            found = rows.find(connection, digest)
        if found is None:
            raise _unknown(digest)
        return found

    def open(self, digest: str) -> Iterator[bytes]:
        """The bytes of a file, in portions. They are checked against the digest on the way.

        Raises:
            NotFound: there is no such file, or its bytes were erased.
            IntegrityBroken: at the end, the bytes are not those of the digest.
        """
        attachment = self.find(digest)
        if attachment.erased_at is not None:
            raise NotFound(
                "attachment-content-erased",
                f"the bytes of this file were erased on {attachment.erased_at:%Y-%m-%d}",
                remedy="digest, size and type are all that is left",
            )
        return self._portions(digest)

    def erase(self, context: Context, digest: str, reason: str) -> Attachment:
        """Destroy a file's bytes; digest, size and type stay, and so does what was said about it.

        SQLite overwrites the pages that become free. On PostgreSQL the bytes go with the next vacuum. Copies in backups
        and in write-ahead logs go when these do.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such file.
            Conflict: it was erased before.
            Refused: a legal hold covers a use case that it belongs to.
        """
        said = reason.strip()
        if not said:
            raise InvalidInput(
                "attachment-erasure-unexplained",
                "erasing needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence on which ground the file is destroyed",
            )

        def work(tx: Transaction) -> Attachment:
            found = rows.find(tx.connection, digest)
            if found is None:
                raise _unknown(digest)
            if found.erased_at is not None:
                raise Conflict(
                    "attachment-erased-already",
                    f"this file was erased on {found.erased_at:%Y-%m-%d}",
                    remedy="nothing is left to erase",
                )
            refuse_held_subject(tx.connection, HoldOn.USE_CASE, rows.use_cases_of(tx.connection, digest))
            rows.erase(tx.connection, digest, tx.now, said)
            facts: dict[str, Canonical] = {"digest": digest, "size": found.size}
            tx.record(Draft("attachment.erased", f"Attachment/{digest}", facts=facts, texts={"reason": said.encode()}))
            erased = rows.find(tx.connection, digest)
            return erased if erased is not None else found

        return self._units.run(context, work)

    def _spooled(self, name: str, chunks: Iterable[bytes], spool: IO[bytes]) -> tuple[str, int]:
        size, sum_ = 0, hashlib.sha256()
        for chunk in chunks:
            size += len(chunk)
            if size > self._most:
                raise TooLarge(
                    "attachment-too-large",
                    f"`{name[:100]}` has more than {self._most // MEGABYTE} MB",
                    place=Place(source=name[:200]),
                    remedy="attach the part that matters, give a link, or have `attachment_megabytes` raised",
                )
            sum_.update(chunk)
            spool.write(chunk)
        if not size:
            raise InvalidInput(
                "attachment-empty",
                f"`{name[:100]}` is empty",
                place=Place(source=name[:200]),
                remedy="attach the file again; the upload may have been interrupted",
            )
        return f"sha256:{sum_.hexdigest()}", size

    def _portions(self, digest: str) -> Iterator[bytes]:
        position, sum_ = 0, hashlib.sha256()
        while True:
            with self._store.read() as connection:
                portion = rows.chunk(connection, digest, position)
            if portion is None:
                break
            sum_.update(portion)
            yield portion
            position += 1
        if f"sha256:{sum_.hexdigest()}" != digest:
            raise IntegrityBroken(
                "attachment-changed",
                "the bytes of this file are not those that were attached",
                place=Place(source=digest),
                remedy="restore the file from a backup, and find out who can write to the database",
            )


def _plain(name: str) -> str:
    """A name without folders and without characters that change how a line reads."""
    last = PureWindowsPath(name).name
    plain = "".join(character for character in last if character.isprintable()).strip()
    return plain[-_LONGEST_NAME:] or _UNPRINTABLE_NAME


def _unknown(digest: str) -> NotFound:
    return NotFound(
        "attachment-unknown",
        f"there is no file `{digest[:80]}`",
        remedy="take the digest from the item that it belongs to",
    )
