"""Instants as people and files write them: RFC 3339 in UTC, always with six decimals, so text sorts as time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from roadworthy.foundation.errors import InvalidInput


@lru_cache(maxsize=256)  # a unit writes the same few instants into a dozen rows
def to_text(instant: datetime) -> str:
    """Fixed-width RFC 3339, such as `2026-11-21T09:30:00.000000Z`."""
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    return f"{instant.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote, or any RFC 3339 instant with a zone.

    Raises:
        InvalidInput: not an instant, or one without a zone.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            "instant-unreadable", f"`{text}` is not a date and time", remedy="write it as `2026-11-21T09:30:00Z`"
        ) from error
    if instant.tzinfo is None:
        raise InvalidInput(
            "instant-without-zone", f"`{text}` has no time zone", remedy="end it with `Z` or an offset such as `+01:00`"
        )
    return instant.astimezone(UTC)
