"""Opening a log as a stream: packed or not, text or JSON; never more of it in memory than one line."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import itertools
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from roadworthy.foundation.errors import InvalidInput, Place, TooLarge

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

GZIP = b"\x1f\x8b"
_HEAD = 64 * 1024
_CHUNK = 256 * 1024
MOST_UNPACKED = 32 * 1024**3
"""Bytes of a file, unpacked. A log of a hundred million rows has about as many; a bomb would have more."""
MOST_LINE = 64 * 1024**2
"""Characters of one line; whole JSON documents, which have to be held, are bounded by it too."""
_FOREIGN = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"PAR1": "a Parquet file; export it as CSV or JSON lines",
    b"%PDF": "a PDF document",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it, or pack it with gzip",
    b"BZh": "packed with bzip2; unpack it, or pack it with gzip",
}


class Opened:
    """The text of a file, line by line, with the digest of its bytes as they came."""

    def __init__(self, source: str, stream: BinaryIO) -> None:
        self.source = source
        self._raw = _Hashing(stream)
        self._unpacked = 0
        self._chunks = self._bytes()
        self._first = next(self._chunks, b"")
        self._refuse_foreign()
        self.encoding = _encoding(self._first)
        self.head = codecs.getincrementaldecoder(self.encoding)(errors="replace").decode(self._first[:_HEAD])

    @property
    def digest(self) -> str:
        """Digest of everything that was read; of the whole file once its lines are used up."""
        return self._raw.digest()

    def lines(self) -> Iterator[str]:
        """Every line with its end; what is no text stands as replacement characters.

        Raises:
            TooLarge: a line, or the file unpacked, is over a limit.
            InvalidInput: the packing is damaged.
        """
        raw = io.BufferedReader(_Chunks(self._all()), _CHUNK)
        return iter(io.TextIOWrapper(raw, encoding=self.encoding, errors="replace", newline=""))

    def text(self) -> str:
        """All of it, for a document that cannot be read in parts.

        Raises:
            TooLarge: it is over the limit of one line.
        """
        collected = io.StringIO()
        for line in self.lines():
            collected.write(line)
            if collected.tell() > MOST_LINE:
                raise self._too_long()
        return collected.getvalue()

    def _all(self) -> Iterator[bytes]:
        line = 0
        yield self._first
        for chunk in self._chunks:
            end = chunk.rfind(b"\n")
            line = line + len(chunk) if end < 0 else len(chunk) - end
            if line > MOST_LINE:
                raise self._too_long()
            yield chunk

    def _bytes(self) -> Iterator[bytes]:
        head = self._raw.read(_HEAD)
        if head.startswith(GZIP):
            packed = itertools.chain((head,), iter(lambda: self._raw.read(_CHUNK), b""))
            yield from self._unpack(gzip.GzipFile(fileobj=io.BufferedReader(_Chunks(packed), _CHUNK)))
            return
        while head:
            yield head
            head = self._raw.read(_CHUNK)

    def _unpack(self, packed: gzip.GzipFile) -> Iterator[bytes]:
        try:
            while chunk := packed.read(_CHUNK):
                self._unpacked += len(chunk)
                if self._unpacked > MOST_UNPACKED:
                    raise TooLarge(
                        "discovery-file-too-large",
                        f"the file unpacks to more than {MOST_UNPACKED:,} bytes",
                        place=Place(source=self.source),
                        remedy="split it by day, then bring in the parts",
                    )
                yield chunk
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidInput(
                "discovery-file-damaged",
                "the packing is damaged or cut off",
                place=Place(source=self.source),
                remedy="export or download the file again",
            ) from error

    def _refuse_foreign(self) -> None:
        for mark, what in _FOREIGN.items():
            if self._first.startswith(mark):
                raise self._unusable(f"the file is {what}")
        if not self._first.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
            raise self._unusable("the file is empty")

    def _unusable(self, what: str) -> InvalidInput:
        return InvalidInput(
            "discovery-file-unusable", what, place=Place(source=self.source),
            remedy="bring in CSV, JSON lines, a JSON answer of a usage API, or a Squid access log, plain or gzip",
        )  # fmt: skip

    def _too_long(self) -> TooLarge:
        return TooLarge(
            "discovery-line-too-long",
            f"a line or JSON document has more than {MOST_LINE:,} characters",
            place=Place(source=self.source),
            remedy="export one JSON object on each line, or close the quote that was left open",
        )


class _Hashing:
    """A stream that knows the digest of what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Bytes, which are hashed on the way."""
        content = self._stream.read(size)
        self._hash.update(content)
        return content

    def digest(self) -> str:
        """Of what was read."""
        return f"sha256:{self._hash.hexdigest()}"


class _Chunks(io.RawIOBase):
    """Portions of bytes as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer as far as one portion goes."""
        view = memoryview(buffer)
        if not self._rest:
            self._rest = next((chunk for chunk in self._chunks if chunk), b"")
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head[1:64:2].count(0) > len(head[:64]) // 3:
        return "utf-16-le"
    return "utf-8"
