"""Types of the API: identity. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Person

DevicesAnswer: TypeAlias = Literal["waiting", "slow-down", "signed-in"]
"""What a command hears when it asks."""


SessionKind: TypeAlias = Literal["browser", "cli"]
"""What holds a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAsked:
    """What the command shows to the person, and what it keeps to itself."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHeard:
    """Whether it was; with the session's secret, once."""

    answer: DevicesAnswer
    interval: str
    secret: str | None = None
    expires_at: dt.datetime | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceQuestion:
    """Whether the command was let in."""

    device_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceWanted:
    """A command line that asks to be let in."""

    client: str


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
class Proof:
    """How a person proved who they are, and when."""

    method: str
    issuer: str | None
    auth_time: dt.datetime | None
    acr: str | None
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The caller: a person, or a program with a token."""

    person: Person | None
    program: Program | None
    handle: str | None
    authenticated: str
    expires_at: dt.datetime
    csrf: str
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One of the caller's sessions."""

    id: str
    kind: SessionKind
    proof: Proof
    created_at: dt.datetime | None
    seen_at: dt.datetime | None
    expires_at: dt.datetime
    here: bool
