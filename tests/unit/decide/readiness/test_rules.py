"""What the rubric says of particular use cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roadworthy.decide.readiness.assessment import Judgement, Tone, Verdict
from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.readiness.rules import assess, compile_rubric
from roadworthy.evidence.model import Artefact, Claim, Doubt, Method
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState, seats_of
from tests.unit.decide.readiness.cases import ALL_YES, NOW, PERFECT, claim, rubric_of, subject

SHIPPED = compile_rubric(shipped())


def judge(
    requires: dict[str, Any],
    *claims: Claim,
    spec: dict[str, Any] | None = None,
    answers: dict[str, Answer] | None = None,
    **more: Any,
) -> Judgement:
    """The judgement of one criterion, with claims about `data.path-audited`."""
    rubric = compile_rubric(rubric_of({"requires": requires, **more}))
    handed = {"data.path-audited": list(claims)} if claims else {}
    return assess(subject(spec, answers=answers), handed, rubric, NOW).judgements[0]


AUDIT = {"fact": {"name": "data.path-audited"}}


def test_a_use_case_that_leaves_nothing_open_is_green() -> None:
    assessment = assess(subject(), ALL_YES, SHIPPED, NOW)

    assert {scale.tone for scale in assessment.dimensions.values()} == {Tone.GREEN}
    assert assessment.overall[:2] == (Tone.GREEN, 100)
    assert 90 < assessment.overall.score < 100  # half of it is documented, and only what is measured counts in full
    assert assessment.blockers == ()
    assert assessment.next_change_at is not None


def test_a_use_case_that_says_only_its_title_is_nowhere_green() -> None:
    assessment = assess(subject({"title": "An idea"}), {}, SHIPPED, NOW)

    assert [assessment.dimensions[dimension].tone for dimension in Dimension] == [
        Tone.UNKNOWN,
        Tone.UNKNOWN,
        Tone.UNKNOWN,
        Tone.RED,
    ]
    assert assessment.dimensions[Dimension.DATA].coverage == 0
    assert assessment.next_change_at is None
    first = assessment.blockers[0]
    assert (first.person, first.seat) == (None, SeatState.UNASSIGNED)


@pytest.mark.parametrize(
    ("claims", "verdict", "why"),
    [
        ([claim(Answer.YES)], Verdict.MET, "yes, documented"),
        ([claim(Answer.YES, Method.ATTESTED)], Verdict.MET, "yes, attested"),
        ([claim(Answer.NO)], Verdict.FAILED, "no, documented"),
        ([claim(Answer.IN_PROGRESS)], Verdict.PARTIAL, "in progress, documented"),
        ([claim(Answer.WAIVED)], Verdict.PARTIAL, "waived, which is not a yes, documented"),
        ([claim(Answer.NOT_APPLICABLE)], Verdict.NOT_APPLICABLE, "does not apply, documented"),
        ([claim(Answer.YES, days_ago=400)], Verdict.EXPIRED, "expired: yes, documented"),
        ([claim(Answer.IN_PROGRESS, days_ago=400)], Verdict.EXPIRED, "expired: in progress, documented"),
        ([claim(Answer.NO, days_ago=400)], Verdict.FAILED, "no, documented; asked too long ago"),
        (
            [claim(Answer.YES), claim(Answer.NO, Method.ATTESTED, 1)],
            Verdict.PARTIAL,
            "yes, documented, but a later claim says no",
        ),
    ],
    ids=[
        "documented",
        "attested",
        "no",
        "in progress",
        "waived",
        "not applicable",
        "expired",
        "long in progress",
        "old no",
        "contested",
    ],
)
def test_only_a_live_uncontested_yes_is_good(claims: list[Claim], verdict: Verdict, why: str) -> None:
    judgement = judge(AUDIT, *claims)

    assert (judgement.verdict, judgement.why) == (verdict, why)


def test_what_nobody_answered_is_unknown_and_says_the_question() -> None:
    judgement = judge(AUDIT)

    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.method is None
    assert judgement.why.startswith("nobody has answered: Was the pilot's data")


@pytest.mark.parametrize("answer", [Answer.YES, Answer.NOT_APPLICABLE])
def test_what_only_a_spreadsheet_says_is_never_good(answer: Answer) -> None:
    judgement = judge(AUDIT, answers={"data.path-audited": answer})

    assert (judgement.verdict, judgement.method) == (Verdict.PARTIAL, Method.REPORTED)


def test_a_criterion_can_ask_for_a_stronger_method() -> None:
    measured = {"fact": {"name": "data.path-audited", "methods": ["measured"]}}

    assert judge(measured, claim(Answer.YES)).verdict is Verdict.PARTIAL


def test_a_criterion_can_ask_for_a_fresher_claim() -> None:
    old = claim(Answer.YES, days_ago=91)

    late = judge(AUDIT, old, freshWithin="90d")
    assert late.verdict is Verdict.EXPIRED
    assert late.why.endswith("the rubric asks for one within 90 days")
    assert judge(AUDIT, old, freshWithin="92d").verdict is Verdict.MET


def test_a_placeholder_says_nothing() -> None:
    said = {"fields": {"all": ["purpose", "organisation"]}}
    judgement = judge(said, spec={"title": "x", "purpose": " TBD ", "organisation": "Halden"})

    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.why == "the record does not say `purpose`"


def test_some_fields_can_suffice() -> None:
    two = {"fields": {"all": ["purpose", "organisation", "outcome.metric"], "atLeast": 2}}

    assert judge(two, spec={"title": "x", "purpose": "y", "organisation": "z"}).verdict is Verdict.MET
    assert judge(two, spec={"title": "x", "purpose": "y"}).verdict is Verdict.UNKNOWN


SOURCES = [{"name": "a", "sourceOfTruth": True}, {"name": "b"}, {"name": "c", "sourceOfTruth": False}]


@pytest.mark.parametrize(
    ("sources", "percent", "verdict"),
    [
        ([], 100, Verdict.UNKNOWN),
        (SOURCES[:1], 100, Verdict.MET),
        (SOURCES[:2], 100, Verdict.UNKNOWN),
        (SOURCES[:2], 50, Verdict.MET),
        (SOURCES, 100, Verdict.FAILED),
    ],
    ids=["none", "all", "one silent", "half suffices", "one says no"],
)
def test_every_item_of_a_list_is_asked(sources: list[dict[str, Any]], percent: int, verdict: Verdict) -> None:
    asked = {"each": {"of": "data", "true": ["sourceOfTruth"], "atLeastPercent": percent}}

    assert judge(asked, spec={"title": "x", "data": sources}).verdict is verdict


def test_a_seat_is_failed_partial_or_met() -> None:
    rubric = compile_rubric(rubric_of({"requires": {"owner": "platform"}}))
    nobody = assess(subject({"title": "x"}), {}, rubric, NOW).judgements[0]
    named = assess(subject(accepted=()), {}, rubric, NOW).judgements[0]
    accepted = assess(subject(accepted=(Duty.PLATFORM,)), {}, rubric, NOW).judgements[0]

    assert [each.verdict for each in (nobody, named, accepted)] == [Verdict.FAILED, Verdict.PARTIAL, Verdict.MET]
    assert nobody.why == "nobody is named as platform owner"


@pytest.mark.parametrize(
    ("applies", "spec", "asked"),
    [
        ({"class": ["agentic"]}, {"class": "generative"}, False),
        ({"class": ["agentic"]}, {"class": "agentic"}, True),
        ({"class": ["agentic"]}, {}, True),
        ({"personalData": ["special"]}, {"risk": {"personalData": "none"}}, False),
        ({"tier": ["high"]}, {}, True),
        ({"tier": ["low"]}, {"risk": {"impact": "safety"}}, False),
    ],
    ids=["other class", "this class", "no class", "other data", "open tier", "other tier"],
)
def test_silence_does_not_excuse(applies: dict[str, Any], spec: dict[str, Any], asked: bool) -> None:
    judgement = judge({"fields": {"all": ["purpose"]}}, spec={"title": "x", **spec}, appliesTo=applies)

    assert (judgement.verdict is Verdict.UNKNOWN) == asked
    assert (judgement.verdict is Verdict.NOT_APPLICABLE) == (not asked)


def test_a_should_is_minded_and_does_not_block() -> None:
    must, should = {"requires": {"fields": {"all": ["title"]}}}, {"id": "s", "level": "should", "requires": AUDIT}
    assessment = assess(subject(), {}, compile_rubric(rubric_of(must, should)), NOW)

    assert assessment.dimensions[Dimension.DATA].tone is Tone.AMBER
    assert assessment.blockers == ()


def test_a_blocker_names_whose_it_is_and_what_turns_it_green() -> None:
    assessment = assess(subject(accepted=()), ALL_YES, SHIPPED, NOW)

    assert {blocker.criterion for blocker in assessment.blockers} == {f"{duty}-owner" for duty in Duty}
    first = assessment.blockers[0]
    assert first.person == PERFECT["owners"]["product"]
    assert first.seat is SeatState.UNCONFIRMED
    assert assessment.unconfirmed == tuple(Duty)


def test_every_applicable_criterion_is_counted_under_its_method() -> None:
    assessment = assess(subject(), {}, SHIPPED, NOW)
    applicable = [each for each in assessment.judgements if each.verdict is not Verdict.NOT_APPLICABLE]

    assert sum(assessment.methods.values()) == len(applicable)
    assert assessment.expired == 0
    assert assessment.methods[None] == len([each for each in applicable if each.verdict is Verdict.UNKNOWN])


def score(*claims: Claim) -> int:
    """The score of the dimension in which one fact is asked for and nothing else."""
    rubric = compile_rubric(rubric_of({"requires": AUDIT}))
    return assess(subject(), {"data.path-audited": list(claims)}, rubric, NOW).dimensions[Dimension.DATA].score


@pytest.mark.parametrize(
    ("claims", "worth"),
    [
        ([claim(Answer.YES, Method.MEASURED)], 100),
        ([claim(Answer.YES, Method.DOCUMENTED)], 90),
        ([claim(Answer.YES, Method.ATTESTED)], 80),
        ([claim(Answer.YES, Method.REPORTED)], 25),
        ([claim(Answer.IN_PROGRESS, Method.DOCUMENTED)], 45),
        ([claim(Answer.NOT_APPLICABLE, Method.ATTESTED)], 80),
        ([claim(Answer.YES, Method.MEASURED)._replace(doubt=Doubt.SAMPLE_TOO_SMALL)], 50),
        ([claim(Answer.YES, Method.MEASURED, days_ago=400)], 0),
        ([claim(Answer.NO, Method.MEASURED)], 0),
        ([], 0),
    ],
    ids=[
        "measured", "documented", "attested", "reported", "in progress", "does not apply", "doubtful", "expired", "no",
        "nothing",
    ],
)  # fmt: skip
def test_a_claim_counts_by_its_method(claims: list[Claim], worth: int) -> None:
    assert score(*claims) == worth


def test_what_expired_is_a_state_of_its_own_and_is_not_known() -> None:
    rubric = compile_rubric(rubric_of({"requires": AUDIT}, {"id": "b", "requires": {"fields": {"all": ["title"]}}}))
    assessment = assess(subject(), {"data.path-audited": [claim(Answer.YES, days_ago=400)]}, rubric, NOW)

    assert assessment.expired == 1
    assert assessment.dimensions[Dimension.DATA].coverage == 50
    assert assessment.dimensions[Dimension.DATA].tone is Tone.AMBER
    assert [blocker.verdict for blocker in assessment.blockers] == [Verdict.EXPIRED]


DIGESTS = ["sha256:" + digit * 64 for digit in "ab"]
MODEL = {"kind": "model", "name": "drafter", "version": "4.2", "digest": DIGESTS[0]}


@pytest.mark.parametrize(
    ("name", "digest", "verdict"),
    [
        ("drafter", DIGESTS[0], Verdict.MET),
        ("drafter", DIGESTS[1], Verdict.PARTIAL),
        ("another", DIGESTS[1], Verdict.MET),
    ],
    ids=["this version", "another version", "something else"],
)
def test_a_claim_about_another_version_does_not_count_in_full(name: str, digest: str, verdict: Verdict) -> None:
    bound = claim(Answer.YES)._replace(about=Artefact(name=name, digest=digest))

    assert judge(AUDIT, bound, spec={**PERFECT, "components": [MODEL]}).verdict is verdict
    assert judge(AUDIT, bound).verdict is Verdict.MET  # no digest is declared to hold it against


@pytest.mark.parametrize(
    ("by", "method", "verdict"),
    [
        ("ref-platform", Method.ATTESTED, Verdict.PARTIAL),
        ("ref-platform", Method.DOCUMENTED, Verdict.MET),
        ("ref-business", Method.ATTESTED, Verdict.MET),
    ],
    ids=["owner's word", "owner's document", "another's word"],
)
def test_nobody_vouches_for_what_opens_their_own_gate(by: str, method: Method, verdict: Verdict) -> None:
    known = {f"{duty}@halden.example": f"ref-{duty}" for duty in Duty}
    case = subject(accepted=())
    case = replace(case, seats=seats_of(case.spec.owners, (), known))
    said = claim(Answer.YES, method)._replace(by=by)
    rubric = compile_rubric(rubric_of({"requires": AUDIT}))

    assert assess(case, {"data.path-audited": [said]}, rubric, NOW).judgements[0].verdict is verdict


def test_what_satisfies_a_criterion_is_satisfied_by_anything_stronger() -> None:
    word = {"fact": {"name": "data.path-audited", "methods": ["attested"]}}

    assert judge(word, claim(Answer.YES, Method.MEASURED)).verdict is Verdict.MET


def test_unmet_musts_add_up_to_an_effort_and_count_those_of_nobody() -> None:
    nobody = dict(PERFECT, owners=dict(PERFECT["owners"], platform=None))
    effort = {"effort": {"low": 600, "high": 900}}
    rubric = compile_rubric(rubric_of({"requires": AUDIT, **effort}, {"id": "b", "requires": AUDIT, **effort}))
    assessment = assess(subject(nobody), {}, rubric, NOW)

    assert (assessment.effort.low, assessment.effort.high) == (1200, 1800)
    assert assessment.unowned == 2
