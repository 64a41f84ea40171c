"""Types of the API: packs. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

PackOf: TypeAlias = Literal["decision", "certificate", "use-case", "period"]
"""What a pack can be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackAsked:
    """What a pack is wanted for."""

    of: PackOf
    """What it is about."""
    name: str | None = None
    """Id of a decision, serial of a certificate, name of a use case; nothing for a period."""
    since: dt.datetime | None = None
    """Of a period: not older than this instant."""
    until: dt.datetime | None = None
    """Of a period: older than this instant."""
    texts: bool | None = None
    """Whether the texts that entries commit to, and people's names, are put in."""
