"""The file of a segment, format 1: a line that says what it is, a line of JSON about it, then records.

A record is its length and a checksum, four bytes each, a salt of 32 random bytes, and the content. The checksum finds
the torn end that a crash leaves; that nothing was changed is proven by the Merkle root alone. The leaf of a record is
hashed over salt and content, so that nobody can confirm a guess about a record once its segment is gone, also where it
was the only one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import IntegrityBroken, Place
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.tree import Frontier, leaf_hash

FIRST_LINE = b"roadworthy.dev/segment/v1\n"
SALT_BYTES = 32
LARGEST_RECORD = 16 * 1024 * 1024
_NUMBER = 4
_HEAD = 2 * _NUMBER
_KEYS = {"id", "stream", "writer", "opened", "retention"}


@dataclass(frozen=True, slots=True)
class Header:
    """What a segment is."""

    id: str
    stream: str
    """What is recorded, such as `calls`."""
    writer: str
    """The process that recorded it."""
    opened: str
    """When it was begun: RFC 3339 in UTC with six decimals."""
    retention: Retention

    def __bytes__(self) -> bytes:
        """The beginning of the file."""
        content = {
            "id": self.id,
            "opened": self.opened,
            "retention": self.retention.value,
            "stream": self.stream,
            "writer": self.writer,
        }
        return FIRST_LINE + canonical_bytes(content) + b"\n"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    header: Header
    records: tuple[bytes, ...]
    """Salt and content of each."""
    torn: int
    """Bytes behind the last whole record: what a crash left of one that nobody was told is durable."""

    @property
    def root(self) -> bytes:
        """The Merkle root over the records."""
        tree = Frontier()
        for record in self.records:
            tree.append(leaf_hash(record))
        return tree.root()


def framed(salted: bytes) -> bytes:
    """A record as it stands in the file."""
    return len(salted).to_bytes(_NUMBER, "big") + zlib.crc32(salted).to_bytes(_NUMBER, "big") + salted


def read(path: Path) -> Contents:
    """Read a segment's file up to its last whole record.

    Raises:
        IntegrityBroken: it is no segment.
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    if not content.startswith(FIRST_LINE):
        raise _broken(path)
    end = content.find(b"\n", len(FIRST_LINE))
    try:
        said = json.loads(content[len(FIRST_LINE) : end]) if end > 0 else {}
        if set(said) != _KEYS:
            raise _broken(path)
        header = Header(**{**said, "retention": Retention(said["retention"])})
    except (ValueError, TypeError) as error:
        raise _broken(path) from error
    records = tuple(_records(content, end + 1))
    used = end + 1 + sum(_HEAD + len(record) for record in records)
    return Contents(header, records, len(content) - used)


def _records(content: bytes, at: int) -> Iterator[bytes]:
    while at + _HEAD <= len(content):
        length = int.from_bytes(content[at : at + _NUMBER], "big")
        record = content[at + _HEAD : at + _HEAD + length]
        check = int.from_bytes(content[at + _NUMBER : at + _HEAD], "big")
        if (
            not SALT_BYTES <= length <= LARGEST_RECORD + SALT_BYTES
            or len(record) != length
            or zlib.crc32(record) != check
        ):
            return
        yield record
        at += _HEAD + length


def _broken(path: Path) -> IntegrityBroken:
    return IntegrityBroken(
        "segment-broken",
        "this is no segment of records",
        place=Place(source=str(path)),
        remedy="restore the file from a backup; what it held is proven by its root in the ledger",
    )
