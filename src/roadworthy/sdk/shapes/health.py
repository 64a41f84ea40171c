"""Types of the API: health. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from dataclasses import dataclass


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
