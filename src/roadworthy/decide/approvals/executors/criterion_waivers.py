"""The subject `waive-criterion`: it is accepted for a time that a use case does not meet a criterion of the rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.reading import digests, refuse_untrue, texts
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.waiver_terms import Terms

SUBJECT = "waive-criterion"
_ASKED = ("useCase", "criterion", "reason", "control", "expiresAt")
_LOOKED_UP = ("since", "title", "level", "dimension", "why")


class Wanted(Protocol):
    """A waiver that somebody wants, as readiness works it out."""

    @property
    def content(self) -> dict[str, Canonical]:
        """Exactly what is decided."""

    @property
    def act(self) -> Act:
        """As decision rights see it."""

    @property
    def state(self) -> str:
        """Digest of what it rests on beside the use case."""


W = TypeVar("W", bound=Wanted)


class Waivers(Protocol[W]):
    """Whoever keeps the waivers: readiness, which stands beside this capability and not below it."""

    def wanted(self, connection: sa.Connection, use_case: str, criterion: str, terms: Terms) -> W:
        """The waiver, with the criterion as the rubric has it."""

    def carry_out(self, tx: Transaction, wanted: W) -> object:
        """Accept it."""


class CriterionWaiverExecutor(Generic[W]):
    """Accepts criteria as missing, by decision."""

    def __init__(self, waivers: Waivers[W], resources: Resources, clock: Clock) -> None:
        self._waivers = waivers
        self._resources = resources
        self._clock = clock

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: the criterion as the rubric has it, and the terms, which begin now.

        Raises:
            InvalidInput: a field is missing or unfit.
            NotFound: there is no such use case, or no such criterion.
        """
        del context
        asked = texts(content, _ASKED, _LOOKED_UP)
        now = self._clock.now()
        terms = Terms.of_values({**asked, "since": to_text(now)})
        terms.refuse_end(now)
        return self._waivers.wanted(connection, asked["useCase"], asked["criterion"], terms).content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The one act that it is.

        Raises:
            Conflict: the rubric does not say, or not any more, what the content says of it.
        """
        return (self._wanted(connection, content).act,)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case, and the rubric with the waiver that stands."""
        name = str(content.get("useCase"))
        try:
            state = self._wanted(connection, content).state
        except (NotFound, Conflict, InvalidInput):
            state = ""
        return {
            **digests(self._resources, connection, [(USE_CASE, name)]),
            f"Criterion/{name}.{content.get('criterion')}": state,
        }

    def title(self, content: Mapping[str, Any]) -> str:
        """Which criterion for which use case."""
        return titles.shortened(f"Waive a criterion for {content.get('useCase')}: {content.get('title')}")

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """What the rubric asks, and the terms."""
        return (
            f"criterion {content.get('criterion')} for {content.get('useCase')}: {content.get('title')}",
            f"level {content.get('level')}, dimension {content.get('dimension')}",
            f"what goes wrong without it: {content.get('why')}",
            f"why it can wait: {content.get('reason')}",
            f"what makes up for it: {content.get('control')}",
            f"asked for at: {content.get('since')}",
            f"until: {content.get('expiresAt')}",
        )

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Accept it.

        Raises:
            Conflict: the rubric is another by now, or the time of the waiver is over.
        """
        try:
            self._waivers.carry_out(tx, self._wanted(tx.connection, content))
        except (InvalidInput, NotFound) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        return {"useCase": str(content["useCase"]), "criterion": str(content["criterion"])}

    def _wanted(self, connection: sa.Connection, content: Mapping[str, Any]) -> W:
        terms = Terms.of_values(content)
        name, criterion = str(content.get("useCase")), str(content.get("criterion"))
        wanted = self._waivers.wanted(connection, name, criterion, terms)
        refuse_untrue(content, wanted.content)
        return wanted
