"""The subject `waive-criterion`: it is accepted for a time that a use case does not meet a criterion of the rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.waivers import W, WaiverExecutor, terms_shown
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.waiver_terms import Terms

SUBJECT = "waive-criterion"


class Waivers(Protocol[W]):
    """Whoever keeps the waivers: readiness, which stands beside this capability and not below it."""

    def wanted(self, connection: sa.Connection, use_case: str, criterion: str, terms: Terms) -> W:
        """The waiver, with the criterion as the rubric has it."""

    def carry_out(self, tx: Transaction, wanted: W) -> object:
        """Accept it."""


class CriterionWaiverExecutor(WaiverExecutor[W]):
    """Accepts criteria as missing, by decision."""

    asked = ("useCase", "criterion", "reason", "control", "expiresAt")
    looked_up = ("since", "title", "level", "dimension", "why")

    def __init__(self, waivers: Waivers[W], resources: Resources, clock: Clock) -> None:
        super().__init__(resources, clock)
        self._waivers = waivers

    def title(self, content: Mapping[str, Any]) -> str:
        """Which criterion for which use case."""
        return titles.shortened(f"Waive a criterion for {content.get('useCase')}: {content.get('title')}")

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """What the rubric asks, and the terms."""
        return (
            f"criterion {content.get('criterion')} for {content.get('useCase')}: {content.get('title')}",
            f"level {content.get('level')}, dimension {content.get('dimension')}",
            f"what goes wrong without it: {content.get('why')}",
            *terms_shown(content),
        )

    def _waiver(self, connection: sa.Connection, content: Mapping[str, Any], terms: Terms) -> W:
        return self._waivers.wanted(connection, str(content.get("useCase")), str(content.get("criterion")), terms)

    def _rests_on(self, content: Mapping[str, Any]) -> str:
        return f"Criterion/{content.get('useCase')}.{content.get('criterion')}"

    def _accept(self, tx: Transaction, wanted: W) -> Mapping[str, Any]:
        self._waivers.carry_out(tx, wanted)
        content = wanted.content
        return {"useCase": content["useCase"], "criterion": content["criterion"]}
