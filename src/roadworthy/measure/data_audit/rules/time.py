"""When data comes, and when it is there to be read."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.data_audit.model import Check, Pair
from roadworthy.measure.data_audit.policy import Policy


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:  # noqa: ARG001 - filled in next
    """The checks of this area."""
    yield from ()
