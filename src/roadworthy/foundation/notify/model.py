"""What is told to whom: topics, messages, channels, and how each person wants to be told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator, model_validator

from roadworthy.foundation.credentials import is_source
from roadworthy.foundation.resources.shape import Shape

NOTIFICATION_CHANNEL = "NotificationChannel"
PLACEHOLDER = "{address}"
"""Stands in a channel's address for the address of the person."""

_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)")

Line = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Hour = Annotated[str, StringConstraints(pattern=_HOUR.pattern)]


class ChannelType(StrEnum):
    """Whom a channel reaches."""

    PERSON = "person"
    """One person at a time, at the address in their record: mail, or a chat that takes addresses."""
    ROOM = "room"
    """A team's place: a chat room, a pager."""
    WEBHOOK = "webhook"
    """A program, by a signed HTTP request."""


class Mode(StrEnum):
    """When a person wants to be told of a topic."""

    NOW = "now"
    DIGEST = "digest"
    """Once a day, all in one message."""
    OFF = "off"
    """Only here, on the page."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    HELD = "held"
    """It waits for the end of the person's quiet hours."""
    IN_DIGEST = "in-digest"
    """It waits for the person's next digest."""
    SENT = "sent"
    """The channel took it. Whether somebody read it is not known."""
    FAILED = "failed"
    """The channel did not take it; it is tried again."""
    GIVEN_UP = "given-up"
    UNREACHABLE = "unreachable"
    """No channel leads to the person; the message stands on their page only."""
    OFF = "off"
    """The person does not want it; the message stands on their page only."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A sort of message, registered by the layer that sends it."""

    name: str
    title: str
    """As people read it in their choices."""
    always: bool = False
    """Whether it cannot be switched off, because somebody else waits for it."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell. It says what waits and where to look; it carries nothing by which one could decide."""

    topic: str
    subject: str
    path: str
    """Of the page, from the root."""
    to: tuple[str, ...] = ()
    """References of people."""
    lines: tuple[str, ...] = ()
    """What a person needs to know before they look; sentences."""
    urgent: bool = False
    """Whether quiet hours and digests do not hold it back."""
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)
    """For programs: references and slugs, no names of people."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person wants to be told. What nobody has said goes out at once."""

    modes: Mapping[str, Mode] = field(default_factory=dict)
    """By topic."""
    channels: tuple[str, ...] = ()
    """Names of the person channels to use; all that lead to them where none is named."""
    quiet_from: str | None = None
    """`22:00` in the person's zone."""
    quiet_to: str | None = None
    zone: str = "UTC"
    digest_at: str = "08:00"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way by one channel, as it stands in the log."""

    id: str
    topic: str
    subject: str
    path: str
    channel: str
    """Empty where no channel leads to the person."""
    person_ref: str | None
    """None for a room or a program."""
    state: DeliveryState
    created_at: dt.datetime
    due_at: dt.datetime
    attempts: int
    last_error: str | None
    sent_at: dt.datetime | None
    lines: tuple[str, ...] = ()
    urgent: bool = False
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)


class NotificationChannel(Shape):
    """The spec of a declared `NotificationChannel`: by which way messages leave the house.

    Addresses of chat and mail services hold credentials, so a declaration says only where the address is.
    """

    title: Line
    type: ChannelType
    address: Annotated[str, StringConstraints(max_length=600)] = Field(
        description="`env:NAME` or `file:PATH` of an Apprise address, for a person channel with `{address}` where "
        "the person's own belongs; for a webhook the address itself."
    )
    secret: Annotated[str, StringConstraints(max_length=600)] | None = Field(
        default=None, description="`env:NAME` or `file:PATH` of the secret that signs a webhook's requests."
    )
    topics: tuple[Line, ...] = Field(default=(), description="Topics that it carries; all where none is named.")
    groups: tuple[Line, ...] = Field(
        default=(),
        description="For a room: only messages to members of these groups; all messages where none is named.",
    )

    @model_validator(mode="after")
    def _leads_somewhere(self) -> NotificationChannel:
        if self.type is ChannelType.WEBHOOK:
            if not (self.address.startswith("https://") or _LOOPBACK.match(self.address)):
                raise ValueError("`address` of a webhook is an `https://` address")
            if self.secret is None:
                raise ValueError("a webhook needs a `secret`, so that its receiver can tell our requests from others")
        elif not is_source(self.address):
            raise ValueError("`address` says where the address is, `env:NAME` or `file:PATH`; never the address itself")
        if self.secret is not None and not is_source(self.secret):
            raise ValueError("`secret` says where the secret is, `env:NAME` or `file:PATH`; never the secret itself")
        if self.groups and self.type is not ChannelType.ROOM:
            raise ValueError("only a room has `groups`")
        return self


class PreferencesShape(Shape):
    """What a person enters about how they want to be told."""

    modes: Mapping[Line, Mode] = {}
    channels: tuple[Line, ...] = ()
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    zone: Line = "UTC"
    digest_at: Hour = "08:00"

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"`{value}` is no time zone; write one such as `Europe/Berlin`") from error
        return value

    @model_validator(mode="after")
    def _quiet_both_ways(self) -> PreferencesShape:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet hours have a beginning and an end; set both or none")
        return self
