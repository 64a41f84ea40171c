"""How long decisions take: `python -m bench.approvals`.

`explain_micro`: whether somebody may and why, under 50 rules with conditions and thresholds. Goal: under a millisecond.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from roadworthy.decide.approvals.answers import explained
from roadworthy.decide.approvals.facts import FACTS
from roadworthy.decide.approvals.matching import Case
from roadworthy.decide.approvals.model import DecisionClass, DecisionRights
from roadworthy.decide.approvals.quorum import People
from roadworthy.decide.approvals.rules import compile_rights, read
from roadworthy.foundation.conditions import Values, compile_condition

EXPLAIN_LIMIT = 0.001
"""Seconds."""
RULES = 50


@dataclass(frozen=True, slots=True)
class Explained:
    """Seconds at the median and at the slowest of a hundred, and what a single condition costs."""

    median: float
    slow: float
    condition: float
    compiled: float


def rights_of(rules: int) -> DecisionRights:
    """Rights of so many rules, all about promotions, a third of which ask in the case that is read."""
    return DecisionRights.model_validate(
        {
            "rules": [
                {
                    "name": f"rule-{at}",
                    "decides": ["promote"],
                    "tiers": [["low"], ["moderate"], ["high"]][at % 3],
                    "when": f"stage_to == 'production' && personal_data != 'none' && !(unit == 'unit-{at}')",
                    "thresholds": [{"fact": "annual-value", "atLeast": f"{at * 10_000 + 1} EUR"}],
                    "decision": "ask",
                    "approvers": [{"owner": "governance"}, {"group": f"group-{at}", "count": 2}],
                }
                for at in range(rules)
            ]
        }
    )


def explain_micro(rules: int = RULES) -> Explained:
    """Measure the pure part of `explain`: reading the rights and putting them beside one person."""
    began = time.perf_counter()
    rights = compile_rights(rights_of(rules))
    compiled = time.perf_counter() - began
    facts = {
        "use_case": "claims", "tier": "high", "stage": "candidate", "stage_from": "candidate", "stage_to": "production",
        "personal_data": "personal", "unit": "claims", "annual_value": {"minor": 99_999_999, "currency": "EUR"},
        "owners_missing": [], "proposer_kind": "person",
    }  # fmt: skip
    case = Case(DecisionClass.PROMOTE, "claims", facts)
    groups = {f"group:group-{at}": {f"p{at}-{number}" for number in range(10)} | {"gia"} for at in range(rules)}
    people = People({"owner:claims:governance": {"gia"}, **groups})
    times = _timed(lambda: explained(read(rights, case), people, "gia", may_propose=True), 500)
    condition = compile_condition("stage_to == 'production' && personal_data != 'none'", FACTS[DecisionClass.PROMOTE])
    values = Values(FACTS[DecisionClass.PROMOTE], facts)
    single = _timed(lambda: [condition.holds(values) for _ in range(1_000)], 20)
    return Explained(statistics.median(times), times[-5], statistics.median(single) / 1_000, compiled)


def _timed(work: Callable[[], object], times: int) -> list[float]:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return sorted(found)


def main() -> None:
    """Measure and print."""
    found = explain_micro()
    print(f"a condition {found.condition * 1e6:6.2f} us; {RULES} rules compiled in {found.compiled * 1e3:.1f} ms")
    print(f"explain     {found.median * 1e6:6.0f} us at the median, {found.slow * 1e6:.0f} us at 99 of 100")
    print(f"goal: under {EXPLAIN_LIMIT * 1e6:.0f} us; measured {found.median * 1e6:.0f} us")


if __name__ == "__main__":
    main()
