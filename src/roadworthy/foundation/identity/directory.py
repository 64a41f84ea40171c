"""Who is here, who belongs to which group, and which records are one human: what everything that decides asks.

Every answer is one or two statements on indexed columns. Groups may hold groups, in a circle too: the walk is a
recursive query whose `UNION` visits a group once, so it ends after as many steps as there are groups.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.identity.model import fold
from roadworthy.foundation.identity.tables import group_members, groups, people
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store

PERSON = "person"
GROUP = "group"

HERE = sa.and_(people.c.left_at.is_(None), people.c.erased_at.is_(None))
"""Of a person's row: they neither left nor were erased."""


class Directory:
    """Answers about people and groups. It reads only; who writes is in `groups`, `leaving` and `provisioning`."""

    def __init__(self, store: Store, runtime: Runtime) -> None:
        self.store = store
        self.runtime = runtime

    @remembered(people, groups, group_members)
    def groups_of(self, connection: sa.Connection, person_ref: str) -> frozenset[str]:
        """Names of the groups that a person is in, directly or through other groups; none once they left."""
        return frozenset(_GROUPS_OF.column(connection, {"person_ref": person_ref}))

    def groups_kept_for(self, connection: sa.Connection, person_ref: str) -> frozenset[str]:
        """The same, whether the person left or not: where they would be again if they came back."""
        return frozenset(_GROUPS_KEPT.column(connection, {"person_ref": person_ref}))

    @remembered(people, groups, group_members)
    def members(self, connection: sa.Connection, group_name: str) -> frozenset[str]:
        """References of the people in a group, directly or through other groups; only those who are here.

        A group that nobody knows has no members.
        """
        return frozenset(_MEMBERS.column(connection, {"group_name": group_name}))

    def same_human(self, connection: sa.Connection, refs: Iterable[str]) -> frozenset[str]:
        """All records of the humans behind these references, the given ones among them.

        Records of people who left count too: somebody is who they are under every record they ever had.
        """
        return _same_human(connection, frozenset(refs))

    def here(self, connection: sa.Connection, refs: Iterable[str]) -> frozenset[str]:
        """Those of the references whose people neither left nor were erased."""
        return _here(connection, frozenset(refs))

    def by_handle(self, connection: sa.Connection, handle: str) -> str | None:
        """Reference of the person with this address or account name, whether they left or not; None for nobody."""
        try:
            return _called(connection, fold(handle))
        except RoadworthyError:
            return None  # what cannot be a handle is nobody's


def _groups_of(who: sa.ColumnElement[bool]) -> sa.Select[Any]:
    direct = (
        sa.select(group_members.c.group_ref)
        .join(people, people.c.ref == group_members.c.member_ref)
        .where(group_members.c.kind == PERSON, group_members.c.member_ref == sa.bindparam("person_ref"), who)
    )
    found = direct.cte("found", recursive=True)
    above = sa.select(group_members.c.group_ref).join(
        found, sa.and_(group_members.c.kind == GROUP, group_members.c.member_ref == found.c.group_ref)
    )
    found = found.union(above)
    return sa.select(groups.c.name).join(found, found.c.group_ref == groups.c.ref)


def _members() -> sa.Select[Any]:
    begin = sa.select(groups.c.ref.label("group_ref")).where(groups.c.name == sa.bindparam("group_name"))
    found = begin.cte("found", recursive=True)
    below = sa.select(group_members.c.member_ref).join(
        found, sa.and_(group_members.c.kind == GROUP, group_members.c.group_ref == found.c.group_ref)
    )
    found = found.union(below)
    return (
        sa.select(people.c.ref)
        .join(group_members, sa.and_(group_members.c.kind == PERSON, group_members.c.member_ref == people.c.ref))
        .join(found, found.c.group_ref == group_members.c.group_ref)
        .where(HERE)
        .distinct()
    )


def _same() -> sa.Select[Any]:
    mine, other = people.alias("mine"), people.alias("other")
    return (
        sa.select(other.c.ref)
        .join(mine, mine.c.human == other.c.human)
        .where(mine.c.ref.in_(sa.bindparam("refs", expanding=True)), mine.c.human.is_not(None))
    )


_SAME, _MEMBERS = Prepared(_same()), Prepared(_members())
_HERE = Prepared(sa.select(people.c.ref).where(people.c.ref.in_(sa.bindparam("refs", expanding=True)), HERE))
_CALLED = Prepared(sa.select(people.c.ref).where(people.c.handle == sa.bindparam("handle")))
_GROUPS_OF, _GROUPS_KEPT = Prepared(_groups_of(HERE)), Prepared(_groups_of(sa.true()))


@remembered(people)
def _same_human(connection: sa.Connection, refs: frozenset[str]) -> frozenset[str]:
    found = (_SAME.column(connection, {"refs": some}) for some in portions(sorted(refs)))
    return refs.union(*found)


@remembered(people)
def _here(connection: sa.Connection, refs: frozenset[str]) -> frozenset[str]:
    found = (_HERE.column(connection, {"refs": some}) for some in portions(sorted(refs)))
    return frozenset[str]().union(*found)


@remembered(people)
def _called(connection: sa.Connection, handle: str) -> str | None:
    found = _CALLED.one(connection, {"handle": handle})
    return None if found is None else found.ref
