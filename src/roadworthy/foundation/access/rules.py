"""What follows from a role map: who holds which role, and why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from roadworthy.foundation.access.model import RoleMap
from roadworthy.foundation.access.permissions import EVERYBODY, PERMITS, Permission, roles_with
from roadworthy.foundation.access.roles import Role


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that somebody holds, and where it comes from."""

    role: Role
    source: str
    """In words: ``group `risk` in the role map``."""
    use_case: str | None = None
    """The only one that it holds for; None for the whole deployment."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A role map, ready to be asked: names of groups as they are, handles folded."""

    groups: Mapping[str, frozenset[Role]]
    people: Mapping[str, frozenset[Role]]

    @classmethod
    def of(cls, declared: RoleMap | None) -> Mapped:
        """The map as declared; without one nobody holds anything."""
        if declared is None:
            return cls({}, {})
        people: dict[str, frozenset[Role]] = {}
        for handle, roles in declared.people.items():
            key = handle.strip().casefold()
            people[key] = people.get(key, frozenset()) | {Role(role) for role in roles}
        groups = {name: frozenset(Role(role) for role in roles) for name, roles in declared.groups.items()}
        return cls(groups, people)

    def holdings(self, handle: str | None, groups: Collection[str]) -> tuple[Holding, ...]:
        """Every role of somebody with this folded handle in these groups, each as often as it is given.

        Args:
            handle: folded; None for somebody who has none, who is named by nothing.
            groups: names of all groups that they are in.
        """
        found = [
            Holding(role, f"named in the role map as `{handle}`")
            for role in sorted(self.people.get(handle or "", ()))
            if handle
        ]
        for group in sorted(groups):
            found += [Holding(role, f"group `{group}` in the role map") for role in sorted(self.groups.get(group, ()))]
        return tuple(found)

    def giving(self, role: Role) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folded handles and the groups that are given a role."""
        people = tuple(sorted(handle for handle, roles in self.people.items() if role in roles))
        return people, tuple(sorted(group for group, roles in self.groups.items() if role in roles))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may do something, and why."""

    allowed: bool
    permission: Permission
    """What was asked for; of several of which one suffices, the one that is held, else the first."""
    why: str
    """A sentence without its period."""


def permitting(holdings: Iterable[Holding], wanted: Collection[Permission]) -> tuple[Holding, Permission] | None:
    """The first holding that permits one of the permissions, and which."""
    for holding in holdings:
        for permission in wanted:
            if permission in PERMITS[holding.role]:
                return holding, permission
    return None


def everybodys(wanted: Collection[Permission]) -> Permission | None:
    """The first of the permissions that every signed-in person has."""
    return next((permission for permission in wanted if permission in EVERYBODY), None)


def in_words(words: Collection[str], joint: str = "and") -> str:
    """`a, b and c`."""
    listed = list(words)
    return f" {joint} ".join(part for part in (", ".join(listed[:-1]), listed[-1]) if part) if listed else ""


def held_by(permission: Permission) -> str:
    """The roles that permit something, as people read them."""
    roles = roles_with(permission)
    return in_words([f"`{role}`" for role in roles], "or") if roles else "no role"
