"""What a ticket is: a blocker that was handed to another system, what was sent, and what that system says of it.

A ticket never decides anything here. Whether a criterion is met follows from evidence, so a ticket that is closed
elsewhere leaves the blocker as red as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from roadworthy.decide.readiness.assessment import Blocker, Verdict
from roadworthy.decide.readiness.model import Dimension
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.settings import LOOPBACK
from roadworthy.inventory.model import Duty

TICKET_SYSTEM = "TicketSystem"

Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
Part = Annotated[Mapping[FieldName, Words], Field(min_length=1)]
FieldValue: TypeAlias = Words | Part | tuple[Words, ...] | tuple[Part, ...]
"""What a field of a ticket can be set to: text, an object such as `{id: "10001"}`, or a list of either."""


class SystemType(StrEnum):
    """Which kind of system tickets go to."""

    SERVICENOW = "servicenow"
    JIRA_CLOUD = "jira-cloud"
    JIRA_DATA_CENTER = "jira-data-center"


class Login(StrEnum):
    """How Roadworthy proves to a ticket system who it is."""

    BASIC = "basic"
    """User and password, or address and API token, as `user:secret`."""
    BEARER = "bearer"
    """A token: OAuth 2.0, or a personal access token."""


class TicketState(StrEnum):
    """Where a ticket stands in its own system, whatever words are used there."""

    OPEN = "open"
    IN_PROGRESS = "in-progress"
    CLOSED = "closed"


class Standing(StrEnum):
    """Where a ticket stands when both sides are looked at: the system's and ours."""

    QUEUED = "queued"
    """It waits to be sent."""
    UNDELIVERABLE = "undeliverable"
    """It could not be sent; somebody has to mend the reason."""
    OPEN = "open"
    """It is with the other system and the blocker is unmet."""
    CLOSED_UNMET = "closed-unmet"
    """It was closed there and the blocker is still unmet: a closed ticket is no evidence."""
    MET_OPEN = "met-open"
    """The blocker is met, the ticket is still open."""
    DONE = "done"
    """The blocker is met and the ticket is closed."""
    GONE = "gone"
    """The other system does not have it any more."""


class MessageKind(StrEnum):
    """What is sent to a ticket system."""

    CREATE = "create"
    TELL_MET = "tell-met"
    """A comment: the blocker is met, the ticket can be closed."""
    TELL_UNMET = "tell-unmet"
    """A comment: the ticket was closed and the blocker is still unmet; evidence is asked for."""
    TELL_AGAIN = "tell-again"
    """A comment: the blocker was met and is not any more."""
    CLOSE = "close"


class Takes(Shape):
    """Which blockers go to a system; an empty list limits nothing."""

    dimensions: tuple[Dimension, ...] = ()
    duties: tuple[Duty, ...] = ()

    @property
    def specificity(self) -> int:
        """How much it asks for; of two systems that take a blocker, the one that asks for more gets it."""
        return bool(self.dimensions) + bool(self.duties)


class ChangeFields(Shape):
    """How a system says of a change whether it may be carried out, and when; what is left out is as shipped."""

    table: FieldName | None = Field(default=None, description="ServiceNow: `change_request` by default.")
    approved: tuple[Annotated[str, StringConstraints(min_length=1, max_length=100)], ...] = Field(
        default=(),
        description="States in which an approved change may be carried out. ServiceNow: `-2` (scheduled) and `-1` "
        "(implement) by default. Jira: names of statuses; none is approved by default.",
    )
    starts: FieldName | None = Field(
        default=None, description="Field with the planned start. ServiceNow: `start_date` by default; Jira: none."
    )
    ends: FieldName | None = Field(
        default=None, description="Field with the planned end. ServiceNow: `end_date` by default; Jira: none."
    )


class TicketSystem(Shape):
    """The spec of a declared `TicketSystem`: where tickets go, which, and how its words are to be read.

    It names no secret. Credentials belong to a host and stand in the setting `ticket_secrets`, so whoever may change
    a spec can not send them elsewhere.
    """

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    type: SystemType
    base_url: Annotated[str, StringConstraints(max_length=500)] = Field(
        description="Address of the system, such as `https://example.service-now.com`; https unless it is this machine."
    )
    login: Login = Field(description="How to prove who asks; the secret itself stands in the settings.")
    place: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)] = Field(
        description="ServiceNow: the table, such as `incident`. Jira: the key of the project, such as `RISK`."
    )
    issue_type: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="Jira: name of the type of issue, such as `Task`."
    )
    takes: Takes = Takes()
    fields: Mapping[FieldName, FieldValue] = Field(
        default={},
        description="Further fields of the ticket; `{useCase}`, `{criterion}`, `{dimension}`, `{duty}`, `{effort}` and "
        "`{organisation}` are filled in.",
    )
    states: Mapping[Annotated[str, StringConstraints(min_length=1, max_length=100)], TicketState] = Field(
        default={}, description="What words or numbers of the system mean, where it is not as shipped."
    )
    closing: Mapping[FieldName, FieldValue] = Field(
        default={}, description="Fields to set when a ticket is closed from here, such as `close_code`."
    )
    changes: ChangeFields = ChangeFields()
    closed_as: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="ServiceNow: the state to set when closing, `6` (resolved) by default. Jira: name of the status "
        "to go to; by default the first that counts as done.",
    )

    @field_validator("base_url")
    @classmethod
    def _can_be_trusted(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            port = parts.port
        except ValueError as error:
            raise ValueError("this is no address of a server") from error
        if parts.scheme not in {"http", "https"} or not host or port == 0:
            raise ValueError("write the whole address, such as `https://example.service-now.com`")
        if parts.scheme == "http" and host not in LOOPBACK:
            raise ValueError("without https anybody on the way reads the credentials; use `https://`")
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials do not belong into an address; put them where `ticket_secrets` says")
        if parts.query or parts.fragment:
            raise ValueError("leave out what begins with `?` or `#`")
        return url.rstrip("/")

    @property
    def host(self) -> str:
        """Host and, where one is given, port: what credentials are kept for."""
        return urlsplit(self.base_url).netloc.lower()


@dataclass(frozen=True, slots=True)
class Content:
    """What leaves the house with a ticket. Built once, shown, kept, and sent as it was shown."""

    title: str
    parts: tuple[tuple[str, str], ...]
    """Heading and text, in order."""
    link: str
    fields: Mapping[str, FieldValue]
    """Further fields as the system will get them."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A ticket as its own system describes it."""

    ref: str
    """What the system's API calls it: a sys_id, the id of an issue."""
    number: str
    """What people call it: `INC0010042`, `RISK-7`."""
    url: str
    state: TicketState
    word: str
    """The system's own word for the state."""
    twins: tuple[str, ...] = ()
    """Numbers of other tickets that carry the same correlation."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a ticket system found."""

    account: str
    """Who we are there."""
    place: str
    """The table or project, as the system calls it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A blocker with the ticket that would be sent about it."""

    use_case: str
    blocker: Blocker
    system: str | None
    """Which system takes it; None where none does."""
    content: Content | None
    standing: Standing | None = None
    """Of the ticket that is there already."""
    ticket: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What would be sent, and the digest that says it was looked at."""

    items: tuple[Offer, ...]
    digest: str
    """Over everything that would leave the house."""
    first: tuple[str, ...]
    """Systems to which nothing was sent yet under their present declaration: what goes there has to be looked at."""

    @property
    def new(self) -> tuple[Offer, ...]:
        """Those that would be sent."""
        return tuple(each for each in self.items if each.content is not None and each.ticket is None)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A blocker handed to another system."""

    id: str
    system: str
    declared: str
    """Digest of the declared system, when it was queued."""
    use_case: str
    criterion: str
    title: str
    """Of the criterion."""
    dimension: Dimension
    duty: Duty
    correlation: str
    """What the ticket carries in the other system, so that it is found again and never made twice."""
    content: Content
    queued_at: dt.datetime
    queued_by: str
    entry_id: str
    ref: str | None = None
    number: str | None = None
    url: str | None = None
    state: TicketState | None = None
    """In its own system; None until it was sent."""
    word: str | None = None
    sent_at: dt.datetime | None = None
    read_at: dt.datetime | None = None
    """When its system was last asked."""
    gone_at: dt.datetime | None = None
    met: bool = False
    """Whether the blocker was met at the last look."""
    verdict: Verdict | None = None
    told: MessageKind | None = None
    """The last of our comments that was queued."""
    sequence: int = 1
    """Counts the tickets about one blocker."""
    failed: str | None = None
    """Why the last message could not be delivered; None where nothing is stuck."""
    failed_code: str | None = None
    waiting: int = 0
    """Messages that are still to be delivered."""

    @property
    def standing(self) -> Standing:
        """Both sides together."""
        if self.sent_at is None:
            return Standing.UNDELIVERABLE if self.failed is not None else Standing.QUEUED
        if self.gone_at is not None:
            return Standing.GONE
        if self.state is TicketState.CLOSED:
            return Standing.DONE if self.met else Standing.CLOSED_UNMET
        return Standing.MET_OPEN if self.met else Standing.OPEN


@dataclass(frozen=True, slots=True)
class Message:
    """Something that is to be delivered to a ticket system, once."""

    id: str
    ticket: str
    kind: MessageKind
    text: str
    """Of a comment; empty for a ticket, whose content stands with the ticket."""
    queued_at: dt.datetime
    attempts: int = 0
    """How often it could not be delivered."""
    next_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    dead_at: dt.datetime | None = None
    error_code: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Synced:
    """What a look at the ticket systems brought."""

    read: int
    changed: int
    queued: int
    """Comments that are now to be delivered."""
    failed: Mapping[str, str]
    """Systems that could not be asked, with the reason."""
