"""Laws of readiness that hold for every use case."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.readiness.assessment import Assessment, Scale, Tone, Verdict
from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Dimension, Level
from roadworthy.decide.readiness.rules import assess, compile_rubric
from roadworthy.evidence.model import Claim, Method
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty
from tests.unit.decide.readiness.cases import ALL_YES, NOW, PERFECT, claim, subject

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


claims = st.builds(
    claim,
    st.sampled_from(Answer),
    st.sampled_from([Method.ATTESTED, Method.DOCUMENTED]),
    st.integers(0, 500),
    st.sampled_from("abcdefgh"),
)
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
    unmet = {Verdict.FAILED, Verdict.UNKNOWN, Verdict.PARTIAL}

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
