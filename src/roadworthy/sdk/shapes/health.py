"""Types of the API: health. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CheckState: TypeAlias = Literal["ok", "warn", "fail"]
"""How a check came out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: CheckState
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What keeps this deployment from doing its work, or soon will."""

    state: CheckState
    """The worst of all."""
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A sign of life."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What runs here."""

    version: str
    api_version: str
    database_revision: str
    python: str
