"""Who may not vouch: whoever holds the duty whose gate a fact opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import sqlalchemy as sa

from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.draft import ActorKind, Context
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import Duty, Owners
from roadworthy.inventory.rules import Acceptance, same_person


class Gates(Protocol):
    """Knows which duties' gates a fact opens."""

    def owners(self, connection: sa.Connection, use_case: str, fact: str) -> frozenset[Duty]:
        """The duties whose criteria ask for the fact, of one use case."""


class FactGates:
    """Where no rubric is asked: the duty that can be expected to answer a fact holds its gate."""

    def owners(self, connection: sa.Connection, use_case: str, fact: str) -> frozenset[Duty]:  # noqa: ARG002 - the protocol's
        """The fact's own duty."""
        return frozenset({Duty(FACTS[fact].duty)}) if fact in FACTS else frozenset()


def persons(context: Context) -> frozenset[str]:
    """References of the people under whose authority something is done."""
    actors = (context.actor, context.on_behalf_of)
    return frozenset(actor.ref for actor in actors if actor is not None and actor.kind is ActorKind.PERSON)


def handles(connection: sa.Connection, refs: Iterable[str]) -> dict[str, str | None]:
    """Reference to the address under which others name that person, of those who are people."""
    found = connection.execute(sa.select(people.c.ref, people.c.handle).where(people.c.ref.in_(sorted(refs))))
    return {row.ref: row.handle for row in found}


def held(
    owners: Owners, acceptances: Sequence[Acceptance], refs: frozenset[str], named: Iterable[str | None]
) -> frozenset[Duty]:
    """The duties that somebody holds: they are named for them, or accepted them under the name that still stands.

    Args:
        owners: who is named.
        acceptances: who accepted.
        refs: references of the person.
        named: the addresses under which that person is known.
    """
    known = [handle for handle in named if handle is not None]
    found = set()
    for duty in Duty:
        holder = owners.of(duty)
        if holder is None:
            continue
        accepted = any(
            yes.duty is duty and yes.person_ref in refs and same_person(yes.named, holder) for yes in acceptances
        )
        if accepted or any(same_person(holder, handle) for handle in known):
            found.add(duty)
    return frozenset(found)


def others(owners: Owners, gates: frozenset[Duty], named: Iterable[str | None]) -> list[str]:
    """Who else is named for a duty of the use case and does not hold the gate."""
    known = [handle for handle in named if handle is not None]
    holders = [holder for duty in gates if (holder := owners.of(duty)) is not None]
    free = [
        f"`{person}` ({duty})"
        for duty in Duty
        if duty not in gates
        and (person := owners.of(duty)) is not None
        and not any(same_person(person, other) for other in (*known, *holders))
    ]
    return list(dict.fromkeys(free))
