"""Amounts, customers and patterns as the gateway reads them, where a system could read something else."""

from __future__ import annotations

from typing import Any

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.catalogue.compiled import CompiledAction, compiled
from roadworthy.operate.actions.deciding.rules import Unfit, folded, read_of
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.kinds import check_action


def act(**more: Any) -> CompiledAction:
    said = {
        "useCases": ["x"],
        "system": "s",
        "tool": "t",
        "input": {"type": "object"},
        "effect": "write",
        "tier": "low",
    }
    return compiled("s.t", Action.model_validate({**said, **more}), "sha256:0", [])


MAJOR = act(amount={"path": "/a", "unit": "major", "currency": "EUR"})


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1", 100),
        ("1.0", 100),
        ("1e2", 10_000),
        ("0.01", 1),
        ('"1.00"', 100),
        ('"12"', 1_200),
        ("10000000000000", 10**15),
    ],
)
def test_an_amount_is_what_it_says(written: str, minor: int) -> None:
    found = read_of(MAJOR.spec, forms.asked(f'{{"a":{written}}}'.encode())).amount
    assert found is not None
    assert found.minor == minor


@pytest.mark.parametrize(
    "written",
    ["1.001", "1.0000000000000000000000000000000000001", "1e-300", "1e20", "1e300", "-1", "0", "0.0", "1e-2000000",
     "true", '"1."', '".5"', '"007"', '"1_0"', '"+1"', '" 1"', '"1e2"', '"\\uff11"', '"' + "9" * 5_000 + '"',
     '"-' + "9" * 5_000 + '"'],
)  # fmt: skip
def test_what_would_be_rounded_or_read_otherwise_is_no_amount(written: str) -> None:
    with pytest.raises((Unfit, InvalidInput)):
        read_of(MAJOR.spec, forms.asked(f'{{"a":{written}}}'.encode()))


@pytest.mark.parametrize(
    "written", ["1e309", "-1e309", "1e-308", "1e9999999999999999999", "NaN", "-0", '"\\ud800"', '{"\\udfff":1}']
)
def test_what_no_system_counts_and_half_a_character_are_not_taken(written: str) -> None:
    with pytest.raises(InvalidInput):
        forms.asked(f'{{"a":{written}}}'.encode())


def test_a_customer_is_one_however_the_name_is_written() -> None:
    for name in (
        "C-1",
        " c-1 ",
        "\u200bc-1",
        "\uff43-1",
        "c\u0301-1",
        "c-1\u202e",
        "c-\ufe0f1",
        "c-1\u0000",
        "\u3164c-1",
    ):
        assert folded(name) == "c-1", ascii(name)
    several = ("c-1", "c-2", "c1", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u0928\u0926", "\u0441-1")
    assert len({folded(each) for each in several}) == len(several)


def test_a_pattern_ends_with_the_text_and_takes_no_time() -> None:
    said = act(input={"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}})
    assert said.faults({"a": "aaa"}) == []
    assert said.faults({"a": "aaa\n"})
    assert said.faults({"a": "a" * 50_000 + "!"})


def test_names_that_a_pattern_lets_in_and_items_that_stand_there_twice() -> None:
    said = act(input={
        "type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": {"type": "string"},
        "properties": {"list": {"type": "array", "uniqueItems": True}},
    })  # fmt: skip
    assert said.faults({"x1": 1, "y": "z", "list": [{"a": 1}, {"a": 2}]}) == []
    assert len(said.faults({"x1": "1", "y": 2, "list": [{"a": 1}, {"a": 1}]})) == 3


def test_a_pattern_that_cannot_be_bounded_is_not_declared() -> None:
    for pattern in ("^(?!x)", "(a)\\1", "(?<=a)b"):
        spec = act(input={"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}}).spec
        assert [each.code for each in check_action("s.t", spec)] == ["action-schema-unusable"], pattern
