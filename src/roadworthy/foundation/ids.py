"""Identifiers: UUID version 7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

import uuid
from datetime import datetime

from roadworthy.foundation.runtime import Randomness

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_A = 0xFFF << 64
_RANDOM_B = (1 << 62) - 1


def earliest_id(instant: datetime) -> str:
    """A text that sorts before every identifier that is made at this instant or later, and after all earlier ones.

    Earlier by a millisecond, which is what identifiers know of time.
    """
    return str(uuid.UUID(int=_milliseconds(instant) << 80))


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000) & ((1 << 48) - 1)


def new_id(now: datetime, randomness: Randomness) -> str:
    """A new UUIDv7: 48 bits of milliseconds since 1970, 74 random bits (RFC 9562, section 5.7).

    Args:
        now: the instant it is made, with a time zone.
        randomness: source of ten bytes.

    Returns:
        The 36-character lower-case form.
    """
    random = int.from_bytes(randomness.bytes(10), "big")
    value = _milliseconds(now) << 80 | (random & (_RANDOM_A | _RANDOM_B)) | _VERSION | _VARIANT
    return str(uuid.UUID(int=value))
