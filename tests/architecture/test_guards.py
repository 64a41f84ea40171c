"""No kind of declaration is left out of what decisions are about, unless it says why."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given

from roadworthy.assembly.kinds import kinds
from roadworthy.decide.approvals.facts import FACTS, complete
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.conditions import Values
from roadworthy.inventory.deciding import decisions
from tests.unit.inventory.test_deciding import specs

FREE: Mapping[str, str] = {
    "OperatingEnvelope": "it is what a use case asks for, and permits nothing; a verdict names the whole envelope",
}
"""Kinds of which no change is a decision, each with the reason."""


def test_every_kind_is_a_matter_for_decision_or_free_for_a_reason() -> None:
    free = {kind.name for kind in kinds() if kind.is_free}
    assert free == set(FREE)


@given(specs, specs)
def test_facts_of_what_is_about_to_happen_are_those_that_rules_know(before: object, after: object) -> None:
    for matter in decisions("claims", before, after):  # type: ignore[arg-type] # the strategy's own type
        decides = DecisionClass(matter.decides)
        assert set(matter.facts) <= set(FACTS[decides])
        Values(FACTS[decides], complete(decides, matter.facts))
