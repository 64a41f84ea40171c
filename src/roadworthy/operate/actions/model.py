"""Values of agent actions: what was asked, what was decided, how far it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from roadworthy.foundation.values import fixed
from roadworthy.operate.telemetry.model import Delegated

SUBJECT: Final = "agent-actions"
"""Of decision requests about held actions."""


class State(StrEnum):
    """How far an action is."""

    HELD = "held"
    """A person decides."""
    QUEUED = "queued"
    """It waits for its turn: approved, or to be tried again."""
    RUNNING = "running"
    """The intent is durable and a gateway has it."""
    PROBING = "probing"
    """It may have been done; the system is asked whether it was."""
    DONE = "done"
    FAILED = "failed"
    """It was not done, and nothing was changed by it."""
    REFUSED = "refused"
    DEAD = "dead-letter"
    """Given up; a person has it done again, or discards it."""
    PARKED = "parked"
    """A stop switch is set; it goes on when that is lifted."""
    CANCELLED = "cancelled"
    """Nobody wants it any more, or the time to decide is over."""


OPEN: Final = frozenset({State.HELD, State.QUEUED, State.RUNNING, State.PROBING, State.PARKED})
"""Something still becomes of these."""


class Why(StrEnum):
    """Why an action became a dead letter."""

    IN_DOUBT = "in-doubt"
    """It may have been done, and nobody can say."""
    TRIES = "tries-used-up"
    REFUSED = "refused"
    """When its turn came, the funnel said no."""
    COMPENSATION = "compensation-failed"
    """It was to take another action back, and could not."""


class RunState(StrEnum):
    """How far an agent run is."""

    OPEN = "open"
    COMPLETED = "completed"
    """The agent said that it is done; nothing of it is taken back any more by itself."""
    ROLLING_BACK = "rolling-back"
    ROLLED_BACK = "rolled-back"
    PARTLY = "partly-rolled-back"
    """Something could not be taken back; a dead letter or a note says what."""


WITHHELD: Final = "withheld"
"""Class of the failure of a read whose result is somebody else's."""


class Outcome(StrEnum):
    """What a system came to."""

    DONE = "done"
    NOT_DONE = "not-done"
    """It is certain that nothing happened; the same may be tried again where the failure passes."""
    REJECTED = "rejected"
    """The system said no to these arguments."""
    UNKNOWN = "unknown"
    """It may have happened."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action as an agent asks for it; the same for every surface."""

    action: str
    """Name of the declared action."""
    arguments: bytes
    """Canonical, as `arguments.canonical` makes them. They are stored, decided about and sent as they are."""
    at: dt.datetime
    shown: str
    """The bearer's secret. Never recorded."""
    user_token: str | None = None
    """The user's own token. Never recorded, never sent on."""
    run: str | None = None
    """Id of the agent run, as the agent names it; one of its own where it names none."""
    agent: str | None = None
    """What the agent calls itself; in records, and never believed for rights."""
    key: str | None = None
    """Idempotency key of the agent; none, and what is asked for twice is done twice."""
    trace: str | None = None
    population: Mapping[str, str] = field(default_factory=dict)
    """For whom it is done, by dimension, as a certificate bounds it."""
    dry: bool = False
    """Only say what would become of it."""
    advisory: bool = False
    """Whether the program does it itself, once it was told that it may."""
    behalf: bytes | None = field(default=None, repr=False)
    """What is sealed of the user with the action, where a token of one came that is believed."""
    callback: bytes | None = field(default=None, repr=False)
    """Where the agent wants to be called when it is over, as `callbacks.rules` writes it."""


@fixed(frozen=True, slots=True)
class Charge:
    """What an action takes from one limit window."""

    window: str
    """Id of limit, ceiling and whose it is."""
    limit: str
    """Name, as refusals have it: `limit:NAME`."""
    counter: str
    """In words: `EUR per day for one customer`."""
    unit: str
    """`count`, or the currency, whose minor unit is counted."""
    most: int
    amount: int
    starts: int
    """Begin of the piece of the window, in seconds since 1970."""
    back: int = 0
    """How far before that pieces count as well."""
    ends: int | None = None
    subject: str = ""
    """Whose it is, as JSON."""
    until: int = 0
    """From when on the piece counts no more, with some time for whoever looks."""
    rule: str = ""
    """As refusals have it."""


@fixed(frozen=True, slots=True)
class Reason:
    """One thing that was looked at in a decision, with what it said; explains an action before the fact."""

    rule: str
    """`certificate`, `identity`, `schema`, `check:PATH`, `whose`, `limit:NAME`, `taint`, `hold`, `stop`, `pin`,
    `outage`."""
    says: str
    """`allow`, `hold` or `deny`."""
    about: str
    """In words, without personal data."""
    who: str = ""
    """Who could widen it."""
    remedy: str = ""


@fixed(frozen=True, slots=True)
class Sent:
    """What a system is to do now. Made from what is stored, never from what a client sends again."""

    id: str
    """Of the action; the idempotency key towards the system."""
    action: str
    arguments: bytes
    attempt: int
    deadline: float
    """Seconds that are left for an answer."""
    trace: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of the user's identity, where the system declares one."""
    user: str = ""
    """Pseudonym of the user for whom it is asked then."""
    behalf: Delegated | None = None
    """As whom it is asked then."""


@fixed(frozen=True, slots=True)
class Receipt:
    """What a system said."""

    outcome: Outcome
    result: Any = None
    """JSON; what the agent gets where it was done or rejected."""
    error: str | None = None
    """Class of the failure, such as `timeout`."""
    passes: bool = False
    """Of `not-done`: whether it may be otherwise soon."""
    retry_after: float | None = None
    """Seconds."""
    reference: str | None = None
    """How the system itself names what it did, such as the id of a refund."""
    at: str | None = None
    """When, as the system says."""


@fixed(frozen=True, slots=True)
class Heard:
    """What of a system's answer is kept, as whoever asks for it later reads it."""

    result: Any
    """JSON; None where there is none, or it was too large to be kept."""


@fixed(frozen=True, slots=True)
class AgentAction:
    """An action as it is kept, without its contents."""

    id: str
    use_case: str
    stage: str
    run: str
    place: int
    """Its number in the run, from 1."""
    action: str
    system: str
    effect: str
    tier: str
    key: str
    """Id of the gateway key that was shown."""
    workload: str | None
    agent: str | None
    user: str | None
    """Pseudonym."""
    state: State
    asked_at: dt.datetime
    due_at: dt.datetime
    """From when it may go on; while it runs, until when a gateway has it to itself."""
    arguments: str
    """Digest of the canonical arguments."""
    rule: str = ""
    """That held or refused it."""
    about: str = ""
    amount: int | None = None
    """In minor units."""
    currency: str | None = None
    certificate: str | None = None
    enforcement: str = "enforced"
    """`enforced`, or `advisory` where the program does it itself."""
    fence: int = 0
    holder: str | None = None
    tries: int = 0
    why: Why | None = None
    error: str | None = None
    reference: str | None = None
    """The system's own name for what was done."""
    request: str | None = None
    """Id of the decision request that it waits for, or waited for."""
    compensates: str | None = None
    """Id of the action that it takes back."""
    compensated_by: str | None = None
    ended_at: dt.datetime | None = None
    seen_to_by: str | None = None
    seen_to_at: dt.datetime | None = None
    replay_of: str | None = None
    tainted: bool = False
    """Whether the run had read untrusted content when it was asked for."""
    despite_stop: bool = False
    """Whether it takes another one back and a person said that stop switches do not keep that. Of the run, not kept
    with the action."""

    @property
    def is_letter(self) -> bool:
        """Whether it is a dead letter that nobody has seen to."""
        return self.state is State.DEAD and self.seen_to_at is None


@fixed(frozen=True, slots=True)
class AgentRun:
    """The actions of one errand of an agent, which succeed or are taken back together."""

    id: str
    use_case: str
    stage: str
    name: str
    """As the agent names it."""
    key: str
    agent: str | None
    user: str | None
    state: RunState
    began_at: dt.datetime
    ended_at: dt.datetime | None = None
    tainted_by: str | None = None
    """Id of the action whose result was untrusted."""
    places: int = 0
    """Actions that were asked for so far."""
    despite_stop: bool = False
    """Whether a person said that stop switches do not keep the steps of its rollback."""


@fixed(frozen=True, slots=True)
class Told:
    """What an agent is told of an action."""

    id: str
    state: State
    result: Any = None
    reasons: tuple[Reason, ...] = ()
    rule: str = ""
    code: str = ""
    """Error code of a no; its page is the problem's URI."""
    message: str = ""
    remedy: str = ""
    status: int = 200
    """HTTP status."""
    retry_after: float | None = None
    request: str | None = None
    """Decision request that a held action waits for."""
    run: str = ""
    repeated: bool = False
    """Whether it was done before under the same idempotency key, and this is what came of it then."""
    headers: Mapping[str, str] = field(default_factory=dict)
