"""What the values of a column are: unit, list, missing, range, form, clock, characters, distribution."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.data_audit.model import Check, Pair
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import (
    clock,
    denominations,
    distribution,
    meaning,
    missing,
    ranges,
    units,
    vocabulary,
    writing,
)


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area; what a change of unit explains is not told again as range or distribution."""
    converted = list(units.checks(pair, policy))
    yield from converted
    yield from denominations.checks(pair)
    explained = units.explained(converted)
    yield from missing.checks(pair, policy)
    yield from vocabulary.checks(pair, policy)
    yield from ranges.checks(pair, policy, explained)
    yield from distribution.checks(pair, policy, explained)
    yield from meaning.checks(pair, policy, explained)
    yield from writing.checks(pair, policy)
    yield from clock.checks(pair, policy)
