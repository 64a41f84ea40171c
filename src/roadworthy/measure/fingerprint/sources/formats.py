"""What kind of file it is: by its name, and by its first bytes where the name does not tell."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from roadworthy.foundation.errors import InvalidInput, Place


class Format(StrEnum):
    """Formats that are read."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"
    XML = "xml"
    WORKBOOK = "workbook"
    HL7 = "hl7"
    DOCUMENT = "document"


BY_SUFFIX = {
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".tab": Format.CSV,
    ".psv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSON,
    ".ndjson": Format.JSON,
    ".xml": Format.XML,
    ".xlsx": Format.WORKBOOK,
    ".xlsm": Format.WORKBOOK,
    ".xlsb": Format.WORKBOOK,
    ".xls": Format.WORKBOOK,
    ".ods": Format.WORKBOOK,
    ".hl7": Format.HL7,
    ".txt": Format.DOCUMENT,
    ".text": Format.DOCUMENT,
    ".md": Format.DOCUMENT,
    ".markdown": Format.DOCUMENT,
    ".html": Format.DOCUMENT,
    ".htm": Format.DOCUMENT,
    ".rst": Format.DOCUMENT,
}
DIRECT = (".gz", ".zst")
"""Compression that the engine itself reads."""
STAGED = (".bz2", ".xz")
"""Compression that is undone into a temporary file first."""
PART = "__roadworthy_part"
"""Column of a staged table that names the row's file, where there are several."""
HEAD = 256 * 1024
"""Bytes from which a file's layout is told."""
_ZSTD = b"\x28\xb5\x2f\xfd"
_MAGIC = (
    (b"PAR1", "Parquet"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (_ZSTD, "compressed with zstd"),
    (b"PK\x03\x04", "a zip archive or a workbook"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"%PDF-", "a PDF"),
)
_CONTROLS = bytes([*range(2, 9), *range(14, 27)])
"""Bytes that no text has; those that some programs part cells with, and zeros, are not among them."""
_BINARY = 0.04
"""Share of them from which a file is no text: of random bytes they are 0.08."""
_TELLING = 64
"""Bytes of which that share says something."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a source."""

    path: str
    """What readers open: a path on this machine."""
    name: str
    """As people know it: relative to the source, with `/`."""
    size: int
    version: str
    """What changes when the file does."""
    plain: str = ""
    """Suffix without that of the compression, in lower case."""
    fault: str | None = None
    """Why it cannot be read, where that shows before anything of it is: a link that leads nowhere, no permission."""

    @property
    def place(self) -> Place:
        """For messages."""
        return Place(source=self.name)


def plain_suffix(name: str) -> str:
    """The suffix of what is inside the compression."""
    path = Path(name.lower())
    return Path(path.stem).suffix if path.suffix in (*DIRECT, *STAGED) else path.suffix


def format_of(found: Found) -> Format | None:
    """The format of a file; None for what is no data: a database, a picture, a program."""
    known = BY_SUFFIX.get(found.plain)
    if known is not None:
        return known
    try:
        head = head_of(found, 4096)
    except InvalidInput:
        return None
    return _by_content(head)


def _by_content(head: bytes) -> Format | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if start.startswith((b"{", b"[{", b"[\n", b"[ {")):
        return Format.JSON
    if start.startswith(b"MSH|"):
        return Format.HL7
    if start.startswith((b"<?xml", b"<")):
        return Format.XML if not start[:200].lower().startswith((b"<!doctype html", b"<html")) else Format.DOCUMENT
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    first = start.split(b"\n", 1)[0]
    return Format.CSV if any(sign in first for sign in (b",", b";", b"\t", b"|")) and b"\n" in start else None


def stream_of(found: Found) -> BinaryIO:
    """The bytes inside the compression. The caller closes it.

    Raises:
        InvalidInput: it cannot be opened, or nothing here undoes its compression.
    """
    if found.fault is not None:
        raise unreadable(found, found.fault)
    suffix = Path(found.path.lower()).suffix
    if suffix == ".zst":
        raise unreadable(found, "what zstd compressed is read only where it is well-formed CSV or JSON, or Parquet")
    try:
        if suffix == ".gz":
            return cast("BinaryIO", gzip.open(found.path, "rb"))
        if suffix == ".bz2":
            return cast("BinaryIO", bz2.open(found.path, "rb"))
        if suffix == ".xz":
            return cast("BinaryIO", lzma.open(found.path, "rb"))
        return Path(found.path).open("rb")
    except OSError as error:
        raise unreadable(found, error.strerror or "it cannot be opened") from error


def unpacked(found: Found, folder: Path) -> Found:
    """The file without a compression that the engine does not read; itself where there is none.

    Raises:
        InvalidInput: the archive is broken.
    """
    if not found.path.lower().endswith(STAGED):
        return found
    target = folder / f"unpacked-{abs(hash(found.path)):x}{found.plain}"
    try:
        with stream_of(found) as stream, target.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise unreadable(found, f"it cannot be unpacked: {error}") from error
    return replace(found, path=str(target))


def head_of(found: Found, most: int = HEAD) -> bytes:
    """The first bytes inside the compression; nothing for zstd, which only the engine reads.

    Raises:
        InvalidInput: it cannot be read.
    """
    if found.fault is None and found.path.lower().endswith(".zst"):
        return b""
    try:
        with stream_of(found) as stream:
            head = stream.read(most)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise unreadable(found, f"it cannot be read ({error})") from error
    return b"" if head.startswith(_ZSTD) else head


def disguise(found: Found) -> str | None:
    """What a file is that its name calls text and its first bytes do not; None where they are text."""
    head = head_of(found, 4096)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    for mark, what in _MAGIC:
        if head.startswith(mark):
            return f"it is {what}, though its name ends in `{PurePath(found.name).suffix}`"
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page: what fetched it was given an answer in place of the file"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or len(head) < _TELLING:
        return None
    odd = len(head) - len(head.translate(None, _CONTROLS))
    return "its content is no text" if odd > _BINARY * len(head) else None


def unreadable(found: Found, why: str) -> InvalidInput:
    """One file that cannot be read."""
    return InvalidInput(
        "source-unreadable",
        why,
        place=found.place,
        remedy="have the file written again, or leave it out of the source",
    )
