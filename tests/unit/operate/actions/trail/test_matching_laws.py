"""Laws of matching: what comes out follows from the two sets, and each event belongs to one action at most."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.trail.matching import Terms, is_missing, judged
from roadworthy.operate.actions.trail.model import Differs, Does, ForeignEvent, Intent

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TERMS = Terms(skew=dt.timedelta(seconds=2), delay=dt.timedelta(seconds=30))
IDS = [f"a{number}" for number in range(5)]
TRACES = ["t1", "t2", None]
REFERENCES = ["r1", "r2", "r3", None]

instants = st.integers(0, 60).map(lambda seconds: START + dt.timedelta(seconds=seconds))


@st.composite
def intents(draw: st.DrawFn) -> list[Intent]:
    made = []
    for id_ in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=5)):
        asked = draw(instants)
        state = draw(st.sampled_from([State.DONE, State.FAILED, State.REFUSED, State.RUNNING, State.DEAD]))
        ended = None if state is State.RUNNING else asked + dt.timedelta(seconds=draw(st.integers(0, 5)))
        made.append(
            Intent(
                id_, "payments", "refund", "support", state, asked, ended,
                reference=draw(st.sampled_from(REFERENCES)), trace=draw(st.sampled_from(TRACES)),
                amount=draw(st.sampled_from([None, 100, 200])), currency="EUR",
            )
        )  # fmt: skip
    return made


@st.composite
def events(draw: st.DrawFn) -> list[ForeignEvent]:
    return [
        ForeignEvent(
            key=f"k{number}", id=f"e{number}", system="payments", at=draw(instants), operation="refund",
            does=draw(st.sampled_from([Does.EFFECT, Does.EFFECT, Does.READ, Does.FAILED])), digest=f"d{number}",
            action=draw(st.sampled_from([*IDS, None, None, "x"])), trace=draw(st.sampled_from(TRACES)),
            reference=draw(st.sampled_from([*REFERENCES, "r9"])), named="refund",
            watched=draw(st.booleans()), amount=draw(st.sampled_from([None, 100, 300])), currency="EUR",
        )
        for number in range(draw(st.integers(0, 8)))
    ]  # fmt: skip


@given(intents(), events(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_come_does_not_matter(
    ours: list[Intent], told: list[ForeignEvent], chance: random.Random
) -> None:
    first = judged(ours, told, TERMS)
    chance.shuffle(ours)
    chance.shuffle(told)
    assert judged(ours, told, TERMS) == first


@given(intents(), events())
def test_what_comes_again_changes_nothing(ours: list[Intent], told: list[ForeignEvent]) -> None:
    assert judged(ours, [*told, *told], TERMS) == judged(ours, told, TERMS)


@given(intents(), events())
def test_every_watched_effect_belongs_to_one_action_or_is_found(ours: list[Intent], told: list[ForeignEvent]) -> None:
    came = judged(ours, told, TERMS)
    known = {each.id for each in ours}
    round_ = {each.event for each in came.found if each.kind is Differs.EFFECT_WITHOUT_INTENT and each.intent is None}
    for event in told:
        assert came.links.get(event.key, next(iter(known), None)) in {*known, None}
        if event.does is Does.EFFECT and event.watched:
            assert (event.key in came.links) != (event.key in round_)
        else:
            assert event.key not in round_


@given(intents(), events())
def test_a_name_of_ours_is_never_overruled_and_a_strange_one_leads_nowhere(
    ours: list[Intent], told: list[ForeignEvent]
) -> None:
    came = judged(ours, told, TERMS)
    known = {each.id for each in ours}
    for event in told:
        if event.action is not None:
            assert came.links.get(event.key) == (event.action if event.action in known else None)


@given(intents(), events())
def test_by_trace_alone_an_action_gets_one_event_at_most(ours: list[Intent], told: list[ForeignEvent]) -> None:
    plain = [replace(each, action=None, reference=None) for each in told]
    links = judged(ours, plain, TERMS).links
    assert len(set(links.values())) == len(links)
    of = {each.id: each for each in ours}
    for event in plain:
        if event.key in links:
            intent = of[links[event.key]]
            assert intent.trace == event.trace
            assert event.at >= intent.asked_at - TERMS.skew
            assert intent.state is not State.REFUSED


@given(intents(), events(), st.integers(-2, 2))
def test_clocks_that_differ_by_no_more_than_is_declared_change_no_link_by_name(
    ours: list[Intent], told: list[ForeignEvent], off: int
) -> None:
    moved = [replace(each, at=each.at + dt.timedelta(seconds=off)) for each in told]
    named = {each.key for each in told if each.action is not None}
    one, other = judged(ours, told, TERMS).links, judged(ours, moved, TERMS).links
    assert {key: one.get(key) for key in named} == {key: other.get(key) for key in named}


@given(instants, st.integers(0, 200), st.integers(0, 200))
def test_what_is_missing_stays_so_until_it_comes(asked: dt.datetime, lasts: int, later: int) -> None:
    intent = Intent("a1", "payments", "refund", "support", State.DONE, asked, asked + dt.timedelta(seconds=lasts))
    until = START + dt.timedelta(seconds=later)
    if is_missing(intent, TERMS, START, until):
        assert is_missing(intent, TERMS, START, until + dt.timedelta(seconds=1))
        assert until >= intent.asked_at + TERMS.delay
    assert not is_missing(replace(intent, effect="read"), TERMS, START, until)
    assert not is_missing(replace(intent, state=State.RUNNING), TERMS, START, until)
