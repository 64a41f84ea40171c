"""Types of the API: fingerprints. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import DataAuditVerdict

Side: TypeAlias = Literal["pilot", "production"]
"""Which of the two sides of an audit a server is."""


Values: TypeAlias = Literal["clear", "common", "hashed", "none"]
"""How much of the values a fingerprint carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A demand of a contract, and what is there."""

    rule: str
    verdict: DataAuditVerdict
    column: str | None
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintChecked:
    """A source held against a contract."""

    demands: tuple[Demand, ...]
    unchecked: int
    """Rules of the contract that are text, SQL or a vendor's own."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintKey:
    """With which key fingerprints are signed here."""

    public_key: str
    """PEM, for whoever takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Which fingerprint leaves, and what of it."""

    source: str
    side: Side
    values: Values | None = None
    """How much of the values goes along."""
    floor: int | None = None
    """Fewest rows that must share a value for it to go along."""
    secret: str | None = None
    """What both houses share, for `hashed`; it is kept nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A fingerprint that was handed in."""

    digest: str
    location: str
    """What a data source names it by, as `pilot` or `production`."""
    name: str
    rows: int
    columns: int
    measured_at: dt.datetime
    values: Values
