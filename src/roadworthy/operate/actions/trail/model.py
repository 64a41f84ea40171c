"""Values of the trail: what a system says was done, what we say, and where they differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from roadworthy.foundation.errors import Place
from roadworthy.operate.actions.model import State, Why


class Does(StrEnum):
    """What an event tells of."""

    EFFECT = "effect"
    """Something was changed."""
    READ = "read"
    FAILED = "failed"
    """Something was tried, and not done."""


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """One event of a system's own audit log."""

    key: str
    """Hash of system and id: what makes it the same event when it comes again."""
    id: str
    """As the system names it."""
    system: str
    at: dt.datetime
    operation: str
    does: Does
    digest: str
    """Of the event as it came, in canonical form."""
    principal: str | None = None
    action: str | None = None
    """Id of our action, as the log has it from our request."""
    trace: str | None = None
    """Trace id, 32 hexadecimal digits."""
    reference: str | None = None
    """The system's own name for what was done."""
    named: str | None = None
    """The declared action that the operation is."""
    watched: bool = True
    """Whether it may only happen through us: not an operation, and not a principal, that is left out by declaration."""
    amount: int | None = None
    """In minor units."""
    currency: str | None = None
    prints: Mapping[str, str] = field(default_factory=dict)
    """By argument, a keyed hash of its value; `` (no name) for the subject."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something in a log that could not be read, kept as it came."""

    key: str
    system: str
    place: Place
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Came:
    """An event with the bytes that it was read from."""

    event: ForeignEvent
    raw: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a portion of a log."""

    events: tuple[Came, ...]
    unreadable: tuple[Unreadable, ...]
    document: Any = None
    """The whole of it where it is one JSON value, in which a token for what follows may stand."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One of our actions, as far as matching needs it."""

    id: str
    system: str
    action: str
    use_case: str
    state: State
    asked_at: dt.datetime
    ended_at: dt.datetime | None = None
    effect: str = "write"
    tries: int = 1
    why: Why | None = None
    reference: str | None = None
    trace: str | None = None
    amount: int | None = None
    currency: str | None = None
    prints: Mapping[str, str] = field(default_factory=dict)
    """As of an event; empty where the arguments are not there any more."""

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody knows what came of it."""
        return self.state is State.PROBING or (self.state is State.DEAD and self.why is Why.IN_DOUBT)


class Differs(StrEnum):
    """In what a system's log and ours differ."""

    EFFECT_WITHOUT_INTENT = "effect-without-intent"
    """Somebody went round."""
    INTENT_WITHOUT_EFFECT = "intent-without-effect"
    """We say that it was done, and the system's log says nothing of it."""
    ARGUMENTS_DIFFER = "arguments-differ"
    DONE_TWICE = "done-twice"
    OUTCOME_DIFFERS = "outcome-differs"
    """We say that it was not done, and the system's log says that it was."""


class Standing(StrEnum):
    """How a finding stands."""

    OPEN = "open"
    EXPLAINED = "explained"
    """A person said why; it stays as it is whatever is found later."""
    CLOSED = "closed"
    """What came later answers it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, as matching finds it."""

    kind: Differs
    system: str
    about: str
    """In words, without personal data."""
    intent: str | None = None
    event: str | None = None
    """Key of the event."""
    use_case: str | None = None

    @property
    def same(self) -> tuple[str, str, str, str]:
        """What makes it the same difference when it is found again."""
        return (self.kind.value, self.system, self.intent or "", self.event or "")


@dataclass(frozen=True, slots=True)
class TrailFinding:
    """A difference as it is kept."""

    id: str
    kind: Differs
    system: str
    use_case: str | None
    intent: str | None
    """Id of our action."""
    event: str | None
    about: str
    found_at: dt.datetime
    state: Standing
    ended_at: dt.datetime | None = None
    reason: str = ""
    by: str | None = None
    """Reference of whoever explained it."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How far a system's log was read."""

    system: str
    began_at: dt.datetime
    """From when on it can be said that something is missing."""
    cursor: str | None = None
    """From where on it is fetched next."""
    read_until: dt.datetime | None = None
    """Up to which instant everything in the log was seen."""
    looked_at: dt.datetime | None = None
    failures: int = 0
    """Since the last time that it could be fetched."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of events that were brought."""

    new: int
    repeated: int
    unreadable: tuple[Unreadable, ...]
    """Those that came for the first time."""
    matched: int
    """Of the new ones, those that belong to one of our actions."""
    findings: tuple[TrailFinding, ...]
    """Opened by it."""

    def and_(self, other: Taken) -> Taken:
        """Both together."""
        return Taken(
            self.new + other.new, self.repeated + other.repeated, (*self.unreadable, *other.unreadable),
            self.matched + other.matched, (*self.findings, *other.findings),
        )  # fmt: skip
