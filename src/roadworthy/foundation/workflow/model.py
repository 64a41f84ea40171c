"""What a timer is, and how often a failing one is tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.foundation.digests import Canonical


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that has to happen at an instant; there is one per kind and key."""

    kind: str
    key: str
    due_at: dt.datetime
    """When it is handled next: as it was set or, after a failure, as it was put off."""
    data: Mapping[str, Canonical]
    """Small, and without personal data: it outlives erasures."""
    attempts: int = 0
    """How often handling it has failed, or has begun and not come to an end."""
    last_error: str | None = None
    dead_at: dt.datetime | None = None
    """When it was given up; a person has to look, see `roadworthy timers list`."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How a failing timer is put off: each pause is longer by a factor, up to a longest, until it is given up.

    The defaults give up after about nine hours, which outlasts a night's maintenance and not a weekend's silence. Our
    own choice.
    """

    first: dt.timedelta = dt.timedelta(seconds=5)
    factor: int = 4
    longest: dt.timedelta = dt.timedelta(hours=4)
    most: int = 9
    """Attempts before it is given up."""
