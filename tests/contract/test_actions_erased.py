"""Arguments and results of actions go when their time is over; what somebody still needs stays, on both engines."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.erasing import due
from roadworthy.operate.actions.model import AgentAction, State
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.actions.tables import action_contents
from tests.unit.foundation.ledger.samples import CONTEXT

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


def put(store: Store, id_: str, state: State, *, use_case: str = "support", ended: dt.datetime = NOON) -> None:
    action = AgentAction(
        id=id_, use_case=use_case, stage="pilot", run="r", place=int(id_[1:]), action="a", system="s", effect="write",
        tier="low", key="k", workload=None, agent=None, user=None, state=state, asked_at=ended, due_at=ended,
        arguments="", ended_at=ended,
    )  # fmt: skip

    def work(connection: sa.Connection) -> None:
        assert rows.insert(connection, Kept(action, "", (), None))
        rows.put(connection, id_, rows.ARGUMENTS, b"sealed")

    store.write(work)


def kept(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(sa.select(action_contents.c.action)).scalars())


@pytest.mark.parametrize(
    ("holds", "left"),
    [
        ((), {"a2", "a4"}),
        ((Hold("h", HoldOn.USE_CASE, "held", "", NOON, "p"),), {"a2", "a3", "a4"}),
        ((Hold("h", HoldOn.EVERYTHING, "", "", NOON, "p"),), {"a1", "a2", "a3", "a4"}),
    ],
)
def test_what_is_over_long_enough_goes(store: Store, holds: tuple[Hold, ...], left: set[str]) -> None:
    units = Units(store, appender_for(store, Runtime(), "test"), Runtime())
    put(store, "a1", State.DONE)
    put(store, "a2", State.DEAD)
    put(store, "a3", State.DONE, use_case="held")
    put(store, "a4", State.DONE, ended=NOON + 2 * WEEK)

    def work(tx: Transaction) -> int:
        return due(tx, NOON + WEEK, holds, hipaa=False)

    assert units.run(CONTEXT, work) == 4 - len(left)
    assert kept(store) == left
