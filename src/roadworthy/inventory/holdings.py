"""Duties that somebody holds or is named for, asked when they leave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from roadworthy.foundation.identity.leaving import Holding
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.tables import resources
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory import store as rows
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.tables import acceptances


class HeldSeats:
    """Seats of use cases: those that a person accepted, and those that name them."""

    def held(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterator[Holding]:
        """Each duty once."""
        accepted = _accepted(connection, list(handles))
        named: dict[tuple[str, str], str] = {}
        by_handle = {handle: ref for ref, handle in handles.items() if handle is not None}
        for name, duty, handle in _named(connection, by_handle):
            named[name, duty] = by_handle[handle]
        for (name, duty), ref in sorted({**accepted, **named}.items()):
            words = "accepted the" if (name, duty) in accepted else "is named for the"
            yield Holding(
                "seat",
                f"{USE_CASE}/{name}",
                ref,
                f"{words} {duty} duty of `{name}`",
                f"name somebody else as {duty} owner of `{name}`, who then accepts",
            )

    def touched(self, tx: Transaction, refs: Sequence[str]) -> None:
        """Assessments read who holds a duty, so those of their use cases are out of date."""
        handles: dict[str, str] = {}
        for some in portions(refs):
            known = sa.select(people.c.handle, people.c.ref).where(people.c.ref.in_(some), people.c.handle.is_not(None))
            handles.update((handle, ref) for handle, ref in tx.connection.execute(known))
        names = {name for name, _ in _accepted(tx.connection, refs)}
        names |= {name for name, _, _ in _named(tx.connection, handles)}
        rows.touch(tx.connection, sorted(names))


def _accepted(connection: sa.Connection, refs: Sequence[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for some in portions(sorted(refs)):
        query = sa.select(acceptances.c.use_case, acceptances.c.duty, acceptances.c.person_ref)
        for name, duty, ref in connection.execute(query.where(acceptances.c.person_ref.in_(some))):
            found[name, duty] = ref
    return found


def _named(connection: sa.Connection, handles: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Use case, duty and folded handle of whoever is named, out of the specs as they are kept."""
    if not handles:
        return
    query = sa.select(resources.c.name, resources.c.spec).where(resources.c.kind == USE_CASE)
    for name, spec in connection.execute(query):
        owners = json.loads(spec).get("owners") or {}
        for duty, person in owners.items():
            if isinstance(person, str) and (folded := person.strip().casefold()) in handles:
                yield name, duty, folded
