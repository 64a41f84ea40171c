"""Charts: what is drawn adds up, stays on the plane, and says the same in its table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.documents.charts.bars import coverage, named, paired, waterfall
from roadworthy.documents.charts.drawing import HEIGHT, WIDTH, Said, completeness, histogram, hours
from roadworthy.documents.charts.model import Look, Picture
from roadworthy.documents.charts.scales import Scale, edges_of, short
from roadworthy.measure.fingerprint.histogram import of
from roadworthy.measure.fingerprint.model import LogHistogram

SAID = Said("Values", "What is to be seen.")
_VALUES = st.lists(
    st.tuples(st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False), st.integers(1, 1000)),
    min_size=1,
    max_size=30,
)


def _on_the_plane(picture: Picture) -> bool:
    boxes = all(
        rect.x >= 0 and rect.x + rect.width <= WIDTH and rect.y >= 0 and rect.y + rect.height <= HEIGHT + 0.2
        for rect in picture.rects
    )
    lines = all(0 <= each <= WIDTH for line in picture.lines for each in (line.x1, line.x2))
    return boxes and lines and all(0 <= label.x <= WIDTH and 0 <= label.y <= HEIGHT for label in picture.labels)


@given(pilot=_VALUES, production=_VALUES, whole=st.booleans())
def test_any_histograms_can_be_drawn(
    pilot: list[tuple[float, int]], production: list[tuple[float, int]], *, whole: bool
) -> None:
    """On the plane, with shares that add up to all."""
    picture = histogram(SAID, of(pilot), of(production), whole=whole)
    assert picture is not None
    assert _on_the_plane(picture)
    assert picture.table.rows
    assert all(rect.height >= 0 and rect.width >= 0 for rect in picture.rects)


def test_whole_numbers_get_a_bar_each() -> None:
    """Nobody reads 0.5 terminals."""
    picture = histogram(SAID, of([(0, 80), (1, 15), (3, 5)]), of([(0, 9), (1, 1)]), whole=True)
    assert picture is not None
    assert [rect.width for rect in picture.rects] == [pytest.approx(145.5, abs=0.2)] * 2
    assert [row[1:] for row in picture.table.rows] == [("80%", "90%"), ("15%", "10%"), ("5.0%", "0%")]


def test_wide_ranges_go_by_powers() -> None:
    """So that what was 900 and is 90,000 stands twice on one axis."""
    picture = histogram(SAID, of([(900, 10)]), of([(90_000, 10)]))
    assert picture is not None
    assert {"1,000", "10k"} <= {label.text for label in picture.labels}


def test_an_empty_side_is_not_drawn() -> None:
    """There is nothing to lay beside."""
    assert histogram(SAID, LogHistogram(), of([(1, 1)])) is None
    assert hours(SAID, (), (1,) * 24) is None
    assert completeness(SAID, LogHistogram(), LogHistogram(), 60, short) is None
    assert paired(SAID, {}, {}, (1, 1)) is None
    assert coverage(SAID, (), 10, 30) is None
    assert waterfall(SAID, (), 10) is None


def test_hours_of_both_sides() -> None:
    """Each as shares of its own."""
    picture = hours(SAID, (10,) * 24, (0,) * 23 + (5,))
    assert picture is not None
    assert len(picture.rects) == 1
    assert picture.table.rows[23] == ("23:00", "4.2%", "100%")


@given(
    lags=st.lists(st.tuples(st.floats(0.01, 1e8), st.integers(1, 100)), min_size=1, max_size=20), at=st.floats(1, 1e6)
)
def test_completeness_only_rises_and_marks_the_decision(lags: list[tuple[float, int]], at: float) -> None:
    """What has come stays."""
    picture = completeness(SAID, LogHistogram(), of(lags), at, short)
    assert picture is not None
    heights = [float(point.split(",")[1]) for point in picture.paths[0].points.split()]
    assert heights == sorted(heights, reverse=True)
    assert [line.look for line in picture.lines].count(Look.MARK) == 1
    assert picture.labels[-1].text == f"decision after {short(at)}"
    assert _on_the_plane(picture)


def test_pairs_say_what_the_pilot_lacks() -> None:
    """The commonest of production first; the rest is counted."""
    production = {f"v{number}": 100 - number for number in range(20)}
    bars = paired(SAID, {"v0": 50, "old": 5}, production, (55, sum(production.values())))
    assert bars is not None
    assert bars.rows[0].remark == ""
    assert bars.rows[1].remark == "not in the pilot"
    assert bars.rows[1].bars[1].look is Look.OUTSIDE
    assert bars.more == "And 11 more values."


def test_coverage_lists_the_least_covered_first() -> None:
    """Nothing, then too little, then enough."""
    bars = coverage(SAID, [("much", 900, 10), ("few", 5, 20), ("none", 0, 30)], 60, 30)
    assert bars is not None
    assert [(row.name, row.remark) for row in bars.rows] == [
        ("none", "not in the pilot"),
        ("few", "fewer than 30 rows"),
        ("much", ""),
    ]


def test_names_are_short_and_show_what_is_hidden() -> None:
    """A value may be anything."""
    assert named("") == "(empty)"
    assert named("a\u200bb") == "a⟨U+200B⟩b"
    assert len(named("x" * 500)) == 81


@given(low=st.floats(1e-6, 1e6), wide=st.floats(1.01, 1e6))
def test_ticks_lie_on_the_axis(low: float, wide: float) -> None:
    """Round values between the ends, a handful of them."""
    for log in (False, True):
        scale = Scale(low, low * wide, 0, 100, log=log)
        ticks = scale.ticks()
        assert all(low * (1 - 1e-6) <= tick <= low * wide * (1 + 1e-6) for tick in ticks)
        assert len(ticks) <= 14
        assert len(edges_of(low, low * wide, 10, log=log)) == 11


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (250.0, "250"), (0.05, "0.05"), (12_000.0, "12k"), (3.4e6, "3.4M"), (-2e9, "-2G")]
)
def test_numbers_on_an_axis_are_short(value: float, text: str) -> None:
    """There is little room."""
    assert short(value) == text


def test_a_chart_about_new_values_shows_them_and_a_few_known_ones() -> None:
    """However rare they are; with little else to show, more of them."""
    pilot = {f"known{number}": 100 for number in range(20)}
    new = {f"new{number}": 1 for number in range(30)}
    bars = paired(SAID, pilot, pilot | new, (2_000, 2_030), new_first=True)
    assert bars is not None
    assert [row.remark for row in bars.rows] == ["not in the pilot"] * 7 + [""] * 3
    assert bars.more == "And 40 more values."
    bars = paired(SAID, {"known": 100}, {"known": 100} | new, (100, 130), new_first=True)
    assert bars is not None
    assert [row.remark for row in bars.rows] == ["not in the pilot"] * 9 + [""]
