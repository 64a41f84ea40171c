"""The two numbers that are read first: the share of production nobody proved, and of the data work nobody did."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.measure.data_audit.model import Check, Gap, Headline, Unproven, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.model import Share


def headline(checks: Sequence[Check], gaps: Sequence[Gap], unproven: Unproven, policy: Policy) -> Headline:
    """Count the pieces of the catalogue that apply, and those that have a gap or that nobody can tell.

    A piece of the data work is a rule that was put to at least one place; it counts by its weight, and is done when
    every check of it is a match.
    """
    applicable = {check.rule for check in checks}
    open_ = {check.rule for check in checks if check.verdict is not Verdict.MATCH}
    return Headline(
        unproven=unproven,
        never_done=Share(
            sum(policy.rule(name).weight for name in open_), sum(policy.rule(name).weight for name in applicable)
        ),
        gaps=sum(gap.verdict is Verdict.GAP for gap in gaps),
        unknown=sum(gap.verdict is Verdict.UNKNOWN for gap in gaps),
        matches=sum(check.verdict is Verdict.MATCH for check in checks),
        pieces_never_done=len(open_),
        pieces=len(applicable),
    )
