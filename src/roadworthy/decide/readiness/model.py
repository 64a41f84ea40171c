"""The rubric as people declare it: four dimensions, their criteria, and the closed set of requirements.

A rubric is data. It can ask only for what the forms below can say, so an organisation edits it without writing code
and two readers cannot disagree about what it means.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from roadworthy.evidence.model import Method
from roadworthy.foundation import spans
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)*$", max_length=100)]
"""A dotted path into a use case's spec as it is written in YAML, such as `outcome.annualValue`."""
Percent = Annotated[int, Field(ge=1, le=100)]


class Dimension(StrEnum):
    """The four questions of readiness, in the order in which they are shown."""

    DATA = "data"
    GOVERNANCE = "governance"
    INTEGRATION = "integration"
    OWNERSHIP = "ownership"


class Level(StrEnum):
    """How much a criterion weighs."""

    MUST = "must"
    """Unmet, it blocks."""
    SHOULD = "should"
    """Unmet, it is worth minding."""


class FieldsSet(Shape):
    """The use case's spec says something under these paths."""

    all: tuple[FieldPath, ...] = Field(min_length=1)
    at_least: Annotated[int, Field(ge=1)] | None = Field(default=None, description="How many suffice; all by default.")


class EachItem(Shape):
    """Every item of a list in the spec says something under these paths; an empty list says nothing."""

    of: FieldPath = Field(description="Path of the list, such as `data`.")
    fields: tuple[FieldPath, ...] = Field(default=(), description="What each item must say.")
    true: tuple[FieldPath, ...] = Field(default=(), description="What each item must answer with true.")
    at_least_percent: Percent = Field(default=100, description="The share of items that suffices.")


class FactAnswered(Shape):
    """A claim about the use case is answered with yes, by one of these methods."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    methods: tuple[Method, ...] = Field(
        default=(Method.MEASURED, Method.DOCUMENTED, Method.ATTESTED),
        min_length=1,
        description="Methods that satisfy it, and any stronger one with them; a yes by a weaker one is partial.",
    )

    @property
    def accepted(self) -> frozenset[Method]:
        """The methods that satisfy it: the weakest of those listed and every stronger one.

        Were a stronger one left out, a claim could count for more when it loses its proof.
        """
        order = list(Method)
        return frozenset(order[min(order.index(method) for method in self.methods) :])

    @field_validator("methods")
    @classmethod
    def _can_satisfy(cls, methods: tuple[Method, ...]) -> tuple[Method, ...]:
        weak = {Method.DECLARED, Method.REPORTED} & set(methods)
        if weak:
            raise ValueError(f"`{min(weak)}` can never satisfy a criterion; use measured, documented or attested")
        return methods


class Requirement(Shape):
    """What satisfies a criterion: exactly one of the forms."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    fields: FieldsSet | None = None
    each: EachItem | None = None
    fact: FactAnswered | None = None
    owner: Duty | None = Field(default=None, description="The duty has a named person who accepted it.")
    tier: Literal["known"] | None = Field(default=None, description="The risk tier follows from what was said.")
    platform: Literal["fits"] | None = Field(
        default=None, description="No component steps outside the platform profile."
    )

    @model_validator(mode="after")
    def _is_one_form(self) -> Requirement:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            named = " and ".join(given) or "none"
            raise ValueError(f"a requirement has exactly one form, this has {named}; split it into criteria")
        return self


class AppliesTo(Shape):
    """Which use cases a criterion speaks of; an empty list limits nothing.

    A use case that has not said what is asked here is included: silence does not excuse.
    """

    class_: tuple[UseCaseClass, ...] = Field(default=(), alias="class")
    sector: tuple[Sector, ...] = ()
    tier: tuple[Tier, ...] = ()
    stage: tuple[Stage, ...] = ()
    personal_data: tuple[Literal["none", "personal", "special"], ...] = ()


class Effort(Shape):
    """What it usually takes to meet a criterion, in working days of one person."""

    low: Annotated[int, Field(ge=0, le=999)]
    high: Annotated[int, Field(ge=0, le=999)]

    @model_validator(mode="after")
    def _is_a_range(self) -> Effort:
        if self.low > self.high:
            raise ValueError(f"`low` ({self.low}) is above `high` ({self.high}); swap them")
        return self

    @classmethod
    def of(cls, low: int, high: int) -> Effort:
        """An effort added up, which may be larger than one criterion's can be."""
        return cls.model_construct(low=low, high=high)

    def __str__(self) -> str:
        days = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        return f"{days} day" if days == "1" else f"{days} days"


class Criterion(Shape):
    """One thing that must, or should, be so before a use case is ready."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    why: Sentence = Field(description="What goes wrong without it.")
    level: Level
    requires: Requirement
    fresh_within: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}d$")] | None = Field(
        default=None, description="How old a claim may be at most, in days such as `90d`."
    )
    applies_to: AppliesTo = AppliesTo()
    effort: Effort
    duty: Duty = Field(description="Which owner has to see to it.")
    turns_green: Sentence = Field(description="What to do, so that this criterion is met.")

    @property
    def freshness(self) -> dt.timedelta | None:
        """`fresh_within` as a duration."""
        return None if self.fresh_within is None else dt.timedelta(seconds=spans.seconds(self.fresh_within) or 0)


class Dimensions(Shape):
    """The criteria of each dimension, in the order in which they are shown."""

    data: tuple[Criterion, ...] = Field(min_length=1)
    governance: tuple[Criterion, ...] = Field(min_length=1)
    integration: tuple[Criterion, ...] = Field(min_length=1)
    ownership: tuple[Criterion, ...] = Field(min_length=1)

    def of(self, dimension: Dimension) -> tuple[Criterion, ...]:
        """The criteria of one dimension."""
        criteria: tuple[Criterion, ...] = getattr(self, dimension.value)
        return criteria


class Rubric(Shape):
    """The spec of a declared `Rubric`: what an organisation asks of a use case before it may go on the road."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    dimensions: Dimensions

    def criteria(self) -> Iterator[tuple[Dimension, Criterion]]:
        """Every criterion with its dimension, in order."""
        for dimension in Dimension:
            for criterion in self.dimensions.of(dimension):
                yield dimension, criterion
