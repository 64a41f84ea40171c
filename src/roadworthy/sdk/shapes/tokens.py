"""Types of the API: tokens. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token without its secret."""

    id: str
    name: str
    may: tuple[str, ...]
    use_cases: tuple[str, ...] | None
    created_at: dt.datetime
    created_by: Person
    owner: Person
    """Who answers for it; while they are gone it opens nothing."""
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None
    revoked_reason: str | None
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token with its secret, which is shown this once and kept nowhere."""

    secret: str
    token: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Who answers for a token from now on."""

    to: str | None = None
    """Handle of the person; null for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Something that a program can be allowed."""

    name: str
    allows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWanted:
    """A token that somebody asks for."""

    name: str
    """What the program is called in the record."""
    may: tuple[str, ...]
    """Scopes; what is not named is refused."""
    use_cases: tuple[str, ...] | None = None
    """The only ones that it may see and touch; null for all."""
    days: int | None = None
    """How long it holds."""
    owner: str | None = None
    """Handle of the person who answers for it; null for the caller."""
