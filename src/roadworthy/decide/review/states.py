"""Where a readiness review can stand, and what moves it: the table that `foundation.workflow` runs."""

from __future__ import annotations

from enum import StrEnum

from roadworthy.foundation.workflow.machines import Machine, Transition

MACHINE = "readiness-review"


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    """Its agenda is looked at; it follows what is known."""
    PROPOSED = "proposed"
    """A verdict is proposed on frozen evidence, and waits for a decision."""
    DECIDED = "decided"
    CLOSED = "closed"
    """It ended without a verdict."""


class ReviewEvent(StrEnum):
    """What moves a review."""

    PROPOSE = "propose"
    DECIDE = "decide"
    REOPEN = "reopen"
    """The proposal was declined, withdrawn, voided or ran out."""
    CLOSE = "close"


_S, _E = ReviewState, ReviewEvent

REVIEWS = Machine(
    name=MACHINE,
    version=1,
    initial=_S.OPEN,
    transitions=(
        Transition(_S.OPEN, _E.PROPOSE, _S.PROPOSED),
        Transition(_S.PROPOSED, _E.DECIDE, _S.DECIDED),
        Transition(_S.PROPOSED, _E.REOPEN, _S.OPEN),
        Transition(_S.OPEN, _E.DECIDE, _S.DECIDED),
        Transition(_S.OPEN, _E.CLOSE, _S.CLOSED),
        Transition(_S.PROPOSED, _E.CLOSE, _S.CLOSED),
    ),
    ends=frozenset({_S.DECIDED, _S.CLOSED}),
)
