"""What of actions is kept for a time: arguments and results go with the class `calls`; that they were done stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Draft
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.deciding import charging

MOST: int = 1_000
"""Actions whose contents go in one turn."""
RULE = "retention: calls"


def due(tx: Transaction, before: dt.datetime | None, holds: Sequence[Hold], *, hipaa: bool) -> int:  # noqa: ARG001 - as `Erases` has it; arguments are no archive, so no law's span is their own
    """Erase arguments and results of actions that were over before an instant, and windows that count no more.

    A dead letter that nobody has seen to keeps its arguments: they are needed to do it again.

    Args:
        tx: the unit.
        before: what was over before goes; None where it is kept for ever.
        holds: legal holds that stand.
        hipaa: whether HIPAA applies.

    Returns:
        How many actions' contents went.
    """
    charging.clean(tx.connection, int(tx.now.timestamp()))
    if before is None or any(hold.on is HoldOn.EVERYTHING for hold in holds):
        return 0
    spared = sorted(hold.name for hold in holds if hold.on is HoldOn.USE_CASE)
    gone = rows.over(tx.connection, before, spared, MOST)
    rows.drop(tx.connection, gone)
    if gone:
        facts: dict[str, Canonical] = {"contents": len(gone), "useCasesHeld": spared, "overBefore": to_text(before)}
        tx.record(Draft("actions.erased", "Gateway/actions", basis=Basis(rules=(RULE,)), facts=facts))
    return len(gone)
