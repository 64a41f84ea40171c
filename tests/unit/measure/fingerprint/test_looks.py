"""Patterns of what a text can read as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.fingerprint.looks import BY_LETTER, LEADING_ZERO, PARSES

EARLY = {name: pattern for name, pattern in PARSES.items() if name not in BY_LETTER} | {"zero": LEADING_ZERO}


@pytest.mark.parametrize("name", EARLY)
@given(data=st.data())
def test_what_is_not_said_to_begin_with_a_letter_sorts_before_one(name: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(EARLY[name].replace("\\z", "\\Z"), fullmatch=True))
    assert text.encode() < b":"


@pytest.mark.parametrize("name", sorted(BY_LETTER))
def test_the_others_are_patterns_too(name: str) -> None:
    assert name in PARSES
