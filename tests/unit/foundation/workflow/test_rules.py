"""How long a failing timer waits."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.workflow.model import Retries
from roadworthy.foundation.workflow.rules import pause

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
