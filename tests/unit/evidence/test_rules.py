"""Which claims count, and which attestations are refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.evidence.model import Claim, Doubt, Method
from roadworthy.evidence.rules import FRESHNESS, end_of, expiry, reported, standing
from roadworthy.inventory.facts import Answer

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TODAY = NOW.date()


def claim(answer: Answer, method: Method, days_ago: int, id_: str = "a") -> Claim:
    observed = NOW - dt.timedelta(days=days_ago)
    return Claim(answer, method, observed, observed + FRESHNESS[method], id_)


def test_freshness_runs_from_the_last_day_observed() -> None:
    observed = end_of(dt.date(2026, 1, 1))

    assert expiry(Method.ATTESTED, observed) == observed + FRESHNESS[Method.ATTESTED]
    assert expiry(Method.DOCUMENTED, observed) > expiry(Method.ATTESTED, observed)


def test_a_document_counts_more_than_a_newer_word_and_a_word_more_than_a_newer_report() -> None:
    document = claim(Answer.YES, Method.DOCUMENTED, 100)
    word = claim(Answer.IN_PROGRESS, Method.ATTESTED, 10)
    report = reported(Answer.YES, NOW - dt.timedelta(days=1))

    assert standing([report, word, document], NOW).claim == document
    assert standing([report, word], NOW).claim == word


def test_of_one_method_the_latest_counts() -> None:
    older = claim(Answer.YES, Method.ATTESTED, 20, "older")
    newer = claim(Answer.NO, Method.ATTESTED, 10, "newer")

    assert standing([newer, older], NOW).claim == newer


def test_a_later_no_contests_a_stronger_yes_and_an_earlier_one_does_not() -> None:
    yes = claim(Answer.YES, Method.DOCUMENTED, 50)
    later = claim(Answer.NO, Method.ATTESTED, 5)
    earlier = claim(Answer.NO, Method.ATTESTED, 60)

    assert standing([yes, later], NOW).contested_by == later
    assert standing([yes, earlier], NOW).contested_by is None


def test_an_expired_claim_counts_only_where_nothing_lives() -> None:
    expired = claim(Answer.YES, Method.DOCUMENTED, 400)
    word = claim(Answer.NO, Method.ATTESTED, 170)

    assert standing([expired, word], NOW).claim == word
    assert not standing([expired], NOW).live
    two = standing([expired, claim(Answer.NO, Method.DOCUMENTED, 500)], NOW)
    assert (two.claim, two.live) == (expired, False)


def test_a_rubric_can_ask_for_fresher_claims_and_never_for_staler_ones() -> None:
    word = claim(Answer.YES, Method.ATTESTED, 100)

    assert not standing([word], NOW, dt.timedelta(days=90)).live
    assert standing([word], NOW, dt.timedelta(days=9_000)).claim.expires_at == word.expires_at


claims = st.builds(
    claim,
    st.sampled_from(Answer),
    st.sampled_from([Method.REPORTED, Method.ATTESTED, Method.DOCUMENTED]),
    st.integers(0, 500),
    st.uuids().map(str),
)


def test_a_no_lasts_until_something_as_strong_and_later_answers_it() -> None:
    refused = claim(Answer.NO, Method.DOCUMENTED, 400, "no")
    word = claim(Answer.YES, Method.ATTESTED, 5, "word")
    document = claim(Answer.YES, Method.DOCUMENTED, 5, "document")

    assert standing([refused, word], NOW) == (refused, False, None)
    assert standing([refused, word, document], NOW).claim == document
    assert standing([refused, word, document._replace(doubt=Doubt.CONTESTED)], NOW).claim.id == "document"


def test_a_disputed_claim_gives_way_to_a_weaker_one_that_nobody_disputes() -> None:
    disputed = claim(Answer.YES, Method.MEASURED, 5, "disputed")._replace(doubt=Doubt.CONTESTED)
    word = claim(Answer.YES, Method.ATTESTED, 5, "word")

    assert standing([disputed, word], NOW).claim == word
    assert standing([disputed], NOW).claim == disputed


def test_what_is_under_way_gives_way_to_a_later_yes_and_not_to_an_earlier_one() -> None:
    under_way = claim(Answer.IN_PROGRESS, Method.DOCUMENTED, 100, "under way")

    assert standing([under_way, claim(Answer.YES, Method.ATTESTED, 5, "later")], NOW).claim.id == "later"
    assert standing([under_way, claim(Answer.YES, Method.ATTESTED, 150, "earlier")], NOW).claim.id == "under way"


@given(st.lists(claims, min_size=1, max_size=6), st.randoms())
def test_the_order_of_claims_decides_nothing(known: list[Claim], order: Any) -> None:
    shuffled = list(known)
    order.shuffle(shuffled)

    assert standing(known, NOW) == standing(shuffled, NOW)
