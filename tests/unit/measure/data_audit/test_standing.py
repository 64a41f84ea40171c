"""Gaps over time: what an audit opens, keeps, closes, and what it proves nothing about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from roadworthy.measure.data_audit.model import Audit, Check, Gap, GapStatus, Verdict, Waiver
from roadworthy.measure.data_audit.standing import named, stand
from tests.harness.audits import clean, gap_of

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MISSING = Check("missing-values", Verdict.GAP, "amount", finding="seen")
UNSEEN = Check("vocabulary-unseen", Verdict.GAP, "line", finding="seen")
WAIVER = Waiver("dana", NOW - DAY, "agreed", "counted by hand", NOW + DAY)


def _gap(check: Check, status: GapStatus = GapStatus.OPEN) -> Gap:
    return replace(gap_of(check), status=status, first_seen=NOW - 9 * DAY, last_seen=NOW - DAY, waiver=None)


def _audit(gaps: Sequence[Gap] = (), checks: Sequence[Check] = (), partial: str | None = None) -> Audit:
    return replace(clean(), gaps=tuple(gaps), checks=tuple(checks), partial=partial)


def _match(check: Check, column: str | None = "") -> Check:
    return replace(check, verdict=Verdict.MATCH, column=check.column if column == "" else column)


def test_a_gap_that_is_found_again_is_known_since_it_was_first_seen() -> None:
    (seen,) = stand(_audit([_gap(MISSING)]), [_gap(MISSING)], {}, NOW).seen
    assert (seen.status, seen.first_seen, seen.last_seen) == (GapStatus.OPEN, NOW - 9 * DAY, NOW)
    (new,) = stand(_audit([_gap(MISSING)]), [], {}, NOW).seen
    assert new.first_seen == NOW


def test_a_closed_gap_that_comes_back_is_open_and_one_that_stays_away_is_not_closed_twice() -> None:
    closed = _gap(MISSING, GapStatus.CLOSED)
    (seen,) = stand(_audit([_gap(MISSING)]), [closed], {}, NOW).seen
    assert seen.status is GapStatus.OPEN
    assert stand(_audit(checks=[_match(MISSING)]), [closed], {}, NOW).closed == ()


def test_a_waiver_stands_until_its_last_moment() -> None:
    gap = _gap(MISSING)
    (waived,) = stand(_audit([gap]), [gap], {gap.id: WAIVER}, NOW).seen
    assert (waived.status, waived.waiver) == (GapStatus.WAIVED, WAIVER)
    (ended,) = stand(_audit([gap]), [gap], {gap.id: WAIVER}, WAIVER.expires_at).seen
    assert (ended.status, ended.waiver) == (GapStatus.OPEN, None)


def test_only_a_match_of_the_same_rule_at_the_same_place_closes() -> None:
    gap = _gap(MISSING)
    assert stand(_audit(checks=[_match(MISSING)]), [gap], {}, NOW).closed == (gap.id,)
    assert stand(_audit(checks=[_match(MISSING, None)]), [gap], {}, NOW).closed == (gap.id,), "of the whole source"
    for nothing in ([], [_match(MISSING, "other")], [_match(replace(MISSING, rule="duplicates"))], [MISSING]):
        assert stand(_audit(checks=nothing), [gap], {}, NOW).closed == ()


def test_an_audit_that_is_not_the_whole_closes_nothing() -> None:
    assert stand(_audit(checks=[_match(MISSING)], partial="it broke off"), [_gap(MISSING)], {}, NOW).closed == ()


def test_what_another_gap_explains_now_is_closed_with_it_in_its_place() -> None:
    joined = replace(_gap(UNSEEN), checks=(UNSEEN, MISSING))
    found = stand(_audit([joined]), [_gap(MISSING), _gap(UNSEEN)], {}, NOW)
    assert found.closed == (_gap(MISSING).id,)
    assert [gap.rule for gap in found.seen] == ["vocabulary-unseen"]


def test_a_source_that_could_be_measured_is_no_longer_out_of_reach() -> None:
    gap = replace(_gap(MISSING), id="gap-reach", rule="source-unreachable")
    assert stand(_audit(), [gap], {}, NOW).closed == ("gap-reach",)
    assert stand(_audit(partial="one part is unread"), [gap], {}, NOW).closed == ()


def test_two_use_cases_have_gaps_of_their_own() -> None:
    gap = _gap(MISSING)
    assert named("a", gap).id == named("a", gap).id
    assert named("a", gap).id != named("b", gap).id
    assert replace(named("a", gap), id=gap.id) == gap
