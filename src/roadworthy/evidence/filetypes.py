"""What a file is, found in its content: what may be attached, what never may, and whether its name tells the truth.

The list is closed: what is not recognised is refused. Nothing here opens what it looks at except ZIP directories, whose
names tell an office document from an archive; no content is unpacked.
"""

from __future__ import annotations

import codecs
import json
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO

import puremagic

from roadworthy.foundation.errors import InvalidInput, Place

HEAD = 64 * 1024
"""Bytes from which a binary format is recognised."""
MOST_PARSED = 4 * 1024 * 1024
"""Bytes of JSON that are parsed whole; of more, the beginning and the end are looked at."""
_PIECE = 1024 * 1024
_MOST_PARTS = 10_000
"""Parts of an office document."""
_LINES = 20
"""Lines by which a table is told from other text."""

_PDF, _PNG, _JPEG, _GIF = "application/pdf", "image/png", "image/jpeg", "image/gif"
_WEBP, _TIFF = "image/webp", "image/tiff"
_TEXT, _CSV, _TSV, _JSON, _LINES_OF_JSON = (
    "text/plain", "text/csv", "text/tab-separated-values", "application/json", "application/jsonl",
)  # fmt: skip
_HTML, _XML, _SVG, _YAML, _MARKDOWN = (
    "text/html",
    "application/xml",
    "image/svg+xml",
    "application/yaml",
    "text/markdown",
)
_PARQUET, _OLE, _ZIP = "application/vnd.apache.parquet", "application/x-ole-storage", "application/zip"
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_DOCX, _XLSX = f"{_OPEN_XML}.wordprocessingml.document", f"{_OPEN_XML}.spreadsheetml.sheet"
_PPTX = f"{_OPEN_XML}.presentationml.presentation"
_ODF = "application/vnd.oasis.opendocument"
_ODT, _ODS, _ODP = f"{_ODF}.text", f"{_ODF}.spreadsheet", f"{_ODF}.presentation"
_PROGRAM = "program"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", _PDF),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"II*\x00", _TIFF),
    (b"MM\x00*", _TIFF),
    (b"PAR1", _PARQUET),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),
)
"""Formats that may be attached, by their published signatures."""

_PROGRAMS: tuple[bytes, ...] = (
    b"\x7fELF", b"MZ", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"\x00asm", b"#!", b"!<arch>", b"dex\n", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05",
)  # fmt: skip
"""How what can be run begins: ELF, PE, Mach-O, Java classes, WebAssembly, scripts, libraries, Dalvik, and pickles,
which run code when they are read."""

_RUNNABLE = frozenset(
    {
        "apk", "app", "bat", "cmd", "com", "cpl", "deb", "dll", "dmg", "exe", "hta", "iso", "jar", "js", "jse", "lnk",
        "msi", "msix", "ps1", "psm1", "py", "pyc", "reg", "rpm", "scr", "sh", "so", "vb", "vbe", "vbs", "wsf", "wsh",
        "pkl", "pickle", "joblib", "docm", "xlsm", "pptm", "dotm", "xltm",
    }
)  # fmt: skip
"""Names that other machines would run, whatever is in the file."""

_MEANT: Mapping[str, str] = {
    "pdf": _PDF, "png": _PNG, "jpg": _JPEG, "jpeg": _JPEG, "gif": _GIF, "webp": _WEBP, "tif": _TIFF, "tiff": _TIFF,
    "docx": _DOCX, "xlsx": _XLSX, "pptx": _PPTX, "odt": _ODT, "ods": _ODS, "odp": _ODP,
    "doc": _OLE, "xls": _OLE, "ppt": _OLE, "parquet": _PARQUET,
    "txt": _TEXT, "log": _TEXT, "md": _MARKDOWN, "csv": _CSV, "tsv": _TSV, "json": _JSON, "ipynb": _JSON,
    "jsonl": _LINES_OF_JSON, "ndjson": _LINES_OF_JSON, "html": _HTML, "htm": _HTML, "xml": _XML, "svg": _SVG,
    "yaml": _YAML, "yml": _YAML, "zip": _ZIP,
}  # fmt: skip
"""What a name says is in the file."""

_ALSO: Mapping[str, frozenset[str]] = {
    _TEXT: frozenset({_TEXT, _CSV, _TSV, _JSON, _LINES_OF_JSON}),
    _MARKDOWN: frozenset({_TEXT, _CSV, _TSV}),
    _YAML: frozenset({_TEXT, _CSV, _TSV, _JSON}),
    _CSV: frozenset({_TEXT, _CSV, _TSV}),
    _TSV: frozenset({_TEXT, _CSV, _TSV}),
    _LINES_OF_JSON: frozenset({_LINES_OF_JSON, _JSON}),
}
"""Plain texts that cannot be told apart by their content: the name then says which of them it is."""


def media_type(name: str, content: IO[bytes]) -> str:
    """The media type of a file, if it may be attached and is what its name says.

    Args:
        name: the file's name; only what follows the last dot matters.
        content: a seekable stream of it.

    Raises:
        InvalidInput: it can be run, it is an archive, its name says another type, or it is not recognised.
    """
    ending = PurePosixPath(name).suffix.removeprefix(".").lower()
    found = _found(content)
    meant = _MEANT.get(ending)
    if found == _PROGRAM or ending in _RUNNABLE:
        raise _refused(
            "attachment-runnable",
            name,
            "can be run on a machine that opens it",
            "attach what it showed: a report, a log, a table",
        )
    if meant is not None and found is not None and found != meant and found not in _ALSO.get(meant, frozenset()):
        raise _refused(
            "attachment-type-lies",
            name,
            f"calls itself `{meant}`, and its content is `{found}`",
            "give it the ending of what it is, or attach the file that was meant",
        )
    if found == _ZIP:
        raise _refused(
            "attachment-archive",
            name,
            "is an archive, and nobody can see from outside what is in it",
            "attach what is in it, file by file",
        )
    if found is None:
        guess = _guess(content)
        raise _refused(
            "attachment-type-unknown",
            name,
            f"is nothing that can be attached{f'; it looks like `{guess}`' if guess else ''}",
            "attach a PDF, a picture, an office document, a table, a text, JSON or Parquet",
        )
    return meant or found


def _refused(code: str, name: str, message: str, remedy: str) -> InvalidInput:
    return InvalidInput(code, f"`{name[:100]}` {message}", place=Place(source=name[:200]), remedy=remedy)


def _found(content: IO[bytes]) -> str | None:
    content.seek(0)
    head = content.read(HEAD)
    if head.startswith(b"#!") or (head.startswith(_PROGRAMS) and not _reads_as_text(head)):
        return _PROGRAM
    known = next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)
    if known is None and head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        known = _WEBP
    if known != _OLE and _is_zip(content):
        return _office(content) if known == _ZIP else _ZIP  # behind another beginning hides an archive
    if known is None:
        return _text(content)
    return known if _is_whole(known, content) else _PROGRAM if known == _OLE else None


def _is_whole(known: str, content: IO[bytes]) -> bool:
    """What a beginning alone does not tell: an old office document without macros, the end of a Parquet file."""
    if known == _OLE:
        return not _holds(content, "_VBA_PROJECT".encode("utf-16-le"))
    if known == _PARQUET:
        content.seek(-4, 2)
        return content.read(4) == b"PAR1"
    return known != _ZIP


def _reads_as_text(head: bytes) -> bool:
    return b"\x00" not in head and head.isascii() and not head.startswith(b"#!")


def _holds(content: IO[bytes], wanted: bytes) -> bool:
    content.seek(0)
    kept = b""
    while piece := content.read(_PIECE):
        if wanted in kept + piece:
            return True
        kept = piece[-len(wanted) :]
    return False


def _is_zip(content: IO[bytes]) -> bool:
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            return bool(archive.namelist()) or archive.start_dir == 0
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def _office(content: IO[bytes]) -> str:
    """Which office document a ZIP is; one with macros is a program, and any other ZIP an archive."""
    content.seek(0)
    with zipfile.ZipFile(content) as archive:
        names = archive.namelist()
        first = archive.infolist()[0] if names else None
        if len(names) > _MOST_PARTS:
            return _ZIP
        if any(name.endswith(("vbaProject.bin", ".exe", ".dll", ".class", "classes.dex")) for name in names):
            return _PROGRAM
        if first is not None and first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED:
            said = archive.read(first).decode("ascii", "replace") if first.file_size <= len(_ODP) else ""
            return said if said in {_ODT, _ODS, _ODP} and "content.xml" in names else _ZIP
        if "[Content_Types].xml" in names:
            for folder, kind in (("word/", _DOCX), ("xl/", _XLSX), ("ppt/", _PPTX)):
                if any(name.startswith(folder) for name in names):
                    return kind
    return _ZIP


def _text(content: IO[bytes]) -> str | None:
    """Which kind of text it is; None where it is no text."""
    content.seek(0)
    head = content.read(HEAD)
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    if not head or not _is_text(content, encoding):
        return None
    begin = codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip()
    folded = begin[:2_000].lower()
    if folded.startswith(("<!doctype html", "<html")) or ("<html" in folded and folded.startswith("<")):
        return _HTML
    if folded.startswith("<svg") or (folded.startswith("<?xml") and "<svg" in folded):
        return _SVG
    if folded.startswith("<?xml"):
        return _XML
    if begin.startswith(("{", "[")):
        kind = _json(content, encoding)
        if kind is not None:
            return kind
    return _table(begin)


def _is_text(content: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    content.seek(0)
    try:
        while piece := content.read(_PIECE):
            if _has_controls(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


_CONTROLS = {chr(code) for code in range(32)} - set("\t\n\r\f\x1b")
"""Characters that no text holds; terminals' escape codes stand in logs."""


def _has_controls(text: str) -> bool:
    return any(control in text for control in _CONTROLS)


def _json(content: IO[bytes], encoding: str) -> str | None:
    content.seek(0)
    raw = content.read(MOST_PARSED + 1)
    if len(raw) > MOST_PARSED:
        content.seek(-64, 2)
        whole = content.read().rstrip()[-1:] in {b"}", b"]"}
        first = raw.decode(encoding, "replace").lstrip().splitlines()[0]
        return _LINES_OF_JSON if whole and _parses(first) else _JSON if whole else None
    text = raw.decode(encoding)
    if _parses(text):
        return _JSON
    lines = [line for line in text.splitlines() if line.strip()]
    return _LINES_OF_JSON if lines and all(_parses(line) for line in lines) else None


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _table(begin: str) -> str:
    lines = [line for line in begin.splitlines()[: _LINES + 1] if line.strip()][:_LINES]
    for delimiter, kind in (("\t", _TSV), (",", _CSV), (";", _CSV), ("|", _CSV)):
        counts = {line.count(delimiter) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return kind
    return _TEXT


def _guess(content: IO[bytes]) -> str | None:
    """What an unknown binary looks like, to be named in a refusal."""
    content.seek(0)
    try:
        return puremagic.magic_string(content.read(HEAD))[0].mime_type or None
    except (puremagic.PureError, ValueError, IndexError):
        return None
