"""Whose gates a fact opens, under the rubric in force: whoever holds one cannot vouch for the fact."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.decide.readiness.service import Readiness
from roadworthy.inventory.model import Duty

_NOBODY: frozenset[Duty] = frozenset()


class RubricGates:
    """The gates that the rubric in force sets; evidence asks it before it takes somebody's word."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def owners(self, connection: sa.Connection, use_case: str, fact: str) -> frozenset[Duty]:  # noqa: ARG002 - one rubric is in force for all; criteria say themselves to which use cases they apply
        """Duties whose gate a fact opens.

        A criterion counts whether or not it applies to this use case today: what applies follows from declarations,
        which the owner of the gate can change.
        """
        return self._readiness.gates(connection).get(fact, _NOBODY)
