"""Rights that nobody could ever change again, because they ask a role for it that nobody is given.

A group that is empty today is filled in the directory. A role is given by the role map, and the role map changes by the
same decision as the rights: where the one asks for a role that the other gives to nobody, there is no way back.
"""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from roadworthy.decide.approvals.in_force import KEY
from roadworthy.decide.approvals.model import Approvers, DecisionClass, DecisionRights, Rule, RuleDecision
from roadworthy.decide.approvals.quorum import People, clauses_of, key_of, standing
from roadworthy.decide.approvals.requests import Term
from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME, RoleMap
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape

_ROLES = f"{ROLE_MAP}/{ROLE_MAP_NAME}"


def refuse_locked(resources: Resources, connection: sa.Connection, plan: Plan) -> None:
    """Refuse a plan after which nobody could change rights and roles any more.

    Raises:
        InvalidInput: a rule about `change-rights` asks a role that the role map then gives to nobody.
    """
    if not {step.key for step in plan.pending} & {KEY, _ROLES}:
        return
    rights = cast("DecisionRights | None", _after(resources, connection, plan, KEY))
    if rights is None:
        return
    rule = locked(rights, cast("RoleMap | None", _after(resources, connection, plan, _ROLES)))
    if rule is None:
        return
    roles = " and ".join(sorted({clause.role for clause in rule.approvers if clause.role is not None}))
    raise InvalidInput(
        "rights-locked",
        f"nobody could ever change these rights: rule `{rule.name}` asks the role {roles}, which the role map gives "
        "to nobody, and the role map changes by the same decision",
        place=Place(source=KEY),
        remedy=f"put a `{ROLE_MAP}` into the same plan that gives the role to a group or a person, as "
        "`roadworthy rights example` has one; or ask groups or people instead",
    )


def locked(rights: DecisionRights, roles: RoleMap | None) -> Rule | None:
    """The rule that always applies to a change of the rights and that nobody could ever meet; None where there is none.

    Groups and people are taken to be there, in any number.
    """
    given = set[str]() if roles is None else {role for each in _given(roles) for role in each}
    for rule in rights.rules:
        if rule.decision is RuleDecision.ASK and DecisionClass.CHANGE_RIGHTS in rule.decides and _always(rule):
            term = Term(rule, None, rule.decides)
            most = max([each.count or 1 for each in clauses_of(term)] + [_number(rule)])
            behind = {key_of(clause, None): _made_up(clause, given, most) for clause in clauses_of(term)}
            if not standing([term], (), People(behind))[0].reachable:
                return rule
    return None


def _given(roles: RoleMap) -> tuple[tuple[str, ...], ...]:
    return (*roles.groups.values(), *roles.people.values())


def _always(rule: Rule) -> bool:
    return rule.when is None and not rule.thresholds


def _number(rule: Rule) -> int:
    return rule.quorum if isinstance(rule.quorum, int) else 1


def _made_up(clause: Approvers, given: set[str], most: int) -> frozenset[str]:
    if clause.role is not None and clause.role not in given:
        return frozenset()
    key = key_of(clause, None)
    return frozenset(f"\0{key}\0{number}" for number in range(1 if clause.person is not None else most))


def _after(resources: Resources, connection: sa.Connection, plan: Plan, key: str) -> Shape | None:
    """The spec of a resource once the plan was carried out; None where there is none."""
    for step in plan.steps:
        if step.key == key:
            return None if step.action is Action.REMOVE else step.declared(resources.registry).spec
    kind, _, name = key.partition("/")
    stored = resources.find(kind, name, connection)
    return None if stored is None else stored.spec
