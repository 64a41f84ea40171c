"""The rubric in words."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.decide.readiness.model import Criterion, Level, Requirement
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
        which = ", ".join(f"`{path}`" for path in asked.fields.all)
        if asked.fields.at_least is not None and asked.fields.at_least < len(asked.fields.all):
            return f"The record says at least {asked.fields.at_least} of {which}"
        return f"The record says {which}"
    if asked.each is not None:
        needed = ", ".join(f"`{path}`" for path in (*asked.each.fields, *asked.each.true)) or "its name"
        share = "each" if asked.each.at_least_percent == _ALL else f"at least {asked.each.at_least_percent}%"
        return f"Something stands under `{asked.each.of}`, and {share} says {needed}"
    if asked.owner is not None:
        return f"The {asked.owner} owner is named and accepted"
    if asked.platform is not None:
        return "No component steps outside the platform profile"
    return "The risk tier follows from the record"


_ALL = 100


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _limits(criterion: Criterion) -> str:
    asked = criterion.applies_to
    limits = (*asked.class_, *asked.sector, *asked.tier, *asked.stage, *asked.personal_data)
    return ", ".join(str(limit).replace("-", " ") for limit in limits)
