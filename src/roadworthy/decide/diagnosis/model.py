"""Failure modes as people declare them: what goes wrong, when it shows, and the signs by which it is told.

A rule is data in a closed, small language, so that an organisation edits it without writing code and two readers
cannot disagree about what it means. It carries its own test table and cannot be applied while one of its tests fails.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from roadworthy.decide.readiness.model import EachItem, FieldPath, FieldsSet, Sentence
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import Duty, Stage, Tier, UseCase

FactName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Days = Annotated[int, Field(ge=0, le=3650)]


class Status(StrEnum):
    """Whether a failure mode is there, as far as is known."""

    PRESENT = "present"
    CANNOT_TELL = "cannot-tell"
    """What is known allows both; questions would decide it."""
    ABSENT = "absent"


class Severity(StrEnum):
    """What a failure mode costs where it strikes, from the least."""

    MINOR = "minor"
    """Delay and rework."""
    MAJOR = "major"
    """Production is put off, or taken back."""
    CRITICAL = "critical"
    """Harm to people, money or the law."""


class Family(StrEnum):
    """What kind of statement it is."""

    FAILURE_MODE = "failure-mode"
    """A way in which pilots fail."""
    PATTERN = "pattern"
    """An order of doing things that leads there."""


class Answered(Shape):
    """A claim about the use case is answered with yes; a live and uncontested no is the contrary."""

    name: FactName


class Silent(Shape):
    """The declaration lists something and says nothing under so many of these fields.

    This is a statement about the declaration, which is there to be read; it never says what the world is like.
    """

    of: FieldPath = Field(description="Path of the list, such as `integrations`, or of a part, such as `outcome`.")
    fields: tuple[FieldPath, ...] = Field(min_length=1)
    at_least: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Of how many fields one item must say nothing; all by default."
    )
    said: tuple[FieldPath, ...] = Field(default=(), description="Only items that say something under all of these.")


class OneOf(Shape):
    """A field of the spec has one of these values; `tier` stands for the risk tier."""

    field: FieldPath
    one_of: tuple[Annotated[str, StringConstraints(min_length=1, max_length=100)], ...] = Field(min_length=1)


class Day(Shape):
    """A day: exactly one of a date in the spec, and the first day that evidence with a yes speaks of."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    field: FieldPath | None = None
    fact: FactName | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Day:
        if (self.field is None) == (self.fact is None):
            raise ValueError("a day is either a `field` of the spec or a `fact`; give exactly one of them")
        return self


class Before(Shape):
    """One day lies before another; the same day is not before."""

    first: Day
    then: Day


class Counted(Shape):
    """So many of these conditions hold."""

    of: tuple[Condition, ...] = Field(min_length=1)
    at_least: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _can_be_reached(self) -> Counted:
        if self.at_least > len(self.of):
            raise ValueError(f"`atLeast` ({self.at_least}) is more than the {len(self.of)} conditions listed")
        return self


FORMS = ("fields", "each", "fact", "silent", "named", "is", "before", "any", "all", "not", "count")
"""The forms of a condition, as YAML spells them."""
SIGNS = FORMS[:7]
"""Those that look at the use case; the others only combine."""


class Condition(Shape):
    """What has to be so: exactly one of the forms. Each is true, false or not known."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 3})

    fields: FieldsSet | None = None
    each: EachItem | None = None
    fact: Answered | None = None
    silent: Silent | None = None
    named: Duty | None = Field(
        default=None, description="Somebody is named for the duty; an empty seat beside a taken one is the contrary."
    )
    is_: OneOf | None = Field(default=None, alias="is")
    before: Before | None = None
    any: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    all: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    not_: Condition | None = Field(default=None, alias="not")
    count: Counted | None = None
    ask: Sentence | None = Field(
        default=None, description="The question, where nobody knows; a form has one of its own."
    )
    duty: Duty | None = Field(default=None, description="Who can answer; a fact has its own.")

    @model_validator(mode="after")
    def _is_one_form(self) -> Condition:
        given = [form for form in FORMS if self.of(form) is not None]
        if len(given) != 1:
            named = " and ".join(given) or "none"
            raise ValueError(f"a condition has exactly one form, this has {named}; combine several with any or all")
        if given[0] not in SIGNS and (self.ask or self.duty):
            raise ValueError(f"`{given[0]}` is no question of its own; move `ask` and `duty` into what it combines")
        return self

    def of(self, form: str) -> object:
        """What stands under a form."""
        return getattr(self, _ATTRIBUTES.get(form, form))

    @property
    def form(self) -> str:
        """The one form that it has."""
        return next(form for form in FORMS if self.of(form) is not None)

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions that it combines; none for a sign."""
        if self.not_ is not None:
            return (self.not_,)
        return self.any or self.all or (self.count.of if self.count else ())

    def signs(self) -> Iterator[Condition]:
        """Every sign in it, from left to right."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.signs()


_ATTRIBUTES = {"is": "is_", "not": "not_"}


class SeverityByTier(Shape):
    """How severe it is: by the risk tier, where one is set here and known, else as usual."""

    usual: Severity
    low: Severity | None = None
    moderate: Severity | None = None
    high: Severity | None = None

    def at(self, tier: Tier | None) -> Severity:
        """The severity at a tier; None while the tier is open."""
        by_tier: Severity | None = None if tier is None else getattr(self, tier.value)
        return by_tier or self.usual


class Due(Shape):
    """When it shows: so many days after a day of the spec, as a range."""

    after: FieldPath = Field(description="A date in the spec, such as `productionRequested`.")
    low: Days
    high: Days
    words: Sentence = Field(description="The same while that date is not known.")

    @model_validator(mode="after")
    def _is_a_range(self) -> Due:
        if self.low > self.high:
            raise ValueError(f"`low` ({self.low}) is above `high` ({self.high}); swap them")
        return self


class Surfacing(Shape):
    """Where it will surface next, for a use case at one of these stages."""

    stages: tuple[Stage, ...] = Field(default=(), description="An empty list means every stage.")
    where: Sentence
    when: Due


class Given(Shape):
    """An answer in a test."""

    fact: FactName
    answer: Answer
    observed: dt.date | None = Field(default=None, description="Last day it speaks of; the test's own day by default.")


class Example(UseCase):
    """A use case in a test; it needs no title."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] = "an example"


class RuleTest(Shape):
    """One row of a rule's test table: what is known, and what the rule must say."""

    name: Title
    use_case: Example = Example()
    answers: tuple[Given, ...] = ()
    on: dt.date = Field(default=dt.date(2026, 6, 1), description="The day on which it is asked.")
    then: Status
    severity: Severity | None = Field(default=None, description="What must come out, where it matters.")


class FailureMode(Shape):
    """The spec of a declared `FailureMode`."""

    title: Title
    family: Family
    in_force: bool = Field(default=True, description="False sets it aside; one that ships is set aside by its name.")
    duty: Duty = Field(description="Which owner has to see to it.")
    goes_wrong: Sentence = Field(description="What goes wrong.")
    signs: Condition = Field(description="By what it is told that it is there.")
    severity: SeverityByTier
    surfaces: tuple[Surfacing, ...] = Field(min_length=1, description="The first that fits the stage is taken.")
    disproved_by: Sentence = Field(description="What would show that it is not there.")
    tests: tuple[RuleTest, ...] = Field(min_length=3, description="At least one for each of the three answers.")

    @model_validator(mode="after")
    def _has_a_place_for_every_stage(self) -> FailureMode:
        if self.surfaces[-1].stages:
            raise ValueError("the last of `surfaces` must fit every stage; leave its `stages` out")
        return self
