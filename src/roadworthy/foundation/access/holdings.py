"""Roles and workloads that somebody holds, asked when they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME, WORKLOAD, RoleMap, Workload
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.leaving import Holding
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources

_CHANGE = "change the role map, or leave it if they come back"


class HeldRoles:
    """Roles by name, groups with a role of which somebody is the last, and workloads that they answer for.

    Args:
        resources: where roles and workloads are declared.
        directory: who is in a group.
    """

    def __init__(self, resources: Resources, directory: Directory) -> None:
        self._resources = resources
        self._directory = directory

    def held(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterator[Holding]:
        """What the role map and the workloads say of these people."""
        by_handle = {handle: ref for ref, handle in handles.items() if handle is not None}
        for stored in self._resources.all(connection, WORKLOAD):
            ref = by_handle.get(cast("Workload", stored.spec).owner.strip().casefold())
            if ref is not None:
                words = f"answers for the workload `{stored.name}`"
                yield Holding(
                    "workload", f"{WORKLOAD}/{stored.name}", ref, words, "name another owner in its declaration"
                )
        found = self._resources.find(ROLE_MAP, ROLE_MAP_NAME, connection)
        if found is None:
            return
        spec = cast("RoleMap", found.spec)
        key = f"{ROLE_MAP}/{ROLE_MAP_NAME}"
        for person, roles in spec.people.items():
            ref = by_handle.get(person.strip().casefold())
            if ref is not None:
                yield Holding("role", key, ref, f"is named for {', '.join(roles)} in the role map", _CHANGE)
        for ref, group in last_in(connection, self._directory, list(spec.groups), list(handles)):
            roles = spec.groups[group]
            words = f"is the last in `{group}`, which holds {', '.join(roles)}"
            yield Holding("group", key, ref, words, f"bring somebody into `{group}`, or change the role map")

    def touched(self, tx: Transaction, refs: Sequence[str]) -> None:
        """Nothing is derived: roles are worked out whenever they are asked for."""


def last_in(
    connection: sa.Connection, directory: Directory, names: Sequence[str], refs: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Reference and group of each of these people in groups where nobody is left but them."""
    leaving = frozenset(refs)
    empty = [name for name in names if not directory.members(connection, name) - leaving]
    if not empty:
        return
    for ref in sorted(leaving):
        within = directory.groups_kept_for(connection, ref)
        yield from ((ref, name) for name in empty if name in within)
