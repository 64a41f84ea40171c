"""A folder of documents: one row for each, with what the folder knows about it.

Where a table beside them names the documents in one of its columns (`index.csv` with a column `file`), its other
columns stand beside the text, since that is what somebody knows about them.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from lxml import etree

from roadworthy.inventory.importing.encoding import decode
from roadworthy.measure.fingerprint.sources.formats import Found, stream_of, unreadable

LARGEST = 64 * 1024 * 1024
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_UNREAD = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"</?(?:p|div|br|h[1-6]|li|tr|section|article|table)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{0,2000}>")
_NAMED = 0.9
"""Share of the documents that a column must name to be their index."""


def rows(found: Found) -> Iterator[dict[str, Any]]:
    """The one row of a document.

    Raises:
        InvalidInput: it cannot be read.
    """
    yield _row(found)


def _row(found: Found) -> dict[str, Any]:
    if found.size > LARGEST:
        raise unreadable(found, f"it has {found.size:,} bytes, and a document of more than {LARGEST:,} is not read")
    try:
        with stream_of(found) as stream:
            content = stream.read()
    except (OSError, EOFError) as error:
        raise unreadable(found, f"it cannot be read ({error})") from error
    text, _ = decode(content)
    title = _title(found, text)
    if found.plain in {".html", ".htm"}:
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", _UNREAD.sub("", text))))
    elif found.plain == ".xml":
        text = _inner(found, content)
    modified = dt.datetime.fromtimestamp(int(found.version.split("-")[0], 16) / 1e9, dt.UTC)
    return {
        "path": found.name,
        "title": title,
        "text": text,
        "modified": modified.isoformat(sep=" ", timespec="seconds").replace("+00:00", ""),
        "size": str(found.size),
    }


def _title(found: Found, text: str) -> str:
    if found.plain in {".html", ".htm"}:
        named = _TITLE.search(text)
        if named and named[1].strip():
            return html.unescape(" ".join(named[1].split()))
    heading = _HEADING.search(text[:4096]) if found.plain in {".md", ".markdown"} else None
    return heading[1] if heading else PurePosixPath(found.name).stem


def _inner(found: Found, content: bytes) -> str:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise unreadable(found, f"it is no XML that can be read ({error.msg})") from error
    return "\n".join(each.strip() for each in root.itertext() if each.strip())


def index_column(columns: Sequence[str], sample: Sequence[Sequence[object]], documents: Sequence[Found]) -> str | None:
    """The column of a table whose values name the documents, by path, name or stem."""
    for place, column in enumerate(columns):
        named = {PurePosixPath(str(row[place])).name for row in sample if row[place] is not None}
        own = {PurePosixPath(found.name).name for found in documents}
        stems = {PurePosixPath(name).stem for name in own}
        if max(len(own & named) / len(own), len(stems & named) / len(stems)) >= _NAMED:
            return column
    return None
