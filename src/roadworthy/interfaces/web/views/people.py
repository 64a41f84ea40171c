"""People, their roles and where each comes from; what one of them may do, and why."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role, and where it comes from."""

    role: str
    source: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody in the list."""

    link: Link
    handle: str
    state: Badge
    accounts: tuple[str, ...]
    """Issuers by which they sign in."""
    groups: str
    roles: tuple[RoleLine, ...]


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """A workload or a token, with who answers for it."""

    name: str
    what: str
    may: str
    owner: str
    state: Badge
    age: Moment


@dataclass(frozen=True, slots=True)
class PeopleView:
    """Everybody, and every program."""

    finding: str
    sayings: tuple[Say, ...]
    """What somebody has to look at: no map in force, break-glass, things that people who left still hold."""
    search: Field
    searched: bool
    people: tuple[PersonLine, ...]
    more: str
    """Address of the next page; empty at the end."""
    empty: Empty | None
    programs: tuple[ProgramLine, ...]
    no_programs: Empty | None


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """Something that can be permitted, and whether it is."""

    permission: str
    answer: Badge
    why: str


@dataclass(frozen=True, slots=True)
class AccessView:
    """What somebody may do, and why."""

    finding: str
    basis: str
    crumb: Link | None
    roles: tuple[RoleLine, ...]
    no_roles: Empty | None
    asked: tuple[Field, ...]
    """Of the form by which it is asked for one use case."""
    action: str
    permissions: tuple[PermissionLine, ...]
