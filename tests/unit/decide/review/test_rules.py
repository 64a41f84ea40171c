"""Agendas and verdicts: what blocks stands first, nothing is dropped, and nothing changes because time passes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Level
from roadworthy.decide.readiness.rules import assess, compile_rubric
from roadworthy.decide.review.model import (
    CERTIFIES,
    AgendaItem,
    AskedCondition,
    Draft,
    Frozen,
    ItemKind,
    ProposedVerdict,
    ReleaseFacts,
    Verdict,
)
from roadworthy.decide.review.policy import SHIPPED, Cadence, ReviewPolicy
from roadworthy.decide.review.rules import (
    NO_RELEASE,
    Dissent,
    Found,
    agenda,
    agenda_digest,
    assessment_digest,
    concerns,
    due_at,
    facts_about,
    faults,
)
from roadworthy.decide.review.states import REVIEWS, ReviewEvent, ReviewState
from roadworthy.inventory.model import Stage, Tier
from tests.unit.decide.readiness.cases import NOW, PERFECT, subject

RUBRIC = compile_rubric(shipped())
DIGEST = "sha256:" + "1" * 64
WORDS = st.sampled_from(["data", "volume", "rate", "cost", "latency", "cohort"])
NAMES = st.lists(WORDS, unique=True, max_size=4)
PARTS = st.lists(st.sampled_from(["model/a", "prompt/b", "tools/c"]), unique=True, max_size=3)
DISSENT = st.lists(
    st.builds(Dissent, st.text("abc", min_size=1), st.just("No"), st.just("so"), st.just("/x")), max_size=3
)
CONDITIONS = st.lists(
    st.builds(AskedCondition, st.text("abc", min_size=1), st.just("Try it"), st.just("p"), st.just(NOW)), max_size=3
)
ANSWERED = assess(subject(PERFECT), {}, RUBRIC, NOW)


@st.composite
def found(draw: st.DrawFn) -> Found:
    """Anything that an agenda can be drafted from."""
    release = draw(st.none() | st.just(DIGEST))
    facts = None
    if release is not None and draw(st.booleans()):
        facts = ReleaseFacts(release, "r", (), tuple(draw(PARTS)), tuple(draw(PARTS)))
    return Found(
        "claims",
        draw(st.sampled_from([Stage.PILOT, Stage.CANDIDATE, Stage.PRODUCTION])),
        release,
        ANSWERED,
        (),
        draw(DISSENT),
        draw(CONDITIONS),
        facts,
        draw(NAMES),
        draw(NAMES),
    )


@given(found())
def test_what_blocks_stands_first_and_nothing_is_dropped(made: Found) -> None:
    items = agenda(made)
    assert [each.blocks for each in items] == sorted((each.blocks for each in items), reverse=True)
    counts = {kind: sum(each.kind is kind for each in items) for kind in ItemKind}
    assert counts[ItemKind.DISSENT] == len(made.dissent)
    assert counts[ItemKind.CONDITION] == len(made.conditions)
    assert counts[ItemKind.TERM] == (0 if made.release is None else len(made.missing) + len(made.declared))
    unmet = [each for each in ANSWERED.judgements if each.verdict not in {"met", "not-applicable"}]
    assert counts[ItemKind.CRITERION] == len(unmet)
    blocking = sum(each.criterion.level is Level.MUST for each in unmet)
    release = [each for each in items if each.kind is ItemKind.RELEASE]
    assert sum(each.blocks for each in items) == blocking + sum(each.blocks for each in release)
    if made.facts is not None:
        assert sum(each.blocks for each in release) == len(made.facts.mismatched)


@given(found(), st.randoms())
def test_an_agenda_is_named_by_what_it_says_and_not_by_the_order_or_the_words(made: Found, random: Any) -> None:
    items = list(agenda(made))
    named = agenda_digest(items)
    shuffled = [replace(each, says="otherwise", path="/elsewhere") for each in items]
    random.shuffle(shuffled)
    assert agenda_digest(shuffled) == named
    if items:
        changed = replace(items[0], blocks=not items[0].blocks)
        assert agenda_digest([changed, *items[1:]]) != named
        assert agenda_digest(items[1:]) != named


@given(st.integers(0, 400))
def test_what_the_rubric_says_is_named_the_same_on_every_day_on_which_it_says_the_same(days: int) -> None:
    later = assess(subject(PERFECT), {}, RUBRIC, NOW + dt.timedelta(days=days))
    same = [each.verdict for each in later.judgements] == [each.verdict for each in ANSWERED.judgements]
    assert (assessment_digest(later) == assessment_digest(ANSWERED)) is same


def test_production_without_a_release_and_a_release_that_nobody_recorded_block() -> None:
    bare = Found("claims", Stage.PRODUCTION, None, ANSWERED, (), (), (), None, (), ())
    (item,) = [each for each in agenda(bare) if each.kind is ItemKind.RELEASE]
    assert (item.id, item.blocks) == (NO_RELEASE, True)
    assert not [each for each in agenda(replace(bare, stage_to=Stage.PILOT)) if each.kind is ItemKind.RELEASE]
    (item,) = [each for each in agenda(replace(bare, release=DIGEST)) if each.kind is ItemKind.RELEASE]
    assert item.blocks


# ---------------------------------------------------------------- verdicts

TEXT = st.none() | st.sampled_from(["", "  ", "Because."])


def said(text: str | None) -> bool:
    return bool((text or "").strip())


@given(
    st.builds(
        ProposedVerdict,
        verdict=st.sampled_from(Verdict),
        reason=st.sampled_from(["", "Because."]),
        conditions=st.lists(
            st.builds(
                AskedCondition,
                st.sampled_from(["c1", "c2"]),
                st.sampled_from(["", "Try it"]),
                st.just("p"),
                st.sampled_from([NOW, NOW + dt.timedelta(days=1)]),
            ),
            max_size=2,
        ).map(tuple),
        changes=TEXT,
        learned=TEXT,
        envelope=st.none() | st.just({"terms": {}}),
        lasts=st.none() | st.integers(-1, 2),
    ),
    st.sampled_from([Stage.PILOT, Stage.PRODUCTION]),
    st.none() | st.just(DIGEST),
)
def test_a_verdict_without_a_fault_says_everything_that_its_kind_has_to(
    wanted: ProposedVerdict, stage: Stage, release: str | None
) -> None:
    wrong = list(faults(wanted, stage, release, NOW))
    fine = (
        said(wanted.reason)
        and (said(wanted.changes) or wanted.verdict not in {Verdict.NO_GO, Verdict.PIVOT})
        and (said(wanted.learned) or wanted.verdict is not Verdict.STOP)
        and bool(wanted.conditions) == (wanted.verdict is Verdict.CONDITIONAL_GO)
        and all(each.what and each.due > NOW for each in wanted.conditions)
        and len({each.id for each in wanted.conditions}) == len(wanted.conditions)
        and (wanted.verdict in CERTIFIES or (wanted.envelope is None and wanted.lasts is None))
        and (wanted.lasts is None or wanted.lasts > 0)
        and not (wanted.verdict in CERTIFIES and stage is Stage.PRODUCTION and release is None)
    )
    assert (not wrong) is fine, wrong


@given(st.lists(st.booleans(), max_size=6), PARTS, NAMES)
def test_rules_ask_about_counts_of_what_is_on_the_agenda(
    blocks: list[bool], parts: list[str], missing: list[str]
) -> None:
    items = tuple(AgendaItem(ItemKind.GAP, str(n), "x", each, "y", "/z") for n, each in enumerate(blocks))
    frozen = Frozen("r", "u", None, "a", {}, (), ("w",), "g", NOW)
    draft = Draft(items, frozen, {}, ReleaseFacts(DIGEST, "r", (), tuple(parts), ()), tuple(missing))
    facts = facts_about(draft, ProposedVerdict(Verdict.GO, "Because."), Stage.PRODUCTION)
    assert facts == {
        "verdict": "go",
        "stage_to": "production",
        "blocking": sum(blocks),
        "waived": 1,
        "conditions": 0,
        "asserted": len(parts),
        "unbounded": list(missing),
    }


# ---------------------------------------------------------------- again


@pytest.mark.parametrize("tier", [None, *Tier])
def test_the_policy_that_ships_looks_at_every_tier_again_and_the_riskier_the_sooner(tier: Tier | None) -> None:
    span = SHIPPED.cadence.of(tier)
    assert span is not None
    assert due_at(NOW, span) == NOW + span
    low, high = SHIPPED.cadence.of(Tier.LOW), SHIPPED.cadence.of(Tier.HIGH)
    assert low is not None
    assert high is not None
    assert high <= span <= low


def test_a_cadence_says_days_at_least_and_nothing_where_nobody_said_anything() -> None:
    assert due_at(NOW, ReviewPolicy().cadence.of(Tier.HIGH)) is None
    for wrong in ("1h", "soon", "0d"):
        with pytest.raises(ValueError, match="no span of at least a day"):
            Cadence(high=wrong)


def test_a_verdict_is_concerned_by_the_evidence_that_it_rests_on() -> None:
    assert concerns({"evidence": {"a": DIGEST}}, ["b", "a"])
    assert not concerns({"evidence": {"a": DIGEST}}, ["b"])
    assert not concerns(None, ["a"])


@given(st.lists(st.sampled_from(ReviewEvent), max_size=8))
def test_what_is_over_stays_over(events: list[ReviewEvent]) -> None:
    state, over = REVIEWS.initial, False
    for event in events:
        target = REVIEWS.target(state, event.value)
        assert not (over and target is not None)
        state = target or state
        over = state in {ReviewState.DECIDED, ReviewState.CLOSED}
        assert over is (state in REVIEWS.ends)
