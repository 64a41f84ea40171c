"""Looking: what the ticket systems say of the tickets, what our own evidence says of the blockers, and what follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.tickets import store as rows
from roadworthy.decide.tickets.adapters.credentials import Secrets
from roadworthy.decide.tickets.adapters.opening import opened
from roadworthy.decide.tickets.delivery import Delivery
from roadworthy.decide.tickets.model import Remote, Standing, Synced, Ticket, TicketSystem
from roadworthy.decide.tickets.rules import comment, is_met, next_comment, verdicts
from roadworthy.foundation.errors import NotFound, RoadworthyError
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Outcome, Timers
from roadworthy.inventory.kinds import USE_CASE

POLL = "ticket.poll"
"""Kind of the timers that look at all tickets of a system; the key is the system's name."""
READ = "ticket.read"
"""Kind of the timers that look at one ticket, because a webhook said so; the key is the ticket's id."""
EVERY = dt.timedelta(minutes=15)
_BATCH = 500
_ITSELF = Context(Actor(ActorKind.SYSTEM, "tickets"))

Verdicts = Mapping[tuple[str, str], Verdict | None]
"""By use case and criterion."""
_log = log("tickets")


class Syncing:
    """Brings both sides together."""

    def __init__(
        self,
        store: Store,
        units: Units,
        timers: Timers,
        runtime: Runtime,
        secrets: Secrets,
        readiness: Readiness,
        system_of: Callable[[str], TicketSystem | None],
    ) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._secrets = secrets
        self._readiness = readiness
        self._system_of = system_of
        timers.act(POLL, self._poll)
        timers.act(READ, self._read_one)

    def sync(self, names: Sequence[str]) -> Synced:
        """Look at all tickets of these systems now."""
        read = changed = queued = 0
        failures: dict[str, str] = {}
        for name in names:
            some = self._tickets(name)
            try:
                seen = self._look(name, some)
            except RoadworthyError as error:
                failures[name] = f"{error.message} ({error.code})"
                seen = {}
            read += len(seen)
            done = self._settle(some, seen)
            changed += done[0]
            queued += done[1]
        return Synced(read, changed, queued, failures)

    # ------------------------------------------------------------ what the timers call

    def _poll(self, timer: Timer) -> Outcome | None:
        name = timer.key
        if self._system_of(name) is None:
            return None
        found = self.sync([name])
        for system, why in found.failed.items():
            _log.warning("tickets could not be looked at", system=system, why=why)
        return lambda tx: Timers.set(tx, POLL, name, tx.now + EVERY)

    def _read_one(self, timer: Timer) -> Outcome | None:
        with self._store.read() as connection:
            ticket = rows.find(connection, timer.key)
        if ticket is not None:
            self._settle([ticket], self._look(ticket.system, [ticket]))
        return None

    # ------------------------------------------------------------ inside

    def _tickets(self, system: str) -> list[Ticket]:
        """The latest ticket about each blocker that went to a system and was sent."""
        with self._store.read() as connection:
            sent = [each for each in rows.every(connection, system=system) if each.sent_at is not None]
            newest = rows.latest(connection, sorted({each.use_case for each in sent}))
        return [each for each in sent if newest[each.use_case, each.criterion].id == each.id]

    def _look(self, name: str, some: Sequence[Ticket]) -> Mapping[str, Remote | None]:
        """What the system says of tickets, by our id; None of those that it does not have."""
        asked = [each for each in some if each.ref is not None and each.standing is not Standing.DONE]
        system = self._system_of(name)
        if system is None or not asked:
            return {}
        with opened(system, self._secrets, self._runtime.clock) as adapter:
            found = {each.ref: each for each in adapter.read([each.ref or "" for each in asked])}
        return {each.id: found.get(each.ref or "") for each in asked}

    def _verdicts(self, some: Sequence[Ticket]) -> Verdicts:
        """How the blockers stand; None where a use case or a criterion is gone, and so asks for nothing."""
        known: dict[str, Mapping[str, Verdict]] = {}
        for name in {each.use_case for each in some}:
            try:
                known[name] = verdicts(self._readiness.of(name))
            except NotFound:
                known[name] = {}
        return {(each.use_case, each.criterion): known[each.use_case].get(each.criterion) for each in some}

    def _settle(self, some: Sequence[Ticket], seen: Mapping[str, Remote | None]) -> tuple[int, int]:
        """Keep what was found and queue what has to be said: how many changed, and how many comments wait now."""
        stand = self._verdicts(some)
        changed = queued = 0
        for start in range(0, len(some), _BATCH):
            ids = [each.id for each in some[start : start + _BATCH]]

            def work(tx: Transaction, ids: Sequence[str] = ids) -> tuple[int, int]:
                done = [self._keep(tx, ticket_id, stand, seen) for ticket_id in ids]
                return sum(changed for changed, _ in done), sum(queued for _, queued in done)

            more = self._units.run(_ITSELF, work)
            changed, queued = changed + more[0], queued + more[1]
        return changed, queued

    @staticmethod
    def _keep(tx: Transaction, ticket_id: str, stand: Verdicts, seen: Mapping[str, Remote | None]) -> tuple[bool, bool]:
        before = rows.find(tx.connection, ticket_id)
        if before is None:
            return False, False
        verdict = stand[before.use_case, before.criterion]
        after = replace(before, met=is_met(verdict), verdict=verdict)
        if (after.met, after.verdict) != (before.met, before.verdict):
            rows.keep_verdict(tx.connection, before.id, verdict, met=after.met)
        if before.id in seen:
            remote = seen[before.id]
            if remote is None:
                rows.keep_gone(tx.connection, before.id, before.gone_at or tx.now)
                after = replace(after, gone_at=before.gone_at or tx.now)
            else:
                rows.keep_remote(tx.connection, before.id, remote, tx.now)
                after = replace(after, state=remote.state, word=remote.word, gone_at=None)
        if after.standing is not before.standing:
            tx.record(
                Draft(
                    "ticket.changed",
                    f"{USE_CASE}/{before.use_case}",
                    facts={
                        "ticket": before.id,
                        "system": before.system,
                        "before": before.standing.value,
                        "after": after.standing.value,
                    },
                )
            )
        if after.gone_at is not None or after.state is None:
            return after.standing is not before.standing, False
        kind = next_comment(met=after.met, state=after.state, told=after.told)
        if kind is not None:
            Delivery.queue(tx, after, kind, comment(kind, after.title, after.content.link))
            rows.keep_told(tx.connection, before.id, kind)
        return after.standing is not before.standing, kind is not None
