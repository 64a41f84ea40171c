"""Laws of narrowing, of when a cause acts, and of where a certificate can go."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.certificate.kinds import shipped
from roadworthy.decide.certificate.model import Cause, Envelope, Source, Term, TermName, Trouble
from roadworthy.decide.certificate.policy import CausePolicy, CertificatePolicy, NarrowingPolicy
from roadworthy.decide.certificate.rules import (
    Acts,
    Narrowing,
    compiled,
    due,
    narrower,
    next_move,
    put_off,
    within,
)
from roadworthy.decide.certificate.states import CERTIFICATES, CertificateEvent, CertificateState
from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.compiled import compiled as ready
from tests.unit.decide.certificate.envelopes import envelopes, narrowings, uses

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
spans = st.timedeltas(dt.timedelta(0), dt.timedelta(days=400))
instants = spans.map(lambda span: NOON + span)
acts = st.builds(Acts, notice=spans, narrow_after=st.none() | spans, suspend_after=st.none() | spans)

# ---------------------------------------------------------------- narrower


@given(envelopes(), narrowings, uses)
def test_what_is_narrower_admits_no_more(envelope: Envelope, by: Narrowing, use: Asked) -> None:
    narrow = narrower(envelope, by)
    assert within(narrow, envelope)
    if ready(narrow).outside(use) is None:
        assert ready(envelope).outside(use) is None


@given(envelopes(), envelopes(), uses)
def test_what_is_within_admits_no_more(inner: Envelope, outer: Envelope, use: Asked) -> None:
    if within(inner, outer) and ready(inner).outside(use) is None:
        assert ready(outer).outside(use) is None


@given(envelopes(), narrowings, narrowings)
def test_narrowing_twice_is_no_wider_than_either(envelope: Envelope, first: Narrowing, second: Narrowing) -> None:
    both = narrower(narrower(envelope, first), second)
    assert within(both, narrower(envelope, first))
    assert within(both, envelope)


@given(envelopes())
def test_to_leave_everything_changes_nothing(envelope: Envelope) -> None:
    assert narrower(envelope, Narrowing()) == envelope


def test_what_nobody_bounded_is_bounded_where_only_some_goes_on() -> None:
    narrow = narrower(Envelope(), Narrowing(50, frozenset(), frozenset({"pilot"})))
    assert {name: term.source for name, term in narrow.terms.items()} == {
        TermName.ACTIONS: Source.DECLARED,
        TermName.COHORT: Source.DECLARED,
    }


@given(envelopes(), narrowings)
def test_a_term_keeps_how_it_is_known(envelope: Envelope, by: Narrowing) -> None:
    def known(term: Term) -> tuple[Source, tuple[str, ...]]:
        return term.source, term.evidence

    narrow = narrower(envelope, by)
    assert {name: known(narrow.terms[name]) for name in envelope.terms} == {
        name: known(term) for name, term in envelope.terms.items()
    }


# ---------------------------------------------------------------- when a cause acts


@given(instants, spans, acts)
def test_nothing_happens_sooner_than_the_notice_after_the_telling(
    since: dt.datetime, later: dt.timedelta, by: Acts
) -> None:
    told_at = since + later
    narrows, suspends = due(since, told_at, by)
    for at in (narrows, suspends):
        assert at is None or at >= told_at + by.notice
    if narrows is not None and suspends is not None:
        assert suspends >= narrows + by.notice
    if by.narrow_after is not None:
        assert narrows is not None
        assert narrows >= since + by.narrow_after
    if by.suspend_after is not None:
        assert suspends is not None
        assert suspends >= since + by.suspend_after


@given(instants, spans, acts, spans)
def test_a_late_narrowing_puts_the_suspension_off(
    since: dt.datetime, later: dt.timedelta, by: Acts, late: dt.timedelta
) -> None:
    narrows, suspends = due(since, since + later, by)
    if narrows is None:
        return
    trouble = Trouble("t", "oc", Cause.OWNER_LEFT, "duty/product", since, since + later, narrows, suspends)
    assert next_move(trouble) == narrows
    at = narrows + late
    after = replace(trouble, narrowed_at=at, suspends_at=put_off(trouble, at, by.notice))
    assert (after.suspends_at is None) == (suspends is None)
    if after.suspends_at is not None and suspends is not None:
        assert after.suspends_at >= max(suspends, at + by.notice)
    assert next_move(after) == after.suspends_at


@given(instants, acts)
def test_what_is_over_accepted_or_untold_does_not_act(since: dt.datetime, by: Acts) -> None:
    narrows, suspends = due(since, since, by)
    trouble = Trouble("t", "oc", Cause.GAP_REOPENED, "gap/g", since, since, narrows, suspends)
    assert next_move(replace(trouble, ended_at=since)) is None
    assert next_move(replace(trouble, accepted_by="an-entry")) is None
    assert next_move(replace(trouble, told_at=None)) is None
    assert next_move(replace(trouble, narrowed_at=since, suspended_at=since)) is None


# ---------------------------------------------------------------- where it can go

_HEIGHT = {
    CertificateState.VALID: 3,
    CertificateState.NARROWED: 2,
    CertificateState.SUSPENDED: 1,
    CertificateState.WITHDRAWN: 0,
    CertificateState.EXPIRED: 0,
}
_BY_DECISION = {CertificateEvent.WIDEN, CertificateEvent.RESUME, CertificateEvent.RESUME_NARROWED}


@given(st.lists(st.sampled_from(CertificateEvent), max_size=30))
def test_only_a_decision_leads_to_more(events: list[CertificateEvent]) -> None:
    state = CertificateState.VALID
    for event in events:
        target = CERTIFICATES.target(state, event)
        if target is None:
            continue
        if event not in _BY_DECISION:
            assert _HEIGHT[CertificateState(target)] <= _HEIGHT[state]
        assert _HEIGHT[state] > 0, "nothing leaves an end"
        state = CertificateState(target)


# ---------------------------------------------------------------- policies


def test_the_policy_that_ships_says_everything() -> None:
    policy = shipped()
    silent = [name for name in CertificatePolicy.model_fields if getattr(policy, name) is None]
    assert silent == []
    assert {cause for cause in Cause if policy.causes.of(cause) is None} == {Cause.EXPIRY}
    assert compiled(CertificatePolicy(), policy, "d") == compiled(policy, policy, "d")


def test_what_is_declared_goes_before_what_ships() -> None:
    declared = CertificatePolicy.model_validate(
        {"lasts": "30d", "notice": "2h", "narrowing": {"cohort": ["pilot"]}, "causes": {"ownerLeft": {}}}
    )
    policy = compiled(declared, shipped(), "d")
    assert policy.lasts == dt.timedelta(days=30)
    assert policy.causes[Cause.OWNER_LEFT] == Acts(dt.timedelta(hours=2), None, None), "an empty cause only tells"
    assert policy.causes[Cause.DIGEST_CHANGED].notice == dt.timedelta(hours=2)
    assert policy.causes[Cause.DIGEST_CHANGED].narrow_after == dt.timedelta(days=1)
    assert policy.narrowing == Narrowing(100, None, frozenset({"pilot"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lasts": "soon"},
        {"notices": ["1d"] * 11},
        {"causes": {"ownerLeft": {"narrowAfter": "9d", "suspendAfter": "3d"}}},
        {"narrowing": {"ceilings": 101}},
        {"causes": {"expiry": {}}},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        CertificatePolicy.model_validate(wrong)


def test_an_empty_narrowing_leaves_everything() -> None:
    policy = compiled(CertificatePolicy(narrowing=NarrowingPolicy()), shipped(), "d")
    assert policy.narrowing == Narrowing()
    assert CausePolicy().narrow_after is None
