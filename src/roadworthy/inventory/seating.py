"""Which duties people hold: accepted, and still under the name that the use case gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import same_person
from roadworthy.inventory.tables import acceptances


class AcceptedSeats:
    """Answers who accepted what, as it holds now. An acceptance ends when the use case names somebody else.

    Args:
        resources: where the owners are named.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def of(
        self, connection: sa.Connection, person_ref: str, use_case: str | None = None
    ) -> Mapping[str, frozenset[str]]:
        """Use case to the duties that a person holds there, of one use case or of all."""
        query = sa.select(acceptances).where(acceptances.c.person_ref == person_ref)
        found = connection.execute(query if use_case is None else query.where(acceptances.c.use_case == use_case)).all()
        names = sorted({row.use_case for row in found})
        specs = {each.name: cast("UseCase", each.spec) for each in self._specs(connection, names)}
        held: defaultdict[str, set[str]] = defaultdict(set)
        for row in found:
            if row.use_case in specs and _holds(specs[row.use_case], row.duty, row.named):
                held[row.use_case].add(row.duty)
        return {name: frozenset(duties) for name, duties in held.items()}

    def holder(self, connection: sa.Connection, use_case: str, duty: str) -> str | None:
        """Who holds a duty of a use case; None while nobody accepted it under the name it has now."""
        row = connection.execute(
            sa.select(acceptances).where(acceptances.c.use_case == use_case, acceptances.c.duty == duty)
        ).one_or_none()
        stored = None if row is None else self._resources.find(USE_CASE, use_case, connection)
        if row is None or stored is None or not _holds(cast("UseCase", stored.spec), duty, row.named):
            return None
        ref: str = row.person_ref
        return ref

    def owners(self, connection: sa.Connection, names: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """By use case: who accepted each duty or, where nobody has, who is named for it and known here."""
        held: defaultdict[str, set[str]] = defaultdict(set)
        named: defaultdict[str, set[str]] = defaultdict(set)
        for some in portions(names):
            rows = connection.execute(sa.select(acceptances).where(acceptances.c.use_case.in_(some))).all()
            accepted = {(row.use_case, row.duty): row for row in rows}
            for each in self._specs(connection, list(some)):
                spec = cast("UseCase", each.spec)
                for duty in Duty:
                    row, called = accepted.get((each.name, duty.value)), spec.owners.of(duty)
                    if row is not None and _holds(spec, duty.value, row.named):
                        held[each.name].add(row.person_ref)
                    elif called is not None:
                        named[called.strip().casefold()].add(each.name)
        for some in portions(sorted(named)):
            known = sa.select(people.c.handle, people.c.ref).where(people.c.handle.in_(some))
            for handle, ref in connection.execute(known):
                for name in named[handle]:
                    held[name].add(ref)
        return {name: frozenset(refs) for name, refs in held.items()}

    def _specs(self, connection: sa.Connection, names: list[str]) -> list[Stored]:
        return list(self._resources.all(connection, USE_CASE, names)) if names else []


def _holds(spec: UseCase, duty: str, accepted_as: str) -> bool:
    named = spec.owners.of(Duty(duty))
    return named is not None and same_person(named, accepted_as)
