"""The rubric as a declared kind."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from roadworthy.decide.diagnosis.kinds import shipped as failure_modes
from roadworthy.decide.diagnosis.rules import compile_rules
from roadworthy.decide.readiness.kinds import check_rubric, kinds, shipped, shipped_source
from roadworthy.decide.readiness.model import Dimension, Level, Requirement, Rubric
from roadworthy.foundation.resources.documents import parse
from roadworthy.foundation.resources.registry import Registry
from roadworthy.inventory.facts import FACTS
from tests.unit.decide.readiness.cases import rubric_of

TITLE = {"fields": {"all": ["title"]}}


def codes(rubric: Rubric) -> list[str]:
    return [finding.code for finding in check_rubric("default", rubric)]


def test_the_shipped_rubric_is_sound() -> None:
    declared, findings = parse([shipped_source()], Registry(kinds()))

    assert findings == []
    assert declared[0].spec == shipped()
    assert codes(shipped()) == []


def test_every_claim_that_is_known_is_asked_by_the_shipped_rubric_or_tells_a_shipped_failure_mode() -> None:
    asked = {criterion.requires.fact.name for _, criterion in shipped().criteria() if criterion.requires.fact}
    told = {fact for sign in compile_rules(failure_modes()).signs for fact in sign.facts}

    assert asked | told == set(FACTS)


def test_the_shipped_rubric_has_musts_in_every_dimension() -> None:
    for dimension in Dimension:
        assert sum(each.level is Level.MUST for each in shipped().dimensions.of(dimension)) >= 5


def test_one_id_twice_is_found() -> None:
    assert codes(rubric_of({"requires": TITLE}, {"requires": TITLE})) == ["rubric-criterion-twice"]


def test_a_dimension_that_could_be_green_by_asking_nothing_is_found() -> None:
    for_some = {"requires": TITLE, "appliesTo": {"stage": ["pilot"]}}
    rubric = rubric_of(for_some, {"id": "b", "requires": TITLE, "level": "should"})

    assert codes(rubric) == ["rubric-dimension-empty"]


@pytest.mark.parametrize(
    ("requires", "code", "remedy"),
    [
        ({"fact": {"name": "data.audited"}}, "rubric-fact-unknown", "did you mean `data.path-audited`?"),
        ({"fields": {"all": ["purpos"]}}, "rubric-field-unknown", "did you mean `purpose`?"),
        ({"fields": {"all": ["title.length"]}}, "rubric-field-unknown", "stop before `length`"),
        ({"each": {"of": "data", "fields": ["stewart"]}}, "rubric-field-unknown", "did you mean `steward`?"),
        ({"each": {"of": "owners"}}, "rubric-field-unknown", "use `data`, `components` or `integrations`"),
    ],
    ids=["fact", "field", "behind a value", "item field", "no list"],
)
def test_what_does_not_exist_is_found_with_the_nearest(requires: dict[str, Any], code: str, remedy: str) -> None:
    findings = check_rubric("default", rubric_of({"requires": requires}))

    assert [(finding.code, finding.remedy) for finding in findings] == [(code, remedy)]
    assert str(findings[0].place).startswith("spec.dimensions.data.0.requires")


@pytest.mark.parametrize(
    "requires",
    [{}, {"tier": "known", "owner": "product"}, {"fact": {"name": "data.path-audited", "methods": ["reported"]}}],
    ids=["none", "two", "a method that can never satisfy"],
)
def test_a_requirement_has_exactly_one_form(requires: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Requirement.model_validate(requires)


def test_efforts_read_as_people_say_them() -> None:
    rubric = rubric_of({"requires": TITLE, "effort": {"low": 1, "high": 1}}, {"id": "b", "requires": TITLE})

    assert [str(each.effort) for each in rubric.dimensions.data] == ["1 day", "1 to 2 days"]
