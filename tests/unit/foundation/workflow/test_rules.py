"""How long what failed waits, and how long a lease holds."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.workflow.model import Retries
from roadworthy.foundation.workflow.rules import LONGEST_ERROR, chance, holds, pause, said_of

seconds = st.integers(1, 10_000).map(lambda number: dt.timedelta(seconds=number))
any_retries = st.builds(Retries, first=seconds, factor=st.integers(1, 10), longest=seconds, most=st.integers(1, 30))


@given(any_retries, st.integers(1, 40))
def test_pauses_never_get_shorter_never_exceed_the_longest_and_end(retries: Retries, attempts: int) -> None:
    wait, next_wait = pause(retries, attempts), pause(retries, attempts + 1)

    assert (wait is None) == (attempts >= retries.most)
    if wait is not None:
        assert dt.timedelta(0) < wait <= retries.longest
    if wait is not None and next_wait is not None:
        assert next_wait >= wait


def test_the_usual_pauses_outlast_a_night() -> None:
    pauses = [pause(Retries(), attempts) for attempts in range(1, 9)]

    assert [str(wait) for wait in pauses[:5]] == ["0:00:05", "0:00:20", "0:01:20", "0:05:20", "0:21:20"]
    assert dt.timedelta(hours=8) < sum((wait for wait in pauses if wait), dt.timedelta()) < dt.timedelta(hours=12)


@given(any_retries, st.integers(1, 40), st.floats(0, 1))
def test_chance_takes_at_most_half_of_a_pause_away(retries: Retries, attempts: int, drawn: float) -> None:
    whole, wait = pause(retries, attempts), pause(retries, attempts, drawn)

    assert (wait is None) == (whole is None)
    if whole is not None and wait is not None:
        assert whole / 2 <= wait <= whole


@given(st.binary(min_size=4, max_size=4))
def test_a_chance_is_from_zero_up_to_one(raw: bytes) -> None:
    assert 0 <= chance(raw) < 1


START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
instants = st.integers(-(10**9), 10**9).map(lambda second: START + dt.timedelta(seconds=second))


@given(instants, seconds, seconds)
def test_a_lease_holds_until_its_end_and_nobody_waits_for_one_that_no_clock_could_have_given(
    given_at: dt.datetime, length: dt.timedelta, later: dt.timedelta
) -> None:
    until = given_at + length

    assert holds(until, given_at, length)
    assert holds(until, given_at + later, length) == (later < length)
    assert not holds(until, given_at - length - later, length), "the clock was set back"
    assert not holds(None, given_at, length)


def test_what_was_not_foreseen_is_told_without_its_text() -> None:
    assert said_of(ValueError("dana@example.org")) == "ValueError"
    assert said_of(Unavailable("bell-cracked", "x" * 900, remedy="cast one"))[:14] == "bell-cracked: "
    assert len(said_of(Unavailable("bell-cracked", "x" * 900, remedy="cast one"))) == LONGEST_ERROR
