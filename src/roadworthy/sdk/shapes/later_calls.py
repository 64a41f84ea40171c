"""Types of the API: later calls. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterRun:
    """One turn of a call."""

    call: str
    """Id under which it is on record; empty where its gateway is gone."""
    at: dt.datetime
    what: str
    """`answered`, a rule that refused it, or a class of failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterCall:
    """A call that is answered later."""

    id: str
    use_case: str
    stage: str
    endpoint: str
    key: str
    surface: str
    model: str
    effects: bool
    """Whether the upstream may do more than answer; then nothing is tried in doubt."""
    state: Literal["queued", "running", "answered", "failed", "dead-letter", "cancelled"]
    queued_at: dt.datetime
    ends_at: dt.datetime
    """After that no run begins any more."""
    due_at: dt.datetime
    tries: int
    """Runs that may have begun something upstream."""
    runs: tuple[LaterRun, ...]
    why: str | None
    """Why it was given up."""
    rule: str | None
    """Which rule refused its last run."""
    about: str
    error: str | None
    status: int | None
    ended_at: dt.datetime | None
    keep_until: dt.datetime | None
    """Until when its answer, or a dead letter's request, is kept."""
    erased_at: dt.datetime | None
    replay_of: str | None
    replayed_as: str | None
    seen_to_by: str | None
    """Reference of whoever had a dead letter made again, or discarded it."""
    seen_to_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterCallPage:
    """What the API calls `Page_LaterCallBody_`."""

    items: tuple[LaterCall, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReplayed:
    """A dead letter that could not be made again."""

    call: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    """What came of it."""

    made: tuple[LaterCall, ...]
    """The new calls."""
    refused: tuple[NotReplayed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaysWanted:
    """Which dead letters of a use case are made again, and why."""

    reason: str
    endpoint: str | None = None
    since: dt.datetime | None = None
    """Given up then or later."""
