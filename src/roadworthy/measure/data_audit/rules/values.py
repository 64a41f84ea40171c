"""What the values of a column are: unit, list, missing, range, form, clock, characters, distribution."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.data_audit.model import Check, Pair
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import distribution, missing, ranges, vocabulary


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area."""
    yield from missing.checks(pair, policy)
    yield from vocabulary.checks(pair, policy)
    yield from ranges.checks(pair, policy)
    yield from distribution.checks(pair, policy)
