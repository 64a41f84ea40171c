"""Examples show what a gap is about, from both sides, and nothing of personal columns but its form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from roadworthy.measure.data_audit.examples import LONGEST, MOST, examples, shown
from roadworthy.measure.data_audit.model import Check, Example, Verdict
from tests.harness.fingerprints import fingerprint, pair


def _of(rule: str, pilot: Sequence[Any], production: Sequence[Any]) -> tuple[Example, ...]:
    sides = pair(fingerprint({"a": pilot}), fingerprint({"a": production}))
    return examples([Check(rule, Verdict.GAP, "a", finding="seen")], sides)


def _at(month: int, day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


def test_new_values_are_shown_and_what_the_pilot_had_beside_them() -> None:
    found = _of("vocabulary-unseen", ["red"] * 3 + ["blue"], ["red"] * 9 + ["green"] * 4 + ["grey"])
    assert found == (
        Example("pilot", "red", 3),
        Example("pilot", "blue", 1),
        Example("production", "green", 4),
        Example("production", "grey", 1),
    )


def test_no_more_than_a_few_of_each_side_and_the_commonest_of_those() -> None:
    values = [f"v{place}" for place in range(20) for _ in range(place + 1)]
    found = _of("distribution-shifted", values, values)
    assert [each.text for each in found] == ["v19", "v18", "v17"] * 2
    assert len(found) == 2 * MOST


def test_what_stands_for_nothing_is_shown_where_values_are_missing() -> None:
    found = _of("missing-values", ["a"] * 50, ["a"] * 40 + ["N/A"] * 9 + ["unknown"] * 2)
    assert [(each.text, each.count) for each in found if each.side == "production"] == [("N/A", 9), ("unknown", 2)]


def test_damaged_characters_are_shown_where_they_are() -> None:
    found = _of("encoding-damaged", ["Müller"], ["Müller"] * 5 + ["MÃ¼ller"] * 2 + ["M\ufffdller"])
    assert [each.text for each in found if each.side == "production"] == ["MÃ¼ller", "M\ufffdller"]


def test_of_numbers_and_moments_the_span_is_told() -> None:
    numbers = _of("out-of-range", [1, 2, 3], [1_500, 2_000, 250_000])
    assert numbers[0].text.startswith("1 to 3, in the middle ")
    assert numbers[1].text.startswith("1,500 to 250,000, in the middle ")
    assert numbers[1].count == 3
    moments = _of("stale-now", [_at(1, 1, 8)], [_at(1, 2, 8), _at(2, 2, 9)])
    assert moments[1].text == "2026-01-02 08:00 to 2026-02-02 09:00"


def test_how_values_are_written_is_told_as_forms() -> None:
    found = _of("format-changed", ["2026-01-02"] * 4, ["02/01/2026"] * 4)
    assert [(each.side, each.text) for each in found] == [("pilot", "9+-99-99"), ("production", "99/99/9+")]


def test_values_of_a_personal_column_are_forms_only() -> None:
    pilot, production = fingerprint({"a": ["ann@x.example"] * 9}), fingerprint({"a": ["Bob.7@y.example"] * 9})
    (column,) = production.columns
    assert column.looks is not None
    told = replace(column, looks=replace(column.looks, personal={"email": column.looks.of}))
    sides = pair(pilot, replace(production, columns=(told,)))
    found = examples([Check("vocabulary-unseen", Verdict.GAP, "a", finding="seen")], sides)
    assert {each.text for each in found} == {"a@a.a", "Aa.9@a.a"}, "the pilot's too: one side says what the column is"


def test_nothing_is_shown_of_what_is_no_gap_or_no_column() -> None:
    sides = pair(fingerprint({"a": [1]}), fingerprint({"a": [2]}))
    assert examples([Check("out-of-range", Verdict.UNKNOWN, "a", finding="seen")], sides) == ()
    assert examples([Check("duplicates", Verdict.GAP, finding="seen")], sides) == ()


def test_a_long_value_is_shortened() -> None:
    assert len(shown("x" * 500)) == LONGEST
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert shown("Émile Ünal 42", masked=True) == "Aa Aa 9"
