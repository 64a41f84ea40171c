"""What the subjects of waivers share: terms that begin when they are asked for, and one act that has to be true."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import sqlalchemy as sa

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


class Wanted(Protocol):
    """A waiver that somebody wants, as whoever keeps such waivers works it out."""

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


class WaiverExecutor(ABC, Generic[W]):
    """Accepts something for a time, by decision.

    Args:
        resources: where the use case is.
        clock: from when the terms count.
    """

    asked: ClassVar[Sequence[str]]
    """Fields of a proposal."""
    looked_up: ClassVar[Sequence[str]]
    """Fields of the content beside, which are worked out."""

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self._resources = resources
        self._clock = clock

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: what is waived as it stands, and the terms, which begin now.

        Raises:
            InvalidInput: a field is missing or unfit.
            NotFound: there is nothing of the kind.
            Conflict: it cannot be waived as it stands.
        """
        del context
        asked = texts(content, self.asked, self.looked_up)
        now = self._clock.now()
        terms = Terms.of_values({**asked, "since": to_text(now)})
        terms.refuse_end(now)
        return self._waiver(connection, asked, terms).content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The one act that it is.

        Raises:
            Conflict: what is waived is not, or not any more, what the content says.
        """
        return (self._wanted(connection, content).act,)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case, and what the waiver itself rests on."""
        try:
            state = self._wanted(connection, content).state
        except (NotFound, Conflict, InvalidInput):
            state = ""
        use_case = (USE_CASE, str(content.get("useCase")))
        return {**digests(self._resources, connection, [use_case]), self._rests_on(content): state}

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Accept it.

        Raises:
            Conflict: it is not what the content says any more, or the time of the waiver is over.
        """
        try:
            return self._accept(tx, self._wanted(tx.connection, content))
        except (InvalidInput, NotFound) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error

    def _wanted(self, connection: sa.Connection, content: Mapping[str, Any]) -> W:
        wanted = self._waiver(connection, content, Terms.of_values(content))
        refuse_untrue(content, wanted.content)
        return wanted

    @abstractmethod
    def title(self, content: Mapping[str, Any]) -> str:
        """What is waived for which use case."""

    @abstractmethod
    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that the content says."""

    @abstractmethod
    def _waiver(self, connection: sa.Connection, content: Mapping[str, Any], terms: Terms) -> W:
        """The waiver that a content names, with what is waived as it stands."""

    @abstractmethod
    def _rests_on(self, content: Mapping[str, Any]) -> str:
        """`Kind/name` of what it rests on beside the use case."""

    @abstractmethod
    def _accept(self, tx: Transaction, wanted: W) -> Mapping[str, Any]:
        """Write it; the effects."""


def terms_shown(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The terms as lines."""
    return (
        f"why it can wait: {content.get('reason')}",
        f"what makes up for it: {content.get('control')}",
        f"asked for at: {content.get('since')}",
        f"until: {content.get('expiresAt')}",
    )
