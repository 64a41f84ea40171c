"""Who is meant: administrators, auditors, owners of a use case, somebody who is called so, and who may see what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from roadworthy.assembly.news.topics import Circle
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.access.roles import EMBEDDED, MAPPED, Role
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.identity.directory import HERE, Directory
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.seating import AcceptedSeats

_ROLES = {Circle.ADMINISTRATORS: Role.PLATFORM_ADMINISTRATOR, Circle.AUDITORS: Role.AUDITOR}


class Circles:
    """Answers who is meant.

    Args:
        access: roles and permissions.
        directory: people and how they are called.
        seats: who owns what.
    """

    def __init__(self, access: Access, directory: Directory, seats: AcceptedSeats) -> None:
        self._access = access
        self._directory = directory
        self._seats = seats

    def of_entry(self, connection: sa.Connection, entry: Entry, circles: Sequence[Circle]) -> frozenset[str]:
        """Everybody in these circles of an entry."""
        found: set[str] = set()
        for circle in circles:
            if circle is Circle.TO:
                found.add(str(entry.facts.get("to", "")))
            elif circle is Circle.OWNERS:
                found |= self.owners(connection, [named(entry)]).get(named(entry), frozenset())
            else:
                found |= self.holding(connection, _ROLES[circle])
        return frozenset(found)

    def holding(self, connection: sa.Connection, role: Role) -> frozenset[str]:
        """Who holds a role that the role map gives.

        Where no identity provider is configured and the map gives it to nobody, everybody who ever signed in and is
        here holds it, for whoever signs in there may do everything.
        """
        found = self._access.holders(connection, role)
        if found or not (self._access.embedded and role in EMBEDDED):
            return found
        query = sa.select(people.c.ref).where(HERE, people.c.signed_in_at.is_not(None))
        return frozenset(connection.execute(query).scalars())

    def responsible(self, connection: sa.Connection, owner: str) -> frozenset[str]:
        """Who answers to a role or a reference, as dead letters name their owner; else the administrators."""
        is_role = owner in MAPPED
        found = self.holding(connection, Role(owner)) if is_role else self._directory.here(connection, [owner])
        return found or self.holding(connection, Role.PLATFORM_ADMINISTRATOR)

    def owners(self, connection: sa.Connection, names: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """By use case: who is here, owns it and may read it; who accepted a duty, and who is named where nobody did."""
        found = self._seats.owners(connection, names)
        here = self._directory.here(connection, {ref for refs in found.values() for ref in refs})
        return {
            name: frozenset(ref for ref in refs & here if self.sees(connection, ref, (Permission.READ,), name))
            for name, refs in found.items()
        }

    def called(self, connection: sa.Connection, name: str) -> str | None:
        """Whoever is here and called so: by their whole address or account name, or by what stands before its `@`.

        The short form counts only where it can mean nobody else.
        """
        exact = self._directory.by_handle(connection, name)
        if exact is not None:
            return next(iter(self._directory.here(connection, [exact])), None)
        if "@" in name:
            return None
        short = sa.select(people.c.ref).where(people.c.handle.startswith(f"{name}@", autoescape=True), HERE).limit(2)
        found = list(connection.execute(short).scalars())
        return found[0] if len(found) == 1 else None

    def sees(self, connection: sa.Connection, ref: str, permits: Collection[Permission], use_case: str | None) -> bool:
        """Whether somebody may open the page of something."""
        return self._access.embedded or self._access.of_person(connection, ref, permits, use_case).allowed

    @staticmethod
    def use_case_of(entry: Entry) -> str | None:
        """The use case that an entry is about, as far as it says so."""
        if entry.resource.startswith(f"{USE_CASE}/"):
            return named(entry)
        about = entry.facts.get("useCase")
        return about if isinstance(about, str) else None


def named(entry: Entry) -> str:
    """The name of the resource of an entry, without its kind."""
    return entry.resource.partition("/")[2]
