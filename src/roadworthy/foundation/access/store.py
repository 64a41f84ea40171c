"""SQL of access."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from roadworthy.foundation.access.tables import workloads
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.storage.statements import portions

_HERE = sa.and_(people.c.left_at.is_(None), people.c.erased_at.is_(None))


def handle_of(connection: sa.Connection, ref: str) -> tuple[bool, str | None]:
    """Whether a person is here, and their folded handle."""
    row = connection.execute(sa.select(people.c.handle).where(people.c.ref == ref, _HERE)).one_or_none()
    return (False, None) if row is None else (True, row.handle)


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
