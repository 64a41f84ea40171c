"""Types of the API: status. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

KeyState: TypeAlias = Literal["signs", "former", "revoked"]
"""How a key stands."""


Why: TypeAlias = Literal[
    "no-status",
    "status-too-old",
    "clock-behind",
    "stopped",
    "no-certificate",
    "suspended",
    "withdrawn",
    "expired",
    "not-yet",
    "other-release",
    "unreadable",
    "outside",
]
"""Why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBodyInput:
    """What somebody wants to do. What is not said, and bounded by the certificate, is outside."""

    use_case: str
    stage: str
    release: str
    effect: bool | None = None
    """Whether anything outside is changed by it."""
    data_classes: tuple[str, ...] | None = None
    population: Mapping[str, str] | None = None
    cohort: tuple[str, ...] | None = None
    agent: str | None = None
    """The declared workload that wants it."""
    action: str | None = None
    counts: Mapping[str, int] | None = None
    """What each counter would come to, this one included."""
    action_counts: Mapping[str, int] | None = None
    """The same, of this action alone."""
    data: Mapping[str, str] | None = None
    """Digests of fingerprints by data source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusKey:
    """The public half of a key."""

    purpose: str
    key_id: str
    """SHA-256 of its DER form, in hexadecimal digits."""
    pem: str
    made: str
    state: KeyState
    vkey: str | None
    """As C2SP signed notes name it, where it signs the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Every key, by purpose, the oldest first."""

    origin: str
    """Name of the ledger, which stands in every certificate and snapshot."""
    items: tuple[StatusKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Why a key is not to be believed any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBody:
    """The newest snapshot that is believed here, in short; the signed one is at `/status/snapshot`."""

    origin: str
    seq: int
    issued: dt.datetime
    effects_until: dt.datetime
    """When it is too old for anything that has an effect."""
    calls_until: dt.datetime
    """When it is too old for anything."""
    certificates: int
    stops: tuple[str | None, ...]
    """What is stopped: a use case, `agent:NAME` or `action:NAME`; null where everything is."""
    revoked: tuple[str, ...]
    fault: str | None
    """Why the newest one is not believed here, or could not be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusVerdict:
    """Whether it may go on."""

    permits: bool
    why: Why | None
    """Why not."""
    about: str
    """What exactly is outside."""
    serial: str | None
    seq: int
    """Of the snapshot that says so."""
