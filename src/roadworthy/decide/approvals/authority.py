"""The authority that everything guarded asks: what was approved, what is approved beforehand, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.decide.approvals.in_force import InForce, RightsInForce, case_of
from roadworthy.decide.approvals.proposing import nobody_may
from roadworthy.decide.approvals.rules import Outcome, Reading, worst
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.errors import Finding, Place, Refused
from roadworthy.foundation.ledger.attempts import Attempted
from roadworthy.foundation.ledger.authority import Act, Grounds
from roadworthy.foundation.ledger.draft import ActorKind, Basis, Draft, Oversight
from roadworthy.foundation.ledger.unit import Grant, Transaction

NOTHING_ASKED = Grounds()
_REMEDY = "propose it with `roadworthy propose`"
MOST_NAMED = 50
"""Acts that a refusal names one by one."""


class Authorising:
    """Answers `Authority.require`."""

    def __init__(self, who: Who, rights: RightsInForce) -> None:
        self._who = who
        self._rights = rights

    def require(self, tx: Transaction, acts: Sequence[Act]) -> Grounds:
        """The grounds on which all of these may be done in this unit.

        Raises:
            Attempted: one of them needs a decision that nobody has made, or that nobody may make.
        """
        in_force = self._rights.find(tx.connection)
        if in_force is None and not tx.granted and not self._rights.governed(tx.connection):
            return NOTHING_ASKED  # acts are not even looked at: working them out costs
        grants: dict[str, Grant] = {}
        open_acts: list[Act] = []
        for act in acts:
            grant = tx.granted.get(act.digest)
            if grant is None:
                open_acts.append(act)
            else:
                grants[grant.request] = grant
        if open_acts and in_force is None and not self._rights.governed(tx.connection):
            open_acts = []  # beside what two people signed first, nothing is asked yet
        by_rule = self._by_rule(tx, in_force, open_acts) if open_acts else ()
        return _together(list(grants.values()), by_rule, in_force)

    def _by_rule(self, tx: Transaction, in_force: InForce | None, acts: Sequence[Act]) -> tuple[Reading, ...]:
        readings = self._rights.readings(in_force, acts, tx.context.actor.kind)
        denied = [reading for reading in readings if reading.denied]
        if denied:
            raise Attempted(nobody_may(denied), _tried(acts, denied, in_force))
        needed = [(act, each) for act, each in zip(acts, readings, strict=True) if each.outcome is not Outcome.APPROVED]
        if needed:
            asking = [reading for _, reading in needed]
            raise Attempted(self._needed(tx.connection, needed), _tried(acts, asking, in_force))
        return readings

    def _needed(self, connection: sa.Connection, needed: Sequence[tuple[Act, Reading]]) -> Refused:
        """A refusal with a finding for each act: what it is, which rules ask, who could say yes."""
        findings: dict[tuple[str, str, str], Finding] = {}
        for act, reading in needed:
            if len(findings) == MOST_NAMED:
                break
            key = (act.decides, act.resource, reading.sentence)
            if key not in findings:
                whom = self._whom(connection, act, reading)
                message = f"`{act.decides}` of `{act.resource}` needs a decision: {reading.sentence}; {whom}"
                findings[key] = Finding("decision-needed", message, Place(source=act.resource), _REMEDY)
        first, *others = findings.values()
        return Refused(
            "decision-needed",
            first.message,
            place=first.place,
            remedy=_REMEDY,
            findings=(first, *others) if others else (),
        )

    def _whom(self, connection: sa.Connection, act: Act, reading: Reading) -> str:
        case = case_of(act, ActorKind.PERSON)
        clauses = [clause for rule in reading.rules for clause in rule.approvers]
        could = any(self._who.behind(connection, clause, case.use_case) for clause in clauses)
        asked = ", ".join(dict.fromkeys(str(clause) for clause in clauses))
        return f"{asked} can approve it" if could else f"{asked} would have to approve it, and nobody is that today"


def _tried(acts: Sequence[Act], readings: Sequence[Reading], in_force: InForce | None) -> Draft:
    """What the ledger says of a change that was tried without a decision; its content is in no entry."""
    return Draft(
        "decision.refused",
        acts[0].resource,
        decision="refused",
        basis=Basis(
            policy=None if in_force is None else in_force.digest,
            rules=tuple(sorted({rule.name for reading in readings for rule in reading.rules})),
        ),
        facts={
            "acts": len(acts),
            "classes": sorted({act.decides for act in acts}),
            "outcome": worst(readings).value,
            "resources": sorted({act.resource for act in acts})[:MOST_NAMED],
        },
    )


def _together(grants: Sequence[Grant], readings: Sequence[Reading], in_force: InForce | None) -> Grounds:
    """One basis for everything that a unit does."""
    if not grants and not readings:
        return NOTHING_ASKED
    by_rule = dict.fromkeys(rule.name for reading in readings for rule in reading.rules)
    rules = tuple(dict.fromkeys([*(name for grant in grants for name in grant.basis.rules), *by_rule]))
    given = tuple(dict.fromkeys(ref for grant in grants for ref in grant.oversight.given))
    required = ", ".join(grant.oversight.required for grant in grants if grant.oversight.required) or None
    policy = next((grant.basis.policy for grant in grants), None if in_force is None else in_force.digest)
    inputs = grants[0].basis.inputs if len(grants) == 1 else None
    return Grounds(Basis(policy=policy, rules=rules, inputs=inputs), Oversight(required, given, len(given)))
