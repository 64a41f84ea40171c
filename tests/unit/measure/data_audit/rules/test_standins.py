"""A number stands for a missing value only where it sticks out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roadworthy.measure.data_audit.rules.standins import stand_ins
from roadworthy.measure.fingerprint.model import Column, Looks
from tests.harness.fingerprints import fingerprint


def column(values: list[int], placeholders: dict[str, int]) -> Column:
    found = fingerprint({"age": values}).column("age")
    assert found is not None
    return replace(found, looks=Looks(of=len(values), placeholders=placeholders))


def test_a_plain_value_is_a_value() -> None:
    days = list(range(1, 1200)) * 3

    assert stand_ins(column(days, {"99": 3, "999": 3})) == {}


@pytest.mark.parametrize("value", [99, 999, -1])
def test_a_spike_stands_for_missing(value: int) -> None:
    days = [*list(range(1, 1200)) * 3, *[value] * 900]

    assert stand_ins(column(days, {str(value): 903})) == {str(value): 903}


def test_a_word_always_does() -> None:
    assert stand_ins(column(list(range(1, 50)), {"n/a": 2, "": 5})) == {"n/a": 2}
