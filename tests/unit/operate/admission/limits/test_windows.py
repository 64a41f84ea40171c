"""Windows of time: every instant is in one piece, pieces follow each other, and calendars are those of their zone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.admission.limits.windows import CALENDAR, ENDLESS, Window

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe")
WINDOWS = st.one_of(
    st.builds(Window, st.sampled_from(CALENDAR), st.just(0), st.sampled_from(ZONES)),
    st.builds(Window, st.just(""), st.integers(20, 31 * 86_400)),
)
INSTANTS = st.integers(0, 4_102_444_800)


@given(WINDOWS, INSTANTS)
def test_every_instant_is_in_one_piece_and_the_next_begins_where_it_ends(window: Window, at: int) -> None:
    starts, ends = window.piece_at(at)
    assert ends is not None
    assert starts <= at < ends
    assert window.piece_at(ends)[0] == ends
    assert window.piece_at(ends - 1) == (starts, ends)
    assert window.piece_at(starts) == (starts, ends)


@given(st.integers(20, 31 * 86_400), INSTANTS)
def test_pieces_of_a_sliding_window_reach_back_at_least_a_span_and_a_twentieth_more_at_most(span: int, at: int) -> None:
    window = Window(seconds=span)
    starts, _ = window.piece_at(at)
    assert starts - window.back <= at - span
    assert at - (starts - window.back) <= span + 2 * window.piece
    assert window.piece <= max(1, -(-span // 20))


@pytest.mark.parametrize(
    ("per", "zone", "at", "starts", "hours"),
    [
        ("day", "Europe/Berlin", "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", 23),
        ("day", "Europe/Berlin", "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00", 25),
        ("week", "UTC", "2026-06-07T23:59:59+00:00", "2026-06-01T00:00:00+00:00", 168),
        ("month", "UTC", "2028-02-29T10:00:00+00:00", "2028-02-01T00:00:00+00:00", 29 * 24),
        ("hour", "Asia/Kolkata", "2026-06-01T10:45:00+05:30", "2026-06-01T10:00:00+05:30", 1),
    ],
)
def test_calendars_are_those_of_the_zone(per: str, zone: str, at: str, starts: str, hours: int) -> None:
    found = Window(per, zone=zone).piece_at(dt.datetime.fromisoformat(at).timestamp())
    begin = int(dt.datetime.fromisoformat(starts).timestamp())
    assert found == (begin, begin + hours * 3_600)


def test_what_has_no_window_is_one_piece() -> None:
    assert Window(ENDLESS).piece_at(5e9) == (0, None)
