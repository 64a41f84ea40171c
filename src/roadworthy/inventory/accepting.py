"""Taking on a duty of a use case: only whoever is named for it, and only if nobody else has to agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.identity.model import unknown_person
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.authority import Act, Authority, Grounds, Ungoverned
from roadworthy.foundation.ledger.draft import Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory import store as rows
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import Acceptance, Seat, SeatState, same_person

ACCEPT_DUTY = "accept-duty"
"""The decision class."""


@dataclass(frozen=True, slots=True)
class DutyWanted:
    """A duty that the person who is named for it wants to take on."""

    use_case: str
    spec: UseCase
    generation: int
    duty: Duty
    named: str
    """The name in the record under which they were asked."""
    person_ref: str
    takes_over: bool
    """Whether somebody else accepted it before."""

    @property
    def content(self) -> dict[str, Canonical]:
        """Exactly what is decided."""
        return {"useCase": self.use_case, "duty": self.duty.value, "named": self.named, "person": self.person_ref}

    @property
    def act(self) -> Act:
        """As decision rights see it."""
        own = {"duty": self.duty.value, "takes_over": self.takes_over}
        facts = {**facts_of(self.use_case, self.spec), **own}
        return Act(ACCEPT_DUTY, f"{USE_CASE}/{self.use_case}", self.content, self.use_case, facts)


class Accepting:
    """Takes on duties, inside the caller's unit."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._authority: Authority = Ungoverned()

    def governed_by(self, authority: Authority) -> None:
        """From now on taking on a duty needs its word."""
        self._authority = authority

    def wanted(self, connection: sa.Connection, name: str, duty: Duty, person_ref: str) -> DutyWanted:
        """The duty as somebody would take it on.

        Raises:
            NotFound: there is no such use case, or no such person.
            Refused: the duty is unassigned, names somebody else, or the person has left.
        """
        stored = self._resources.get(USE_CASE, name, connection)
        spec = cast("UseCase", stored.spec)
        named = spec.owners.of(duty)
        if named is None:
            raise Refused(
                "owner-unassigned",
                f"nobody is named as {duty} owner of `{name}`, so there is nothing to accept",
                remedy="name an owner first",
            )
        handle = _handle(connection, person_ref)
        if not same_person(named, handle):
            raise Refused(
                "owner-someone-else",
                f"`{named}` is named as {duty} owner of `{name}`, and you are `{handle}`",
                remedy=f"only `{named}` can accept; sign in as them, or name yourself as owner",
            )
        held = rows.acceptances_by_name(connection, [name]).get(name, ())
        takes_over = any(yes.duty is duty and yes.person_ref != person_ref for yes in held)
        return DutyWanted(name, spec, stored.generation, duty, named, person_ref, takes_over)

    def carry_out(self, tx: Transaction, wanted: DutyWanted) -> Seat:
        """Take it on, on whatever grounds the authority gives.

        Raises:
            Refused: decision rights ask for a decision that nobody has made.
        """
        grounds = self._authority.require(tx, [wanted.act])
        governed = grounds != Grounds()
        duty, name = wanted.duty, wanted.use_case
        entry = tx.record(
            Draft(
                "owner.accepted",
                f"{USE_CASE}/{name}",
                decision="accepted",
                basis=grounds.basis,
                oversight=grounds.oversight if governed else Oversight(given=(wanted.person_ref,), quorum=1),
                facts={"duty": duty.value, "generation": wanted.generation, "person": wanted.person_ref},
            )
        )
        rows.accept(tx.connection, name, Acceptance(duty, wanted.named, wanted.person_ref, tx.now), entry)
        rows.touch(tx.connection, [name])
        return Seat(duty, wanted.named, SeatState.ACCEPTED, tx.now)


def _handle(connection: sa.Connection, person_ref: str) -> str:
    query = sa.select(people.c.handle, people.c.left_at).where(people.c.ref == person_ref)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise unknown_person(person_ref)
    if row.left_at is not None:
        raise Refused(
            "owner-left",
            f"`{row.handle}` has left, and cannot take on a duty",
            remedy="name somebody who is here",
        )
    return row.handle or ""
