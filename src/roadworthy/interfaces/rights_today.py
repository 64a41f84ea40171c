"""Who fills the clauses of decision rights today, and what nobody could decide as things stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.app import App
from roadworthy.decide.approvals.coverage import uncovered
from roadworthy.decide.approvals.in_force import KEY
from roadworthy.decide.approvals.model import Approvers, DecisionRights
from roadworthy.decide.approvals.reachable import named_in
from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState


@dataclass(frozen=True, slots=True)
class Today:
    """Decision rights against the people who are here."""

    behind: Mapping[Approvers, frozenset[str]]
    """Clauses that do not depend on a use case, to references of people."""
    owners: Mapping[str, tuple[int, int]]
    """Duty to how many use cases have an owner who accepted it, and how many use cases there are."""
    findings: Sequence[Finding]
    """Classes without a rule, groups without people, quorums that cannot be reached."""

    @property
    def refs(self) -> set[str]:
        """Everybody who is meant by a clause."""
        return set().union(*self.behind.values())


def rights_today(app: App, rights: DecisionRights) -> Today:
    """Read it in one snapshot."""
    directory = Directory(app.store, app.runtime)
    with app.store.read() as connection:
        behind = {clause: _behind(app, directory, connection, clause) for clause in named_in(rights)}
        subjects = list(app.inventory.subjects(connection))
        lacking = app.approvals.lacking.under(connection, rights)
    accepted = Counter(
        duty for each in subjects for duty, seat in each.seats.items() if seat.state is SeatState.ACCEPTED
    )
    return Today(
        behind=behind,
        owners={duty.value: (accepted[duty], len(subjects)) for duty in Duty},
        findings=(*uncovered(rights), *lacking),
    )


def rights_planned(app: App, plan: Plan) -> Sequence[Finding]:
    """What nobody could decide under the rights of a plan, as things stand; roles count as its own role map gives them.

    Raises:
        InvalidInput: the plan has no decision rights, or they do not fit their kind.
    """
    steps = {step.key: step for step in plan.steps if step.action is not Action.REMOVE}
    if KEY not in steps:
        raise InvalidInput(
            "rights-not-in-plan",
            "the plan has no decision rights",
            place=Place(field="plan"),
            remedy="put a `DecisionRights` called `default` into it; `roadworthy rights example` writes one",
        )
    found = rights_today(app, cast("DecisionRights", steps[KEY].declared(app.registry).spec)).findings
    has_roles = f"{ROLE_MAP}/{ROLE_MAP_NAME}" in steps
    return [each for each in found if not (has_roles and each.code == "rights-role-empty")]


def _behind(app: App, directory: Directory, connection: sa.Connection, clause: Approvers) -> frozenset[str]:
    if clause.group is not None:
        return directory.members(connection, clause.group)
    if clause.role is not None:
        return app.access.holders(connection, Role(clause.role))
    named = directory.by_handle(connection, clause.person or "")
    return frozenset() if named is None else directory.here(connection, [named])
