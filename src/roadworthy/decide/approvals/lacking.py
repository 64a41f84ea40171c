"""Whom the rights in force ask and who is not there: asked of the directory as it is now."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.in_force import RightsInForce
from roadworthy.decide.approvals.model import Approvers, DecisionRights
from roadworthy.decide.approvals.quorum import People, key_of
from roadworthy.decide.approvals.reachable import named_in, unreachable
from roadworthy.decide.approvals.weighing import humans
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.errors import Finding


class Lacking:
    """Finds rules that nobody is left to meet."""

    def __init__(self, ground: Ground, rights: RightsInForce) -> None:
        self._ground = ground
        self._rights = rights

    def in_force(self) -> tuple[Finding, ...]:
        """What stands in the way under the rights in force; nothing where there are none."""
        with self._ground.store.read() as connection:
            found = self._rights.find(connection)
            return () if found is None else self.under(connection, found.spec)

    def under(self, connection: sa.Connection, rights: DecisionRights) -> tuple[Finding, ...]:
        """What would stand in the way under these rights, before they are signed for instance."""
        behind = {key_of(clause, None): self._behind(connection, clause) for clause in named_in(rights)}
        refs = frozenset[str]().union(*behind.values())
        left = refs - self._ground.people.here(connection, refs)
        return unreachable(rights, People(behind, humans(connection, refs), left=left))

    def _behind(self, connection: sa.Connection, clause: Approvers) -> frozenset[str]:
        """Everybody whom a clause names, whether they are here or not."""
        if clause.group is not None:
            return self._ground.people.members(connection, clause.group)
        if clause.role is not None:
            return self._ground.roles.holders(connection, Role(clause.role))
        ref = self._ground.people.by_handle(connection, str(clause.person))
        return frozenset() if ref is None else frozenset((ref,))
