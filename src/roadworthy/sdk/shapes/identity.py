"""Types of the API: identity. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that signs one person in, once."""

    url: str
    expires_at: dt.datetime
    lifetime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWanted:
    """For whom a sign-in link is."""

    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, and what its token allows."""

    name: str
    may: tuple[str, ...]
    use_cases: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The caller: a person, or a program with a token."""

    person: Person | None
    program: Program | None
    handle: str | None
    authenticated: str
    expires_at: dt.datetime
    csrf: str
