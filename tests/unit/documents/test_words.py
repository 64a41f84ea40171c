"""Numbers as a reader takes them in."""

from __future__ import annotations

import pytest

from roadworthy.documents import words
from roadworthy.measure.data_audit.model import Measure
from roadworthy.measure.fingerprint.model import Distinct, Share


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.314, "31%"),
        (0.0314, "3.1%"),
        (0.00314, "0.31%"),
        (0.00001, "under 0.01%"),
        (0.996, "99.60%"),
        (0.99999, "over 99.99%"),
        (0.95, "95.0%"),
    ],
)
def test_percent_never_rounds_to_nothing_or_to_all(share: float, text: str) -> None:
    """What is a little reads as a little."""
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 second"),
        (0.25, "0.25 seconds"),
        (90, "1.5 minutes"),
        (150, "2.5 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
        (-30, "minus 30 seconds"),
    ],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    """In the unit that a person would use."""
    assert words.lasting(seconds) == text


def test_counts_lists_and_sizes() -> None:
    """Small words for small things."""
    assert [words.many(count, "gap") for count in (0, 1, 1_200)] == ["0 gaps", "1 gap", "1,200 gaps"]
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert words.listed([]) == "none"
    assert [words.stored(size) for size in (None, 1, 1_500, 2_000_000_000)] == [
        "not known",
        "1 byte",
        "1.5 kB",
        "2.0 GB",
    ]
    assert [words.counted(value) for value in (12345.0, 0.5, 123.4)] == ["12,345", "0.5", "123"]
    assert words.share(Share(1, 16)) == "1 of 16 (6.2%)"
    assert words.share(Share(0, 0)) == "0 of 0"
    assert words.distinct(None) == "not known"
    assert words.distinct(Distinct(3, 3, 3)) == "3"
    assert words.distinct(Distinct(900, 1_000, 1_100)) == "about 1,000"
    assert words.interval(0.29, 0.33) == "29% to 33%"
    assert words.interval(0.3101, 0.3102) == "31%"


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        (None, ""),
        (Measure(None), ""),
        (Measure("text"), "text"),
        (Measure(0.2, "share", 5_000, 0.19, 0.21), "20% of 5,000 (19% to 21%)"),
        (Measure(900.0, "EUR", 10), "900 EUR, from 10 rows"),
        (Measure(7_200, "seconds"), "2 hours"),
        (Measure(393.0, "middle value", 600), "middle value 393, from 600 rows"),
        (Measure(1.0, "values", 600), "1 value, from 600 rows"),
        (Measure(86_400, "seconds"), "1 day"),
        (Measure(1_500, "bytes"), "1.5 kB"),
        (Measure(0.0625, ""), "0.0625"),
        (Measure(5.0, "rows", None, 5.0, 5.0), "5 rows"),
    ],
)
def test_a_measure_says_what_it_is_of(measure: Measure | None, text: str) -> None:
    """The number, its unit, what it was counted on, its interval."""
    assert words.measured(measure) == text
