"""Specs as the bytes that are stored and hashed.

Canonical JSON without fields at their default: a diff shows only what somebody said, and a field that a
later version adds changes no digest. Numbers with a fraction are strings, so every digit stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from roadworthy.foundation.digests import canonical_bytes, digest
from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.foundation.resources.shape import Shape

MOST_BYTES = 4_000_000
"""One spec, in bytes of canonical JSON."""

FARTHEST = 99
"""Largest power of ten of a number."""

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_FAR = re.compile(rb'"-?[0-9.]+E[-+]?[0-9]{3,}"')
"""What may be a number whose plain form would fill the memory of whoever writes it out."""
_SUSPECT = re.compile(rb"\\u(?:0000|d[89a-f])")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A spec and its labels, ready to be stored."""

    labels: str
    spec: str
    values: Mapping[str, Any]
    """The spec as JSON-ready values."""
    digest: str
    """Over both: `{"labels":…,"spec":…}`, canonical."""


def encode(spec: Shape, labels: Mapping[str, str], place: Place) -> Encoded:
    """Serialise a spec the one way in which it is kept.

    Raises:
        InvalidInput: a number or a character in it cannot be kept exactly, or it is too large.
    """
    values = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    try:
        content = canonical_bytes(values)
    except ValueError as error:
        raise _refuse("resource-number-too-large", str(error), place, "write the number as text, in quotes") from error
    if len(content) > MOST_BYTES:
        what = f"the spec has {len(content):,} bytes, more than {MOST_BYTES:,}"
        raise _refuse("resource-too-large", what, place, "keep long documents elsewhere and link to them")
    if _FAR.search(content) and any(_is_far(number) for number in _numbers(spec.model_dump(mode="python"))):
        raise _refuse("resource-number-too-large", "a number has hundreds of digits", place, "write it as text")
    if _SUSPECT.search(content) and not _can_be_kept(values):
        what = "the spec holds a character that no database keeps (NUL or half a surrogate pair)"
        raise _refuse("resource-character", what, place, "delete the character")
    named = canonical_bytes(dict(labels))
    return Encoded(
        named.decode(), content.decode(), values, digest(b'{"labels":' + named + b',"spec":' + content + b"}")
    )


def _refuse(code: str, message: str, place: Place, remedy: str) -> InvalidInput:
    return InvalidInput.of([Finding(code, message, place, remedy)], "the spec")


def _is_far(number: Decimal) -> bool:
    return abs(number.adjusted()) > FARTHEST


def _numbers(value: object) -> Iterator[Decimal]:
    match value:
        case Decimal():
            yield value
        case Mapping():
            for item in value.values():
                yield from _numbers(item)
        case list() | tuple():
            for item in value:
                yield from _numbers(item)


def _can_be_kept(value: object) -> bool:
    match value:
        case str():
            return _UNKEEPABLE.search(value) is None
        case Mapping():
            return all(_can_be_kept(key) and _can_be_kept(item) for key, item in value.items())
        case Sequence():
            return all(_can_be_kept(item) for item in value)
        case _:
            return True
