"""A span of time means the same wherever and however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation import spans

UNITS = {
    "ms": 0.001, "s": 1, "sec": 1, "seconds": 1, "m": 60, "min": 60, "minutes": 60, "h": 3_600, "hour": 3_600,
    "d": 86_400, "days": 86_400, "w": 604_800, "month": 2_592_000, "quarters": 7_776_000, "y": 31_536_000,
}  # fmt: skip
counts = st.integers(1, 999_999_999)
units = st.sampled_from(sorted(UNITS))
blanks = st.sampled_from(["", " ", "  ", "\t"])
written = st.builds("{}{}{}".format, counts, blanks, units)


@given(counts, blanks, units, st.booleans())
def test_a_number_with_its_unit_is_that_many_of_the_unit(count: int, blank: str, unit: str, apart: bool) -> None:
    text = f"  {count}{blank}{unit.upper()} "

    assert spans.seconds(text) == pytest.approx(count * UNITS[unit], rel=1e-15)
    assert spans.seconds(count if apart else str(count), unit) == spans.seconds(text)
    assert spans.seconds(f"every {text}") == spans.seconds(text)


@given(units)
def test_each_of_a_unit_is_one_of_it(unit: str) -> None:
    assert spans.seconds(f"every {unit}") == spans.seconds(f"per {unit}") == spans.of_unit(unit) == UNITS[unit]


@given(st.lists(st.integers(0, 500), min_size=7, max_size=7))
def test_a_duration_of_iso_8601_is_the_sum_of_its_parts(parts: list[int]) -> None:
    years, months, weeks, days, hours, minutes, moments = parts
    text = f"P{years}Y{months}M{weeks}W{days}DT{hours}H{minutes}M{moments}S"
    total = (years * 365 + months * 30 + weeks * 7 + days) * 86_400 + hours * 3_600 + minutes * 60 + moments

    assert spans.seconds(text) == (total or None)
    assert spans.longest(f"at most {text}, says the contract") == (total or None)


@given(st.integers(1, 10**12 - 1))
def test_what_was_written_is_read_again(thousandths: int) -> None:
    span = thousandths / 1_000
    count, unit = spans.parted(span)

    assert spans.seconds(spans.written(span)) == spans.seconds(count, unit) == span


@given(st.lists(written, min_size=1, max_size=4), st.sampled_from([" to ", ", ", " or ", " / "]))
def test_a_sentence_promises_the_longest_that_it_names(named: list[str], between: str) -> None:
    lengths = [length for each in named if (length := spans.seconds(each))]

    assert spans.longest(f"Between {between.join(named)}.") == max(lengths)


@given(st.text(max_size=40) | st.text("0123456789.,- pteverymdhs/", max_size=40))
def test_whatever_is_written_is_longer_than_nothing_or_no_span(text: str) -> None:
    exactly, anywhere = spans.seconds(text), spans.longest(text)

    assert exactly is None or exactly > 0
    assert anywhere is None or anywhere > 0
    assert exactly is None or anywhere == exactly


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("daily", 86_400), ("Nightly", 86_400), ("hourly", 3_600), ("streaming", 60), ("real time", 60),
        ("P1D", 86_400), ("PT15M", 900), ("P1M", 2_592_000), ("PT1.5H", 5_400), ("1.5 s", 1.5), ("36h", 129_600),
    ],
)  # fmt: skip
def test_words_and_abbreviations(text: str, found: float) -> None:
    assert spans.seconds(text) == spans.longest(text) == found


@pytest.mark.parametrize(
    "text", ["", "soon", "on push", "4", "-2s", "0d", "nan s", "1e3 s", "P", "PT", "hour", "1h30m", "1,000 s", "5 feet"]
)
def test_what_is_no_span(text: str) -> None:
    assert spans.seconds(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5m to nightly", 86_400), ("every 2 hours", 7_200), ("5-10 minutes", 600), ("within 5m,10m", 600),
        ("in 1h30m", None), ("a 1,000 s wait", None), ("days", None), (None, None),
    ],
)  # fmt: skip
def test_spans_in_a_sentence(text: str | None, found: float | None) -> None:
    assert spans.longest(text) == found


def test_a_unit_that_nobody_knows_is_none() -> None:
    assert spans.of_unit("fortnight") is None
    assert spans.seconds("4", "fortnights") is None
    assert spans.seconds(None, "d") is None
