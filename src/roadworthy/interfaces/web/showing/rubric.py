"""The rubric in words."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.decide.readiness.model import Criterion, EachItem, FieldsSet, Level, Requirement
from roadworthy.decide.readiness.query import RubricInForce
from roadworthy.interfaces.web.showing.words import DIMENSIONS
from roadworthy.interfaces.web.views.parts import plural
from roadworthy.interfaces.web.views.rubric import CriterionView, DimensionView, RubricView
from roadworthy.inventory.facts import FACTS


def rubric_view(in_force: RubricInForce) -> RubricView:
    """The page."""
    dimensions = []
    for dimension, name in DIMENSIONS.items():
        criteria = in_force.rubric.dimensions.of(dimension)
        musts = sum(criterion.level is Level.MUST for criterion in criteria)
        counts = f"{plural(musts, 'must')}, {plural(len(criteria) - musts, 'should')}"
        dimensions.append(DimensionView(dimension.value, name, tuple(map(_criterion, criteria)), counts))
    origin = (
        "It ships with Roadworthy and is in force because nobody declared another."
        if in_force.is_shipped
        else f"Declared, generation {in_force.generation}."
    )
    return RubricView(
        title=in_force.rubric.title,
        basis=f"{origin} Digest {in_force.digest[:23]}…",
        command="roadworthy get rubrics -o yaml",
        dimensions=tuple(dimensions),
    )


def _criterion(criterion: Criterion) -> CriterionView:
    return CriterionView(
        id=criterion.id,
        title=criterion.title,
        why=criterion.why,
        level=criterion.level.value,
        satisfied=_satisfied(criterion.requires),
        limits=_limits(criterion),
        fresh=f"evidence not older than {plural(criterion.freshness.days, 'day')}" if criterion.freshness else "",
        duty=criterion.duty.value,
        effort=str(criterion.effort),
        turns_green=criterion.turns_green,
    )


def _satisfied(asked: Requirement) -> str:
    if asked.fact is not None:
        question = FACTS[asked.fact.name].question if asked.fact.name in FACTS else asked.fact.name
        return f"Yes to “{question}”, {_or([method.value for method in asked.fact.methods])}"
    if asked.fields is not None:
        return _fields(asked.fields)
    if asked.each is not None:
        return _each(asked.each)
    if asked.owner is not None:
        return f"The {asked.owner} owner is named and accepted"
    fits = "No component steps outside the platform profile"
    return fits if asked.platform is not None else "The risk tier follows from the record"


def _fields(asked: FieldsSet) -> str:
    which = ", ".join(f"`{path}`" for path in asked.all)
    if asked.at_least is not None and asked.at_least < len(asked.all):
        return f"The record says at least {asked.at_least} of {which}"
    return f"The record says {which}"


def _each(asked: EachItem) -> str:
    needed = ", ".join(f"`{path}`" for path in (*asked.fields, *asked.true)) or "its name"
    share = "each" if asked.at_least_percent == _ALL else f"at least {asked.at_least_percent}%"
    return f"Something stands under `{asked.of}`, and {share} says {needed}"


_ALL = 100


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _limits(criterion: Criterion) -> str:
    asked = criterion.applies_to
    limits = (*asked.class_, *asked.sector, *asked.tier, *asked.stage, *asked.personal_data)
    return ", ".join(str(limit).replace("-", " ") for limit in limits)
