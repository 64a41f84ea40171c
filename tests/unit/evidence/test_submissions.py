"""What a submission must hold, by which method it counts and until when; the laws of both."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from roadworthy.evidence.kinds import check_evidence_kind, shipped
from roadworthy.evidence.model import Method, Submission
from roadworthy.evidence.schemas import EvidenceKind, Freshness, canonical_result, days_of, result_faults, result_schema
from roadworthy.evidence.submissions import at_least_as_strong, cycle, expires_at, faults, method_of, window_of
from roadworthy.inventory.facts import FACTS
from tests.harness.evidence import NOW, submission

HELD = (Method.REPORTED, Method.ATTESTED, Method.DOCUMENTED, Method.MEASURED)
"""From the weakest; what is declared holds as long as it stands there."""

texts = st.text(min_size=1, max_size=20)
handed = st.builds(
    lambda link, files, statement, result: submission(
        link=link, attachments=files, statement=statement, result=result, kind="review"
    ),
    st.none() | st.just("https://documents.example.org/a"),
    st.lists(st.just("sha256:" + "0" * 64), max_size=2),
    st.none() | texts,
    st.just({}) | st.just({"conclusion": "measured"}),
)


@given(handed)
def test_nothing_that_is_handed_in_without_a_signature_is_measured(given_: Submission) -> None:
    method = method_of(given_)

    assert method is (Method.DOCUMENTED if given_.link or given_.attachments else Method.ATTESTED)


def test_no_field_of_a_submission_says_the_method() -> None:
    with pytest.raises(ValidationError):
        submission(method="measured")


days = st.none() | st.integers(1, 3_660)
kinds = st.builds(
    lambda freshness: EvidenceKind(title="Any", description="Any.", freshness=freshness),
    st.builds(Freshness, measured=days, documented=days, attested=days, reported=days),
)
moments = st.integers(0, 10**9).map(lambda seconds: NOW - dt.timedelta(seconds=seconds))


@given(kinds, moments, st.none() | moments)
def test_expiry_is_monotone_in_the_strength_of_the_method(
    kind: EvidenceKind, observed: dt.datetime, sooner: dt.datetime | None
) -> None:
    """In every kind that passes its own check; the others cannot be declared."""
    ends = [expires_at(method, observed, kind, sooner) for method in HELD]
    sound = not check_evidence_kind("any", kind)

    assert not sound or all(weaker <= stronger for weaker, stronger in pairwise(ends))
    assert sound or any(longer > long for long, longer in pairwise(days_of(kind).values()))
    assert all(
        end <= observed + dt.timedelta(days=days_of(kind)[method]) for method, end in zip(HELD, ends, strict=True)
    )
    assert sooner is None or all(end <= sooner for end in ends)


def test_without_a_kind_the_usual_days_fall_with_the_method() -> None:
    usual = [days_of(None)[method] for method in HELD]

    assert usual == sorted(set(usual))
    assert list(pairwise(HELD)) == [
        (weaker, stronger) for weaker, stronger in pairwise(HELD) if at_least_as_strong(stronger, weaker)
    ]


names = st.sampled_from("abcdefgh")


@given(st.dictionaries(names, names, max_size=8))
def test_a_ring_is_found_exactly_where_there_is_one(follows: dict[str, str]) -> None:
    ring = cycle(follows)
    if ring is not None:
        assert ring[0] == ring[-1]
        assert all(follows[here] == there for here, there in pairwise(ring))
        return
    for start in follows:
        at, steps = start, 0
        while at in follows:
            at, steps = follows[at], steps + 1
            assert steps <= len(follows)


@given(st.lists(st.tuples(names, names), max_size=20))
def test_taking_places_one_after_another_never_makes_a_ring(wanted: list[tuple[str, str]]) -> None:
    follows: dict[str, str] = {}
    for former, newer in wanted:
        if former not in follows and cycle(follows | {former: newer}) is None:
            follows[former] = newer
    assert cycle(follows) is None


@pytest.mark.parametrize("moment", ["2026-05-20T10:00:00", 1_767_225_600, 20260520, "20 May", None, True])
def test_a_moment_is_a_day_or_an_instant_with_its_offset(moment: object) -> None:
    with pytest.raises(ValidationError):
        submission(observedTo=moment)


def test_a_day_reaches_from_midnight_to_midnight_and_an_instant_is_one() -> None:
    whole = window_of(submission(observedFrom="2026-05-20", observedTo="2026-05-20"))
    exact = window_of(submission(observedFrom="2026-05-20T10:00:00+02:00", observedTo="2026-05-20T10:00:00+02:00"))

    assert whole == (dt.datetime(2026, 5, 20, tzinfo=dt.UTC), dt.datetime(2026, 5, 21, tzinfo=dt.UTC))
    assert exact == (dt.datetime(2026, 5, 20, 8, tzinfo=dt.UTC),) * 2
    assert faults(submission(observedFrom="2026-06-01", observedTo="2026-06-01"), NOW, shipped()) == []
    assert faults(submission(observedFrom="2026-05-20T10:00:00Z", observedTo="2026-05-20"), NOW, shipped()) == []


def test_a_misspelt_word_is_told_the_nearest() -> None:
    fact, kind = (
        faults(submission(fact="data.path-audit"), NOW, shipped()),
        faults(submission(kind="data-audits"), NOW, shipped()),
    )

    assert fact[0].remedy == "did you mean `data.path-audited`?"
    assert kind[0].remedy == "did you mean `data-audit`?"


# ---------------------------------------------------------------- kinds


def test_the_kinds_that_ship_answer_every_question_and_say_what_each_field_is() -> None:
    answered = {fact for kind in shipped().values() for fact in kind.facts or FACTS}

    assert answered == set(FACTS)
    for name, kind in shipped().items():
        assert check_evidence_kind(name, kind) == []
        assert all(field.description.endswith(".") for field in kind.fields)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"facts": ["data.path-audit"]}, "evidence-kind-fact-unknown"),
        ({"freshness": {"attested": 300}}, "evidence-kind-weaker-holds-longer"),
        ({"freshness": {"documented": 30, "attested": 31}}, "evidence-kind-weaker-holds-longer"),
        (
            {"fields": [{"name": "a", "type": "text", "description": "A."}] * 2},
            "evidence-kind-field-twice",
        ),
    ],
    ids=["fact", "longer than usual", "longer than stronger", "field"],
)
def test_a_kind_that_contradicts_itself_is_refused(changed: dict[str, object], code: str) -> None:
    kind = EvidenceKind.model_validate({"title": "T", "description": "D."} | changed)

    assert [each.code for each in check_evidence_kind("t", kind)] == [code]


FIELDS = EvidenceKind.model_validate(
    {
        "title": "All",
        "description": "One of each.",
        "fields": [
            {"name": "text", "type": "text", "description": "T.", "required": True},
            {"name": "texts", "type": "texts", "description": "T."},
            {"name": "count", "type": "integer", "description": "C.", "least": 0},
            {"name": "share", "type": "number", "description": "S.", "least": 0, "most": 1},
            {"name": "flag", "type": "flag", "description": "F."},
            {"name": "day", "type": "day", "description": "D."},
        ],
    }
)


@pytest.mark.parametrize(
    ("result", "field"),
    [
        ({}, "text"),
        ({"text": 1}, "text"),
        ({"text": "a", "texts": "b"}, "texts"),
        ({"text": "a", "texts": [1]}, "texts.0"),
        ({"text": "a", "count": 1.5}, "count"),
        ({"text": "a", "count": -1}, "count"),
        ({"text": "a", "count": 2**60}, "count"),
        ({"text": "a", "share": "1.5"}, "share"),
        ({"text": "a", "share": float("nan")}, "share"),
        ({"text": "a", "share": float("inf")}, "share"),
        ({"text": "a", "share": "much"}, "share"),
        ({"text": "a", "share": True}, "share"),
        ({"text": "a", "flag": "yes"}, "flag"),
        ({"text": "a", "day": "1 May"}, "day"),
        ({"text": "a", "shares": 1}, "shares"),
    ],
    ids=[str(number) for number in range(15)],
)
def test_a_result_that_is_not_the_kind_s_is_told_by_its_field(result: dict[str, object], field: str) -> None:
    found = result_faults("all", FIELDS, result)

    assert [each.place.field for each in found] == [f"result.{field}"]
    assert found[0].remedy


@given(
    st.fixed_dictionaries(
        {"text": st.text(max_size=9)},
        optional={
            "texts": st.lists(st.text(max_size=9), max_size=3),
            "count": st.integers(0, 2**53 - 1),
            "share": st.floats(0, 1) | st.integers(0, 1) | st.sampled_from(["0.5", "1", "0"]),
            "flag": st.booleans(),
            "day": st.dates().map(str),
        },
    )
)
def test_a_sound_result_has_one_form_which_is_sound_again(result: dict[str, object]) -> None:
    assert result_faults("all", FIELDS, result) == []
    once = canonical_result(FIELDS, result)

    assert canonical_result(FIELDS, once) == once
    assert not any(isinstance(value, float) for value in once.values())
    if abs(float(str(result.get("share", 0)))) > 1e-25 or "share" not in result:
        assert result_faults("all", FIELDS, once) == []


def test_the_published_schema_is_closed_and_names_units() -> None:
    schema = result_schema("load-test", shipped()["load-test"])

    assert schema["additionalProperties"] is False
    assert schema["properties"]["minutes"]["description"].endswith("In minutes.")
    assert schema["properties"]["errorShare"]["maximum"] == 1
