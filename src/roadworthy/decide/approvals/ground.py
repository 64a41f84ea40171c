"""What the parts of the service stand on: storage, clocks, and what other layers answer through small protocols."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.errors import InvalidInput, RoadworthyError, did_you_mean
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.service import Timers

Result = TypeVar("Result")

ITSELF = Context(Actor(ActorKind.SYSTEM, "decisions"))
"""Under whose name deadlines pass."""


class People(Protocol):
    """Who is here, who belongs to what, who is the same human."""

    def groups_of(self, connection: sa.Connection, person_ref: str) -> frozenset[str]:
        """Names of groups, those that hold a group of theirs among them."""

    def members(self, connection: sa.Connection, group_name: str) -> frozenset[str]:
        """References of those in a group or in a group within it, who are here."""

    def same_human(self, connection: sa.Connection, refs: Iterable[str]) -> frozenset[str]:
        """Every record of the humans behind these."""

    def here(self, connection: sa.Connection, refs: Iterable[str]) -> frozenset[str]:
        """Those who have not left."""

    def by_handle(self, connection: sa.Connection, handle: str) -> str | None:
        """The person called so."""


class Roles(Protocol):
    """Who holds which role."""

    def roles_of(self, connection: sa.Connection, person_ref: str) -> frozenset[Role]:
        """Roles of a person."""

    def holders(self, connection: sa.Connection, role: Role) -> frozenset[str]:
        """People of a role, who are here."""


class Seats(Protocol):
    """Who accepted which duty."""

    def of(self, connection: sa.Connection, person_ref: str) -> Mapping[str, frozenset[str]]:
        """Use case to the duties that a person accepted there."""

    def holder(self, connection: sa.Connection, use_case: str, duty: str) -> str | None:
        """Who accepted a duty of a use case."""


class Programs(Protocol):
    """Who answers for programs."""

    def answer_for(self, connection: sa.Connection, actor_ref: str) -> frozenset[str]:
        """References of people: the owner and the maker of what acts under this reference."""


class EvidenceStanding(Protocol):
    """Whether evidence is fresh enough to decide on."""

    def missing(
        self, connection: sa.Connection, use_case: str | None, fact: str, within: float | None, now: dt.datetime
    ) -> str | None:
        """What is missing, as a sentence; None where the fact is answered by evidence that is fresh.

        Args:
            connection: the caller's snapshot or unit.
            use_case: whose evidence; None where the request is about none.
            fact: what evidence answers.
            within: oldest that it may be, in seconds; None for its own expiry.
            now: the business time.
        """


class NoEvidence:
    """Evidence of which nothing is known: nothing is fresh."""

    def missing(
        self,
        connection: sa.Connection,  # noqa: ARG002 - the protocol's signature
        use_case: str | None,  # noqa: ARG002 - see above
        fact: str,
        within: float | None,  # noqa: ARG002 - see above
        now: dt.datetime,  # noqa: ARG002 - see above
    ) -> str | None:
        """Everything."""
        return f"nothing is known about evidence for `{fact}`"


class ChangeRecords(Protocol):
    """Changes in another system, as far as they are known here; asking over there happens outside of units."""

    def missing(
        self, connection: sa.Connection, system: str, number: str | None, now: dt.datetime, *, window: bool
    ) -> str | None:
        """What is missing, as a sentence; None where the change is approved and, if asked, now is in its window."""

    def ask(self, tx: Transaction, system: str, number: str) -> None:
        """Have its standing fetched now; requests that wait for it are looked at again in the unit that keeps it."""

    def hurry(self, tx: Transaction, system: str, number: str) -> None:
        """The same, for a request that waits for nothing else any more: often, until nobody waits."""


class NoChangeRecords:
    """No system is asked about changes: none is approved."""

    def missing(
        self,
        connection: sa.Connection,  # noqa: ARG002 - the protocol's signature
        system: str,
        number: str | None,
        now: dt.datetime,  # noqa: ARG002 - see above
        *,
        window: bool,  # noqa: ARG002 - see above
    ) -> str | None:
        """Everything."""
        return f"no approved change {number or 'number'} of `{system}` is known here"

    def ask(self, tx: Transaction, system: str, number: str) -> None:
        """Nobody is asked."""

    def hurry(self, tx: Transaction, system: str, number: str) -> None:
        """Nobody is asked."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that people are told; it links to a page and decides nothing."""

    topic: str
    """Such as `decision.proposed`."""
    to: frozenset[str]
    """References of people."""
    subject: str
    path: str
    """Of the page, below the deployment's address."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False


class Telling(Protocol):
    """Tells people."""

    def tell(self, tx: Transaction, news: News) -> None:
        """Have people told, durably, once the unit has committed."""


class Silent:
    """Tells nobody."""

    def tell(self, tx: Transaction, news: News) -> None:
        """Nothing."""


class Executor(Protocol):
    """Knows one subject: what its content means and how it is carried out."""

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided, from what was handed in: checked, and filled up with what is looked up here.

        Raises:
            InvalidInput: the content does not say what is wanted.
        """

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """What would be done, as decision rights ask about it.

        Raises:
            InvalidInput: the content does not say what is wanted.
        """

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """`Kind/name` to the digest of the state that the content is made against; empty text for "not there"."""

    def title(self, content: Mapping[str, Any]) -> str:
        """What it is about, in a line."""

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Lines that show everything that the content says."""

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do it in the unit that uses the approval up; its acts are in `tx.granted`.

        Returns:
            Small values without personal data, for the entry.

        Raises:
            Conflict: the world is not as the content says any more; nothing is done and the request is voided.
        """


@dataclass(frozen=True, slots=True)
class Answer:
    """What a unit came to: a value, or a refusal that is raised only after it has committed."""

    value: Any = None
    refusal: RoadworthyError | None = None


@dataclass(frozen=True)
class Ground:
    """Everything that the parts share."""

    store: Store
    units: Units
    runtime: Runtime
    resources: Resources
    timers: Timers
    runs: Machines
    people: People
    roles: Roles
    seats: Seats
    programs: Programs
    evidence: EvidenceStanding = field(default_factory=NoEvidence)
    changes: ChangeRecords = field(default_factory=NoChangeRecords)
    telling: Telling = field(default_factory=Silent)
    refuse_rewound: Callable[[sa.Connection], None] = lambda _connection: None
    """Raises where the ledger was put back: an approval that was used since would be used again."""
    executors: dict[str, Executor] = field(default_factory=dict)
    external: frozenset[str] = frozenset({"external"})
    """Subjects that somebody else carries out: an approval of theirs stays until it is used."""

    def executor(self, subject: str) -> Executor:
        """Who knows a subject.

        Raises:
            InvalidInput: nobody does.
        """
        found = self.executors.get(subject)
        if found is None:
            raise InvalidInput(
                "decision-subject-unknown",
                f"there is nothing called `{subject[:100]}` that could be decided",
                remedy=did_you_mean(subject, self.executors),
            )
        return found

    def run(self, context: Context, work: Callable[[Transaction], Answer]) -> Any:  # noqa: ANN401 - whatever the work answers
        """Run a unit, commit it, and only then give its answer.

        Raises:
            RoadworthyError: the refusal that the unit came to; what it wrote stands.
        """
        answer = self.units.run(context, work)
        if answer.refusal is not None:
            raise answer.refusal
        return answer.value
