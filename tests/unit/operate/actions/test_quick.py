"""What is told in a few steps of arguments is what the whole validator says of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roadworthy.operate.actions.catalogue.quick import quick_of
from roadworthy.operate.actions.catalogue.validating import validator_of

NAMES = st.sampled_from(["amount", "customer", "note", "extra"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([Decimal("0.5"), Decimal("1.0")])
    | st.text("ab1é\n", max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=3),
    max_leaves=6,
)  # fmt: skip
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
WORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
    "enum": st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
    "pattern": st.sampled_from(["^a+$", "b", "^[a-z0-9]*$"]),
    "title": st.just("A title"),
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], st.integers(-2, 2)),
    **dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems"], st.integers(0, 2)),
}
PLAIN = st.fixed_dictionaries({}, optional=WORDS)
SCHEMAS = st.recursive(
    PLAIN,
    lambda inside: st.builds(
        lambda plain, more: plain | more,
        PLAIN,
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(NAMES, inside, max_size=3), "items": inside,
                "required": st.lists(NAMES, unique=True, max_size=2), "additionalProperties": st.booleans(),
            },
        ),
    ),
    max_leaves=5,
)  # fmt: skip


@given(SCHEMAS, VALUES)
@example({"type": "integer"}, True)
@example({"pattern": "^a+$"}, "a\n")
@example({"required": ["amount"], "additionalProperties": False}, {"amount": 1})
def test_what_is_quick_says_what_the_whole_validator_says(schema: dict[str, Any], value: Any) -> None:
    keeps = quick_of(schema)
    assert keeps is not None
    assert keeps(value) == (not list(validator_of(schema).iter_errors(value)))


@pytest.mark.parametrize(
    "schema",
    [
        True, {"oneOf": [{"type": "string"}]}, {"enum": [1, True]}, {"additionalProperties": {"type": "string"}},
        {"properties": {"a": {"$ref": "#/$defs/a"}}}, {"items": {"not": {}}}, {"minimum": 0.5}, {"type": "any"},
        {"patternProperties": {"^x": {}}},
    ],
)  # fmt: skip
def test_what_it_does_not_know_is_left_to_the_whole_validator(schema: Any) -> None:
    assert quick_of(schema) is None
