"""Laws of readiness that hold for every use case."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.readiness.assessment import Assessment, Scale, Tone, Verdict
from roadworthy.decide.readiness.course import Course, columns_of, course_of
from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Dimension, Level
from roadworthy.decide.readiness.rules import Compiled, assess, compile_rubric
from roadworthy.evidence.model import Artefact, Claim, Doubt, Method
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty
from tests.unit.decide.readiness.cases import ALL_YES, NOW, PERFECT, claim, rubric_of, subject

RUBRIC = compile_rubric(shipped())

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Paths of everything in a spec that can be left unsaid."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list) and inner and isinstance(next(iter(inner)), str | dict):
            yield from leaves(inner, (*path, key))
        elif (path, key) != ((), "title"):
            yield (*path, key)


NEEDED = {("components", 0, "kind"), ("components", 0, "name"), ("data", 0, "name"), ("integrations", 0, "system")}
OPTIONAL = sorted(
    {path for path in leaves(PERFECT) if path not in NEEDED and not {"annualValue", "postures"} & set(path)}
    | {("outcome", "annualValue"), ("outcome",), ("postures",), ("data",), ("components",), ("integrations",)},
    key=str,
)


def unsaid(spec: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """The spec without what stands under the paths."""
    left = copy.deepcopy(dict(spec))
    for path in paths:
        inside: Any = left
        for key in path[:-1]:
            inside = inside.get(key) if isinstance(inside, dict) else inside[key] if len(inside) > int(key) else None
            if inside is None:
                break
        if isinstance(inside, dict):
            inside.pop(path[-1], None)
        elif isinstance(inside, list) and inside and not isinstance(inside[0], dict):
            inside.clear()
    if "metric" not in left.get("outcome", {"metric": ""}):
        left.pop("outcome")
    return left


METHODS = [Method.REPORTED, Method.ATTESTED, Method.DOCUMENTED, Method.MEASURED]
ARTEFACTS = [Artefact(name="drafter", digest="sha256:" + digit * 64) for digit in "ab"]
VERSIONED = {**PERFECT, "components": [{**PERFECT["components"][0], "digest": ARTEFACTS[0].digest}]}


def any_claim(**of: Any) -> st.SearchStrategy[Claim]:
    """A claim with a life of its own length, about some version, by somebody, in some doubt."""
    plain = st.builds(
        claim,
        of.get("answers", st.sampled_from(Answer)),
        st.sampled_from(METHODS),
        st.integers(0, 500),
        st.sampled_from("abcdefgh"),
    )
    return st.builds(
        lambda made, days, by, about, doubt: made._replace(
            expires_at=min(made.expires_at, made.observed_at + dt.timedelta(days=days)), by=by, about=about, doubt=doubt
        ),
        plain,
        st.integers(1, 600),
        st.sampled_from([None, "ref", "somebody else"]),
        st.sampled_from([None, None, *ARTEFACTS]),
        st.sampled_from([None, None, None, *Doubt]),
    )


claims = any_claim()
good_claims = any_claim(answers=st.sampled_from([Answer.YES, Answer.NOT_APPLICABLE]))
evidence = st.dictionaries(st.sampled_from(sorted(FACTS)), st.lists(claims, min_size=1, max_size=3), max_size=24)
mostly_yes = st.dictionaries(st.sampled_from(sorted(FACTS)), st.lists(claims, min_size=1, max_size=2), max_size=3).map(
    lambda some: {**ALL_YES, **some}
)
answers = st.dictionaries(st.sampled_from(sorted(FACTS)), st.sampled_from(Answer), max_size=24)
hidden = st.lists(st.sampled_from(OPTIONAL), max_size=12)
seats = st.lists(st.sampled_from(Duty), unique=True)


def judged(
    spec: Mapping[str, Any],
    known: Mapping[str, Sequence[Claim]],
    accepted: Sequence[Duty],
    told: Mapping[str, Answer] | None = None,
    now: dt.datetime = NOW,
) -> Assessment:
    return assess(subject(spec, accepted, told), known, RUBRIC, now)


def parts(assessment: Assessment) -> list[Scale]:
    return [assessment.overall, *assessment.dimensions.values()]


def is_not_better(left: Assessment, right: Assessment) -> bool:
    return all(
        a.tone.rank <= b.tone.rank and a.score <= b.score for a, b in zip(parts(left), parts(right), strict=True)
    )


@given(hidden, evidence | mostly_yes, seats | st.just(list(Duty)), st.sampled_from(sorted(FACTS)))
def test_a_good_fact_never_lowers_anything(
    gone: list[Path], known: dict[str, list[Claim]], accepted: list[Duty], fact: str
) -> None:
    spec = unsaid(PERFECT, gone)
    more = {**known, fact: [*known.get(fact, ()), claim(Answer.YES, Method.DOCUMENTED, 0, "good")]}

    assert is_not_better(judged(spec, known, accepted), judged(spec, more, accepted))


@given(hidden, evidence | mostly_yes, answers, st.sampled_from(sorted(FACTS)))
def test_taking_a_claim_away_never_raises_anything(
    gone: list[Path], known: dict[str, list[Claim]], told: dict[str, Answer], fact: str
) -> None:
    spec = unsaid(PERFECT, gone)
    fewer = {name: some for name, some in known.items() if name != fact}
    less_told = {name: answer for name, answer in told.items() if name != fact}

    assert is_not_better(judged(spec, fewer, tuple(Duty), less_told), judged(spec, known, tuple(Duty), told))


MEASURED_ONLY = compile_rubric(
    rubric_of(
        {"requires": {"fact": {"name": "data.path-audited", "methods": ["measured"]}}, "freshWithin": "100d"},
        {"id": "b", "requires": {"fact": {"name": "data.path-audited", "methods": ["documented"]}}},
        {"id": "c", "requires": {"fact": {"name": "data.path-audited"}}, "freshWithin": "30d"},
    )
)
RUBRICS = st.sampled_from([RUBRIC, MEASURED_ONLY])
FACT = "data.path-audited"


@given(RUBRICS, st.lists(claims, max_size=4), good_claims, st.booleans())
def test_taking_one_good_claim_away_never_raises_anything(
    rubric: Compiled, others: list[Claim], good: Claim, accepted: bool
) -> None:
    case = subject(VERSIONED, tuple(Duty) if accepted else ())
    without, with_it = (assess(case, {FACT: known}, rubric, NOW) for known in (others, [*others, good]))

    assert is_not_better(without, with_it)


@given(RUBRICS, st.lists(claims, max_size=4), good_claims, st.sampled_from(METHODS), st.booleans())
def test_a_weaker_method_never_scores_higher(
    rubric: Compiled, others: list[Claim], good: Claim, method: Method, accepted: bool
) -> None:
    weaker = good._replace(method=min(method, good.method, key=METHODS.index))
    case = subject(VERSIONED, tuple(Duty) if accepted else ())
    low, high = (assess(case, {FACT: [*others, each]}, rubric, NOW) for each in (weaker, good))

    assert is_not_better(low, high)


@given(RUBRICS, st.lists(claims, min_size=1, max_size=5), answers, st.integers(0, 700), st.booleans())
def test_time_alone_never_raises_anything(
    rubric: Compiled, known: list[Claim], told: dict[str, Answer], days: int, accepted: bool
) -> None:
    case = subject(VERSIONED, tuple(Duty) if accepted else (), told)
    now, later = (assess(case, {FACT: known}, rubric, NOW + dt.timedelta(days=passed)) for passed in (0, days))

    assert is_not_better(later, now)


@given(RUBRICS, hidden, evidence | mostly_yes, answers, seats, st.integers(0, 900), st.integers(0, 900))
def test_taking_an_assessment_forward_is_assessing_anew(
    rubric: Compiled,
    gone: list[Path],
    known: dict[str, list[Claim]],
    told: dict[str, Answer],
    accepted: list[Duty],
    days: int,
    more: int,
) -> None:
    case = subject(unsaid(VERSIONED, gone), accepted, told)
    soon, late = NOW + dt.timedelta(days=days), NOW + dt.timedelta(days=days + more)
    courses = [course_of(case, known, rubric, assess(case, known, rubric, now)) for now in (NOW, soon, late)]

    assert courses[0].at(soon) == courses[1]
    assert courses[0].at(late) == courses[0].at(soon).at(late) == courses[2]
    assert Course.of_text(courses[0].text()) == courses[0]


@given(hidden, evidence | mostly_yes, answers, seats)
def test_what_is_stored_says_what_the_assessment_says(
    gone: list[Path], known: dict[str, list[Claim]], told: dict[str, Answer], accepted: list[Duty]
) -> None:
    case = subject(unsaid(PERFECT, gone), accepted, told)
    made = assess(case, known, RUBRIC, NOW)
    tones, row = columns_of(course_of(case, known, RUBRIC, made), RUBRIC)

    assert tones == tuple(scale.tone for scale in parts(made))
    for name, scale in zip(("overall", *Dimension), parts(made), strict=True):
        assert (row[f"tone_{name}"], row[f"coverage_{name}"], row[f"score_{name}"]) == scale
    assert {method: row[f"known_{method or 'unknown'}"] for method in made.methods} == made.methods
    assert (row["known_expired"], row["blockers"], row["unowned"]) == (made.expired, len(made.blockers), made.unowned)
    assert (row["effort_low"], row["effort_high"]) == (made.effort.low, made.effort.high)
    first = made.blockers[0] if made.blockers else None
    assert (row["first_blocker"], row["first_person"]) == (first and first.title, first and first.person)
    assert row["first_duty"] == (first and first.duty)


@given(hidden, mostly_yes, st.sampled_from(OPTIONAL))
def test_leaving_something_unsaid_never_raises_anything(
    gone: list[Path], known: dict[str, list[Claim]], also: Path
) -> None:
    more, less = unsaid(PERFECT, gone), unsaid(PERFECT, [*gone, also])

    assert is_not_better(judged(less, known, tuple(Duty)), judged(more, known, tuple(Duty)))


@given(mostly_yes, seats, st.sampled_from(Duty))
def test_an_acceptance_less_never_raises_anything(
    known: dict[str, list[Claim]], accepted: list[Duty], duty: Duty
) -> None:
    fewer = [other for other in accepted if other is not duty]

    assert is_not_better(judged(PERFECT, known, fewer), judged(PERFECT, known, accepted))


@given(hidden, evidence | mostly_yes, seats, answers)
def test_unknown_never_reads_green_and_the_tone_is_the_worst_must(
    gone: list[Path], known: dict[str, list[Claim]], accepted: list[Duty], told: dict[str, Answer]
) -> None:
    assessment = judged(unsaid(PERFECT, gone), known, accepted, told)

    for dimension in Dimension:
        judgements = assessment.of(dimension)
        musts = {each.verdict for each in judgements if each.criterion.level is Level.MUST}
        tone = assessment.dimensions[dimension].tone
        if Verdict.FAILED in musts:
            assert tone is Tone.RED
        elif Verdict.UNKNOWN in musts:
            assert tone is Tone.UNKNOWN
        elif {each.verdict for each in judgements} <= {Verdict.MET, Verdict.NOT_APPLICABLE}:
            assert tone is Tone.GREEN
        else:
            assert tone is Tone.AMBER
    tones = [scale.tone for scale in assessment.dimensions.values()]
    order = [Tone.RED, Tone.UNKNOWN, Tone.AMBER, Tone.GREEN]
    assert assessment.overall.tone is min(tones, key=order.index)


@given(hidden, evidence | mostly_yes, seats)
def test_blockers_are_the_unmet_musts_in_order_of_effort(
    gone: list[Path], known: dict[str, list[Claim]], accepted: list[Duty]
) -> None:
    assessment = judged(unsaid(PERFECT, gone), known, accepted)
    unmet = {Verdict.FAILED, Verdict.UNKNOWN, Verdict.PARTIAL, Verdict.EXPIRED}

    assert {blocker.criterion for blocker in assessment.blockers} == {
        each.criterion.id
        for each in assessment.judgements
        if each.criterion.level is Level.MUST and each.verdict in unmet
    }
    efforts = [(blocker.effort.low, blocker.effort.high) for blocker in assessment.blockers]
    assert efforts == sorted(efforts)
    assert all(blocker.turns_green for blocker in assessment.blockers)


@given(evidence, answers, st.floats(0, 1, exclude_max=True))
def test_nothing_changes_by_itself_before_it_is_said_to(
    known: dict[str, list[Claim]], told: dict[str, Answer], share: float
) -> None:
    first = judged(PERFECT, known, tuple(Duty), told)
    until = first.next_change_at or NOW + dt.timedelta(days=10_000)
    before = min(NOW + (until - NOW) * share, until - dt.timedelta(microseconds=1))
    later = judged(PERFECT, known, tuple(Duty), told, before)

    assert until > NOW
    assert [each.verdict for each in later.judgements] == [each.verdict for each in first.judgements]
    assert later.next_change_at == first.next_change_at


@given(evidence)
def test_nobody_named_is_never_green(known: dict[str, list[Claim]]) -> None:
    assessment = judged(unsaid(PERFECT, [("owners",)]), known, ())

    assert assessment.dimensions[Dimension.OWNERSHIP].tone is Tone.RED
    assert assessment.overall.tone is Tone.RED
    assert assessment.owner_gaps == tuple(Duty)
