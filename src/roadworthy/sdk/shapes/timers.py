"""Types of the API: timers. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something that has to happen at an instant."""

    kind: str
    key: str
    due_at: dt.datetime
    data: Mapping[str, Any]
    attempts: int
    """How often handling it has failed, or has begun and not come to an end."""
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """What is due next."""

    ahead: tuple[Timer, ...]
    """The next hundred, the earliest first."""
