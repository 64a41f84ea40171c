"""JSON that reads in one way only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from roadworthy.foundation import strict_json

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_plainly_is_read_as_it_was(value: object) -> None:
    assert strict_json.read(json.dumps(value)) == value
    assert strict_json.read(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1, "a": 1}',
        '{"b": {"a": 1, "\\u0061": 2}}',
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "{'a': 1}",
        "",
        "1 2",
        b"\xff",
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        "[" * 100_000,
    ],
)
def test_what_two_readers_could_take_differently_is_none(content: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.read(content)


@pytest.mark.parametrize("content", ["1.5", "1e3", '{"a": [0.0]}'])
def test_fractions_are_refused_where_numbers_are_whole(content: str) -> None:
    assert strict_json.read(content) is not None
    with pytest.raises(ValueError, match="no whole number"):
        strict_json.read(content, fractions=False)
