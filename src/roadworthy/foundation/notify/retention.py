"""How long messages are kept: their log is for operation, and what matters stands in the ledger anyway.

A daily schedule begins, a timer goes on in small units until nothing old is left, so no unit holds up others for long.
What is still on its way is never taken, nor what was given up and can still be sent again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.ids import earliest_id
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import DeliveryState
from roadworthy.foundation.notify.service import DELIVER, DIGEST
from roadworthy.foundation.notify.tables import deliveries, messages
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.workflow.cadence import At, Cadence
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.foundation.workflow.service import Timers
from roadworthy.foundation.workflow.tables import timers as timer_rows

NAME: Final = "notification-retention"
FORGET: Final = "notification.forget"
NIGHTLY: Final[Cadence] = At(dt.time(2, 30), "UTC")
AT_ONCE: Final = 500
"""Messages in one unit, with all their deliveries."""
SETTLED: Final = (DeliveryState.SENT, DeliveryState.UNREACHABLE, DeliveryState.OFF)
"""Nothing more becomes of these."""


class Retention:
    """Forgets old messages.

    Args:
        timers: goes on until nothing old is left.
        schedules: begins.
        days: for how many days messages are kept.
    """

    def __init__(self, timers: Timers, schedules: Schedules, days: int) -> None:
        self._kept = dt.timedelta(days=days)
        timers.on(FORGET, self._forget)
        schedules.every(NAME, NIGHTLY, self._begin)

    @staticmethod
    def _begin(tx: Transaction, _day: dt.datetime) -> None:
        Timers.set(tx, FORGET, NAME, tx.now)

    def _forget(self, tx: Transaction, due: Sequence[Timer]) -> None:
        before = tx.now - self._kept
        gone = forget(tx.connection, before, AT_ONCE)
        if gone:
            facts: dict[str, Canonical] = {"messages": gone, "before": before.date().isoformat()}
            tx.record(Draft("notifications.forgotten", "Notifications/log", facts=facts))
        if gone == AT_ONCE:
            Timers.set(tx, FORGET, due[0].key, tx.now)


def forget(connection: sa.Connection, before: dt.datetime, most: int) -> int:
    """Take away the oldest messages that were told before an instant and of which nothing more becomes; how many."""
    old = (
        sa.select(messages.c.id)
        .where(messages.c.id < earliest_id(before), ~_open_ways())
        .order_by(messages.c.id)
        .limit(most)
    )
    ids = list(connection.execute(old).scalars())
    for some in portions(ids):
        connection.execute(deliveries.delete().where(deliveries.c.message_id.in_(some)))
        connection.execute(messages.delete().where(messages.c.id.in_(some)))
    return len(ids)


def _open_ways() -> sa.ColumnElement[bool]:
    """Whether some delivery of a message is on its way or, given up, can be sent again by its timer."""
    alone = sa.and_(timer_rows.c.kind == DELIVER, timer_rows.c.key == deliveries.c.id)
    digest = deliveries.c.person_ref + ":" + deliveries.c.channel
    together = sa.and_(timer_rows.c.kind == DIGEST, timer_rows.c.key == digest)
    waits = sa.exists().where(sa.or_(alone, together))
    settled = deliveries.c.state.in_([state.value for state in SETTLED])
    given_up = deliveries.c.state == DeliveryState.GIVEN_UP.value
    going = sa.and_(~settled, sa.or_(~given_up, waits))
    return sa.exists().where(deliveries.c.message_id == messages.c.id, going)
