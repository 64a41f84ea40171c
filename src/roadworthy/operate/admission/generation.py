"""When what the gateway goes by has changed: one number, counted up in the unit that changes it.

Any kind or table of which the gateway keeps a compiled copy in memory calls `bump` in the same unit; every replica
sees another number within a quarter of a second, and on PostgreSQL hears of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.decide.approvals.states import RequestState
from roadworthy.decide.approvals.tables import requests
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.model import Applied
from roadworthy.foundation.resources.registry import Kind
from roadworthy.operate.admission.tables import gateway_generations
from roadworthy.operate.releases.tables import releases, running_releases

CHANNEL = "roadworthy_gateway"
"""On which PostgreSQL says that there is a newer generation."""

Mark = tuple[object, ...]
"""Compared for being the same, and nothing else."""

_BUMP = {
    dialect: build(gateway_generations)
    .values(single=1, generation=1)
    .on_conflict_do_update(index_elements=["single"], set_={"generation": gateway_generations.c.generation + 1})
    for dialect, build in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_IN_FORCE = (RequestState.APPROVED.value, RequestState.USED.value)
"""An approval on which observe mode rests may lapse, or be given."""
_MARK = sa.select(
    sa.select(gateway_generations.c.generation).scalar_subquery().label("generation"),
    sa.select(sa.func.count()).select_from(running_releases).scalar_subquery().label("running"),
    sa.select(sa.func.max(running_releases.c.since)).scalar_subquery().label("since"),
    sa.select(sa.func.count()).select_from(releases).scalar_subquery().label("releases"),
    sa.select(sa.func.count()).where(requests.c.state.in_(_IN_FORCE)).scalar_subquery().label("approved"),
)


def bump(tx: Transaction) -> None:
    """Say, in the unit that changes something, that the gateway has to read it anew."""
    dialect = tx.connection.dialect.name
    tx.connection.execute(_BUMP[dialect].values(changed_at=tx.now))
    if dialect == "postgresql":
        tx.connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "changed")))


def changed(tx: Transaction, _applied: Sequence[Applied]) -> None:
    """`project` of a declared kind of which nothing but this has to be kept."""
    bump(tx)


def read_along(kind: Kind) -> Kind:
    """A kind of somebody else's of which the gateway keeps something in memory."""

    def project(tx: Transaction, applied: Sequence[Applied]) -> None:
        kind.project(tx, applied)
        bump(tx)

    return replace(kind, project=project)


def mark(connection: sa.Connection) -> Mark:
    """What is looked at four times a second. Releases are moved by others, who know nothing of a gateway."""
    return tuple(connection.execute(_MARK).one())
