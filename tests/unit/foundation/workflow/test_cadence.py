"""When something that happens again and again happens."""

from __future__ import annotations

import datetime as dt
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.workflow.cadence import At, Cadence, Every, Missed, due, fires, next_after

START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")

instants = st.integers(-(10**9), 10**9).map(lambda second: START + dt.timedelta(seconds=second))
steps = st.integers(60, 10**6).map(lambda seconds: Every(dt.timedelta(seconds=seconds)))
times = st.times().map(lambda time: time.replace(microsecond=0, fold=0))
days = st.builds(At, times, st.sampled_from(ZONES), st.one_of(st.none(), st.integers(0, 6)))
cadences: st.SearchStrategy[Cadence] = st.one_of(steps, days)


@given(cadences, instants)
def test_the_next_fire_is_after_the_instant_and_nothing_is_between(cadence: Cadence, instant: dt.datetime) -> None:
    fire = next_after(cadence, instant)

    assert fire > instant
    assert next_after(cadence, fire - dt.timedelta(microseconds=1)) == fire
    assert next_after(cadence, instant + (fire - instant) / 2) == fire


@given(days, instants)
def test_every_day_of_the_zone_has_one_fire_whatever_its_clocks_do(cadence: At, instant: dt.datetime) -> None:
    zone = ZoneInfo(cadence.zone)
    first = next_after(cadence, instant)
    found = [each.astimezone(zone) for each in islice(fires(cadence, first, first + dt.timedelta(days=4000)), 400)]

    step = dt.timedelta(days=1 if cadence.weekday is None else 7)
    dates = [each.date() for each in found]
    gaps = {later - earlier for earlier, later in pairwise(dates)}
    assert gaps <= {step, 2 * step}, "Samoa had no 30 December 2011"
    usual = [each for each in found if each.time() == cadence.time]
    assert len(usual) >= len(found) - 8, "only on the days on which clocks are changed is it another time"


@given(cadences, instants, st.integers(0, 40), st.sampled_from(Missed))
def test_what_is_due_is_done_or_counted_and_what_is_next_lies_ahead(
    cadence: Cadence, instant: dt.datetime, hours: int, missed: Missed
) -> None:
    first = next_after(cadence, instant)
    now = first + hours * HOUR
    all_of_them = list(fires(cadence, first, now))
    what = due(cadence, missed, first, now, HOUR)

    if missed is Missed.ALL:
        assert (what.fire, what.skipped, what.then) == (first, 0, next_after(cadence, first))
        return
    assert what.skipped + (what.fire is not None) == len(all_of_them)
    assert what.then > now
    assert what.fire in {None, all_of_them[-1]}
    assert (what.fire is None) == (missed is Missed.SKIP and now - all_of_them[-1] > HOUR)


def test_the_two_days_on_which_clocks_are_changed() -> None:
    daily = At(dt.time(2, 30), "Europe/Berlin")
    spring = list(fires(daily, dt.datetime(2026, 3, 28, 1, 30, tzinfo=dt.UTC), START + dt.timedelta(days=90)))
    autumn = next_after(daily, dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC))

    assert [f"{each:%d %H:%M}" for each in spring[:3]] == ["28 01:30", "29 01:30", "30 00:30"]
    assert f"{autumn:%d %H:%M}" == "25 00:30"
    assert f"{next_after(daily, autumn):%d %H:%M}" == "26 01:30"


def test_cadences_say_themselves_and_refuse_what_no_calendar_has() -> None:
    assert str(Every(HOUR)) == "every 1:00:00"
    assert str(At(dt.time(7), "Europe/Berlin", 0)) == "every Monday at 07:00:00 Europe/Berlin"
    assert str(At(dt.time(7), "UTC")) == "every day at 07:00:00 UTC"
    with pytest.raises(ValueError, match="at least a second"):
        Every(dt.timedelta())
    with pytest.raises(ValueError, match="0 to 6"):
        At(dt.time(7), "UTC", 7)
    with pytest.raises(ZoneInfoNotFoundError):
        At(dt.time(7), "Europe/Atlantis")
