"""What the pages of messages say."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Moment, Say


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message that somebody got."""

    subject: str
    href: str
    lines: tuple[str, ...]
    topic: str
    when: Moment
    state: Badge
    way: str


@dataclass(frozen=True, slots=True)
class MessagesView:
    """One's own messages, and how one wants to be told."""

    finding: str
    messages: tuple[MessageLine, ...]
    hours: tuple[Field, ...]
    topics: tuple[Field, ...]
    channels: tuple[Field, ...]
    faults: tuple[FaultLink, ...]
    warning: Say | None
    empty: Empty | None
    more: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery in the log."""

    id: str
    subject: str
    href: str
    topic: str
    way: str
    person: str
    state: Badge
    when: Moment
    due: Moment | None
    attempts: int
    error: str
    again: str | None


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A declared channel with the button that tries it."""

    name: str
    title: str
    leads_to: str
    topics: str
    trial: str


@dataclass(frozen=True, slots=True)
class FilterLink:
    """A way to look at a part of the log."""

    text: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class DeliveriesView:
    """The delivery log, and the channels."""

    finding: str
    deliveries: tuple[DeliveryLine, ...]
    channels: tuple[ChannelLine, ...]
    filters: tuple[FilterLink, ...]
    trouble: Say | None
    empty: Empty | None
    no_channel: Empty | None
    more: str | None = None
