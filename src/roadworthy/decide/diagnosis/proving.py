"""A rule's own test table: each row is a use case made up for it, and what the rule must say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from roadworthy.decide.diagnosis.finding import Diagnosed, InForce
from roadworthy.decide.diagnosis.model import FailureMode, RuleTest
from roadworthy.decide.diagnosis.rules import compile_rules, diagnose
from roadworthy.decide.diagnosis.view import view_of
from roadworthy.evidence.model import Claim, Method
from roadworthy.evidence.rules import FRESHNESS, end_of
from roadworthy.inventory.rules import seats_of, tier_of
from roadworthy.inventory.service import Subject

_METHOD = Method.DOCUMENTED
"""By which the answers of a test are known; every method that counts decides alike."""


def outcome(name: str, mode: FailureMode, test: RuleTest) -> Diagnosed:
    """What a rule says of the use case of one of its tests."""
    rules = compile_rules([InForce(name, mode, None)])
    now = end_of(test.on) - dt.timedelta(microseconds=1)
    claims: dict[str, list[Claim]] = {}
    for number, given in enumerate(test.answers):
        observed = end_of(given.observed or test.on)
        claim = Claim(given.answer, _METHOD, observed, observed + FRESHNESS[_METHOD], f"answer {number}")
        claims.setdefault(given.fact, []).append(claim)
    spec = test.use_case
    subject = Subject(
        name="example",
        revision=1,
        generation=1,
        spec=spec,
        tier=tier_of(spec.risk, spec.class_),
        seats=seats_of(spec.owners, ()),
        answers={},
        mismatches=(),
    )
    return diagnose(view_of(subject, claims, rules.facts, now), rules)


def failures(name: str, mode: FailureMode) -> Iterator[tuple[int, RuleTest, str]]:
    """The rows that do not come out as they say: the row's number, the row, and what came out instead."""
    for number, test in enumerate(mode.tests):
        diagnosed = outcome(name, mode, test)
        if diagnosed.retired:
            yield number, test, "nothing, because the use case is retired"
            continue
        (finding,) = diagnosed.modes
        if finding.status is not test.then:
            yield number, test, f"`{finding.status}`"
        elif test.severity is not None and finding.severity is not test.severity:
            yield number, test, f"severity `{finding.severity}`"
