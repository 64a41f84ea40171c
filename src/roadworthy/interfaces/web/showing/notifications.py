"""From messages, choices and deliveries to what their pages say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.notify.model import (
    ChannelType,
    Delivery,
    DeliveryState,
    Mode,
    NotificationChannel,
    Preferences,
    Topic,
)
from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.notifications import (
    ChannelLine,
    DeliveriesView,
    DeliveryLine,
    FilterLink,
    MessageLine,
    MessagesView,
)
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Moment, Option, Say, Tone, plural

MODE = "mode-"
"""How fields of topics begin."""
BY = "by-"
"""How fields of channels begin."""
PER_PAGE = 50

_STATES: Final[Mapping[DeliveryState, Badge]] = {
    DeliveryState.QUEUED: Badge(Tone.ASIDE, "queued"),
    DeliveryState.HELD: Badge(Tone.ASIDE, "held by quiet hours"),
    DeliveryState.IN_DIGEST: Badge(Tone.ASIDE, "in the next digest"),
    DeliveryState.SENT: Badge(Tone.GO, "sent"),
    DeliveryState.FAILED: Badge(Tone.STALE, "failed, tried again"),
    DeliveryState.GIVEN_UP: Badge(Tone.STOP, "given up"),
    DeliveryState.UNREACHABLE: Badge(Tone.UNKNOWN, "no channel leads there"),
    DeliveryState.OFF: Badge(Tone.ASIDE, "switched off"),
}
_LEADS: Final = {
    ChannelType.PERSON: "each person",
    ChannelType.ROOM: "a room",
    ChannelType.WEBHOOK: "a program",
}
_MODES: Final = {
    Mode.NOW: "at once",
    Mode.DIGEST: "in the daily digest",
    Mode.OFF: "only on this page",
}
_LABELS: Final = {"zone": "Time zone", "quietFrom": "Quiet from", "quietTo": "Quiet until", "digestAt": "Digest at"}


def messages_view(
    found: Sequence[Delivery],
    topics: Sequence[Topic],
    channels: Mapping[str, NotificationChannel],
    chosen: Preferences,
    entered: Mapping[str, str],
    faults: Faults,
    now: dt.datetime,
) -> MessagesView:
    """One's own messages, with the form of choices as it was entered or as it is kept."""
    for_people = {name: each for name, each in channels.items() if each.type is ChannelType.PERSON}
    waiting = Empty(
        "You were told nothing yet",
        "What waits for your decision, what was decided about your requests and what runs out will stand here, and "
        "come to you by the channels below.",
    )
    missing = Say(
        Tone.UNKNOWN,
        "No channel leads to people",
        "Messages stand on this page only. An administrator declares a `NotificationChannel` for mail or chat.",
    )
    return MessagesView(
        finding=f"{plural(len(found), 'message')} for you" if found else "Messages",
        messages=tuple(_message(each, {topic.name: topic.title for topic in topics}, now) for each in _once(found)),
        hours=_hours(chosen, entered, faults),
        topics=tuple(_topic(each, chosen, entered, faults) for each in topics),
        channels=tuple(
            Field(f"{BY}{name}", f"{each.title} ({name})", "check", _checked(name, chosen, entered))
            for name, each in for_people.items()
        ),
        faults=tuple(_fault(finding.place.field or "", finding.message, finding.remedy) for finding in faults.findings),
        warning=None if for_people else missing,
        empty=None if found else waiting,
    )


def _once(found: Sequence[Delivery]) -> Sequence[Delivery]:
    """A message that goes by two channels is one message to whoever reads it here."""
    return list({(each.subject, each.path, each.created_at): each for each in found}.values())


def _message(delivery: Delivery, titles: Mapping[str, str], now: dt.datetime) -> MessageLine:
    return MessageLine(
        subject=delivery.subject,
        href=delivery.path,
        lines=delivery.lines,
        topic=titles.get(delivery.topic, delivery.topic),
        when=Moment.of(delivery.created_at, now),
        state=_STATES[delivery.state],
        way=delivery.channel,
    )


def _hours(chosen: Preferences, entered: Mapping[str, str], faults: Faults) -> tuple[Field, ...]:
    kept = {
        "zone": chosen.zone,
        "quietFrom": chosen.quiet_from or "",
        "quietTo": chosen.quiet_to or "",
        "digestAt": chosen.digest_at,
    }
    hints = {
        "zone": "Such as `Europe/Berlin`.",
        "quietFrom": "Such as 22:00; empty for no quiet hours.",
        "quietTo": "Such as 07:00. What is urgent comes all the same.",
        "digestAt": "Such as 08:00.",
    }
    wrong = faults.by_field(tuple(kept))
    return tuple(
        Field(
            name,
            _LABELS[name],
            value=entered.get(name, value),
            hint=hints[name],
            fault=wrong[name].message if name in wrong else "",
        )
        for name, value in kept.items()
    )


def _topic(topic: Topic, chosen: Preferences, entered: Mapping[str, str], faults: Faults) -> Field:
    name = f"{MODE}{topic.name}"
    value = entered.get(name, chosen.modes.get(topic.name, Mode.NOW).value)
    modes = [mode for mode in Mode if not (topic.always and mode is Mode.OFF)]
    fault = next((each.message for each in faults.findings if each.place.field == f"modes.{topic.name}"), "")
    return Field(
        name,
        topic.title,
        "select",
        value,
        hint="Somebody waits for you, so it cannot be switched off." if topic.always else "",
        fault=fault,
        options=tuple(Option(mode.value, _MODES[mode], mode.value == value) for mode in modes),
    )


def _checked(name: str, chosen: Preferences, entered: Mapping[str, str]) -> str:
    if entered:
        return entered.get(f"{BY}{name}", "")
    return "yes" if not chosen.channels or name in chosen.channels else ""


def _fault(field: str, message: str, remedy: str) -> FaultLink:
    if field.startswith("modes."):
        return FaultLink(f"{MODE}{field.removeprefix('modes.')}", "Topic", message, remedy)
    known = field in _LABELS
    return FaultLink(field if known else "", _LABELS.get(field, ""), message, remedy)


def deliveries_view(
    found: Sequence[Delivery],
    counts: Mapping[DeliveryState, int],
    channels: Mapping[str, NotificationChannel],
    people: Mapping[str, Person],
    chosen: DeliveryState | None,
    now: dt.datetime,
) -> DeliveriesView:
    """The delivery log."""
    lost = counts.get(DeliveryState.GIVEN_UP, 0)
    failing = counts.get(DeliveryState.FAILED, 0)
    total = sum(counts.values())
    trouble = None
    if lost or failing:
        title = f"{plural(lost, 'delivery', 'deliveries')} given up, {failing} failing"
        trouble = Say(
            Tone.STOP if lost else Tone.STALE, title, "The reason stands beside each. Mend the channel first."
        )
    nothing = Empty("Nothing was delivered yet", "Messages and what became of each will stand here.")
    undeclared = Empty(
        "No channel is declared",
        "Messages stand on each person's page only. A channel for mail, chat or a program is declared in a file.",
        "roadworthy schema NotificationChannel",
    )
    return DeliveriesView(
        finding=f"{plural(total, 'delivery', 'deliveries')}, {counts.get(DeliveryState.SENT, 0):,} sent"
        if total
        else "Deliveries",
        deliveries=tuple(_delivery(each, people, now) for each in found),
        channels=tuple(_channel(name, each) for name, each in channels.items()),
        filters=tuple(_filters(counts, total, chosen)),
        trouble=trouble,
        empty=None if found else nothing,
        no_channel=None if channels else undeclared,
    )


def _filters(counts: Mapping[DeliveryState, int], total: int, chosen: DeliveryState | None) -> Iterator[FilterLink]:
    yield FilterLink(f"all ({total:,})", "/notifications/deliveries", here=chosen is None)
    for state in DeliveryState:
        if counts.get(state):
            words = f"{_STATES[state].word} ({counts[state]:,})"
            yield FilterLink(words, f"/notifications/deliveries?state={state}", here=state is chosen)


def _delivery(each: Delivery, people: Mapping[str, Person], now: dt.datetime) -> DeliveryLine:
    waits = each.state in {DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.IN_DIGEST}
    if each.person_ref is None:
        person = "—"
    else:
        person = people[each.person_ref].shown if each.person_ref in people else "an erased person"
    return DeliveryLine(
        id=each.id,
        subject=each.subject,
        href=each.path,
        topic=each.topic,
        way=each.channel or "their page only",
        person=person,
        state=_STATES[each.state],
        when=Moment.of(each.created_at, now),
        due=Moment.of(each.due_at, now) if waits else None,
        attempts=each.attempts,
        error=each.last_error or "",
        again=f"/notifications/deliveries/{each.id}/again" if each.state is DeliveryState.GIVEN_UP else None,
    )


def _channel(name: str, channel: NotificationChannel) -> ChannelLine:
    return ChannelLine(
        name=name,
        title=channel.title,
        leads_to=", ".join(channel.groups) if channel.groups else _LEADS[channel.type],
        topics=", ".join(channel.topics) or "all",
        trial=f"/notifications/channels/{name}/test",
    )
