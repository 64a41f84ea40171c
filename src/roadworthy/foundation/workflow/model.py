"""What a timer is, how often what fails is tried, and what becomes of it then."""

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
    """When it was given up; a person has to look, see `roadworthy dead-letters list`."""
    holder: str | None = None
    """Which attempt is being made, outside of any unit of work; None where none is."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How what fails is put off: each pause is longer by a factor, up to a longest, until it is given up.

    Between half of a pause and all of it is waited, by chance: what failed together does not come back together.

    The defaults give up after five to ten hours, which outlasts an evening's maintenance and not a weekend's silence.
    Our own choice.
    """

    first: dt.timedelta = dt.timedelta(seconds=5)
    factor: int = 4
    longest: dt.timedelta = dt.timedelta(hours=4)
    most: int = 9
    """Attempts before it is given up."""


OPERATOR = "platform-administrator"
"""The role that owns what was given up where nobody else was named."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that was given up: somebody has to look, and either has it tried again or says why not."""

    kind: str
    """What gave it up: `timer`, `consumer`, `schedule`, or what another capability calls its own."""
    key: str
    owner: str
    """Reference of a person, or a role, whose task it is."""
    since: dt.datetime
    reason: str
    """The failure in a line; never the text of a fault that was not foreseen, for that can hold anything."""
    attempts: int
    again: bool = False
    """True while it waits to be tried again, as somebody asked."""
