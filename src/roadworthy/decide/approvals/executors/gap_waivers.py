"""The subject `waive-gap`: a gap of an audit is accepted for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.reading import digests, refuse_untrue, texts
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.waiver_terms import Terms
from roadworthy.measure.data_audit.waiving import TELL, GapWaiver, Waiving

SUBJECT = "waive-gap"
_ASKED = ("gap", "reason", "control", "expiresAt")
_LOOKED_UP = ("since", "useCase", "rule", "rank", "title", "finding")


class GapWaiverExecutor:
    """Accepts gaps by decision."""

    def __init__(self, waiving: Waiving, resources: Resources, clock: Clock) -> None:
        self._waiving = waiving
        self._clock = clock
        self._resources = resources

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: the gap as it stands, and the terms, which begin now.

        Raises:
            InvalidInput: a field is missing or unfit.
            NotFound: there is no such gap.
            Conflict: it is closed.
        """
        del context
        now = self._clock.now()
        asked = texts(content, _ASKED, _LOOKED_UP)
        terms = Terms.of_values({**asked, "since": to_text(now)})
        terms.refuse_end(now)
        return self._waiving.wanted(connection, asked["gap"], terms).content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The one act that it is.

        Raises:
            Conflict: the gap is not, or not any more, what the content says.
        """
        return (self._wanted(connection, content).act,)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case and the gap."""
        found = digests(self._resources, connection, [(USE_CASE, str(content.get("useCase")))])
        try:
            state = self._wanted(connection, content).state
        except (NotFound, Conflict, InvalidInput):
            state = ""
        return {**found, f"Gap/{content.get('gap')}": state}

    def title(self, content: Mapping[str, Any]) -> str:
        """Which gap of which use case."""
        return titles.shortened(f"Waive a gap of {content.get('useCase')}: {content.get('title')}")

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """What the gap says, and the terms."""
        return (
            f"gap {content.get('gap')} of {content.get('useCase')}",
            f"rule {content.get('rule')}, rank {content.get('rank')}: {content.get('title')}",
            f"what was found: {content.get('finding')}",
            f"why it can wait: {content.get('reason')}",
            f"what makes up for it: {content.get('control')}",
            f"asked for at: {content.get('since')}",
            f"until: {content.get('expiresAt')}",
        )

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Accept the gap; the audit's evidence follows by a timer, because it needs a unit of its own.

        Raises:
            Conflict: the gap is not what the content says any more, or the time of the waiver is over.
        """
        try:
            gap = self._waiving.carry_out(tx, self._wanted(tx.connection, content))
        except (InvalidInput, NotFound) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        Timers.set(tx, TELL, gap.id, tx.now)
        return {"gap": gap.id, "useCase": str(content["useCase"])}

    def _wanted(self, connection: sa.Connection, content: Mapping[str, Any]) -> GapWaiver:
        terms = Terms.of_values(content)
        wanted = self._waiving.wanted(connection, str(content.get("gap")), terms)
        refuse_untrue(content, wanted.content)
        return wanted
