"""The decision rights in force, compiled once per version, and what they say about acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.approvals.matching import Case
from roadworthy.decide.approvals.model import DECISION_RIGHTS, RIGHTS_NAME, DecisionClass, DecisionRights
from roadworthy.decide.approvals.rules import CompiledRights, Reading, compile_rights, read
from roadworthy.foundation.errors import InvalidInput, did_you_mean
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.tables import resource_versions, resources
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.prepared import Prepared, Row

KEY = f"{DECISION_RIGHTS}/{RIGHTS_NAME}"
NONE = ""
"""Stands for the digest of the rights where none were ever in force."""
_AT = Prepared(
    sa.select(resources.c.digest, resources.c.generation).where(
        resources.c.kind == DECISION_RIGHTS, resources.c.name == RIGHTS_NAME
    )
)
_EVER = (
    sa.select(resource_versions.c.generation)
    .where(resource_versions.c.kind == DECISION_RIGHTS, resource_versions.c.name == RIGHTS_NAME)
    .limit(1)
)


@remembered(resources)
def _at(connection: sa.Connection) -> Row | None:
    return _AT.one(connection, {})


@dataclass(frozen=True)
class InForce:
    """Decision rights as they stand."""

    spec: DecisionRights
    compiled: CompiledRights
    digest: str
    """Of the declared resource."""
    generation: int


class RightsInForce:
    """Reads the rights in force; compiles them again only when they have changed."""

    def __init__(self, declared: Resources) -> None:
        self._resources = declared
        self._known: InForce | None = None

    def find(self, connection: sa.Connection) -> InForce | None:
        """The rights in force; None where there are none, which before genesis means that nothing is asked."""
        row = _at(connection)
        if row is None:
            return None
        known = self._known
        if known is None or (known.digest, known.generation) != (row.digest, row.generation):
            spec = cast("DecisionRights", self._resources.get(DECISION_RIGHTS, RIGHTS_NAME, connection).spec)
            known = self._known = InForce(spec, compile_rights(spec), row.digest, row.generation)
        return known

    def digest(self, connection: sa.Connection) -> str:
        """Digest of the rights in force; empty where there are none."""
        row = _at(connection)
        return NONE if row is None else str(row.digest)

    def governed(self, connection: sa.Connection) -> bool:
        """Whether rights were ever in force: from then on what no rule covers, nobody may decide."""
        return connection.execute(_EVER).first() is not None

    def readings(self, in_force: InForce | None, acts: Iterable[Act], proposer: ActorKind) -> tuple[Reading, ...]:
        """What the rights say to each act; without rights nothing is covered."""
        compiled = _EMPTY if in_force is None else in_force.compiled
        return tuple(read(compiled, case_of(act, proposer)) for act in acts)


_EMPTY = CompiledRights(DecisionRights.model_construct(rules=(), nobody=()), dict.fromkeys(DecisionClass, ()))


def case_of(act: Act, proposer: ActorKind) -> Case:
    """An act as rules read it; who proposes is known here, whatever the act says."""
    return Case(decides_of(act.decides), act.use_case, {**act.facts, "proposer_kind": proposer.value})


def decides_of(name: str) -> DecisionClass:
    """The class of this name.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return DecisionClass(name)
    except ValueError as error:
        raise InvalidInput(
            "decision-class-unknown",
            f"there is no class of decisions `{name[:80]}`",
            remedy=did_you_mean(name[:80], [each.value for each in DecisionClass]),
        ) from error
