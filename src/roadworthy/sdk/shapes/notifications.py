"""Types of the API: notifications. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

ChannelType: TypeAlias = Literal["person", "room", "webhook"]
"""Whom a channel reaches."""


DeliveryState: TypeAlias = Literal["queued", "held", "in-digest", "sent", "failed", "given-up", "unreachable", "off"]
"""Where a delivery stands."""


ModeInput: TypeAlias = Literal["now", "digest", "off"]
"""When a person wants to be told of a topic."""


NotifyMode: TypeAlias = Literal["now", "digest", "off"]
"""When a person wants to be told of a topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way by which messages leave the house; where its address is kept stands in the declaration."""

    name: str
    title: str
    type: ChannelType
    topics: tuple[str, ...]
    """Topics that it carries; all where none is named."""
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on its way by one channel."""

    id: str
    topic: str
    subject: str
    path: str
    """Of the page, from the root."""
    lines: tuple[str, ...]
    urgent: bool
    channel: str
    """Empty where no channel leads to the person."""
    person_ref: str | None
    """Absent for a room or a program."""
    state: DeliveryState
    created_at: dt.datetime
    due_at: dt.datetime
    attempts: int
    last_error: str | None
    sent_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """What the API calls `Page_DeliveryBody_`."""

    items: tuple[Delivery, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How a person wants to be told."""

    modes: Mapping[str, NotifyMode] | None = None
    """By topic; at once where nothing is said."""
    channels: tuple[str, ...] | None = None
    """Person channels to use; all where none is named."""
    quiet_from: str | None = None
    """`22:00` in the person's zone."""
    quiet_to: str | None = None
    zone: str | None = None
    digest_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesShape:
    """What a person enters about how they want to be told."""

    modes: Mapping[str, ModeInput] | None = None
    channels: tuple[str, ...] | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    zone: str | None = None
    digest_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A sort of message."""

    name: str
    title: str
    always: bool
    """Whether it cannot be switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What can be chosen about, and by which channels messages go."""

    topics: tuple[Topic, ...]
    channels: tuple[Channel, ...]
