"""The notice to the business that a use case is stopped: plain text that can be sent as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from roadworthy.decide.review.model import Review, Verdict
from roadworthy.foundation.errors import Conflict, Place

WIDTH = 78


def paragraphs(review: Review, called: str | None) -> Iterator[str]:
    """What the business is told, a paragraph each; no names of people are in it."""
    name = called or review.use_case
    when = "" if review.decided_at is None else f" on {review.decided_at.day} {review.decided_at:%B %Y}"
    yield f"The readiness review of {name} ({review.use_case}) ended{when} with the decision to stop it."
    yield f"It was meant to go to {review.stage_to.value}. It will not, and nothing permits it to run there any more."
    yield f"Why: {review.text('reason')}"
    yield f"What was learned: {review.text('learned')}"
    changes = review.text("changes")
    if changes:
        yield f"What happens instead: {changes}"
    yield (
        "What to do now: plan without it, tell those who work with it, and say within ten working days if data or "
        "access that it was given has to be returned or deleted."
    )
    yield f"The record of this decision is review {review.id}; whoever decided, and on what, stands there."


def text_of(review: Review, called: str | None) -> str:
    """The notice as a document.

    Raises:
        Conflict: the review did not end in a stop.
    """
    if review.verdict is not Verdict.STOP:
        raise Conflict(
            "review-without-notice",
            "only a stop comes with a notice to the business",
            place=Place(source=f"Review/{review.id}"),
            remedy="nothing to do; what became of the review stands on its page",
        )
    heading = f"Notice: {called or review.use_case} is stopped"
    body = "\n\n".join(textwrap.fill(each, WIDTH) for each in paragraphs(review, called))
    return f"{heading}\n{'=' * len(heading)}\n\n{body}\n"
