"""SQL of the ranking: everything that it reads about every use case, in two statements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.ranking.model import Case, Part, Span, Value
from roadworthy.decide.readiness.tables import assessments
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.tables import resources
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, Stage
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.tables import use_cases

_STAGES = {stage.value: stage for stage in Stage}
_DUTIES = tuple(Duty)
_UNASSIGNED = SeatState.UNASSIGNED.value
_NAMED = {
    tuple(index for index in range(len(_DUTIES)) if mask >> index & 1): frozenset(
        duty for index, duty in enumerate(_DUTIES) if mask >> index & 1
    )
    for mask in range(1 << len(_DUTIES))
}
"""Sets of duties, made once: a portfolio has ten thousand of them."""


def cases(connection: sa.Connection) -> Iterator[Case]:
    """Every use case as ranking sees it, from its spec and its stored assessment, which must hold.

    The spec is read as JSON and not validated: it was, when it was declared.
    """
    joined = use_cases.join(assessments, assessments.c.use_case == use_cases.c.name).join(
        resources, sa.and_(resources.c.kind == USE_CASE, resources.c.name == use_cases.c.name)
    )
    columns = (
        use_cases.c.name,
        use_cases.c.title,
        use_cases.c.stage,
        resources.c.spec,
        assessments.c.blockers,
        assessments.c.effort_low,
        assessments.c.effort_high,
        assessments.c.unowned,
        *(assessments.c[f"seat_{duty}"] for duty in _DUTIES),
    )
    query = sa.select(*columns).select_from(joined).order_by(use_cases.c.name)
    for name, title, stage, spec_json, blockers, low, high, unowned, *seats in connection.execute(query):
        spec: Mapping[str, Any] = json.loads(spec_json)
        outcome: Mapping[str, Any] = spec.get("outcome") or {}
        due = outcome.get("by")
        yield Case(
            name=name,
            title=title,
            stage=_STAGES.get(stage),
            value=_value(outcome.get("annualValue")),
            business=(spec.get("owners") or {}).get("business"),
            outcome_owner=outcome.get("owner"),
            due=date.fromisoformat(due) if due else None,
            parts=_parts(outcome, accepted=seats[3] == _ACCEPTED),
            effort=Span(low, high),
            blockers=blockers,
            unowned=unowned,
            unnamed=_NAMED[tuple(index for index, seat in enumerate(seats) if seat == _UNASSIGNED)],
        )


_ACCEPTED = SeatState.ACCEPTED.value


def _value(declared: Mapping[str, Any] | None) -> Value | None:
    if not declared:
        return None
    return Value(Money.parse(declared["low"]), Money.parse(declared["high"]), declared["confidence"])


def _parts(outcome: Mapping[str, Any], *, accepted: bool) -> frozenset[Part]:
    key = (accepted, bool(outcome.get("owner")), outcome.get("target") is not None, outcome.get("by") is not None)
    return _PARTS[key]


_PARTS = {
    (bool(mask & 1), bool(mask & 2), bool(mask & 4), bool(mask & 8)): frozenset(
        part for index, part in enumerate(Part) if mask >> index & 1
    )
    for mask in range(16)
}
