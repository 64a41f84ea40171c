"""How long a text is kept, as laws."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.ledger.retention import FLOORED, HIPAA_YEARS, Retention, made_before, years_before

instants = st.datetimes(dt.datetime(2010, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - the zone comes from `timezones`
spans = st.timedeltas(dt.timedelta(days=1), dt.timedelta(days=4_000))
policies = st.dictionaries(st.sampled_from(Retention), spans)


@given(st.sampled_from(Retention), policies, instants, st.booleans())
def test_nothing_is_due_for_which_nobody_said_a_span(
    kind: Retention, keep: dict[Retention, dt.timedelta], now: dt.datetime, hipaa: bool
) -> None:
    assert (made_before(kind, keep, now, hipaa=hipaa) is None) is (kind not in keep)


@given(st.sampled_from(Retention), spans, instants)
def test_hipaa_only_ever_keeps_longer_and_six_years_at_least(
    kind: Retention, span: dt.timedelta, now: dt.datetime
) -> None:
    without, within = (made_before(kind, {kind: span}, now, hipaa=hipaa) for hipaa in (False, True))
    assert without is not None
    assert within is not None
    assert within <= without
    if kind in FLOORED:
        assert within <= years_before(now, HIPAA_YEARS)
    else:
        assert within == without


@given(instants, st.integers(0, 9))
def test_years_before_is_the_same_day_or_the_last_of_february(now: dt.datetime, years: int) -> None:
    before = years_before(now, years)
    assert before.year == now.year - years
    assert (before.month, before.day) in {(now.month, now.day), (2, 28)}
    assert now - before <= dt.timedelta(days=366 * years + 1)
