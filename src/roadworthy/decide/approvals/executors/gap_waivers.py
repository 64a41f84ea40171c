"""The subject `waive-gap`: a gap of an audit is accepted for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.waivers import WaiverExecutor, terms_shown
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.waiver_terms import Terms
from roadworthy.measure.data_audit.waiving import TELL, GapWaiver, Waiving

SUBJECT = "waive-gap"


class GapWaiverExecutor(WaiverExecutor[GapWaiver]):
    """Accepts gaps by decision."""

    asked = ("gap", "reason", "control", "expiresAt")
    looked_up = ("since", "useCase", "rule", "rank", "title", "finding")

    def __init__(self, waiving: Waiving, resources: Resources, clock: Clock) -> None:
        super().__init__(resources, clock)
        self._waiving = waiving

    def title(self, content: Mapping[str, Any]) -> str:
        """Which gap of which use case."""
        return titles.shortened(f"Waive a gap of {content.get('useCase')}: {content.get('title')}")

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """What the gap says, and the terms."""
        return (
            f"gap {content.get('gap')} of {content.get('useCase')}",
            f"rule {content.get('rule')}, rank {content.get('rank')}: {content.get('title')}",
            f"what was found: {content.get('finding')}",
            *terms_shown(content),
        )

    def _waiver(self, connection: sa.Connection, content: Mapping[str, Any], terms: Terms) -> GapWaiver:
        return self._waiving.wanted(connection, str(content.get("gap")), terms)

    def _rests_on(self, content: Mapping[str, Any]) -> str:
        return f"Gap/{content.get('gap')}"

    def _accept(self, tx: Transaction, wanted: GapWaiver) -> Mapping[str, Any]:
        """The audit's evidence follows by a timer, because it needs a unit of its own."""
        gap = self._waiving.carry_out(tx, wanted)
        Timers.set(tx, TELL, gap.id, tx.now)
        return {"gap": gap.id, "useCase": wanted.use_case}
