"""May somebody, and why: every rule that was looked at, with what it came to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa

from roadworthy.decide.approvals.answers import explained
from roadworthy.decide.approvals.facts import WITHOUT_USE_CASE, fact_faults
from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.in_force import InForce, RightsInForce
from roadworthy.decide.approvals.matching import Case
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Explanation, Request, Term
from roadworthy.decide.approvals.rules import Outcome, Reading, read, terms_of
from roadworthy.decide.approvals.states import RequestState
from roadworthy.decide.approvals.weighing import Weighing
from roadworthy.foundation.errors import InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.resources.tables import resources
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase

_MOST_KEPT = 2_000
_DIGEST = sa.select(resources.c.digest).where(
    resources.c.kind == USE_CASE, resources.c.name == sa.bindparam("use_case")
)


class Explaining:
    """Answers without asking anybody to propose."""

    def __init__(self, ground: Ground, rights: RightsInForce, weighing: Weighing) -> None:
        self._ground = ground
        self._rights = rights
        self._weighing = weighing
        self._known: dict[str, tuple[str, Mapping[str, Any]]] = {}
        """Use case to the digest of its spec and the facts that rules may ask about."""

    def explain(
        self,
        person_ref: str,
        decides: DecisionClass,
        use_case: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Explanation:
        """Whether a person's approval would count, and why.

        Args:
            person_ref: who.
            decides: what is to be decided.
            use_case: about which; what is on record of it goes before `facts`.
            facts: what else rules ask about, supposed.

        Raises:
            NotFound: there is no such use case.
            InvalidInput: the class is about no use case, or has no such facts.
        """
        self._refuse_unfit(decides, use_case, facts or {})
        now = self._ground.runtime.clock.now()
        with self._ground.store.read() as connection:
            in_force = self._rights.find(connection)
            if in_force is None and not self._rights.governed(connection):
                return _ungoverned(person_ref, decides, use_case)
            known = {"proposer_kind": ActorKind.PERSON.value, **(facts or {}), **self._facts(connection, use_case)}
            reading = self._reading(in_force, Case(decides, use_case, known))
            request = supposed(terms_of((reading,)), (decides,), use_case, now)
            people = self._weighing.people(connection, request, (), now)
        return explained(reading, people, person_ref, may_propose=True)

    @staticmethod
    def _refuse_unfit(decides: DecisionClass, use_case: str | None, facts: Mapping[str, Any]) -> None:
        if use_case is not None and decides in WITHOUT_USE_CASE:
            raise InvalidInput(
                "explain-use-case-unfit",
                f"`{decides}` is about the deployment as a whole",
                place=Place(field="useCase"),
                remedy="leave the use case out",
            )
        findings = list(fact_faults(decides, facts))
        if findings:
            raise InvalidInput.of(findings, "the facts")

    @staticmethod
    def _reading(in_force: InForce | None, case: Case) -> Reading:
        if in_force is not None:
            return read(in_force.compiled, case)
        return Reading(case, Outcome.UNCOVERED, (), (), "no decision rights are in force any more, so nobody may")

    def _facts(self, connection: sa.Connection, use_case: str | None) -> Mapping[str, Any]:
        """What rules may ask about a use case; worked out once per version of it."""
        if use_case is None:
            return {}
        digest = connection.execute(_DIGEST, {"use_case": use_case}).scalar_one_or_none()
        if digest is None:
            raise NotFound(
                "use-case-unknown",
                f"there is no use case `{use_case[:100]}`",
                remedy="see `roadworthy get use-cases` for their names",
            )
        known = self._known.get(use_case)
        if known is None or known[0] != digest:
            spec = cast("UseCase", self._ground.resources.get(USE_CASE, use_case, connection).spec)
            if len(self._known) >= _MOST_KEPT:
                self._known = {}
            known = self._known[use_case] = (digest, facts_of(use_case, spec))
        return known[1]


def supposed(
    terms: tuple[Term, ...],
    classes: tuple[DecisionClass, ...],
    use_case: str | None,
    now: dt.datetime,
    *,
    excluded: frozenset[str] = frozenset(),
    change_number: str | None = None,
) -> Request:
    """A request as it would be, kept nowhere.

    Args:
        terms: the rules that ask.
        classes: what is to be decided.
        use_case: about which.
        now: the business time.
        excluded: people whose yes could not count; nobody's where nobody proposes it.
        change_number: of a change in another system.
    """
    return Request(
        id="",
        subject="",
        title="",
        use_case=use_case,
        classes=classes,
        content={},
        acts=(),
        base={},
        rights_digest="",
        terms=terms,
        approved_by=(),
        digest="",
        salt="",
        proposer_kind=ActorKind.SYSTEM,
        proposer_ref="",
        on_behalf_of=None,
        excluded=excluded,
        reason="",
        change_number=change_number,
        state=RequestState.OPEN,
        level=0,
        created_at=now,
        deadline_at=now,
        valid_until=None,
        ended_at=None,
        why_ended=None,
        entry_id="",
    )


def _ungoverned(person_ref: str, decides: DecisionClass, use_case: str | None) -> Explanation:
    return Explanation(
        person_ref=person_ref,
        decides=decides,
        use_case=use_case,
        may_decide=False,
        may_propose=False,
        alone=False,
        outcome="no decision rights were ever in force here, so nothing is asked: whoever may do it does it",
        rules=(),
    )
