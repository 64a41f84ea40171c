"""Types of the API: collectors. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """A program that measures, by one of its keys."""

    name: str
    key_id: str
    public_key: str
    kinds: tuple[str, ...]
    owner: str
    registered_at: dt.datetime
    registered_by: Person
    last_seen_at: dt.datetime | None
    revoked_at: dt.datetime | None
    revoked_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorWanted:
    """A collector to register."""

    name: str
    public_key: str
    """Ed25519 or ECDSA P-256 public key as PEM."""
    kinds: tuple[str, ...]
    owner: str
    """Who answers for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """The key that a collector signs with from now on."""

    public_key: str
    """Ed25519 or ECDSA P-256 public key as PEM."""
