"""Operations of notifications: tell in the caller's unit, deliver outside of it, and show what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, cast

import sqlalchemy as sa

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import Finding, InvalidInput, NotFound, Place, RoadworthyError, did_you_mean
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.notify import store as rows
from roadworthy.foundation.notify.model import (
    NOTIFICATION_CHANNEL,
    ChannelType,
    Delivery,
    DeliveryState,
    Message,
    NotificationChannel,
    Preferences,
    PreferencesShape,
    Topic,
)
from roadworthy.foundation.notify.rules import Planned, address_of, for_person, for_places
from roadworthy.foundation.notify.sending import Parcel, Sender
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.tables import resources as resources_table
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Retries, Timer
from roadworthy.foundation.workflow.service import Outcome, Timers

DELIVER = "notification.deliver"
DIGEST = "notification.digest"
PERSISTENCE = Retries(first=dt.timedelta(seconds=10), factor=3, longest=dt.timedelta(hours=2), most=45)
"""Over three days: a channel that is down over a long weekend has lost nothing. Our own choice."""
PATIENCE = dt.timedelta(minutes=5)
_TRIED = Topic("trial", "A trial of a channel", always=True)


class Membership(Protocol):
    """Which groups a person belongs to."""

    def groups_of(self, connection: sa.Connection, person_ref: str) -> frozenset[str]:
        """Names of the groups, those around them included."""


class Notify:
    """Telling people.

    Args:
        store: where messages are kept.
        units: records what people choose.
        runtime: clock and randomness.
        resources: where channels are declared.
        timers: wakes deliveries.
        membership: who is in which group.
        settings: where the pages are, and where secrets are read from.
    """

    def __init__(
        self,
        store: Store,
        units: Units,
        runtime: Runtime,
        resources: Resources,
        timers: Timers,
        membership: Membership,
        settings: Settings,
    ) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._resources = resources
        self._membership = membership
        self._topics: dict[str, Topic] = {_TRIED.name: _TRIED}
        root = (settings.public_address or f"http://{settings.host}:{settings.port}").rstrip("/")
        self._sender = Sender(Sources(settings.home.parent), runtime.clock, root, Reach.of(settings.inside_hosts))
        timers.act(DELIVER, self._deliver, patience=PATIENCE, retries=PERSISTENCE)
        timers.act(DIGEST, self._digest, patience=PATIENCE, retries=PERSISTENCE)

    # ------------------------------------------------------------ topics

    def register(self, topics: Iterable[Topic]) -> None:
        """Make sorts of messages known."""
        self._topics.update({topic.name: topic for topic in topics})

    def topics(self) -> tuple[Topic, ...]:
        """Sorts of messages that people can choose about."""
        return tuple(topic for topic in self._topics.values() if topic is not _TRIED)

    # ------------------------------------------------------------ tell

    def tell(self, tx: Transaction, message: Message) -> str:
        """Tell people, rooms and programs, once the caller's unit is durable.

        Returns:
            The message's id.

        Raises:
            ValueError: nobody registered the topic.
        """
        topic = self._topics.get(message.topic)
        if topic is None:
            raise ValueError(f"nobody registered the topic {message.topic}")
        channels = self._channels(tx.connection)
        planned = list(self._plan(tx, message, topic, channels))
        message_id = tx.new_id()
        numbered = [(tx.new_id(), each) for each in planned]
        if numbered:
            rows.add(tx.connection, message_id, message, numbered, tx.now)
        for delivery_id, each in numbered:
            if each.state in rows.WAITING:
                Timers.set(tx, DELIVER, delivery_id, each.due_at)
            elif each.state is DeliveryState.IN_DIGEST:
                Timers.set(tx, DIGEST, f"{each.person_ref}:{each.channel}", each.due_at)
        return message_id

    def _plan(
        self, tx: Transaction, message: Message, topic: Topic, channels: Mapping[str, NotificationChannel]
    ) -> Iterable[Planned]:
        found = rows.reached(tx.connection, message.to)
        for ref, (handle, wishes) in found.items():
            yield from for_person(message, topic, ref, address_of(handle), wishes, channels, tx.now)
        groups: set[str] = set()
        if any(channel.groups for channel in channels.values()):
            groups.update(*(self._membership.groups_of(tx.connection, ref) for ref in found))
        yield from for_places(topic, frozenset(groups), channels, tx.now)

    # ------------------------------------------------------------ read

    def feed(self, person_ref: str, after: str | None = None, limit: int = 50) -> list[Delivery]:
        """What a person was told, the latest first."""
        with self._store.read() as connection:
            return rows.log(connection, (), person_ref, after, limit)

    def log(self, states: Sequence[DeliveryState] = (), after: str | None = None, limit: int = 100) -> list[Delivery]:
        """The delivery log, the latest first; the id of its last is the `after` of the next page."""
        with self._store.read() as connection:
            return rows.log(connection, states, None, after, limit)

    def counts(self) -> Mapping[DeliveryState, int]:
        """How many deliveries stand where."""
        with self._store.read() as connection:
            return rows.counts(connection)

    def channels(self) -> Mapping[str, NotificationChannel]:
        """Every declared channel by name."""
        with self._store.read() as connection:
            return self._channels(connection)

    # ------------------------------------------------------------ choose

    def preferences(self, person_ref: str) -> Preferences:
        """How a person wants to be told."""
        with self._store.read() as connection:
            return rows.chosen_by(connection, person_ref) or Preferences()

    def choose(self, context: Context, person_ref: str, chosen: PreferencesShape) -> Preferences:
        """Keep how a person wants to be told.

        Raises:
            InvalidInput: a topic or channel is unknown, or a topic that somebody waits for is switched off.
        """
        found = list(self._faults(chosen))
        if found:
            raise InvalidInput.of(found, "your choices")
        kept = Preferences(
            modes=dict(chosen.modes),
            channels=chosen.channels,
            quiet_from=chosen.quiet_from,
            quiet_to=chosen.quiet_to,
            zone=chosen.zone,
            digest_at=chosen.digest_at,
        )

        def work(tx: Transaction) -> Preferences:
            rows.choose(tx.connection, person_ref, kept, tx.now)
            tx.record(Draft("notifications.chosen", f"Person/{person_ref}", facts={"topics": len(kept.modes)}))
            return kept

        return self._units.run(context, work)

    def _faults(self, chosen: PreferencesShape) -> Iterable[Finding]:
        declared = self.channels()
        for name in chosen.modes:
            if name not in self._topics:
                remedy = did_you_mean(name, self._topics)
                yield Finding("notification-topic-unknown", f"there is no topic `{name}`", Place(field="modes"), remedy)
        for name, mode in chosen.modes.items():
            if mode.value == "off" and name in self._topics and self._topics[name].always:
                yield Finding(
                    "notification-topic-needed",
                    f"`{name}` cannot be switched off, because somebody waits for your answer",
                    Place(field=f"modes.{name}"),
                    "choose `digest`, or hand the duty on",
                )
        for name in chosen.channels:
            if name not in declared or declared[name].type is not ChannelType.PERSON:
                remedy = did_you_mean(name, [each for each in declared if declared[each].type is ChannelType.PERSON])
                yield Finding(
                    "notification-channel-unknown",
                    f"no channel `{name}` leads to people",
                    Place(field="channels"),
                    remedy,
                )

    # ------------------------------------------------------------ deliver

    def try_channel(self, name: str, person_ref: str) -> None:
        """Send a trial by a channel now, to a person or to wherever it leads.

        Raises:
            NotFound: there is no such channel.
            InvalidInput: its address or secret is not there or cannot be used, or the person has no address.
            Unavailable: it did not take the trial.
        """
        channels = self.channels()
        if name not in channels:
            message = f"there is no channel `{name[:120]}`"
            raise NotFound("notification-channel-unknown", message, remedy=did_you_mean(name, channels))
        now = self._runtime.clock.now()
        trial = Delivery(
            id=f"trial-{now:%Y%m%dT%H%M%S%f}",
            topic=_TRIED.name,
            subject=f"A trial of the channel {name}",
            path="/notifications",
            channel=name,
            person_ref=person_ref,
            state=DeliveryState.QUEUED,
            created_at=now,
            due_at=now,
            attempts=0,
            last_error=None,
            sent_at=None,
            lines=("If you can read this, the channel works.",),
        )
        with self._store.read() as connection:
            address = _address(connection, person_ref)
        self._sender.send(self._parcel(name, channels[name], address, (trial,)))

    def again(self, context: Context, delivery_id: str) -> Delivery:
        """Send a delivery again that was given up.

        Raises:
            NotFound: none of this id was given up.
        """

        def work(tx: Transaction) -> Delivery:
            if not rows.requeue(tx.connection, delivery_id, tx.now):
                raise NotFound(
                    "notification-not-given-up",
                    f"no delivery `{delivery_id[:60]}` was given up",
                    remedy="list them with `roadworthy notifications log --state given-up`",
                )
            Timers.set(tx, DELIVER, delivery_id, tx.now)
            tx.record(Draft("notification.requeued", f"Delivery/{delivery_id}"))
            return cast("Delivery", rows.one(tx.connection, delivery_id))

        return self._units.run(context, work)

    def _deliver(self, timer: Timer) -> Outcome | None:
        with self._store.read() as connection:
            delivery = rows.one(connection, timer.key)
        if delivery is None or delivery.state not in rows.UNSENT:
            return None
        return self._send(timer, delivery.channel, (delivery,))

    def _digest(self, timer: Timer) -> Outcome | None:
        person_ref, _, channel = timer.key.partition(":")
        with self._store.read() as connection:
            found = rows.in_digest(connection, person_ref, channel, self._runtime.clock.now())
        return self._send(timer, channel, tuple(found)) if found else None

    def _send(self, timer: Timer, channel: str, found: tuple[Delivery, ...]) -> Outcome:
        """Send, and return what keeps that it was sent; a failure is kept with each delivery and raised again."""
        ids = [each.id for each in found]
        try:
            self._sender.send(self._addressed(channel, found))
        except RoadworthyError as error:
            last = timer.attempts >= PERSISTENCE.most
            waiting = DeliveryState.IN_DIGEST if timer.kind == DIGEST else DeliveryState.FAILED
            state = DeliveryState.GIVEN_UP if last else waiting
            said = f"{error.code}: {error.message}"
            self._store.write(lambda connection: rows.attempted(connection, ids, state, said))
            raise
        return lambda tx: rows.sent(tx.connection, ids, tx.now)

    def _addressed(self, channel: str, found: tuple[Delivery, ...]) -> Parcel:
        person_ref = found[0].person_ref
        with self._store.read() as connection:
            declared = self._channels(connection).get(channel)
            address = None if person_ref is None else _address(connection, person_ref)
        if declared is None:
            raise InvalidInput(
                "notification-channel-gone",
                f"the channel `{channel}` is not declared any more",
                place=Place(source=f"{NOTIFICATION_CHANNEL}/{channel}"),
                remedy="declare it again, or leave the message to the person's page",
            )
        return self._parcel(channel, declared, address, found)

    @staticmethod
    def _parcel(name: str, channel: NotificationChannel, address: str | None, found: tuple[Delivery, ...]) -> Parcel:
        if channel.type is ChannelType.PERSON and address is None:
            raise InvalidInput(
                "notification-address-missing",
                "the person's record has no e-mail address",
                remedy="enter their address in the directory, or use a room",
            )
        return Parcel(name, channel, address, found)

    @remembered(resources_table)
    def _channels(self, connection: sa.Connection) -> Mapping[str, NotificationChannel]:
        stored = self._resources.all(connection, NOTIFICATION_CHANNEL)
        return {each.name: cast("NotificationChannel", each.spec) for each in stored}


def _address(connection: sa.Connection, person_ref: str) -> str | None:
    """The e-mail address of somebody who is here; None where their record has none."""
    found = rows.reached(connection, (person_ref,)).get(person_ref)
    return None if found is None else address_of(found[0])
