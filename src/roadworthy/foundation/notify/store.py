"""SQL of messages, deliveries and preferences."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.notify.model import Delivery, DeliveryState, Message, Mode, Preferences
from roadworthy.foundation.notify.rules import Planned
from roadworthy.foundation.notify.tables import deliveries, messages, preferences
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions, upsert

LONGEST_ERROR = 500
WAITING = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.FAILED)
"""States from which a delivery by itself goes on."""
UNSENT = (*WAITING, DeliveryState.GIVEN_UP)
"""What is sent when its timer rings: one that was given up rings again only because somebody asked for it."""

_JOINED = sa.select(
    deliveries,
    messages.c.topic,
    messages.c.subject,
    messages.c.path,
    messages.c.lines,
    messages.c.urgent,
    messages.c.facts,
).join(messages, messages.c.id == deliveries.c.message_id)

_CHOSEN = sa.select(preferences.c.chosen).where(preferences.c.person_ref == sa.bindparam("ref"))
_REACHED = Prepared(
    sa.select(people.c.ref, people.c.handle, preferences.c.chosen)
    .outerjoin(preferences, preferences.c.person_ref == people.c.ref)
    .where(
        people.c.ref.in_(sa.bindparam("refs", expanding=True)), people.c.erased_at.is_(None), people.c.left_at.is_(None)
    )
)
_ADD_MESSAGE, _ADD_DELIVERY = Prepared(messages.insert()), Prepared(deliveries.insert())


def add(
    connection: sa.Connection,
    message_id: str,
    message: Message,
    planned: Sequence[tuple[str, Planned]],
    now: dt.datetime,
) -> None:
    """Keep a message with its deliveries, each with its new id."""
    row = {
        "id": message_id,
        "topic": message.topic,
        "subject": message.subject,
        "lines": json.dumps(message.lines),
        "path": message.path,
        "facts": canonical_bytes(dict(message.facts)).decode(),
        "urgent": message.urgent,
        "created_at": now,
    }
    _ADD_MESSAGE.run(connection, row)
    _ADD_DELIVERY.each(
        connection,
        [
            {
                "id": delivery_id,
                "message_id": message_id,
                "channel": each.channel,
                "person_ref": each.person_ref,
                "state": each.state.value,
                "created_at": now,
                "due_at": each.due_at,
                "attempts": 0,
            }
            for delivery_id, each in planned
        ],
    )


def one(connection: sa.Connection, delivery_id: str) -> Delivery | None:
    """A delivery by its id."""
    row = connection.execute(_JOINED.where(deliveries.c.id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row)


def in_digest(connection: sa.Connection, person_ref: str, channel: str, until: dt.datetime) -> list[Delivery]:
    """What waits for a person's digest by one channel, or was given up before, in the order in which it came."""
    wanted = _JOINED.where(
        deliveries.c.person_ref == person_ref,
        deliveries.c.channel == channel,
        deliveries.c.state.in_([DeliveryState.IN_DIGEST.value, DeliveryState.GIVEN_UP.value]),
        deliveries.c.due_at <= until,
    ).order_by(deliveries.c.id)
    return [_delivery(row) for row in connection.execute(wanted)]


def attempted(connection: sa.Connection, ids: Iterable[str], state: DeliveryState, error: str | None) -> None:
    """Keep that an attempt failed."""
    for some in portions(list(ids)):
        connection.execute(
            deliveries.update()
            .where(deliveries.c.id.in_(some))
            .values(
                state=state.value,
                attempts=deliveries.c.attempts + 1,
                last_error=None if error is None else error[:LONGEST_ERROR],
            )
        )


def sent(connection: sa.Connection, ids: Iterable[str], now: dt.datetime) -> None:
    """Keep that deliveries were taken."""
    for some in portions(list(ids)):
        connection.execute(
            deliveries.update()
            .where(deliveries.c.id.in_(some))
            .values(state=DeliveryState.SENT.value, attempts=deliveries.c.attempts + 1, sent_at=now, last_error=None)
        )


def requeue(connection: sa.Connection, delivery_id: str, now: dt.datetime) -> bool:
    """Send a delivery again that was given up; False where it was not."""
    done = connection.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.GIVEN_UP.value)
        .values(state=DeliveryState.QUEUED.value, due_at=now)
    )
    return done.rowcount == 1


def log(
    connection: sa.Connection,
    states: Sequence[DeliveryState],
    person_ref: str | None,
    after: str | None,
    limit: int,
) -> list[Delivery]:
    """A page of the delivery log, the latest first; the id of its last is the `after` of the next."""
    wanted = _JOINED.order_by(deliveries.c.id.desc()).limit(limit)
    if states:
        wanted = wanted.where(deliveries.c.state.in_([state.value for state in states]))
    if person_ref is not None:
        wanted = wanted.where(deliveries.c.person_ref == person_ref)
    if after is not None:
        wanted = wanted.where(deliveries.c.id < after)
    return [_delivery(row) for row in connection.execute(wanted)]


def counts(connection: sa.Connection) -> Mapping[DeliveryState, int]:
    """How many deliveries stand where."""
    found = connection.execute(sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state))
    return {DeliveryState(state): number for state, number in found}


def chosen_by(connection: sa.Connection, person_ref: str) -> Preferences | None:
    """What a person chose; None where they chose nothing."""
    chosen = connection.execute(_CHOSEN, {"ref": person_ref}).scalar()
    return None if chosen is None else _chosen(json.loads(chosen))


@remembered(people, preferences)
def reached(connection: sa.Connection, refs: tuple[str, ...]) -> Mapping[str, tuple[str | None, Preferences]]:
    """People who are here, each with how they are called and how they want to be told."""
    found: dict[str, tuple[str | None, Preferences]] = {}
    for some in portions(refs):
        for row in _REACHED.all(connection, {"refs": list(some)}):
            wishes = Preferences() if row.chosen is None else _chosen(json.loads(row.chosen))
            found[row.ref] = row.handle, wishes
    return found


def choose(connection: sa.Connection, person_ref: str, chosen: Preferences, now: dt.datetime) -> None:
    """Keep what a person chose."""
    values = {
        "modes": {topic: mode.value for topic, mode in chosen.modes.items()},
        "channels": list(chosen.channels),
        "quiet_from": chosen.quiet_from,
        "quiet_to": chosen.quiet_to,
        "zone": chosen.zone,
        "digest_at": chosen.digest_at,
    }
    row = {"person_ref": person_ref, "chosen": canonical_bytes(values).decode(), "changed_at": now}
    upsert(connection, preferences, [row])


def _chosen(values: Mapping[str, Any]) -> Preferences:
    return Preferences(
        modes={topic: Mode(mode) for topic, mode in values["modes"].items()},
        channels=tuple(values["channels"]),
        quiet_from=values["quiet_from"],
        quiet_to=values["quiet_to"],
        zone=values["zone"],
        digest_at=values["digest_at"],
    )


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        topic=row.topic,
        subject=row.subject,
        path=row.path,
        channel=row.channel,
        person_ref=row.person_ref,
        state=DeliveryState(row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        last_error=row.last_error,
        sent_at=row.sent_at,
        lines=tuple(json.loads(row.lines)),
        urgent=row.urgent,
        facts=json.loads(row.facts),
    )
