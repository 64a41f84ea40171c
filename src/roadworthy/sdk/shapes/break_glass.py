"""Types of the API: break glass. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """Emergency access."""

    id: str
    state: str
    """`waiting`, `open`, `lapsed` or `over`."""
    person: Person
    reason: str
    hours: int
    opened_by: Person
    opened_at: dt.datetime
    confirm_before: dt.datetime
    confirmed_by: Person | None
    expires_at: dt.datetime | None
    used_at: dt.datetime | None
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyConfirmed:
    """How it is confirmed."""

    code: str | None = None
    """A sealed code, where nobody can sign in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyLink:
    """A link that signs the person in, once."""

    url: str
    emergency: Emergency


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyWanted:
    """Emergency access that somebody asks for."""

    person: str
    """Handle of whoever it is for."""
    reason: str
    hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCode:
    """A code by which somebody can confirm without signing in; it is shown this once."""

    code: str
