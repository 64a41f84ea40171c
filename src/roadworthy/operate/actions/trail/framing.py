"""A portion of an audit log in its parts: one JSON value, a list or a bundle of them, or a line each.

What cannot be read is set aside with its place and the reason, and the rest is read nevertheless.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from roadworthy.foundation import strict_json
from roadworthy.foundation.errors import InvalidInput, Place, TooLarge
from roadworthy.operate.actions import arguments
from roadworthy.operate.actions.trail.declared import AuditFormat
from roadworthy.operate.actions.trail.model import Unreadable

MOST_BYTES: Final = 32 * 1_048_576
"""Of one portion; a longer log is brought in several."""
MOST_EVENTS: Final = 100_000
_MOST_RAW: Final = 65_536
"""Bytes that are kept of what cannot be read; its digest is of all of it."""


class Unfit(Exception):
    """An event that is none.

    Args:
        field: where in it.
        why: in words, without what stands there: it may be personal data.
    """

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class Part:
    """One event as it came."""

    place: Place
    value: dict[str, Any]
    raw: bytes
    """In canonical form, so that the same event is the same bytes in a list and on a line."""


@dataclass(frozen=True, slots=True)
class Framed:
    """What a portion consists of."""

    parts: tuple[Part, ...]
    unreadable: tuple[Unreadable, ...]
    document: Any = None


def framed(content: bytes, form: AuditFormat, system: str, source: str = "") -> Framed:
    """Take a portion apart.

    Args:
        content: in UTF-8.
        form: of its events; every one of them may also come as lines.
        system: whose it is.
        source: where it comes from, for people.

    Raises:
        TooLarge: it has too many bytes or events.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(f"{len(content):,} bytes", f"{MOST_BYTES:,}", source)
    if _is_lines(content) or (form is AuditFormat.JSON_LINES and not _is_document(content)):
        return _sorted_out(_lines(content, source), system)
    try:
        document = strict_json.read(content, exact=True)
    except ValueError as error:
        place, why = _fault(error, source)
        return Framed((), (set_aside(system, place, why, content),))
    found = _sorted_out(_values(document, source), system)
    return Framed(found.parts, found.unreadable, document)


def set_aside(system: str, place: Place, why: str, raw: bytes) -> Unreadable:
    """Something that could not be read; the same once more is the same one."""
    key = hashlib.sha256(b"\0".join((b"unreadable", system.encode(), raw))).hexdigest()
    return Unreadable(key, system, place, why[:500], raw[:_MOST_RAW])


def _sorted_out(found: Iterator[Part | tuple[Place, str, bytes]], system: str) -> Framed:
    parts: list[Part] = []
    unreadable: list[Unreadable] = []
    for each in found:
        if isinstance(each, Part):
            parts.append(each)
        else:
            unreadable.append(set_aside(system, *each))
        if len(parts) + len(unreadable) > MOST_EVENTS:
            raise _too_large(f"more than {MOST_EVENTS:,} events", f"{MOST_EVENTS:,}", "")
    return Framed(tuple(parts), tuple(unreadable))


def _is_lines(content: bytes) -> bool:
    """Whether the first line is an event by itself and more follow."""
    first, _, rest = content.lstrip().partition(b"\n")
    if not first.startswith(b"{") or not rest.strip():
        return False
    try:
        strict_json.read(first)
    except ValueError:
        return False
    return True


def _is_document(content: bytes) -> bool:
    """Whether it is a list of events, or an object that holds one, rather than one event."""
    if content.lstrip().startswith(b"["):
        return True
    try:
        document = strict_json.read(content)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(document.get("events"), list)


def _lines(content: bytes, source: str) -> Iterator[Part | tuple[Place, str, bytes]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        bare = line.strip()
        if not bare:
            continue
        place = Place(source=source or None, line=number)
        try:
            value = strict_json.read(bare, exact=True)
        except ValueError as error:
            yield _fault(error, source, number)[0], _fault(error, source)[1], bare
            continue
        yield _part(value, place, bare)


def _values(document: Any, source: str) -> Iterator[Part | tuple[Place, str, bytes]]:  # noqa: ANN401 - any JSON value
    for field, value in _items(document):
        yield _part(value, Place(source=source or None, field=field or None), None)


def _items(document: Any) -> Sequence[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(document, list):
        return [(f"[{index}]", each) for index, each in enumerate(document)]
    if isinstance(document, dict) and document.get("resourceType") == "Bundle":
        entries = document.get("entry", [])
        if not isinstance(entries, list):
            return [("entry", entries)]
        return [
            (f"entry[{index}].resource", each.get("resource") if isinstance(each, dict) else each)
            for index, each in enumerate(entries)
        ]
    if isinstance(document, dict) and isinstance(document.get("events"), list):
        return [(f"events[{index}]", each) for index, each in enumerate(document["events"])]
    return [("", document)]


def _part(value: Any, place: Place, line: bytes | None) -> Part | tuple[Place, str, bytes]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        return place, "it is no JSON object", line or _plain(value)
    try:
        raw = arguments.canonical(value)
        arguments.read(raw)  # as deep and as long as anything that is compared may be
    except InvalidInput as error:
        why = error.message.replace("the arguments cannot be taken: they", "it").replace(" have ", " has ")
        return place, why, line or _plain(value)
    except RecursionError:
        return place, "it is nested too deeply", line or b""
    return Part(place, value, raw)


def _plain(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=True, default=str).encode()


def _fault(error: ValueError, source: str, line: int | None = None) -> tuple[Place, str]:
    """Where a JSON text breaks off, without what stands there."""
    if isinstance(error, json.JSONDecodeError):
        at = line if line is not None else error.lineno
        return Place(source=source or None, line=at, column=error.colno), f"it is no JSON: {error.msg}"
    if isinstance(error, UnicodeDecodeError):
        return Place(source=source or None, line=line), f"it is not in UTF-8, from byte {error.start}"
    return Place(source=source or None, line=line), f"it does not read in one way: {error}"


def _too_large(has: str, most: str, source: str) -> TooLarge:
    return TooLarge(
        "audit-events-too-many",
        f"there are {has} of an audit log, and {most} are taken at a time",
        place=Place(source=source or None),
        remedy="bring it in several parts; what came before is known again and changes nothing",
    )
