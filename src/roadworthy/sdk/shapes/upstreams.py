"""Types of the API: upstreams. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamReach:
    """A declared upstream, as the process that answers would reach it."""

    name: str
    adapter: str
    address: str
    secret: str | None
    """Where its secret is; null where it needs none."""
    state: str
    """`ready`, `no-secret`, `resting` after failures, or `unread`."""
    why: str
    """Why it is not asked; empty where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamReachPage:
    """What the API calls `Page_UpstreamReach_`."""

    items: tuple[UpstreamReach, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecret:
    """A stored secret as anybody sees it."""

    name: str
    host: str
    """The only place to which it is shown."""
    state: str
    """`in-use`, or `waiting` for a decision."""
    version: str
    fingerprint: str
    """Twelve hexadecimal digits of a keyed hash: tells two secrets apart."""
    key: str
    """Which key seals it."""
    set_at: dt.datetime
    set_by: Person
    last_used_at: dt.datetime | None
    """To the minute."""
    former_until: dt.datetime | None
    """To when one can go back to the former value; null for never."""
    why: str
    """Why it cannot be opened here; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecretPage:
    """What the API calls `Page_UpstreamSecretBody_`."""

    items: tuple[UpstreamSecret, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecretRotation:
    """Another value for a stored secret."""

    value: str
    """The secret. No address ever answers with it."""
    grace_hours: int | None = None
    """For how long the former one is kept, to go back to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecretSet:
    """What became of a secret that was stored."""

    secret: UpstreamSecret
    waits: str | None
    """Id of the decision that it waits for; null where it is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecretWanted:
    """A secret that somebody stores for one host."""

    name: str
    """An upstream names it as `stored:NAME`."""
    host: str
    """`HOST` or `HOST:PORT`, the only place to which it is shown."""
    value: str
    """The secret. No address ever answers with it."""
    reason: str | None = None
    """Asks for a decision where rights want one; empty asks for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecretsRewrap:
    """How data keys are wrapped anew."""

    new_key: bool | None = None
    """Make a newer file first, where files wrap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSecretsRewrapped:
    """How many data keys are wrapped by another key now."""

    rewrapped: int
