"""Who may open which door, asked of the role map, the directory and the accepted duties."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol, cast

import sqlalchemy as sa

from roadworthy.foundation.access import store as rows
from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME, RoleMap
from roadworthy.foundation.access.permissions import EVERYBODY, HOME, PERMITS, Permission, roles_with
from roadworthy.foundation.access.roles import EMBEDDED, OWNERS, Role
from roadworthy.foundation.access.rules import Holding, Mapped, Verdict, everybodys, held_by, in_words, permitting
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.identity.model import Method, Session
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store

_MOST_NAMED = 5
"""So many people are named in a refusal; more would not be read."""


class Directory(Protocol):
    """What is asked of the directory of people."""

    def members(self, connection: sa.Connection, group_name: str) -> frozenset[str]:
        """References of all people in a group who are here."""

    def by_handle(self, connection: sa.Connection, handle: str) -> str | None:
        """The person of this handle."""

    def here(self, connection: sa.Connection, refs: Collection[str]) -> frozenset[str]:
        """Those who neither left nor were erased."""


class Seats(Protocol):
    """What is asked of the accepted duties."""

    def of(
        self, connection: sa.Connection, person_ref: str, use_case: str | None = None
    ) -> Mapping[str, frozenset[str]]:
        """Use case to the duties that the person accepted there, of one use case or of all."""

    def holder(self, connection: sa.Connection, use_case: str, duty: str) -> str | None:
        """Who accepted a duty of a use case."""


def nobody_named(_connection: sa.Connection, _person_ref: str) -> bool:
    """No decision waits for anybody."""
    return False


class Access:
    """Roles and permissions of everybody who can call.

    Args:
        store: where things are.
        resources: the declared role map and workloads.
        directory: people and groups.
        seats: accepted duties.
        embedded: no identity provider is configured, so whoever signs in can read the home folder anyway.
    """

    def __init__(
        self, store: Store, resources: Resources, directory: Directory, seats: Seats, *, embedded: bool
    ) -> None:
        self._store = store
        self._resources = resources
        self._directory = directory
        self._seats = seats
        self.embedded = embedded
        self._waits_for: Callable[[sa.Connection, str], bool] = nobody_named
        self._read: tuple[str | None, Mapped] = (None, Mapped.of(None))
        """The role map as it was last read, by its digest."""

    def attach(self, waits_for: Callable[[sa.Connection, str], bool]) -> None:
        """Say who is asked to decide: whoever an open request waits for may vote on it, whatever their roles.

        Otherwise the people who sign the first rights, who have no role yet, could not.
        """
        self._waits_for = waits_for

    # ------------------------------------------------------------ roles

    def mapped(self, connection: sa.Connection) -> Mapped:
        """The role map in force; an empty one while none was declared."""
        stored = self._resources.find(ROLE_MAP, ROLE_MAP_NAME, connection)
        if stored is None:
            return Mapped.of(None)
        read = Mapped.of(cast("RoleMap", stored.spec))
        self._read = (stored.digest, read)
        return read

    def holdings(self, connection: sa.Connection, person_ref: str, use_case: str | None = None) -> tuple[Holding, ...]:
        """Every role that a person holds, with where it comes from; none for who left or was erased.

        Args:
            connection: where to read.
            person_ref: whose.
            use_case: count the duties accepted for it; None counts none.
        """
        known = rows.known(connection, person_ref)
        if known is None:
            return ()
        digest, mapped = self._read
        if digest != known.map_digest:
            mapped = self.mapped(connection)
        found = mapped.holdings(known.handle, known.groups)
        return found if use_case is None else (*found, *self._owned(connection, person_ref, use_case))

    def every_holding(self, connection: sa.Connection, person_ref: str) -> tuple[Holding, ...]:
        """Every role of a person: by the role map, and the owner roles of every use case whose duty they accepted."""
        if rows.known(connection, person_ref) is None:
            return ()
        seats = self._seats.of(connection, person_ref)
        owned = tuple(_owner(name, duty) for name in sorted(seats) for duty in sorted(seats[name]))
        return (*self.holdings(connection, person_ref), *owned)

    def roles_of(self, connection: sa.Connection, person_ref: str, use_case: str | None = None) -> frozenset[Role]:
        """The roles that the role map gives a person and, with a use case, those of its duties that they accepted."""
        return frozenset(holding.role for holding in self.holdings(connection, person_ref, use_case))

    def holders(self, connection: sa.Connection, role: Role, use_case: str | None = None) -> frozenset[str]:
        """References of the people who are here and hold a role: by the role map, an owner's for the use case."""
        if role in OWNERS.values():
            duty = next(duty for duty, owner in OWNERS.items() if owner is role)
            holder = None if use_case is None else self._seats.holder(connection, use_case, duty)
            return self._directory.here(connection, () if holder is None else (holder,))
        handles, groups = self.mapped(connection).giving(role)
        named = {ref for handle in handles if (ref := self._directory.by_handle(connection, handle)) is not None}
        found = set(self._directory.here(connection, named))
        for group in groups:
            found |= self._directory.members(connection, group)
        return frozenset(found)

    # ------------------------------------------------------------ permissions

    def permitted(
        self, session: Session, wanted: Permission | Collection[Permission], use_case: str | None = None
    ) -> Verdict:
        """Whether a signed-in person has one of the permissions, and why.

        Args:
            session: who, and how they came in.
            wanted: one, or several of which one suffices.
            use_case: what it is about; then the duties accepted for it count.
        """
        asked = (wanted,) if isinstance(wanted, Permission) else tuple(wanted)
        by_door = self._by_door(session, asked)
        if by_door is not None:
            return by_door
        with self._store.read() as connection:
            return self._by_roles(connection, session.person.ref, asked, use_case)

    def of_person(
        self,
        connection: sa.Connection,
        person_ref: str,
        wanted: Permission | Collection[Permission],
        use_case: str | None = None,
    ) -> Verdict:
        """The same for a person who is not here now: only what comes from roles counts, not a way of signing in."""
        asked = (wanted,) if isinstance(wanted, Permission) else tuple(wanted)
        usual = everybodys(asked)
        if usual is not None:
            return Verdict(True, usual, "everybody who is signed in may")
        return self._by_roles(connection, person_ref, asked, use_case)

    def all_of(self, session: Session, use_case: str | None = None) -> frozenset[Permission]:
        """Every permission of a signed-in person, for showing or hiding what they may do."""
        with self._store.read() as connection:
            ref = session.person.ref
            found = set(EVERYBODY) | self._door_permits(session)
            for holding in self.holdings(connection, ref, use_case):
                found |= PERMITS[holding.role]
            if Permission.VOTE not in found and self._waits_for(connection, ref):
                found.add(Permission.VOTE)
        return frozenset(found)

    def require(
        self, session: Session, wanted: Permission | Collection[Permission], use_case: str | None = None
    ) -> Verdict:
        """The verdict, where it is yes.

        Raises:
            Refused: it is no; names the permission, the roles that permit it, and who holds one.
        """
        verdict = self.permitted(session, wanted, use_case)
        if not verdict.allowed:
            raise self.refusal(verdict.permission, use_case)
        return verdict

    def refusal(self, permission: Permission, use_case: str | None = None) -> Refused:
        """What to tell somebody who lacks a permission."""
        with self._store.read() as connection:
            remedy = self._who_could(connection, permission, use_case)
        about = "" if use_case is None else f" for `{use_case}`"
        return Refused(
            "permission-missing",
            f"this needs the permission `{permission}`{about}, which {held_by(permission)} gives",
            remedy=remedy,
        )

    def administrators(self, connection: sa.Connection) -> list[str]:
        """What to call the platform administrators."""
        return rows.shown(connection, self.holders(connection, Role.PLATFORM_ADMINISTRATOR))

    # ------------------------------------------------------------ parts

    def _door_permits(self, session: Session) -> frozenset[Permission]:
        """What the way in permits by itself."""
        if session.authenticated == Method.BREAK_GLASS:
            return PERMITS[Role.PLATFORM_ADMINISTRATOR]
        if self.embedded:
            return _EMBEDDED_PERMITS
        return HOME if session.authenticated == Method.LOCAL_USER else frozenset()

    def _by_door(self, session: Session, asked: tuple[Permission, ...]) -> Verdict | None:
        usual = everybodys(asked)
        if usual is not None:
            return Verdict(True, usual, "everybody who is signed in may")
        permits = self._door_permits(session)
        found = next((permission for permission in asked if permission in permits), None)
        if found is None:
            return None
        if session.authenticated == Method.BREAK_GLASS:
            return Verdict(True, found, "break-glass gives the role `platform-administrator` for its time")
        if self.embedded:
            return Verdict(True, found, "no identity provider is configured, so everybody who signs in may")
        return Verdict(True, found, "access to the home folder permits it")

    def _by_roles(
        self, connection: sa.Connection, ref: str, asked: tuple[Permission, ...], use_case: str | None
    ) -> Verdict:
        found = permitting(self.holdings(connection, ref, use_case), asked)
        if found is not None:
            holding, permission = found
            return Verdict(True, permission, f"the role `{holding.role}` permits it: {holding.source}")
        if Permission.VOTE in asked and self._waits_for(connection, ref):
            return Verdict(True, Permission.VOTE, "an open decision waits for this person")
        return Verdict(False, asked[0], f"no role of this person permits it; {held_by(asked[0])} does")

    def _owned(self, connection: sa.Connection, ref: str, use_case: str) -> tuple[Holding, ...]:
        duties = self._seats.of(connection, ref, use_case).get(use_case, frozenset())
        return tuple(_owner(use_case, duty) for duty in sorted(duties))

    def _who_could(self, connection: sa.Connection, permission: Permission, use_case: str | None) -> str:
        holders: set[str] = set()
        for role in roles_with(permission):
            holders |= self.holders(connection, role, use_case)
        names = rows.shown(connection, holders)
        admins = self.administrators(connection)
        ask = f"{_some(names)} can do it" if names else "nobody holds such a role yet"
        if admins:
            return f"{ask}; {_some(admins)} can propose to give it to you in the role map"
        if self.embedded:
            return f"{ask}; anybody who signs in here can declare a role map that gives it to you"
        return f"{ask}; somebody with access to the home folder begins with `roadworthy rights genesis`"


_EMBEDDED_PERMITS = HOME.union(*(PERMITS[role] for role in EMBEDDED))


def _owner(use_case: str, duty: str) -> Holding:
    return Holding(OWNERS[duty], f"accepted the duty `{duty}` of `{use_case}`", use_case)


def _some(names: list[str]) -> str:
    """A few names, and how many more."""
    more = len(names) - _MOST_NAMED
    return in_words([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])], "or")
