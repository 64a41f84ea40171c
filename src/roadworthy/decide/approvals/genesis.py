"""The first decision rights: two named people sign them, and nothing is in force until both have.

Later changes of the rights are decisions under the rights. Whoever proposes the first ones decides nothing by that:
both signatures are needed, so the proposer may be one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.ending import Ending
from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.in_force import KEY, NONE, RightsInForce
from roadworthy.decide.approvals.model import Approvers, DecisionClass, Quorum, Rule, RuleDecision
from roadworthy.decide.approvals.proposing import Case, Proposing, refuse_unfit
from roadworthy.decide.approvals.requests import Proposal, Request, Term
from roadworthy.decide.approvals.rules import deadline, valid
from roadworthy.foundation.access.model import ROLE_MAP, WORKLOAD
from roadworthy.foundation.errors import Conflict, InvalidInput, Place
from roadworthy.foundation.identity.model import fold
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction

RULE = "genesis"
SUBJECT = "plan"
SIGNERS = 2
_KINDS = (KEY.partition("/")[0], ROLE_MAP, WORKLOAD)


class Genesis:
    """Puts the first rights before two people."""

    def __init__(self, ground: Ground, rights: RightsInForce, ending: Ending, proposing: Proposing) -> None:
        self._ground = ground
        self._rights = rights
        self._ending = ending
        self._proposing = proposing

    def propose(self, context: Context, plan_text: str, signers: Sequence[str], reason: str) -> Request:
        """Ask two people to sign the first decision rights; an earlier such request that is open is withdrawn.

        Args:
            context: who proposes.
            plan_text: a saved plan that makes the decision rights, and with them roles and workloads.
            signers: handles of two people, who need not have signed in yet.
            reason: why these rights, and these people.

        Raises:
            Conflict: decision rights were in force before.
            InvalidInput: not two people, or a plan of something else.
        """
        handles = _two(signers)
        proposal = Proposal(SUBJECT, {"plan": plan_text}, reason)
        refuse_unfit(proposal)

        def work(tx: Transaction) -> Request:
            if self._rights.governed(tx.connection):
                raise Conflict(
                    "genesis-over",
                    "decision rights were signed here before; from then on a change of them is a decision under them",
                    remedy="propose the change with `roadworthy propose`",
                )
            self._refuse_one_human(tx, handles)
            case = self._case(tx, proposal, handles)
            for request_id in rows.without_rights(tx.connection):
                earlier = self._ending.held(tx, request_id)
                self._ending.withdrawn(tx, earlier, "another proposal of the first decision rights takes its place")
            return self._proposing.make(tx, case)

        return self._ground.units.run(context, work)

    def _case(self, tx: Transaction, proposal: Proposal, handles: Sequence[str]) -> Case:
        executor = self._ground.executor(SUBJECT)
        content = executor.prepare(tx.connection, tx.context, proposal.content)
        _refuse_other_kinds(content)
        rule = Rule(
            name=RULE,
            decides=(DecisionClass.CHANGE_RIGHTS,),
            decision=RuleDecision.ASK,
            approvers=tuple(Approvers(person=handle) for handle in handles),
            quorum=Quorum.ALL,
            about="Two named people sign the first decision rights.",
        )
        return Case(
            proposal=replace(proposal, content=content),
            executor=executor,
            acts=executor.acts(tx.connection, content),
            base=executor.base(tx.connection, content),
            rights_digest=NONE,
            terms=(Term(rule, None, (DecisionClass.CHANGE_RIGHTS,)),),
            approved_by=(),
            seconds_to_decide=deadline([rule]),
            seconds_to_use=valid([rule]),
            excludes=False,
        )

    def _refuse_one_human(self, tx: Transaction, handles: Sequence[str]) -> None:
        found = [self._ground.people.by_handle(tx.connection, handle) for handle in handles]
        refs = [ref for ref in found if ref is not None]
        if len(refs) == SIGNERS and refs[1] in self._ground.people.same_human(tx.connection, refs[:1]):
            raise _not_two("they are one human with two records")
        gone = set(refs) - self._ground.people.here(tx.connection, refs)
        if gone:
            raise _not_two("one of them is not here any more")


def _two(signers: Sequence[str]) -> tuple[str, str]:
    handles = [fold(handle) for handle in signers]
    if len(handles) != SIGNERS:
        raise _not_two(f"{len(handles)} are named")
    if handles[0] == handles[1]:
        raise _not_two("one is named twice")
    return handles[0], handles[1]


def _not_two(why: str) -> InvalidInput:
    return InvalidInput(
        "genesis-not-two",
        f"two different people sign the first decision rights, and {why}",
        place=Place(field="signers"),
        remedy="name two people by their addresses or account names",
    )


def _refuse_other_kinds(content: Mapping[str, Any]) -> None:
    """Raises InvalidInput where a plan makes something else than rights, roles and workloads, or no rights."""
    steps = [(str(step.get("kind")), str(step.get("name"))) for step in content.get("steps", ())]
    others = sorted({kind for kind, _ in steps} - set(_KINDS))
    if others:
        raise InvalidInput(
            "genesis-other-kinds",
            f"the first decision is about decision rights, roles and workloads, not about {', '.join(others)}",
            place=Place(field="plan"),
            remedy="plan the others apart; once rights are in force they say who may decide them",
        )
    if KEY not in {f"{kind}/{name}" for kind, name in steps}:
        raise InvalidInput(
            "genesis-without-rights",
            "the plan makes no decision rights",
            place=Place(field="plan"),
            remedy=f"put a `{KEY.replace('/', '` named `')}` into it; `roadworthy rights example` writes one",
        )
