"""Types of the API: tickets. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import AssessmentVerdict, Dimension, Duty, Person

Standing: TypeAlias = Literal["queued", "undeliverable", "open", "closed-unmet", "met-open", "done", "gone"]
"""Where a ticket stands when both sides are looked at: the system's and ours."""


TicketState: TypeAlias = Literal["open", "in-progress", "closed"]
"""Where a ticket stands in its own system, whatever words are used there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look at a ticket system found."""

    account: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsPart:
    """A heading with its text."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsContent:
    """What leaves the house with a ticket."""

    title: str
    parts: tuple[TicketsPart, ...]
    link: str
    fields: Mapping[str, Any]
    """Further fields, as the system gets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A blocker with the ticket that would be sent about it, or that is there already."""

    use_case: str
    criterion: str
    title: str
    dimension: Dimension
    duty: Duty
    system: str | None
    """Null where no declared system takes it."""
    content: TicketsContent | None
    ticket: str | None
    """Id of the ticket that is there already; null where one would be made."""
    number: str | None
    standing: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What would be sent."""

    items: tuple[Offer, ...]
    new: int
    """How many tickets would be made."""
    digest: str
    """Send with it as `agreed`, to say that this was looked at."""
    first: tuple[str, ...]
    """Systems to which nothing was sent yet as they are declared now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Which blockers, and that what leaves the house was looked at."""

    use_case: str | None = None
    """All use cases without it."""
    criteria: tuple[str, ...] | None = None
    """All blockers without it."""
    system: str | None = None
    """Send all of them there."""
    again: bool | None = None
    """Make a new ticket where the former one is closed."""
    agreed: str | None = None
    """`digest` of the preview; needed for the first tickets to a system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a look at the ticket systems brought."""

    read: int
    changed: int
    queued: int
    failed: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A blocker that was handed to another system."""

    id: str
    system: str
    use_case: str
    criterion: str
    title: str
    dimension: Dimension
    duty: Duty
    standing: Standing
    """Both sides together: where the ticket is and whether the blocker is met."""
    state: TicketState | None
    """In its own system; null until it was sent."""
    word: str | None
    """The system's own word for the state."""
    number: str | None
    url: str | None
    met: bool
    verdict: AssessmentVerdict | None
    correlation: str
    """What the ticket carries in the other system, by which it is found again."""
    content: TicketsContent
    queued_at: dt.datetime
    queued_by: Person
    sent_at: dt.datetime | None
    read_at: dt.datetime | None
    """When its system was last asked."""
    failed: str | None
    """Why something could not be delivered; null where nothing is stuck."""
    failed_code: str | None
    waiting: int
    """Messages that are still to be delivered."""
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which blockers."""

    use_case: str | None = None
    """All use cases without it."""
    criteria: tuple[str, ...] | None = None
    """All blockers without it."""
    system: str | None = None
    """Send all of them there."""
    again: bool | None = None
    """Make a new ticket where the former one is closed."""
