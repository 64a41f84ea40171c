"""Works out how it stands with the ledger towards the outside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger import store as ledger_sql
from roadworthy.foundation.ledger.outside import store as rows
from roadworthy.foundation.ledger.outside.store import Said, Standing
from roadworthy.foundation.ledger.tables import entries, inbox
from roadworthy.foundation.witnessing.model import (
    OutsideState,
    SigningState,
    Witness,
    WitnessPolicy,
    WitnessState,
    WitnessType,
)

BROKEN = frozenset(
    {
        "witness-ahead",
        "witness-disagrees",
        "witness-rolled-back",
        "witness-file-broken",
        "cosignature-wrong",
        "cosignature-of-another",
        "time-stamp-wrong",
    }
)
"""Faults that are no mere absence: somebody says something else than this ledger."""


def outside_state(
    connection: sa.Connection,
    declared: Mapping[str, Witness],
    policy: WitnessPolicy,
    now: dt.datetime,
    fault: RoadworthyError | None,
) -> OutsideState:
    """How it stands, as one snapshot shows it."""
    stand, said = rows.standings(connection), rows.newest_by_witness(connection)
    signing = _signing(connection, policy, now, fault)
    cosigned = sorted(
        (
            said[name].size if name in said else 0
            for name, each in declared.items()
            if each.type is WitnessType.COSIGNER
        ),
        reverse=True,
    )
    needed = min(policy.cosigners or len(cosigned), len(cosigned))
    witnessed = witnessed_up_to(cosigned, needed)
    since = rows.first_uncovered(connection, witnessed) if needed else None
    return OutsideState(
        signing=signing,
        witnesses=tuple(
            _witness(name, each, stand.get(name), said.get(name)) for name, each in sorted(declared.items())
        ),
        needed=needed,
        witnessed=witnessed,
        unwitnessed_since=since,
        late=since is not None and now - since > dt.timedelta(minutes=policy.unwitnessed_minutes),
    )


def witnessed_up_to(sizes: list[int], needed: int) -> int:
    """The size that so many of the witnesses have reached: whoever saw more saw that this was its beginning."""
    return sorted(sizes, reverse=True)[needed - 1] if needed else 0


def _signing(
    connection: sa.Connection, policy: WitnessPolicy, now: dt.datetime, fault: RoadworthyError | None
) -> SigningState:
    size = ledger_sql.load_frontier(connection).size
    newest = ledger_sql.newest_checkpoint(connection)
    signed = 0 if newest is None else newest.size
    unsigned = sa.select(sa.func.min(entries.c.at)).where(entries.c.position == signed)
    since: dt.datetime | None = connection.execute(unsigned).scalar_one()
    if since is None:
        since = connection.execute(sa.select(sa.func.min(inbox.c.at))).scalar_one()
    return SigningState(
        size=size,
        signed=signed,
        unsigned_since=since,
        late=since is not None and now - since > dt.timedelta(minutes=policy.unsigned_minutes),
        fault="" if fault is None else fault.message,
        remedy="" if fault is None else fault.remedy,
    )


def _witness(name: str, declared: Witness, stand: Standing | None, said: Said | None) -> WitnessState:
    return WitnessState(
        name=name,
        type=declared.type,
        address=declared.address,
        size=0 if said is None else said.size,
        at=None if said is None else said.at,
        reference="" if said is None or said.reference is None else said.reference,
        failing_since=None if stand is None else stand.failing_since,
        code="" if stand is None else stand.code or "",
        message="" if stand is None else stand.message or "",
        remedy="" if stand is None else stand.remedy or "",
        broken=stand is not None and stand.code in BROKEN,
    )
