"""Operations of the tickets: show what would be sent, send it, look what became of it, close, take webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import cast

from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.tickets import store as rows
from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.decide.tickets.adapters.opening import opened
from roadworthy.decide.tickets.adapters.webhooks import AHEAD, OUR_TIMESTAMP, VERIFIERS, WINDOWS, unauthenticated
from roadworthy.decide.tickets.changes import ChangeRecords
from roadworthy.decide.tickets.delivery import DELIVERY, Delivery
from roadworthy.decide.tickets.model import (
    Checked,
    MessageKind,
    Offer,
    Offers,
    Standing,
    Synced,
    Ticket,
    TicketSystem,
)
from roadworthy.decide.tickets.offering import CLOSED, Offering
from roadworthy.decide.tickets.rules import comment, content_values, correlation
from roadworthy.decide.tickets.syncing import EVERY, POLL, READ, Syncing
from roadworthy.foundation.digests import Canonical, canonical_bytes, digest
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError, did_you_mean
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.service import TURN_SECONDS, Timers
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.service import Inventory

MOST_AT_ONCE = 200
"""Tickets that one send makes at most; whoever wants more says of which use case."""
SHOWN = 1_000
_WEBHOOKS = Context(Actor(ActorKind.WORKLOAD, "ticket-webhook", via="api", authenticated="webhook-signature"))
_log = log("tickets")


class Tickets:
    """Blockers in other people's ticket systems."""

    def __init__(
        self,
        store: Store,
        units: Units,
        resources: Resources,
        inventory: Inventory,
        readiness: Readiness,
        runtime: Runtime,
        settings: Settings,
    ) -> None:
        self._store = store
        self._units = units
        self._offering = Offering(store, resources, inventory, readiness, settings)
        self._runtime = runtime
        self._settings = settings
        self._secrets = Secrets(settings.ticket_secrets, settings.home)
        self.timers = Timers(store, units, runtime)
        """Of its own: a slow ticket system must hold up no other timer."""
        self._turns = Turns(runtime, "tickets", TURN_SECONDS, self.timers.tick)
        self._delivery = Delivery(store, self.timers, runtime, self._secrets, self._system)
        self.changes = ChangeRecords(self.timers, runtime.clock, self._secrets, self._system)
        self._syncing = Syncing(store, units, self.timers, runtime, self._secrets, readiness, self._system)

    # ------------------------------------------------------------ look

    def systems(self) -> Mapping[str, TicketSystem]:
        """The declared ticket systems, by name."""
        return {name: cast("TicketSystem", stored.spec) for name, stored in self._stored().items()}

    def has_secret(self, system: TicketSystem) -> bool:
        """Whether the settings name a secret for a system; not whether it is right, which `check` finds out."""
        return self._secrets.knows(system.host)

    def all(self, use_case: str | None = None) -> list[Ticket]:
        """Tickets, of one use case or of all, the latest first; at most the latest thousand."""
        with self._store.read() as connection:
            return rows.every(connection, use_case=use_case, most=SHOWN)

    def find(self, ticket_id: str) -> Ticket:
        """One ticket.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            ticket = rows.find(connection, ticket_id)
        if ticket is None:
            raise _unknown(ticket_id)
        return ticket

    def latest(self, use_case: str) -> Mapping[str, Ticket]:
        """The latest ticket about each blocker of a use case, by criterion."""
        with self._store.read() as connection:
            return {criterion: each for (_, criterion), each in rows.latest(connection, [use_case]).items()}

    def check(self, name: str) -> Checked:
        """Sign in to a system and look whether tickets can be made; makes none.

        Raises:
            NotFound: no such system is declared.
            RoadworthyError: what stands in the way.
        """
        system = self._system(name)
        if system is None:
            raise NotFound(
                "ticket-system-unknown",
                f"there is no ticket system `{name}`",
                remedy=did_you_mean(name, self._stored()) if self._stored() else "declare a `TicketSystem` first",
            )
        with opened(system, self._secrets, self._runtime.clock) as adapter:
            return adapter.check()

    # ------------------------------------------------------------ send

    def offers(
        self,
        use_case: str | None = None,
        criteria: Sequence[str] = (),
        *,
        system: str | None = None,
        again: bool = False,
    ) -> Offers:
        """The blockers with the tickets that would be sent about them, see `Offering.offers`."""
        return self._offering.offers(use_case, criteria, system=system, again=again)

    def send(
        self,
        context: Context,
        use_case: str | None = None,
        criteria: Sequence[str] = (),
        *,
        system: str | None = None,
        again: bool = False,
        agreed: str | None = None,
    ) -> list[Ticket]:
        """Queue tickets for the blockers that have none. They are made by and by; a blocker never gets two.

        Args:
            context: who sends.
            use_case: as for `offers`, and so are `criteria`, `system` and `again`.
            criteria: see above.
            system: see above.
            again: see above.
            agreed: `digest` of the offers that were looked at. Needed for the first tickets to a system.

        Raises:
            Refused: something would leave the house that nobody looked at.
            Conflict: what would leave the house is not what was looked at.
            InvalidInput: there are too many, or the settings name no secret for a system.
        """
        offers = self.offers(use_case, criteria, system=system, again=again)
        if agreed is not None and agreed != offers.digest:
            raise Conflict(
                "ticket-changed-since-shown",
                "what would be sent is not what was shown",
                remedy="look at it again; something changed in between",
            )
        if offers.first and agreed is None:
            raise Refused(
                "ticket-not-shown",
                f"nothing was sent to `{offers.first[0]}` yet, so what leaves the house has to be looked at first",
                remedy="look at the preview, then send with the digest that it shows",
            )
        if len(offers.new) > MOST_AT_ONCE:
            raise InvalidInput(
                "tickets-too-many",
                f"these are {len(offers.new)} tickets, more than {MOST_AT_ONCE} at once",
                remedy="name a use case, or criteria",
            )
        stored = self._stored()
        for name in {each.system for each in offers.new if each.system is not None}:
            self._secrets.login(cast("TicketSystem", stored[name].spec).host)
        return self._units.run(context, lambda tx: self._queue(tx, offers.new, stored)) if offers.new else []

    def _queue(self, tx: Transaction, offers: Sequence[Offer], stored: Mapping[str, Stored]) -> list[Ticket]:
        known = rows.latest(tx.connection, sorted({each.use_case for each in offers}))
        queued = []
        for offer in offers:
            assert offer.system is not None  # noqa: S101 - `Offers.new` holds only offers with a content
            assert offer.content is not None  # noqa: S101 - see above
            before = known.get((offer.use_case, offer.blocker.criterion))
            if before is not None and before.standing not in CLOSED:
                continue  # somebody else queued one since
            sequence = 1 if before is None else before.sequence + 1
            ticket_id = tx.new_id()
            named = correlation(
                self._settings.organisation, offer.system, offer.use_case, offer.blocker.criterion, sequence
            )
            content = canonical_bytes(content_values(offer.content))
            entry = Draft(
                "ticket.queued",
                f"{USE_CASE}/{offer.use_case}",
                basis=Basis(inputs=digest(content)),
                facts={
                    "ticket": ticket_id,
                    "system": offer.system,
                    "criterion": offer.blocker.criterion,
                    "correlation": named,
                },
                texts={"content": content},
            )
            ticket = Ticket(
                id=ticket_id,
                system=offer.system,
                declared=stored[offer.system].digest,
                use_case=offer.use_case,
                criterion=offer.blocker.criterion,
                title=offer.blocker.title,
                dimension=offer.blocker.dimension,
                duty=offer.blocker.duty,
                correlation=named,
                content=offer.content,
                queued_at=tx.now,
                queued_by=tx.context.actor.ref,
                entry_id=tx.record(entry),
                verdict=offer.blocker.verdict,
                sequence=sequence,
                waiting=1,
            )
            rows.insert(tx.connection, ticket)
            Delivery.queue(tx, ticket, MessageKind.CREATE)
            Timers.set(tx, POLL, offer.system, tx.now + EVERY)
            queued.append(ticket)
        return queued

    # ------------------------------------------------------------ afterwards

    def sync(self) -> Synced:
        """Deliver what waits and look at every ticket now."""
        self.timers.tick()
        found = self._syncing.sync(list(self._stored()))
        self.timers.tick()
        return found

    def close_ticket(self, context: Context, ticket_id: str) -> Ticket:
        """Close a ticket whose blocker is met.

        Raises:
            NotFound: there is none of this id.
            Refused: the blocker is unmet, or the ticket is not open.
        """
        ticket = self.find(ticket_id)
        if ticket.standing is not Standing.MET_OPEN:
            raise Refused(
                "ticket-not-to-be-closed",
                f"the ticket is `{ticket.standing}`; only one that is open and whose blocker is met is closed here",
                remedy="hand in evidence that meets the criterion, then sync and close",
            )

        def work(tx: Transaction) -> None:
            Delivery.queue(tx, ticket, MessageKind.CLOSE, comment(MessageKind.CLOSE, ticket.title, ticket.content.link))
            facts = {"ticket": ticket.id, "system": ticket.system}
            tx.record(Draft("ticket.close-asked", f"{USE_CASE}/{ticket.use_case}", facts=facts))

        self._units.run(context, work)
        return self.find(ticket_id)

    def retry(self, context: Context, ticket_id: str) -> Ticket:
        """Have what could not be delivered tried again, as if it had never failed.

        Raises:
            NotFound: there is none of this id.
            Conflict: nothing of it was given up.
        """

        def work(tx: Transaction) -> None:
            ticket = rows.find(tx.connection, ticket_id)
            if ticket is None:
                raise _unknown(ticket_id)
            waiting = rows.undelivered(tx.connection, [ticket_id]).get(ticket_id, [])
            dead = [each for each in waiting if each.dead_at is not None]
            if not dead:
                raise Conflict(
                    "ticket-not-given-up",
                    "nothing about this ticket was given up",
                    remedy="nothing to do; what waits is tried again by itself",
                )
            for message in dead:
                rows.revive(tx.connection, message.id, tx.now)
                Timers.set(tx, DELIVERY, message.id, tx.now)
            facts: dict[str, Canonical] = {"ticket": ticket_id, "system": ticket.system, "messages": len(dead)}
            tx.record(Draft("ticket.retried", f"{USE_CASE}/{ticket.use_case}", facts=facts))

        self._units.run(context, work)
        return self.find(ticket_id)

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> None:
        """Take a webhook: what it names is read from its system soon. Nothing else in it is believed.

        Args:
            name: of the declared system.
            headers: of the request, with names in lower case.
            body: exactly as it came.

        Raises:
            Unauthenticated: it is not signed as it should be, or there is no such system.
            Refused: it is too old, or was taken before.
            InvalidInput: it is genuine and not of the published form.
        """
        system = self._system(name)
        if system is None:
            raise unauthenticated()
        try:
            secret = self._secrets.webhook(system.host)
        except RoadworthyError as error:
            _log.warning("a webhook cannot be checked", system=name, why=error.message)
            raise unauthenticated() from error
        notice = VERIFIERS[system.type](secret.reveal().encode(), headers, body)
        if notice is None:
            return
        age = self._runtime.clock.now() - notice.at
        if age > WINDOWS[system.type] or age < -AHEAD:
            raise Refused(
                "webhook-out-of-time",
                "this webhook was signed too long ago, or in the future",
                remedy="compare the clocks of both systems",
            )
        seen = digest(headers.get(OUR_TIMESTAMP, "").encode() + b"." + body)

        def work(tx: Transaction) -> bool:
            if not rows.take_notice(tx.connection, name, seen, notice.at):
                return False
            rows.forget_notices(tx.connection, tx.now - max(WINDOWS.values()) - dt.timedelta(hours=1))
            ticket = rows.by_ref(tx.connection, name, notice.ref)
            if ticket is not None:
                Timers.set(tx, READ, ticket.id, tx.now)
            return True

        if not self._units.run(_WEBHOOKS, work):
            raise Refused(
                "webhook-replayed", "this webhook was taken before", remedy="nothing to do; it is not needed twice"
            )

    def start(self) -> None:
        """Deliver and look by itself from now on; the first turn comes after this returns, for it may take long."""
        self._turns.start()

    def close(self) -> None:
        """Stop after the call in progress; what waits is delivered after the next start."""
        self._delivery.stopping = True
        self._turns.close()

    # ------------------------------------------------------------ inside

    def _stored(self) -> Mapping[str, Stored]:
        return self._offering.stored()

    def _system(self, name: str) -> TicketSystem | None:
        return self._offering.system(name)


def _unknown(ticket_id: str) -> NotFound:
    return NotFound(
        "ticket-unknown", f"there is no ticket `{ticket_id[:80]}`", remedy="list them with `roadworthy tickets list`"
    )
