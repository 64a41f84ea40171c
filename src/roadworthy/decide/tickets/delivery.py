"""Delivering: what was decided goes out, once, however often this process dies on the way.

A message is written in the unit of work that decided it, with a timer. The timer's act makes the call with no unit
open; its outcome is written in the unit that ends the timer. Between call and outcome anything may happen, so before a
ticket is made its correlation is looked up, and what may have been made is given time to show up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from roadworthy.decide.tickets import store as rows
from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.decide.tickets.adapters.exchange import NotNow
from roadworthy.decide.tickets.adapters.opening import opened
from roadworthy.decide.tickets.adapters.shape import Adapter
from roadworthy.decide.tickets.model import Message, MessageKind, Remote, Ticket, TicketSystem
from roadworthy.decide.tickets.rules import LEASE, MOST_ATTEMPTS, wait
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import InvalidInput, RoadworthyError
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Outcome, Timers
from roadworthy.inventory.kinds import USE_CASE

DELIVERY = "ticket.delivery"
"""Kind of the timers that deliver a message; the key is the message's id."""

_log = log("tickets")


class Delivery:
    """Sends what waits to be sent.

    Args:
        store: where messages are kept.
        timers: which call this; a set of their own, for a slow ticket system must hold up nothing else.
        runtime: clock.
        secrets: of the ticket systems.
        system_of: the declared system of a name, None where there is none any more.
    """

    def __init__(
        self,
        store: Store,
        timers: Timers,
        runtime: Runtime,
        secrets: Secrets,
        system_of: Callable[[str], TicketSystem | None],
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._secrets = secrets
        self._system_of = system_of
        self._resting: dict[str, datetime] = {}
        """Systems that are left alone until then, so that a hundred messages do not wait for a hundred timeouts."""
        self.stopping = False
        """Set when the process is about to end: no further call is begun."""
        timers.act(DELIVERY, self._deliver, patience=LEASE)

    @staticmethod
    def queue(tx: Transaction, ticket: Ticket, kind: MessageKind, text: str = "") -> None:
        """Have something delivered, if the unit commits."""
        message = Message(tx.new_id(), ticket.id, kind, text, tx.now, next_at=tx.now)
        rows.queue(tx.connection, message)
        Timers.set(tx, DELIVERY, message.id, tx.now)

    def _deliver(self, timer: Timer) -> Outcome | None:
        with self._store.read() as connection:
            message = rows.message(connection, timer.key)
            ticket = None if message is None else rows.find(connection, message.ticket)
        if message is None or ticket is None or message.sent_at is not None or message.dead_at is not None:
            return None
        if self.stopping:
            return lambda tx: Timers.set(tx, DELIVERY, message.id, tx.now)
        until = self._resting.get(ticket.system)
        if until is not None and until > self._runtime.clock.now():
            return lambda tx: Timers.set(tx, DELIVERY, message.id, until)
        self._resting.pop(ticket.system, None)
        try:
            system = self._system(ticket)
            with opened(system, self._secrets, self._runtime.clock) as adapter:
                remote, facts = _send(adapter, ticket, message)
        except RoadworthyError as error:
            return self._failed(ticket, replace(message, attempts=message.attempts + 1), error)
        return _delivered(ticket, message, remote, facts)

    def _system(self, ticket: Ticket) -> TicketSystem:
        system = self._system_of(ticket.system)
        if system is None:
            raise InvalidInput(
                "ticket-system-removed",
                f"the ticket system `{ticket.system}` is not declared any more",
                remedy="declare it again, then `roadworthy tickets retry`",
            )
        return system

    def _failed(self, ticket: Ticket, message: Message, error: RoadworthyError) -> Outcome:
        now = self._runtime.clock.now()
        if isinstance(error, NotNow) and message.attempts < MOST_ATTEMPTS:
            next_at = now + wait(message.attempts, error.after, uncertain=error.uncertain)
            self._resting[ticket.system] = now + wait(1, error.after, uncertain=False)
            _log.info("ticket put off", ticket=ticket.id, system=ticket.system, code=error.code)

            def put_off(tx: Transaction) -> None:
                rows.failed(tx.connection, message, error.code, error.message, next_at=next_at, now=tx.now)
                Timers.set(tx, DELIVERY, message.id, next_at)

            return put_off
        _log.warning("ticket given up", ticket=ticket.id, system=ticket.system, code=error.code)

        def give_up(tx: Transaction) -> None:
            rows.failed(tx.connection, message, error.code, error.message, next_at=None, now=tx.now)
            tx.record(
                Draft(
                    "ticket.undeliverable",
                    f"{USE_CASE}/{ticket.use_case}",
                    facts={
                        "ticket": ticket.id,
                        "system": ticket.system,
                        "message": message.kind.value,
                        "code": error.code,
                        "attempts": message.attempts,
                    },
                    texts={"error": error.message.encode()},
                )
            )

        return give_up


def _send(adapter: Adapter, ticket: Ticket, message: Message) -> tuple[Remote | None, Mapping[str, Canonical]]:
    """The call itself: what the system says of the ticket now, and what the ledger shall know of it."""
    if message.kind is MessageKind.CREATE:
        found = adapter.find(ticket.correlation)
        remote = found or adapter.create(ticket.correlation, ticket.content)
        facts: dict[str, Canonical] = {"number": remote.number, "found": found is not None}
        if remote.twins:
            facts["twins"] = list(remote.twins)
        return remote, facts
    ref = ticket.ref or ""
    if message.kind is MessageKind.CLOSE:
        return adapter.close(ref, message.text), {}
    adapter.comment(ref, message.text)
    return None, {}


def _delivered(ticket: Ticket, message: Message, remote: Remote | None, facts: Mapping[str, Canonical]) -> Outcome:
    def keep(tx: Transaction) -> None:
        if not rows.delivered(tx.connection, message.id, tx.now):
            return
        if remote is not None:
            rows.keep_remote(tx.connection, ticket.id, remote, tx.now)
        known: dict[str, Canonical] = {"ticket": ticket.id, "system": ticket.system}
        about = f"{USE_CASE}/{ticket.use_case}"
        if message.kind is MessageKind.CREATE:
            tx.record(Draft("ticket.sent", about, facts={**known, **facts}))
        else:
            tx.record(Draft("ticket.told", about, facts={**known, "message": message.kind.value}))

    return keep
