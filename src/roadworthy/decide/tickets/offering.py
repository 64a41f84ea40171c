"""Offering: which blockers would become which tickets, so that it can be looked at before anything leaves the house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from roadworthy.decide.readiness.assessment import Assessment
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.tickets import store as rows
from roadworthy.decide.tickets.model import TICKET_SYSTEM, Offer, Offers, Standing, TicketSystem
from roadworthy.decide.tickets.rules import content_of, digest_of, system_for
from roadworthy.foundation.errors import InvalidInput, NotFound, did_you_mean
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.service import Inventory

CLOSED = frozenset({Standing.CLOSED_UNMET, Standing.DONE, Standing.GONE})
"""A blocker whose ticket stands so can get a new one."""


class Offering:
    """What would be sent."""

    def __init__(
        self, store: Store, resources: Resources, inventory: Inventory, readiness: Readiness, settings: Settings
    ) -> None:
        self._store = store
        self._resources = resources
        self._inventory = inventory
        self._readiness = readiness
        self._settings = settings

    def stored(self) -> Mapping[str, Stored]:
        """The declared ticket systems, by name."""
        with self._store.read() as connection:
            return {each.name: each for each in self._resources.all(connection, TICKET_SYSTEM)}

    def system(self, name: str) -> TicketSystem | None:
        """A declared system; None where there is none of this name."""
        stored = self._resources.find(TICKET_SYSTEM, name)
        return None if stored is None else cast("TicketSystem", stored.spec)

    def offers(
        self,
        use_case: str | None = None,
        criteria: Sequence[str] = (),
        *,
        system: str | None = None,
        again: bool = False,
    ) -> Offers:
        """The blockers with the tickets that would be sent about them, and those that are there already.

        Args:
            use_case: one use case; all without it.
            criteria: only these blockers.
            system: send all of them there, whatever the systems say they take.
            again: make a new ticket where the former one is closed and the blocker still unmet.

        Raises:
            NotFound: no such use case or system.
            InvalidInput: none of the blockers is called so.
        """
        stored = self.stored()
        if system is not None and system not in stored:
            raise NotFound(
                "ticket-system-unknown",
                f"there is no ticket system `{system}`",
                remedy=did_you_mean(system, stored) if stored else "declare a `TicketSystem` first",
            )
        specs = {name: cast("TicketSystem", each.spec) for name, each in stored.items()}
        made = [
            offer
            for assessment in self._assessments(use_case)
            for offer in self._offers(assessment, specs, criteria, system, again=again)
        ]
        missing = sorted(set(criteria) - {each.blocker.criterion for each in made})
        if missing:
            raise InvalidInput(
                "ticket-blocker-unknown",
                f"`{missing[0]}` blocks nothing here",
                remedy="see `roadworthy assess` for what blocks; what is met needs no ticket",
            )
        offers = Offers(tuple(made), "", ())
        with self._store.read() as connection:
            shown = rows.shown(connection)
        going = sorted({each.system for each in offers.new if each.system is not None})
        first = tuple(name for name in going if (name, stored[name].digest) not in shown)
        return Offers(offers.items, digest_of(offers.new), first)

    def _assessments(self, use_case: str | None) -> Iterator[Assessment]:
        if use_case is not None:
            yield self._readiness.of(use_case)
            return
        with self._store.read() as connection:
            for _, _, assessment in self._readiness.each(connection):
                yield assessment

    def _offers(
        self,
        assessment: Assessment,
        systems: Mapping[str, TicketSystem],
        criteria: Sequence[str],
        forced: str | None,
        *,
        again: bool,
    ) -> Iterator[Offer]:
        blockers = [each for each in assessment.blockers if not criteria or each.criterion in criteria]
        if not blockers:
            return
        with self._store.read() as connection:
            known = {criterion: each for (_, criterion), each in rows.latest(connection, [assessment.use_case]).items()}
        whys = {each.criterion.id: each.criterion.why for each in assessment.blocking}
        spec = self._inventory.subject(assessment.use_case).spec
        for blocker in blockers:
            former = known.get(blocker.criterion)
            if former is not None and not (again and former.standing in CLOSED):
                told = (former.system, former.content, former.standing, former.id, former.number)
                yield Offer(assessment.use_case, blocker, *told)
                continue
            name, content = forced or system_for(blocker, systems), None
            if name is not None:
                link = f"{self._address()}/use-cases/{assessment.use_case}"
                content = content_of(blocker, whys[blocker.criterion], assessment, spec, systems[name], link)
            yield Offer(assessment.use_case, blocker, name, content)

    def _address(self) -> str:
        """Where people open our pages."""
        settings = self._settings
        return settings.public_address.rstrip("/") or f"http://{settings.host}:{settings.port}"
