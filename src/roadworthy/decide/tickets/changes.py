"""Changes in ServiceNow or Jira that decisions wait for: asked for outside of any unit, kept with the time of reading.

A decision reads only what is kept here, so no vote waits for another system; and a reading that is too old counts for
nothing. While a request waits for a change, the change is read again and again, and once more when its window opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from roadworthy.decide.approvals.states import WAITING
from roadworthy.decide.approvals.tables import requests
from roadworthy.decide.approvals.watching import SETTLE
from roadworthy.decide.tickets.adapters.changes import ChangeRecord, read_change, refuse_number
from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.decide.tickets.adapters.exchange import NotNow
from roadworthy.decide.tickets.adapters.opening import exchanging
from roadworthy.decide.tickets.change_store import Reading, keep, kept
from roadworthy.decide.tickets.model import TICKET_SYSTEM, TicketSystem
from roadworthy.foundation.errors import InvalidInput, RoadworthyError
from roadworthy.foundation.identity.model import SKEW
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Outcome, Timers

LOOK = "change-record.look"
EVERY = dt.timedelta(minutes=10)
"""How often a change is read while a request waits for it."""
SOON = dt.timedelta(minutes=1)
"""The same while a request waits for nothing but the change, since its votes are there. Our own choice."""
FRESH = dt.timedelta(minutes=30)
"""Older readings count for nothing: a change can be called off. Our own choice, three times `EVERY`."""

_log = log("changes")


class ChangeRecords:
    """What is known of changes in other systems.

    Args:
        timers: which call this; a set of their own, for a slow system must hold up nothing else.
        clock: to say how old a reading is.
        secrets: of the ticket systems.
        system_of: the declared system of a name, None where there is none.
    """

    def __init__(
        self, timers: Timers, clock: Clock, secrets: Secrets, system_of: Callable[[str], TicketSystem | None]
    ) -> None:
        self._clock = clock
        self._secrets = secrets
        self._system_of = system_of
        timers.act(LOOK, self._look)

    # ------------------------------------------------------------ for decisions

    def ask(self, tx: Transaction, system: str, number: str) -> None:
        """Have a change read soon, and again while a request waits for it.

        Raises:
            InvalidInput: this can be no number of a change.
        """
        refuse_number(number)
        former = kept(tx.connection, system, number)
        keep(tx.connection, former or Reading(system, number, tx.now))
        Timers.set(tx, LOOK, f"{system} {number}", tx.now)

    def hurry(self, tx: Transaction, system: str, number: str) -> None:
        """Have a change read again within a minute, for a request that waits for nothing else any more."""
        reading = kept(tx.connection, system, number)
        if reading is None or (reading.read_at is None and reading.fault is None):
            return  # it is about to be read for the first time
        due = min(max(tx.now, reading.asked_at + SOON), _next(reading, tx.now))
        Timers.set(tx, LOOK, f"{system} {number}", due)

    def missing(
        self, connection: sa.Connection, system: str, number: str | None, now: dt.datetime, *, window: bool
    ) -> str | None:
        """What is missing for a decision, as a sentence; None where nothing is."""
        if number is None:
            return f"it needs an approved change in `{system}`, and the proposal names none"
        reading = kept(connection, system, number)
        change = f"change `{number}` in `{system}`"
        if reading is None or (reading.read_at is None and reading.fault is None):
            return f"{change} was not read yet"
        if reading.fault is not None:
            return f"{change} cannot be read: {reading.fault}"
        return _standing(reading, change, now, window=window)

    # ------------------------------------------------------------ asking

    def look(self, system: str, number: str) -> ChangeRecord:
        """Read a change now; never inside a unit of work.

        Raises:
            InvalidInput: no such system is declared, this can be no number, or the settings name no secret.
            NotFound: the system has no such change.
            Refused: it does not let us read.
            Unavailable: it cannot be asked now.
        """
        declared = self._system_of(system)
        if declared is None:
            raise InvalidInput(
                "change-system-undeclared",
                f"there is no {TICKET_SYSTEM} `{system[:120]}`",
                remedy="declare it, or name another in the decision rights; `roadworthy get ticket-systems` lists them",
            )
        with exchanging(declared, self._secrets, self._clock) as exchange:
            return read_change(exchange, declared, number)

    def _look(self, timer: Timer) -> Outcome | None:
        system, _, number = timer.key.partition(" ")
        try:
            found: ChangeRecord | RoadworthyError = self.look(system, number)
        except NotNow as error:
            _log.info("a change could not be read now", system=system, code=error.code)
            found = error
        except RoadworthyError as error:
            _log.warning("a change cannot be read", system=system, code=error.code)
            found = error

        def outcome(tx: Transaction) -> None:
            former = kept(tx.connection, system, number) or Reading(system, number, tx.now)
            reading = replace(_after(former, found, tx.now), asked_at=tx.now)
            keep(tx.connection, reading)
            if reading.said != former.said:
                facts = {"system": system, "number": number, **reading.facts}
                tx.record(Draft("change.read", f"{TICKET_SYSTEM}/{system}", facts=facts))
            waiting = waiting_for(tx.connection, number)
            for request_id in waiting:
                Timers.set(tx, SETTLE, request_id, tx.now)
            if waiting:
                Timers.set(tx, LOOK, timer.key, _next(reading, tx.now))

        return outcome


def waiting_for(connection: sa.Connection, number: str) -> list[str]:
    """Requests that wait and name this change."""
    states = [state.value for state in WAITING]
    query = sa.select(requests.c.id).where(requests.c.change_number == number, requests.c.state.in_(states))
    return list(connection.execute(query.order_by(requests.c.id)).scalars())


def _standing(reading: Reading, change: str, now: dt.datetime, *, window: bool) -> str | None:
    if reading.read_at is None or not -SKEW <= now - reading.read_at <= FRESH:
        when = "before it was asked for" if reading.read_at is None else f"{reading.read_at:%Y-%m-%d %H:%M} UTC"
        ahead = reading.read_at is not None and reading.read_at > now
        return f"{change} was last read {when}, which is {'by a clock that was ahead' if ahead else 'too long ago'}"
    if not reading.approved:
        return f"{change} is not approved: it is `{reading.state or 'in no state'}`"
    if not window:
        return None
    if reading.starts_at is None or reading.ends_at is None:
        return f"{change} has no planned window"
    if not reading.starts_at <= now < reading.ends_at:
        return (
            f"now is not in the window of {change}: "
            f"{reading.starts_at:%Y-%m-%d %H:%M} to {reading.ends_at:%Y-%m-%d %H:%M} UTC"
        )
    return None


def _after(former: Reading, found: ChangeRecord | RoadworthyError, now: dt.datetime) -> Reading:
    if isinstance(found, NotNow):
        return former  # what was read before grows old by itself
    if isinstance(found, RoadworthyError):
        return Reading(former.system, former.number, former.asked_at, fault=f"{found.code}: {found.message}"[:500])
    return replace(
        former,
        read_at=now,
        state=found.state,
        approved=found.approved,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        fault=None,
    )


def _next(reading: Reading, now: dt.datetime) -> dt.datetime:
    later = now + EVERY
    return min(later, reading.starts_at) if reading.starts_at is not None and reading.starts_at > now else later
