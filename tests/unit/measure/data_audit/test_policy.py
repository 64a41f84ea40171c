"""The catalogue that ships is whole, and what an organisation declares lies over it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.documents import Source
from roadworthy.measure.data_audit.kinds import read_policy
from roadworthy.measure.data_audit.model import Area, Effort
from roadworthy.measure.data_audit.policy import AuditPolicy, Policy, RuleSpec, faults, shipped_spec, shipped_text

_HEAD = "apiVersion: roadworthy.dev/v1alpha1\nkind: AuditPolicy\nmetadata: {name: default}\nspec:\n  title: Ours\n"


def test_the_catalogue_that_ships_has_no_fault_and_reads_as_a_declaration() -> None:
    assert faults(shipped_spec()) == ()
    assert read_policy(Source("catalogue.yaml", shipped_text())).rules == Policy.shipped().rules


def test_every_area_of_the_catalogue_has_rules_and_every_rule_a_weight() -> None:
    rules = Policy.shipped().rules.values()
    assert {rule.area for rule in rules} == set(Area)
    assert all(rule.weight > 0 and rule.rank in {1, 2, 3} for rule in rules)
    assert all(len(rule.consequence) == 3 for rule in rules)


def test_what_is_not_declared_stays_as_it_ships() -> None:
    rule = RuleSpec(id="missing-values", rank=1, thresholds={"delta": Decimal("0.1")})
    policy = Policy.of(AuditPolicy(title="Ours", thresholds={"psi": Decimal("0.2")}, rules=(rule,)))
    shipped = Policy.shipped()
    assert policy.threshold("missing-values.delta") == 0.1
    assert policy.threshold("missing-values.severe") == shipped.threshold("missing-values.severe")
    assert policy.threshold("any.psi") == 0.2
    assert policy.rule("missing-values").rank == 1
    assert policy.rule("missing-values").title == shipped.rule("missing-values").title
    assert policy.rule("duplicates") == shipped.rule("duplicates")
    assert policy.digest != shipped.digest


def test_a_piece_of_other_size_counts_by_that_size() -> None:
    rule = RuleSpec(id="missing-values", effort=Effort.L)
    policy = Policy.of(AuditPolicy(title="Ours", efforts={Effort.L: 20}, rules=(rule,)))
    assert policy.rule("missing-values").weight == 20
    assert policy.rule("late-records").weight == 20
    assert policy.rule("source-unowned").weight == Policy.shipped().rule("source-unowned").weight


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ("  rules: [{id: missing-valves}]\n", "audit-policy-rule-unknown"),
        ("  rules: [{id: duplicates}, {id: duplicates}]\n", "audit-policy-rule-twice"),
        ("  rules: [{id: duplicates, thresholds: {copys: 1}}]\n", "audit-policy-threshold-unknown"),
        ("  thresholds: {confidance: 1}\n", "audit-policy-threshold-unknown"),
        ("  rules: [{id: duplicates, proof: 'a {column}'}]\n", "audit-policy-placeholder"),
    ],
)
def test_a_policy_that_names_what_there_is_none_of_is_refused_at_its_line(rules: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(Source("policy.yaml", _HEAD + rules))
    assert caught.value.code == code
    assert caught.value.place.line is not None


def test_a_file_that_declares_nothing_is_no_policy() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(Source("policy.yaml", "# nothing\n"))
    assert caught.value.code == "audit-policy-absent"
