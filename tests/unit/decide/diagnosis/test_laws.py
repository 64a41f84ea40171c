"""Laws of the diagnosis: of its logic, of what an answer tells, and of the shipped rules over any use case."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from roadworthy.decide.diagnosis.finding import Diagnosed
from roadworthy.decide.diagnosis.gain import entropy, gain, prior
from roadworthy.decide.diagnosis.kinds import shipped
from roadworthy.decide.diagnosis.logic import AtLeast, Node, Not, Rule, Sign, Truth
from roadworthy.decide.diagnosis.model import Status
from roadworthy.decide.diagnosis.rules import asked_of, asker, compile_rules, diagnose
from roadworthy.decide.diagnosis.view import view_of
from roadworthy.evidence.model import Claim, Method
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty
from tests.unit.decide.readiness.cases import NOW, PERFECT, claim, subject
from tests.unit.decide.readiness.test_laws import OPTIONAL, Path, unsaid

SIGNS = 5
RULES = compile_rules(shipped())

truths = st.lists(st.sampled_from([True, False, None]), min_size=SIGNS, max_size=SIGNS)
chances = st.lists(st.floats(0.05, 0.95), min_size=SIGNS, max_size=SIGNS)


def combined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    lists = st.lists(parts, min_size=1, max_size=3)
    return parts.map(Not) | lists.flatmap(
        lambda some: st.integers(1, len(some)).map(lambda least: AtLeast(least, tuple(some)))
    )


nodes: st.SearchStrategy[Node] = st.recursive(st.integers(0, SIGNS - 1).map(Sign), combined, max_leaves=8)
rules = nodes.map(Rule.of)


def completions(known: Sequence[Truth]) -> list[list[bool]]:
    """Everything that what is known leaves possible."""
    return [list(each) for each in product(*([True, False] if truth is None else [truth] for truth in known))]


def weight(known: Sequence[Truth], full: Sequence[bool], odds: Sequence[float]) -> float:
    open_ = [at for at, truth in enumerate(known) if truth is None]
    return math.prod(odds[at] if full[at] else 1 - odds[at] for at in open_)


# ------------------------------------------------------------ three-valued logic


@given(rules, truths)
def test_a_rule_is_decided_exactly_where_all_completions_agree(rule: Rule, known: list[Truth]) -> None:
    outcomes = {rule.root.truth(full) for full in completions(known)}

    assert outcomes <= {True, False}
    assert rule.truth(known) == (outcomes.pop() if len(outcomes) == 1 else None)


@given(nodes, truths)
def test_kleene_never_says_what_a_completion_denies(node: Node, known: list[Truth]) -> None:
    said = node.truth(known)
    assume(said is not None)

    assert {node.truth(full) for full in completions(known)} == {said}


@given(rules, truths, st.integers(0, SIGNS - 1), st.booleans())
def test_an_answer_never_makes_a_decided_rule_undecided(rule: Rule, known: list[Truth], at: int, answer: bool) -> None:
    before = rule.truth(known)
    assume(before is not None and known[at] is None)
    known[at] = answer

    assert rule.truth(known) is before


@given(rules, truths)
def test_what_supports_an_outcome_is_enough_for_it(rule: Rule, known: list[Truth]) -> None:
    said = rule.root.truth(known)
    assume(said is not None)
    assert said is not None
    support = rule.support(known, value=said)
    only = [truth if at in support else None for at, truth in enumerate(known)]

    assert all(known[at] is not None for at in support)
    assert rule.truth(only) is said


# ------------------------------------------------------------ probability and information


@given(rules, truths, chances)
def test_the_chance_is_that_of_adding_up_all_completions(rule: Rule, known: list[Truth], odds: list[float]) -> None:
    summed = sum(weight(known, full, odds) for full in completions(known) if rule.root.truth(full))

    assert math.isclose(rule.chance(known, odds), summed, abs_tol=1e-9)


@given(rules, truths, chances, st.lists(st.integers(0, SIGNS - 1), unique=True, min_size=1, max_size=2))
def test_the_gain_is_the_mutual_information_counted_out(
    rule: Rule, known: list[Truth], odds: list[float], asked: list[int]
) -> None:
    def expected(given_: Sequence[Truth]) -> float:
        return sum(weight(given_, full, odds) for full in completions(given_) if rule.root.truth(full))

    open_ = [at for at in asked if known[at] is None]
    left = 0.0
    for values in product((True, False), repeat=len(open_)):
        settled = list(known)
        for at, value in zip(open_, values, strict=True):
            settled[at] = value
        left += math.prod(odds[at] if settled[at] else 1 - odds[at] for at in open_) * entropy(expected(settled))

    assert math.isclose(gain(rule, known, odds, asked), entropy(expected(known)) - left, abs_tol=1e-9)


@given(rules, truths, chances, st.integers(0, SIGNS - 1))
def test_a_gain_is_never_negative_and_nothing_where_the_answer_changes_nothing(
    rule: Rule, known: list[Truth], odds: list[float], at: int
) -> None:
    bits = gain(rule, known, odds, [at])
    flips = any(
        rule.root.truth([*full[:at], True, *full[at + 1 :]]) != rule.root.truth([*full[:at], False, *full[at + 1 :]])
        for full in completions(known)
    )

    assert 0 <= bits <= 1 + 1e-9
    if not flips or known[at] is not None or rule.truth(known) is not None:
        assert bits == 0


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_prior_is_never_certain_and_even_where_nothing_is_known(holding: int, failing: int) -> None:
    assert 0 < prior(holding, failing) < 1
    assert prior(failing, holding) == 1 - prior(holding, failing) or math.isclose(
        prior(failing, holding) + prior(holding, failing), 1
    )
    assert prior(0, 0) == 0.5


# ------------------------------------------------------------ the shipped rules

claims = st.builds(
    claim,
    st.sampled_from(Answer),
    st.sampled_from([Method.ATTESTED, Method.DOCUMENTED, Method.MEASURED]),
    st.integers(0, 400),
    st.sampled_from("abcdefgh"),
)
evidence = st.dictionaries(st.sampled_from(sorted(FACTS)), st.lists(claims, min_size=1, max_size=3), max_size=20)
answers = st.dictionaries(st.sampled_from(sorted(FACTS)), st.sampled_from(Answer), max_size=10)
hidden = st.lists(st.sampled_from([*OPTIONAL, ("stage",)]), max_size=12)
seats = st.lists(st.sampled_from(Duty), unique=True)


def diagnosed(
    gone: Sequence[Path],
    known: dict[str, list[Claim]],
    told: dict[str, Answer] | None = None,
    now: dt.datetime = NOW,
) -> Diagnosed:
    view = view_of(subject(unsaid(PERFECT, gone), (), told), known, RULES.facts, now)
    return diagnose(view, RULES)


def statuses(found: Diagnosed) -> dict[str, Status]:
    return {finding.mode: finding.status for finding in found.modes}


@given(hidden, evidence, answers, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(
    gone: list[Path], known: dict[str, list[Claim]], told: dict[str, Answer], draw: object
) -> None:
    shuffled = {fact: list(reversed(some)) for fact, some in reversed(list(known.items()))}

    assert diagnosed(gone, known, told) == diagnosed(gone, shuffled, dict(reversed(list(told.items()))))


@given(hidden, evidence, st.sampled_from(sorted(FACTS)), st.sampled_from([Answer.YES, Answer.NO]))
def test_answering_what_nobody_answered_never_makes_a_decided_mode_undecided(
    gone: list[Path], known: dict[str, list[Claim]], fact: str, answer: Answer
) -> None:
    before = {name: some for name, some in known.items() if name != fact}
    after = {**before, fact: [claim(answer)]}
    was, became = statuses(diagnosed(gone, before)), statuses(diagnosed(gone, after))

    assert {
        name for name, status in was.items() if status is not Status.CANNOT_TELL and became[name] is not status
    } == set()


@given(hidden, evidence, answers)
def test_what_expires_is_unknown_again(
    gone: list[Path], known: dict[str, list[Claim]], told: dict[str, Answer]
) -> None:
    ages_later = NOW + dt.timedelta(days=2_000)
    forgotten = diagnosed(gone, {})
    expired = diagnosed(gone, known, told, ages_later)

    assert statuses(expired) == statuses(forgotten)
    assert expired.next_change_at is None


@given(evidence, answers, st.floats(0, 1, exclude_max=True))
def test_nothing_changes_by_itself_before_it_is_said_to(
    known: dict[str, list[Claim]], told: dict[str, Answer], share: float
) -> None:
    first = diagnosed([], known, told)
    until = first.next_change_at or NOW + dt.timedelta(days=10_000)
    before = min(NOW + (until - NOW) * share, until - dt.timedelta(microseconds=1))

    assert until > NOW
    assert statuses(diagnosed([], known, told, before)) == statuses(first)


@given(hidden, evidence, answers)
def test_every_open_mode_has_a_question_and_no_decided_one_has(
    gone: list[Path], known: dict[str, list[Claim]], told: dict[str, Answer]
) -> None:
    found = diagnosed(gone, known, told)

    for finding in found.modes:
        assert bool(finding.questions) is (finding.status is Status.CANNOT_TELL)
        assert finding.because or finding.status is Status.CANNOT_TELL
    bits = [question.bits for question in found.questions]
    assert bits == sorted(bits, key=lambda each: -round(each, 9))
    assert all(question.modes for question in found.questions)


@given(truths.flatmap(lambda some: st.just(some * 10)), st.integers(0, 2**32))
def test_asking_about_many_use_cases_asks_what_asking_about_one_does(known: list[Truth], seed: int) -> None:
    some = [known[(at * 7 + seed) % len(known)] for at in range(len(RULES.signs))]
    odds = [0.1 + 0.8 * (((at + seed) * 37) % 100) / 100 for at in range(len(RULES.signs))]
    ask = asker(RULES, odds)

    assert ask(some) == asked_of(RULES, some, odds) == ask(some)
