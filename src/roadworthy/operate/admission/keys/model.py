"""Values of gateway keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

PREFIX = "rwg_"
"""So that scanners for leaked secrets find one in a repository or a log."""
USUAL_DAYS = 90
MOST_DAYS = 366
"""A key that nobody renews within a year is one that nobody knows of any more."""
STAGES = ("pilot", "candidate", "production")


@dataclass(frozen=True, slots=True)
class Key:
    """A gateway key, without its secret."""

    id: str
    """Twelve hexadecimal digits; a part of the secret, so that a leaked one can be told without showing it."""
    name: str
    use_case: str
    stage: str
    """Where its traffic runs: `pilot`, `candidate` or `production`."""
    created_at: dt.datetime
    created_by: str
    """Reference of whoever made it."""
    expires_at: dt.datetime
    workload: str | None = None
    """Declared workload whose access tokens are taken for this key."""
    endpoints: tuple[str, ...] | None = None
    """The only ones that it opens; None for all of its use case."""
    follows: str | None = None
    """Id of the key in whose place it was made."""
    last_used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    revoked_by: str | None = None
    revoked_reason: str | None = None

    def usable(self, now: dt.datetime) -> bool:
        """Whether it opens anything."""
        return self.expires_at > now and (self.revoked_at is None or self.revoked_at > now)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that somebody asks for."""

    name: str
    use_case: str
    stage: str = "pilot"
    workload: str | None = None
    endpoints: tuple[str, ...] | None = None
    days: int = USUAL_DAYS
