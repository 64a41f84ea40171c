"""Evidence on which a decision may rest: only what is answered well, in full, undisputed and recently enough."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.approvals.freshness import _shortfall
from roadworthy.evidence.model import Claim, Doubt, Method
from roadworthy.evidence.rules import standing
from roadworthy.inventory.facts import Answer

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def claim(
    answer: Answer = Answer.YES,
    method: Method = Method.MEASURED,
    age: dt.timedelta = DAY,
    lasts: dt.timedelta = 90 * DAY,
    doubt: Doubt | None = None,
) -> Claim:
    return Claim(answer, method, NOW - age, NOW - age + lasts, doubt=doubt)


def missing(one: Claim, days: int | None = None) -> str | None:
    within = None if days is None else days * 86_400.0
    limit = None if days is None else days * DAY
    return _shortfall(standing([one], NOW, limit), "security-review", within, NOW)


def test_what_is_measured_and_recent_is_enough() -> None:
    assert missing(claim()) is None
    assert missing(claim(), 2) is None


@pytest.mark.parametrize(
    ("one", "days", "said"),
    [
        (claim(Answer.NO), None, "says no"),
        (claim(Answer.IN_PROGRESS), None, "says in-progress"),
        (claim(Answer.WAIVED), None, "says waived"),
        (claim(age=91 * DAY), None, "has expired"),
        (claim(age=3 * DAY), 2, "is older than 2d"),
        (claim(doubt=next(iter(Doubt))), None, "is in doubt"),
        (claim(method=Method.REPORTED), None, "is only reported"),
    ],
)
def test_what_is_missing_is_named(one: Claim, days: int | None, said: str) -> None:
    assert said in str(missing(one, days))


@given(st.sampled_from(Answer), st.sampled_from(Method), st.integers(0, 200), st.integers(1, 200), st.integers(1, 200))
def test_asking_for_more_recent_evidence_never_makes_it_enough(
    answer: Answer, method: Method, age: int, lasts: int, within: int
) -> None:
    one = claim(answer, method, age * DAY, lasts * DAY)
    if missing(one, within) is None:
        assert missing(one) is None
        assert missing(one, within + 1) is None
