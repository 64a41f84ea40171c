"""The subject `plan`: a change of declared resources, carried out as it was planned or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.reading import digests
from roadworthy.decide.approvals.locking import refuse_locked
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.changes import changes_between
from roadworthy.foundation.resources.model import Action, Change
from roadworthy.foundation.resources.plan import Plan, Step
from roadworthy.foundation.resources.service import Resources

SUBJECT = "plan"
SOURCE = "decision"
"""What the history names as having brought the change."""


class PlanExecutor:
    """Puts in force exactly what a saved plan says: the content is the plan's own values."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    @staticmethod
    def content(plan: Plan) -> dict[str, Canonical]:
        """The content that proposes a plan."""
        return plan.to_values()

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided, from what was handed in: a plan's values, or the text of a saved one under `plan`.

        Raises:
            InvalidInput: it is no plan, changes nothing, or leaves nobody who could change the rights any more.
            Conflict: it was made against another state.
        """
        del context
        text = content.get("plan")
        plan = Plan.from_text(text) if isinstance(text, str) and len(content) == 1 else Plan.from_values(content)
        told = self._resources.plan_again(connection, plan)
        if not told.pending:
            raise InvalidInput(
                "plan-without-change", "the plan changes nothing", remedy="there is nothing to decide; nothing to do"
            )
        refuse_locked(self._resources, connection, told)
        return told.to_values()

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """Worked out by the same function that the door of declared state asks with.

        Raises:
            InvalidInput: it is no plan, or a spec does not fit its kind.
            Conflict: it was made against another state, or shows other changes than it makes.
        """
        plan = Plan.from_values(content)
        if self._resources.plan_again(connection, plan).digest != plan.digest:
            raise Conflict(
                "plan-misleading",
                "the changes that the plan shows are not those that it makes",
                remedy="run `roadworthy plan` again and propose what it writes",
            )
        return self._resources.acts(connection, plan)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The present state of every resource of the plan, those that it leaves as they are included."""
        plan = Plan.from_values(content)
        return digests(self._resources, connection, [(step.kind, step.name) for step in plan.steps])

    def title(self, content: Mapping[str, Any]) -> str:
        """The first change, and how many more."""
        return titles.of_plan(Plan.from_values(content))

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Every field that changes, from what to what."""
        return [line for step in Plan.from_values(content).pending for line in _lines(step)]

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put it in force.

        Raises:
            Conflict: a resource is not in the state that the plan was made against.
        """
        requests = sorted({grant.request for grant in tx.granted.values()})
        source = f"{SOURCE}/{requests[0]}" if requests else SOURCE
        try:
            applied = self._resources.carry_out(tx, Plan.from_values(content), source)
        except NotFound as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        changed = [each for each in applied if each.action is not Action.UNCHANGED]
        return {"changed": len(changed), "resources": [f"{each.kind}/{each.name}" for each in changed[:20]]}


def _lines(step: Step) -> Iterator[str]:
    yield f"{step.action.value} {step.key}"
    for change in (each for whole in step.changes for each in _apart(whole)):
        yield f"  {change.path}: {_value(change.before)} -> {_value(change.after)}"


def _apart(change: Change) -> Sequence[Change]:
    """A list that comes as a whole, item by item where they have names: nobody reads thirty rules in one line."""
    if change.before is not None or not isinstance(change.after, list):
        return (change,)
    parent, _, field = change.path.rpartition(".")
    return changes_between({field: []}, {field: change.after}, parent) if len(change.after) > 1 else (change,)


def _value(value: object) -> str:
    """As JSON, so that text, numbers and nothing are told apart."""
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
