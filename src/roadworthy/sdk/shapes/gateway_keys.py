"""Types of the API: gateway keys. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKey:
    """A gateway key without its secret."""

    id: str
    """A part of the secret, so that a leaked one can be told without showing it."""
    name: str
    use_case: str
    stage: str
    workload: str | None
    endpoints: tuple[str, ...] | None
    follows: str | None
    """Id of the key in whose place it was made."""
    created_at: dt.datetime
    created_by: Person
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    """To the minute."""
    revoked_at: dt.datetime | None
    """From when it opens nothing; in the future while a grace lasts."""
    revoked_reason: str | None
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKeyPage:
    """What the API calls `Page_GatewayKeyBody_`."""

    items: tuple[GatewayKey, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKeyRotation:
    """How a gateway key is replaced."""

    grace_hours: int | None = None
    """For how long the former one still opens what it did."""
    days: int | None = None
    """How long the new one holds; null for as long as the former."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKeyWanted:
    """A gateway key that somebody asks for."""

    name: str
    """What the application is called."""
    stage: str | None = None
    """Where its traffic runs: pilot, candidate or production."""
    workload: str | None = None
    """Declared workload whose access tokens are taken for it."""
    endpoints: tuple[str, ...] | None = None
    """The only ones that it opens; null for all of the use case."""
    days: int | None = None
    """How long it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGatewayKey:
    """A gateway key with its secret, which is shown this once and kept nowhere."""

    secret: str
    key: GatewayKey
