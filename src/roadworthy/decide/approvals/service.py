"""Who may say yes: proposals, votes, uses, inboxes, and the authority that everything guarded asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.authority import Authorising
from roadworthy.decide.approvals.delegating import Delegating
from roadworthy.decide.approvals.ending import Ending, known
from roadworthy.decide.approvals.explaining import Explaining
from roadworthy.decide.approvals.foreseeing import Foreseeing, Foreseen
from roadworthy.decide.approvals.genesis import Genesis
from roadworthy.decide.approvals.ground import Executor, Ground
from roadworthy.decide.approvals.in_force import InForce, RightsInForce
from roadworthy.decide.approvals.inboxes import Inboxes
from roadworthy.decide.approvals.lacking import Lacking
from roadworthy.decide.approvals.load import Load, Loads
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.proposing import Check, Proposing, any_use_case
from roadworthy.decide.approvals.requests import Explanation, Proposal, Request, Standing, Use, Waiting
from roadworthy.decide.approvals.states import REQUESTS, RequestState
from roadworthy.decide.approvals.using import Using
from roadworthy.decide.approvals.voices import Voices
from roadworthy.decide.approvals.voting import Voting
from roadworthy.decide.approvals.watching import Watching
from roadworthy.decide.approvals.weighing import Weighing
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.identity.model import Proof
from roadworthy.foundation.ledger.authority import Act, Grounds
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.machines import Machine

MOST_LISTED = 500


@dataclass(frozen=True)
class _Parts:
    """The parts of the service, put together once."""

    who: Who
    rights: RightsInForce
    inboxes: Inboxes
    weighing: Weighing
    ending: Ending
    using: Using
    voting: Voting
    proposing: Proposing

    @classmethod
    def of(cls, ground: Ground) -> _Parts:
        """On this ground."""
        who, rights = Who(ground), RightsInForce(ground.resources)
        inboxes, weighing, ending = Inboxes(ground, who), Weighing(ground, who), Ending(ground, who)
        using = Using(ground, who, rights, ending)
        voting = Voting(ground, rights, ending, weighing, using)
        return cls(
            who,
            rights,
            inboxes,
            weighing,
            ending,
            using,
            voting,
            Proposing(ground, who, rights, ending, inboxes, using),
        )


class Approvals(Voices):
    """Decision requests from proposal to use. It is the `Authority` of what asks before it acts.

    What people say, and to whom they give their say, is in `Voices`.

    Args:
        ground: what it stands on.
        machine: where requests can stand; a newer version moves what waits from older ones.
    """

    def __init__(self, ground: Ground, machine: Machine = REQUESTS) -> None:
        ground.runs.register(machine)
        self.ground = ground
        self._parts = parts = _Parts.of(ground)
        self._explaining = Explaining(ground, parts.rights, parts.weighing)
        self._foreseeing = Foreseeing(ground, parts.who, parts.rights, parts.weighing)
        self._authorising = Authorising(parts.who, parts.rights)
        super().__init__(parts.voting, Delegating(ground, parts.who, parts.rights, parts.voting))
        self._genesis = Genesis(ground, parts.rights, parts.ending, parts.proposing)
        self._loads = Loads(ground, parts.who)
        self.lacking = Lacking(ground, parts.rights)
        self.watching = Watching(ground, parts.rights, parts.ending, parts.inboxes, parts.voting, parts.using)
        self.watching.attach()

    def on(self, subject: str, executor: Executor) -> None:
        """Say who knows a subject.

        Raises:
            ValueError: somebody does already.
        """
        if subject in self.ground.executors:
            message = f"there are two executors for `{subject}`"
            raise ValueError(message)
        self.ground.executors[subject] = executor

    # ------------------------------------------------------------ asking

    def require(self, tx: Transaction, acts: Sequence[Act]) -> Grounds:
        """The grounds on which all of these may be done in this unit.

        Raises:
            Refused: one of them needs a decision that nobody has made, or that nobody may make.
        """
        return self._authorising.require(tx, acts)

    def propose(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """Ask for a decision. What rules approve beforehand is done at once; what waits already is not asked twice.

        Args:
            context: who asks.
            proposal: for what.
            check: is asked about every use case that it touches, before anything is done; raises to refuse.

        Raises:
            Refused: nobody may decide this; recorded.
            InvalidInput: the proposal does not say what is wanted.
        """
        return self._parts.proposing.propose(context, proposal, check)

    def foresee(self, context: Context, proposal: Proposal) -> Foreseen:
        """What would become of a proposal: which rules would ask, who could answer; see `Foreseeing.foresee`."""
        return self._foreseeing.foresee(context, proposal)

    def genesis(self, context: Context, plan_text: str, signers: Sequence[str], reason: str) -> Request:
        """Put the first decision rights before two people, see `Genesis.propose`."""
        return self._genesis.propose(context, plan_text, signers, reason)

    def withdraw(self, context: Context, request_id: str, reason: str) -> Request:
        """Take a request back, see `Ending.withdraw`."""
        return self._parts.ending.withdraw(context, request_id, reason)

    # ------------------------------------------------------------ using

    def use(self, context: Context, request_id: str, digest: str) -> Use:
        """Spend an approval, once, see `Using.use`."""
        return self._parts.using.use(context, request_id, digest)

    # ------------------------------------------------------------ looking

    def standing(self, request_id: str, person_ref: str | None = None, proof: Proof | None = None) -> Standing:
        """A request with everything a page says about it.

        Args:
            request_id: which.
            person_ref: whose eyes; None for nobody's.
            proof: of their sign-in, to say whether it is fresh enough.

        Raises:
            NotFound: there is no such request.
        """
        now = self.ground.runtime.clock.now()
        with self.ground.store.read() as connection:
            request = known(rows.get(connection, request_id), request_id)
            weighed = self._parts.weighing.weigh(connection, request, rows.votes_on(connection, request_id), now)
            stale: tuple[str, ...] = ()
            if request.ended_at is None:
                stale = self._parts.ending.changed(connection, request, self._parts.rights.digest(connection))
            mine = None
            if person_ref is not None:
                mine = self._parts.weighing.mine(connection, weighed, person_ref, proof, now)
        return Standing(request, weighed.votes, weighed.rules, mine, stale)

    def shown(self, request: Request) -> Sequence[str]:
        """Lines that show everything that is decided, from the bound content."""
        return self.ground.executor(request.subject).shown(request.content)

    def listed(
        self,
        state: RequestState | None = None,
        use_case: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Request]:
        """Requests, the newest first; the id of the last is the `after` of the next page."""
        with self.ground.store.read() as connection:
            return rows.page(connection, state, use_case, after, max(1, min(limit, MOST_LISTED)))

    def inbox(self, person_ref: str, after: str | None = None, limit: int = 100) -> list[Waiting]:
        """What waits for a person, the oldest deadline first; `inboxes.key_of` the last line is the next `after`."""
        return self._parts.inboxes.of(person_ref, after, limit)

    def waits_for(self, connection: sa.Connection, person_ref: str) -> bool:
        """Whether any request waits for a person."""
        return self._parts.inboxes.anything(connection, person_ref)

    def opened(self, person_ref: str, request_id: str) -> None:
        """Keep that somebody has a request before their eyes."""
        self._parts.inboxes.opened(person_ref, request_id)

    def explain(
        self,
        person_ref: str,
        decides: DecisionClass,
        use_case: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Explanation:
        """Whether a person may decide something, and why, see `Explaining.explain`."""
        return self._explaining.explain(person_ref, decides, use_case, facts)

    def rights(self) -> InForce | None:
        """The decision rights in force; None before the first ones were signed."""
        with self.ground.store.read() as connection:
            return self._parts.rights.find(connection)

    def load(self) -> list[Load]:
        """How much approvers have before them, and what their votes were like."""
        return self._loads.all()
