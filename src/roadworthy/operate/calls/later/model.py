"""Values of calls that are answered later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.operate.admission.model import Subject


class State(StrEnum):
    """How far a call is that is answered later."""

    QUEUED = "queued"
    """It waits for its turn, the first or another."""
    RUNNING = "running"
    """A gateway makes it."""
    ANSWERED = "answered"
    FAILED = "failed"
    """It has an answer that says no: the request is wrong, or a guard kept the answer back."""
    DEAD = "dead-letter"
    """It was given up; a person has it made again, or discards it."""
    CANCELLED = "cancelled"
    """The client does not want it any more."""


OPEN = frozenset({State.QUEUED, State.RUNNING})
"""Something still becomes of these."""
TOLD = frozenset({State.ANSWERED, State.FAILED})
"""These have an answer."""


class Why(StrEnum):
    """Why a call was given up."""

    REFUSED = "refused"
    """When its turn came, the funnel said no; the rule stands beside it."""
    IN_DOUBT = "in-doubt"
    """Something may have happened upstream, and nobody knows whether it did."""
    TRIES = "tries-used-up"
    LATE = "time-is-up"


class Fate(StrEnum):
    """What came of one run."""

    ANSWERED = "answered"
    FAILED = "failed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """No upstream answered."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the endpoint declared when the call was queued."""

    tries: int = 5
    """Runs that may have begun something upstream."""
    within: dt.timedelta = dt.timedelta(hours=6)
    """From the request; after that it is not begun any more."""
    keep_answers: dt.timedelta = dt.timedelta(hours=24)
    keep_letters: dt.timedelta = dt.timedelta(days=14)
    most: int = 1_000
    """Calls of the endpoint that wait or run at a time."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is kept of a request until it was answered. No key and no token is among it."""

    body: bytes
    endpoint: str | None
    """Where the path named it."""
    model: str | None
    """Where the path named it."""
    subject: Subject | None
    """The user on whose behalf, as the token said that came with the request."""
    data_classes: frozenset[str] = frozenset()
    population: Mapping[str, str] = field(default_factory=dict)
    trace: str | None = None
    parent: str | None = None
    state: str | None = None
    version: str | None = None
    extras: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client would have been told at once."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """One turn of a call, made as a call of its own."""

    call: str
    """Its id, under which it is on record; empty where the gateway that made it is gone."""
    at: dt.datetime
    what: str
    """`answered`, a rule of the funnel, a class of failure, or `gateway-gone`."""


@dataclass(frozen=True, slots=True)
class LaterCall:
    """A call that is answered later."""

    id: str
    use_case: str
    stage: str
    endpoint: str
    key: str
    """Id of the gateway key under which it runs."""
    surface: str
    model: str
    effects: bool
    """Whether the upstream may do more than answer, so that no run follows one that may have begun."""
    queued_at: dt.datetime
    ends_at: dt.datetime
    terms: Terms
    state: State
    due_at: dt.datetime
    """From when it may run; while it runs, until when the gateway that makes it has it to itself."""
    fence: int = 0
    """Grows with each turn: whoever lost a call to another gateway cannot end it any more."""
    holder: str | None = None
    """The gateway that makes it."""
    tries: int = 0
    """Runs that may have begun something upstream."""
    runs: tuple[Run, ...] = ()
    """The last ones, the oldest first."""
    why: Why | None = None
    rule: str | None = None
    about: str = ""
    error: str | None = None
    """Code of what the client would be told, or was."""
    status: int | None = None
    ended_at: dt.datetime | None = None
    keep_until: dt.datetime | None = None
    """Until when its answer, or as a dead letter its request, is kept."""
    erased_at: dt.datetime | None = None
    replay_of: str | None = None
    replayed_as: str | None = None
    seen_to_by: str | None = None
    """Reference of whoever had a dead letter made again, or discarded it."""
    seen_to_at: dt.datetime | None = None
    reason: str = ""
    """Of whoever had it made again, on the new call."""

    @property
    def is_letter(self) -> bool:
        """Whether it is a dead letter that nobody has seen to."""
        return self.state is State.DEAD and self.seen_to_at is None


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a run."""

    fate: Fate
    call: str
    what: str
    """A word for it; see `Run`."""
    begun: bool = False
    """Whether something may have happened upstream."""
    passes: bool = False
    """Of a refusal: whether it is one that passes by itself, such as a limit's."""
    retry_after: float | None = None
    """Seconds."""
    rule: str | None = None
    about: str = ""
    error: str | None = None
    status: int | None = None
