"""When a message goes out, by which channels, and what it says: pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from roadworthy.foundation.notify.model import (
    PLACEHOLDER,
    ChannelType,
    Delivery,
    DeliveryState,
    Message,
    Mode,
    NotificationChannel,
    Preferences,
    Topic,
)

MOST_SUBJECT = 200
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery to make: by which channel, in which state, not before when."""

    channel: str
    person_ref: str | None
    state: DeliveryState
    due_at: dt.datetime


def quiet_until(preferences: Preferences, now: dt.datetime) -> dt.datetime | None:
    """The end of the quiet hours that `now` lies in, or None.

    Hours are those of the wall clock in the person's zone: on the night in which the clocks change, they are as long
    as the clock says. Hours that begin and end at the same time are none.
    """
    if preferences.quiet_from is None or preferences.quiet_to is None:
        return None
    zone = ZoneInfo(preferences.zone)
    here = now.astimezone(zone)
    for day in (here.date() - _DAY, here.date()):
        begin = _at(day, preferences.quiet_from, zone)
        end = _at(day, preferences.quiet_to, zone)
        if preferences.quiet_to < preferences.quiet_from:
            end = _at(day + _DAY, preferences.quiet_to, zone)
        if begin <= now < end:
            return end
    return None


def next_digest(preferences: Preferences, now: dt.datetime) -> dt.datetime:
    """When the person's next digest goes out: the first time of day after `now`."""
    zone = ZoneInfo(preferences.zone)
    today = now.astimezone(zone).date()
    return next(moment for day in range(3) if (moment := _at(today + day * _DAY, preferences.digest_at, zone)) > now)


def _at(day: dt.date, hour: str, zone: ZoneInfo) -> dt.datetime:
    wall = dt.datetime.combine(day, dt.time.fromisoformat(hour), tzinfo=zone)
    return wall.astimezone(dt.UTC)


def for_person(
    message: Message,
    topic: Topic,
    person_ref: str,
    address: str | None,
    preferences: Preferences,
    channels: Mapping[str, NotificationChannel],
    now: dt.datetime,
) -> list[Planned]:
    """Deliveries of a message to one person.

    Args:
        message: what is told.
        topic: its sort.
        person_ref: whom.
        address: the person's e-mail address; None where the record has none.
        preferences: how they want it.
        channels: every declared channel by name.
        now: the instant of telling.

    Returns:
        At least one: where nothing goes out, one that says why not.
    """
    mode = preferences.modes.get(topic.name, Mode.NOW)
    if mode is Mode.OFF and not (topic.always or message.urgent):
        return [Planned("", person_ref, DeliveryState.OFF, now)]
    usable = [name for name, channel in sorted(channels.items()) if _leads_to_person(channel, topic, address)]
    chosen = [name for name in usable if name in preferences.channels] or usable
    if not chosen:
        return [Planned("", person_ref, DeliveryState.UNREACHABLE, now)]
    if mode is Mode.DIGEST and not message.urgent:
        due = next_digest(preferences, now)
        return [Planned(name, person_ref, DeliveryState.IN_DIGEST, due) for name in chosen]
    held = None if message.urgent else quiet_until(preferences, now)
    state = DeliveryState.QUEUED if held is None else DeliveryState.HELD
    return [Planned(name, person_ref, state, held or now) for name in chosen]


def _leads_to_person(channel: NotificationChannel, topic: Topic, address: str | None) -> bool:
    return channel.type is ChannelType.PERSON and _carries(channel, topic) and address is not None


def for_places(
    topic: Topic, groups: frozenset[str], channels: Mapping[str, NotificationChannel], now: dt.datetime
) -> list[Planned]:
    """Deliveries of a message to rooms and programs.

    Args:
        topic: its sort.
        groups: names of the groups that those it is for belong to.
        channels: every declared channel by name.
        now: the instant of telling.
    """
    return [
        Planned(name, None, DeliveryState.QUEUED, now)
        for name, channel in sorted(channels.items())
        if channel.type is not ChannelType.PERSON
        and _carries(channel, topic)
        and (not channel.groups or groups & set(channel.groups))
    ]


def _carries(channel: NotificationChannel, topic: Topic) -> bool:
    return not channel.topics or topic.name in channel.topics


def address_of(handle: str | None) -> str | None:
    """The e-mail address in a person's handle, if it is one that mail can reach."""
    if handle is None:
        return None
    local, at, domain = handle.rpartition("@")
    plain = handle.isascii() and not any(sign in handle for sign in " <>,;:\"'\\\r\n\t?&#/%")
    return handle if at and local and "." in domain and plain else None


def filled(template: str, address: str | None) -> str:
    """A channel's address with the person's in its place, quoted so that it can be nothing but one address."""
    return template.replace(PLACEHOLDER, quote(address or "", safe="@"))


def title_of(deliveries: Sequence[Delivery]) -> str:
    """The first line of what is sent."""
    if len(deliveries) == 1:
        return one_line(deliveries[0].subject)
    return f"{len(deliveries)} messages from Roadworthy"


def one_line(text: str) -> str:
    """A text without line breaks and control characters, of a length that a subject can have."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= MOST_SUBJECT else f"{line[: MOST_SUBJECT - 1]}…"


def body_of(deliveries: Sequence[Delivery], root: str) -> str:
    """What is sent, as plain text: what waits, and where to look.

    Args:
        deliveries: one, or all of a digest.
        root: where people open the pages, without a slash at its end.
    """
    parts = []
    for each in deliveries:
        lead = [] if len(deliveries) == 1 else [one_line(each.subject)]
        parts.append("\n".join([*lead, *(one_line(line) for line in each.lines), f"{root}{each.path}"]))
    parts.append("This message cannot decide anything: open the page and sign in.")
    return "\n\n".join(parts)
