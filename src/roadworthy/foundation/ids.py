"""Identifiers: UUID version 7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

from datetime import datetime

from roadworthy.foundation.runtime import Randomness

_VARIANT = {f"{digit:x}": f"{0x8 | digit & 0x3:x}" for digit in range(16)}
"""A random digit whose two upper bits say which layout the identifier has."""
_BYTES, _AT_ONCE = 10, 256


def earliest_id(instant: datetime) -> str:
    """A text that sorts before every identifier that is made at this instant or later, and after all earlier ones.

    Earlier by a millisecond, which is what identifiers know of time.
    """
    return _text(_milliseconds(instant) << 80)


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
    return _made(now, randomness.bytes(_BYTES))


class Ids:
    """Makes identifiers for whoever needs thousands in a second: randomness is fetched for many at once.

    Each fetch is a system call during which another thread may take the interpreter. For one thread.

    Args:
        randomness: of which `new_id` would take ten bytes each time.
    """

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness
        self._fetched = b""
        self._at = 0

    def new(self, now: datetime) -> str:
        """A new UUIDv7, made at an instant."""
        at, self._at = self._at, self._at + _BYTES
        if at >= len(self._fetched):
            self._fetched, at, self._at = self._randomness.bytes(_BYTES * _AT_ONCE), 0, _BYTES
        return _made(now, self._fetched[at : at + _BYTES])


def _made(now: datetime, random: bytes) -> str:
    at, digits = f"{_milliseconds(now):012x}", random.hex()
    return f"{at[:8]}-{at[8:]}-7{digits[1:4]}-{_VARIANT[digits[4]]}{digits[5:8]}-{digits[8:]}"


def _text(value: int) -> str:
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
