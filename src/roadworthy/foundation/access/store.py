"""SQL of access."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME
from roadworthy.foundation.access.tables import workloads
from roadworthy.foundation.identity.tables import group_members, groups, people
from roadworthy.foundation.resources.tables import resources
from roadworthy.foundation.storage.statements import portions

_HERE = sa.and_(people.c.left_at.is_(None), people.c.erased_at.is_(None))


def _standing() -> sa.Select[tuple[str | None, str | None, str | None]]:
    """One statement for what every request asks, built once: building it takes longer than running it."""
    ref: sa.BindParameter[str] = sa.bindparam("ref")
    found = (
        sa.select(group_members.c.group_ref)
        .where(group_members.c.kind == "person", group_members.c.member_ref == ref)
        .cte("found", recursive=True)
    )
    above = sa.select(group_members.c.group_ref).join(
        found, sa.and_(group_members.c.kind == "group", group_members.c.member_ref == found.c.group_ref)
    )
    found = found.union(above)
    named = sa.select(groups.c.name).join(found, found.c.group_ref == groups.c.ref).subquery("named")
    in_force = (
        sa.select(resources.c.digest)
        .where(resources.c.kind == ROLE_MAP, resources.c.name == ROLE_MAP_NAME)
        .scalar_subquery()
    )
    joined = people.outerjoin(named, sa.true())
    return (
        sa.select(people.c.handle, in_force.label("map_digest"), named.c.name.label("group_name"))
        .select_from(joined)
        .where(people.c.ref == ref, _HERE)
    )


_STANDING = _standing()


@dataclass(frozen=True, slots=True)
class Known:
    """What roles follow from, of somebody who is here."""

    handle: str | None
    """Folded; None for somebody without one."""
    groups: frozenset[str]
    """Names of all groups that they are in, through other groups too."""
    map_digest: str | None
    """Of the role map in force; None while there is none."""


def known(connection: sa.Connection, ref: str) -> Known | None:
    """What is known of a person; None for somebody who is not here."""
    found = connection.execute(_STANDING, {"ref": ref}).all()
    if not found:
        return None
    names = frozenset(row.group_name for row in found if row.group_name is not None)
    return Known(found[0].handle, names, found[0].map_digest)


def shown(connection: sa.Connection, refs: Iterable[str]) -> list[str]:
    """What to call people who are here, in the order of their names."""
    found: list[str] = []
    for some in portions(sorted(set(refs))):
        query = sa.select(people.c.name, people.c.handle).where(people.c.ref.in_(some), _HERE)
        found += [row.name or row.handle for row in connection.execute(query) if row.name or row.handle]
    return sorted(found)


def workload_of(connection: sa.Connection, issuer: str, subject: str) -> str | None:
    """The workload that is recognised by exactly this identity."""
    found: str | None = connection.execute(
        sa.select(workloads.c.name).where(workloads.c.issuer == issuer, workloads.c.subject == subject)
    ).scalar()
    return found


def index(connection: sa.Connection, name: str, issuer: str, subject: str) -> None:
    """Recognise a workload by an identity from now on."""
    connection.execute(workloads.insert(), {"name": name, "issuer": issuer, "subject": subject})


def unindex(connection: sa.Connection, names: Sequence[str]) -> None:
    """Recognise workloads no longer."""
    for some in portions(list(names)):
        connection.execute(workloads.delete().where(workloads.c.name.in_(some)))
