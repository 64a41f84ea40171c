"""Spreadsheets of past reviews: dated by the review, documented by the file, never attested by who is named in it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.app import App
from roadworthy.evidence.collecting import reviews
from roadworthy.evidence.collecting.reviews import Given, Names
from roadworthy.evidence.model import Method
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput
from roadworthy.inventory.facts import FACTS, Answer
from tests.unit.evidence.collecting.conftest import PERSON
from tests.unit.inventory.discovery.logs import table

NOTHING = Given({})
HEADER = ["System", "Question", "Outcome", "Date of review", "Reviewer", "Notes"]
FILE = table(
    ["Reviews of the last two years"],
    HEADER,
    ["Card fraud", "governance.independently-evaluated", "Passed", "13/02/2026", "Bo Miller", "sound"],
    ["AB-7", "Were the privacy risks assessed?", "failed", "1/3/2026", "Bo Miller", "no basis named"],
    ["card-fraud", "governance.impact-assessed", "Approved with conditions", "2024-05-01", "", ""],
)


def test_every_row_is_a_documented_claim_with_its_own_day_and_the_file(app: App) -> None:
    collected = app.collecting.record_reviews(PERSON, "reviews.csv", FILE, NOTHING)

    first, second, third = collected.items
    assert [item.use_case for item in collected.items] == ["card-fraud", "mail", "card-fraud"]
    assert [item.answer for item in collected.items] == [Answer.YES, Answer.NO, Answer.IN_PROGRESS]
    assert {item.method for item in collected.items} == {Method.DOCUMENTED}
    assert {item.attachments[0].digest for item in collected.items} == {digest(FILE)}
    assert first.observed_to == dt.date(2026, 2, 13)
    assert second.observed_to == dt.date(2026, 3, 1)  # day first, as the first row proves
    assert first.recorded_at.date() > first.observed_to
    assert third.expires_at < first.expires_at
    assert first.recorded_by == "person-1"
    assert first.statement == (
        "Row 3 of reviews.csv. The file names Bo Miller as reviewer; they have not attested it here. sound"
    )
    assert b"".join(app.attachments.open(digest(FILE))) == FILE


def test_the_same_file_again_records_nothing(app: App) -> None:
    app.collecting.record_reviews(PERSON, "reviews.csv", FILE, NOTHING)

    again = app.collecting.record_reviews(PERSON, "reviews.csv", FILE, NOTHING)

    assert (again.items, again.prospect.known) == ((), 3)


def test_everything_that_is_wrong_is_told_with_its_cell_before_anything_is_recorded(app: App) -> None:
    content = table(
        HEADER,
        ["Card frod", "governance.impact-assessed", "yes", "2026-01-01", "", ""],
        ["mail", "governance.impact", "yes", "2026-01-01", "", ""],
        ["mail", "governance.impact-assessed", "green", "2026-01-01", "", ""],
        ["mail", "governance.impact-assessed", "yes", "soon", "", ""],
        ["mail", "governance.impact-assessed", "yes", "2199-01-01", "", ""],
        ["", "", "", "2026-01-01", "x", ""],
        ["mail", "governance.impact-assessed", "yes", "2026-01-01", "", ""],
    )

    prospect = app.collecting.reviews("r.csv", content, NOTHING)

    found = [(finding.code, finding.place.cell) for finding in prospect.findings]
    assert found == [
        ("review-use-case-unknown", "A2"),
        ("review-fact-unknown", "B3"),
        ("review-answer-unclear", "C4"),
        ("review-date-missing", "D5"),
        ("review-use-case-missing", "A7"),
        ("review-fact-unknown", "B7"),
        ("review-answer-unclear", "C7"),
        ("evidence-from-the-future", "C6"),
    ]
    assert len(prospect.claims) == 1
    with pytest.raises(InvalidInput):
        app.collecting.record_reviews(PERSON, "r.csv", content, NOTHING)
    assert app.evidence.of("mail") == []
    assert len(app.collecting.record_reviews(PERSON, "r.csv", content, NOTHING, skip_faulty=True).items) == 1


def test_what_holds_for_all_rows_can_be_said_and_a_column_named(app: App) -> None:
    content = table(["What came out", "Signed off"], ["pass", "2026-01-05"], ["n", "2026-01-06"])

    with pytest.raises(InvalidInput) as missing:
        app.collecting.reviews("r.csv", content, NOTHING)
    prospect = app.collecting.reviews(
        "r.csv", content, Given({"What came out": "answer", "Signed off": "to"}, "mail", "governance.impact-assessed")
    )

    assert missing.value.code == "review-columns-missing"
    assert [claim.submission.answer for claim in prospect.claims] == [Answer.YES, Answer.NO]
    with pytest.raises(InvalidInput) as unknown:
        app.collecting.reviews("r.csv", content, Given({"What came ut": "answer"}))
    assert unknown.value.code == "review-column-unknown"
    with pytest.raises(InvalidInput) as target:
        app.collecting.reviews("r.csv", content, Given({"Signed off": "day"}))
    assert target.value.code == "review-target-unknown"


def test_a_title_of_two_use_cases_is_ambiguous() -> None:
    names = Names([("a", "Chat", ()), ("b", "chat", ())])

    _, findings, _ = reviews.prepare(
        "r.csv",
        table(HEADER, ["Chat", "data.documented", "yes", "2026-01-01", "", ""]),
        "sha256:" + "0" * 64,
        names,
        NOTHING,
    )

    assert [finding.code for finding in findings] == ["review-use-case-ambiguous"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(FACTS)),
            st.sampled_from(["yes", "no", "waived"]),
            st.dates(dt.date(2015, 1, 1), dt.date(2025, 12, 31)),
        ),
        min_size=2,
        max_size=20,
    )
)
def test_no_row_is_lost_and_every_day_is_the_one_that_was_written(rows: list[tuple[str, str, dt.date]]) -> None:
    content = table(HEADER, *[["chat", fact, answer, day.isoformat(), "Bo", "x"] for fact, answer, day in rows])

    claims, findings, _ = reviews.prepare("r.csv", content, digest(content), Names([("chat", "Chat", ())]), NOTHING)

    assert findings == []
    assert [
        (claim.submission.fact, claim.submission.answer.value, claim.submission.observed_to) for claim in claims
    ] == rows
    assert all(claim.submission.attachments for claim in claims)
