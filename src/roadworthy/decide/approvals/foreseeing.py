"""What would become of a proposal: which rules would ask, and who could answer. Nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.decide.approvals.explaining import supposed
from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.in_force import RightsInForce, decides_of
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.proposing import ungoverned
from roadworthy.decide.approvals.requests import Proposal, RuleStanding
from roadworthy.decide.approvals.rules import Outcome, deadline, terms_of
from roadworthy.decide.approvals.weighing import Weighing
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.ledger.draft import Context


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of a proposal if it were made now."""

    title: str
    shown: Sequence[str]
    """Lines of what exactly would be decided."""
    classes: tuple[DecisionClass, ...]
    nobody: tuple[str, ...]
    """Why nobody may decide it, as sentences; empty where somebody may."""
    approved_by: tuple[str, ...]
    """Names of rules by which all of it, or parts, are approved beforehand."""
    rules: tuple[RuleStanding, ...]
    """The rules that ask, with those who could answer; the proposer's people are not among them."""
    seconds_to_decide: float
    rests_on: str
    """Names the state and the rights that it was worked out from."""

    @property
    def at_once(self) -> bool:
        """Whether it would be approved without anybody being asked."""
        return not self.nobody and not self.rules


class Foreseeing:
    """Works a proposal out as `Proposing` does, and stops before anything is written."""

    def __init__(self, ground: Ground, who: Who, rights: RightsInForce, weighing: Weighing) -> None:
        self._ground = ground
        self._who = who
        self._rights = rights
        self._weighing = weighing

    def foresee(self, context: Context, proposal: Proposal) -> Foreseen:
        """What would become of it.

        Raises:
            InvalidInput: the proposal does not say what is wanted.
            NotFound: what it is about is not there.
            Conflict: it cannot be, as things stand.
            Refused: no decision rights were ever in force, or nobody like this can propose it.
        """
        executor, now = self._ground.executor(proposal.subject), self._ground.runtime.clock.now()
        with self._ground.store.read() as connection:
            in_force = self._rights.find(connection)
            if in_force is None and not self._rights.governed(connection):
                raise ungoverned()
            content = executor.prepare(connection, context, proposal.content)
            acts = executor.acts(connection, content)
            readings = self._rights.readings(in_force, acts, context.actor.kind)
            use_cases = {act.use_case for act in acts}
            classes = tuple(dict.fromkeys(decides_of(act.decides) for act in acts))
            before = [rule for each in readings if each.outcome is Outcome.APPROVED for rule in each.rules]
            terms = terms_of(readings)
            request = supposed(
                terms,
                classes,
                use_cases.pop() if len(use_cases) == 1 else None,
                now,
                excluded=self._who.closure(connection, context.actor, context.on_behalf_of, proposal.on_behalf_of),
                change_number=proposal.change_number,
            )
            weighed = self._weighing.weigh(connection, request, (), now)
            base = executor.base(connection, content)
        return Foreseen(
            title=executor.title(content),
            shown=executor.shown(content),
            classes=classes,
            nobody=tuple(dict.fromkeys(each.sentence for each in readings if each.denied)),
            approved_by=tuple(dict.fromkeys(rule.name for rule in before)),
            rules=weighed.rules,
            seconds_to_decide=deadline([term.rule for term in terms] or before),
            rests_on=digest_of({"base": dict(base), "rights": "" if in_force is None else in_force.digest}),
        )
