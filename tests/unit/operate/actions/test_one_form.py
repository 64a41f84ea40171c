"""JSON has one form here, whichever way it is written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.actions import arguments as forms

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
@example({"b": 1, "a": {"\u2028": '\x1f"\\/', "\x7f": [True, None]}})
def test_what_is_plain_is_written_as_what_holds_a_fraction_is(value: Any) -> None:
    fraction = forms.read(b"1.50")
    assert forms.written([fraction, value]) == b"[1.50," + forms.written(value) + b"]"


@given(PLAIN)
def test_what_was_written_is_read_as_what_it_was(value: Any) -> None:
    assert forms.read(forms.written(value)) == value


@pytest.mark.parametrize("value", [1.5, {"a": [0.0]}, ["\ud800"], {"a": float("nan")}, [b"a"]])
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        forms.written(value)
