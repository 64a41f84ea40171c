"""Checks become blockers: one for each cause, in order, with everything that closes one."""

from __future__ import annotations

import pytest

from roadworthy.measure.data_audit.causes import EXPLAINS, grouped
from roadworthy.measure.data_audit.gaps import gaps
from roadworthy.measure.data_audit.headline import headline
from roadworthy.measure.data_audit.model import Check, Context, Effort, Gap, Unproven, Verdict
from roadworthy.measure.data_audit.policy import Policy
from tests.harness.fingerprints import fingerprint, pair

_POLICY = Policy.shipped()
_SIDE = fingerprint({"a": [1, 2, 3], "b": ["x", "y", "z"]})
_CONTEXT = Context(source="orders", owners={"platform": "pat", "product": None})


def _gap(rule: str, column: str | None = "a", *, cause: str | None = None, affected: float | None = None) -> Check:
    return Check(rule, Verdict.GAP, column, finding=f"{rule} was seen", affected=affected, cause=cause)


def _unknown(rule: str, column: str, needed: int) -> Check:
    return Check(rule, Verdict.UNKNOWN, column, finding=f"{column} cannot be told", needed=needed)


def _made(*checks: Check, context: Context = _CONTEXT) -> tuple[Gap, ...]:
    return gaps(checks, pair(_SIDE, _SIDE, context=context), _POLICY)


def test_a_match_is_no_gap() -> None:
    assert _made(Check("missing-values", Verdict.MATCH, "a")) == ()


def test_the_most_urgent_comes_first_and_then_what_touches_most() -> None:
    found = _made(
        _gap("column-extra"),
        _gap("missing-values", affected=0.1),
        _gap("duplicates", "b", affected=0.3),
        _gap("unit-changed", "b"),
    )
    assert [gap.rule for gap in found] == ["unit-changed", "duplicates", "missing-values", "column-extra"]


def test_the_case_may_rank_above_the_catalogue() -> None:
    check = Check("missing-values", Verdict.GAP, "a", rank=1)
    assert _made(check)[0].rank == 1


def test_what_one_finding_explains_joins_it() -> None:
    found = _made(_gap("distribution-shifted"), _gap("out-of-range"), _gap("unit-changed"), _gap("missing-values"))
    assert [[check.rule for check in gap.checks] for gap in found] == [
        ["unit-changed", "out-of-range", "distribution-shifted"],
        ["missing-values"],
    ]


def test_findings_of_two_columns_stay_apart() -> None:
    assert len(_made(_gap("unit-changed", "a"), _gap("distribution-shifted", "b"))) == 2


def test_a_named_cause_puts_several_columns_together() -> None:
    found = _made(
        _gap("missing-values", "a", cause="part:site-c", affected=0.1),
        _gap("missing-values", "b", cause="part:site-c", affected=0.2),
    )
    assert len(found) == 1
    assert found[0].column is None
    assert found[0].affected == 0.2
    assert "`b` and `a`" in found[0].title


def test_all_renames_are_one_piece_of_work() -> None:
    (found,) = _made(_gap("column-renamed", "a"), _gap("column-renamed", "b"))
    (alone,) = _made(_gap("column-renamed", "b"))
    assert found.id == alone.id


def test_what_nobody_can_tell_of_many_columns_is_one_line_with_the_rows_that_settle_all() -> None:
    found = _made(_unknown("missing-values", "a", 500), _unknown("missing-values", "b", 9_000))
    assert len(found) == 1
    assert found[0].verdict is Verdict.UNKNOWN
    assert found[0].rank == 2
    assert "9,000 rows" in found[0].remediation


def test_an_unknown_beside_a_gap_of_the_same_place_says_nothing_more() -> None:
    assert [gap.verdict for gap in _made(_gap("missing-values"), _unknown("missing-values", "a", 10))] == [Verdict.GAP]


def test_the_id_stays_over_audits_and_differs_by_source_rule_column_and_scope() -> None:
    first = _made(_gap("missing-values", "a", affected=0.1))[0].id
    assert _made(_gap("missing-values", "a", affected=0.4))[0].id == first
    other = Check("missing-values", Verdict.GAP, "a", scope="site=c")
    ids = {first, _made(_gap("missing-values", "b"))[0].id, _made(_gap("duplicates"))[0].id, _made(other)[0].id}
    elsewhere = _made(_gap("missing-values"), context=Context(source="payments"))[0].id
    assert len(ids | {elsewhere}) == 5


@pytest.mark.parametrize(
    ("context", "owner"),
    [
        (_CONTEXT, "pat"),
        (Context(source="orders", steward="sam", owners={"platform": "pat"}), "sam"),
        (Context(source="orders"), None),
    ],
)
def test_the_steward_owns_a_gap_else_who_has_the_duty(context: Context, owner: str | None) -> None:
    assert _made(_gap("missing-values"), context=context)[0].owner == owner


def test_the_consequence_is_that_of_the_class() -> None:
    agentic = Context(source="orders", use_case_class="agentic")
    rule = _POLICY.rule("missing-values")
    assert _made(_gap("missing-values"), context=agentic)[0].consequence == rule.consequence["agentic"]
    assert _made(_gap("missing-values"))[0].consequence == rule.consequence["predictive"]


def test_sentences_name_the_place_and_hold_no_placeholder() -> None:
    for rule in _POLICY.rules:
        (gap,) = _made(_gap(rule))
        assert "{" not in gap.title + gap.remediation + gap.proof
        assert gap.finding.endswith(".")
        assert gap.finding[0].isupper()


def test_the_largest_effort_of_a_group_is_that_of_the_gap() -> None:
    (found,) = _made(_gap("unit-changed"), _gap("distribution-shifted"))
    assert found.effort is Effort.M


def test_reasons_are_rules_of_the_catalogue_and_no_circle() -> None:
    assert set(EXPLAINS) | {each for found in EXPLAINS.values() for each in found} <= set(_POLICY.rules)
    assert not [(one, other) for one, found in EXPLAINS.items() for other in found if one in EXPLAINS.get(other, ())]


def test_every_check_is_in_one_group_or_matches() -> None:
    checks = [_gap(rule, column) for rule in _POLICY.rules for column in ("a", "b")]
    assert sorted(check.rule for group in grouped(checks) for check in group.checks) == sorted(
        check.rule for check in checks
    )


def test_a_piece_is_done_when_all_of_it_matches() -> None:
    checks = (
        Check("missing-values", Verdict.MATCH, "a"),
        Check("missing-values", Verdict.GAP, "b"),
        Check("duplicates", Verdict.MATCH),
        Check("late-records", Verdict.UNKNOWN),
    )
    found = headline(checks, _made(*checks), Unproven(0.0, 0.0, 0.0), _POLICY)
    assert (found.pieces_never_done, found.pieces) == (2, 3)
    weights = [_POLICY.rule(name).weight for name in ("missing-values", "late-records", "duplicates")]
    assert found.never_done.value == sum(weights[:2]) / sum(weights)
    assert (found.gaps, found.unknown, found.matches) == (1, 1, 2)
