"""Types of the API: processes. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

ProcessRole: TypeAlias = Literal["serve", "worker", "signer", "gateway", "witness"]
"""What a process does for the deployment. On SQLite one does everything."""


ProcessState: TypeAlias = Literal["running", "draining", "silent"]
"""How far a process is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process as it last said of itself."""

    roles: tuple[ProcessRole, ...]
    version: str
    revision: str
    """Of the database that its version works with."""
    host: str
    pid: int
    started_at: dt.datetime
    seen_at: dt.datetime
    state: ProcessState
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """All of them; none on SQLite, where one process does everything."""

    items: tuple[Process, ...]
