"""What people are told about reviews, and the notice by which a stop reaches the business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from roadworthy.decide.review import store as rows
from roadworthy.decide.review.ground import Ground, about, named
from roadworthy.decide.review.model import Opening, Review, Verdict
from roadworthy.decide.review.notice import paragraphs
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.inventory.model import Duty

OPENED, DECIDED, REOPENED, STOPPED = "review.opened", "review.decided", "review.reopened", "review.stopped"
TOPICS: Final = (
    Topic(OPENED, "A readiness review of your use case was opened"),
    Topic(DECIDED, "A readiness review of your use case was decided"),
    Topic(REOPENED, "The proposed verdict of a readiness review came to nothing"),
    Topic(STOPPED, "A use case that you answer for was stopped", always=True),
)
_VERDICTS: Final = {
    Verdict.GO: "Go",
    Verdict.CONDITIONAL_GO: "Go, with conditions",
    Verdict.NO_GO: "No go",
    Verdict.PIVOT: "Pivot",
    Verdict.STOP: "Stop",
}


class Telling:
    """Tells the owners of a use case about its reviews."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.notify.register(TOPICS)

    def opened(self, tx: Transaction, review: Review) -> None:
        """A review begins; whoever opened it by hand knows that already."""
        words = {Opening.CADENCE: "Due again", Opening.TRIGGER: "Look at it again", Opening.HAND: "Review"}
        self._tell(tx, OPENED, review, f"{words[review.opening]}: {review.use_case} to {review.stage_to.value}")

    def decided(self, tx: Transaction, review: Review) -> None:
        """A verdict is there."""
        assert review.verdict is not None  # noqa: S101 - it was decided
        said = _VERDICTS[review.verdict]
        self._tell(tx, DECIDED, review, f"{said}: {review.use_case} to {review.stage_to.value}")

    def reopened(self, tx: Transaction, review: Review) -> None:
        """A verdict that was proposed is not decided after all."""
        self._tell(tx, REOPENED, review, f"Not decided: {review.use_case} to {review.stage_to.value}")

    def notice(self, tx: Transaction, review: Review, to: Iterable[str] | None = None) -> Review:
        """Send the notice of a stop: to the business owner, or to those named; nobody there is recorded too."""
        ground = self._ground
        wanted = set(to) if to is not None else self._business(tx, review)
        here = ground.people.here(tx.connection, wanted)
        if here:
            stored, spec = ground.use_case(tx.connection, review.use_case)
            subject = f"Stopped: {spec.title or stored.name}"
            lines = tuple(paragraphs(review, spec.title))
            facts = {"useCase": review.use_case, "review": review.id}
            message = Message(STOPPED, subject, f"/reviews/{review.id}", tuple(sorted(here)), lines, True, facts)
            ground.notify.tell(tx, message)
        tx.record(Draft("review.notice-sent", named(review), facts={**about(review), "people": len(here)}))
        sent = replace(review, notified=review.notified + len(here))
        rows.replace(tx.connection, sent)
        return sent

    def _business(self, tx: Transaction, review: Review) -> set[str]:
        """Whoever accepted the business duty."""
        found = self._ground.seats.holder(tx.connection, review.use_case, Duty.BUSINESS.value)
        return set() if found is None else {found}

    def _tell(self, tx: Transaction, topic: str, review: Review, subject: str) -> None:
        to = self._ground.owners(tx.connection, review.use_case) - {tx.context.actor.ref}
        if to:
            facts = {"useCase": review.use_case, "review": review.id, "stage": review.stage_to.value}
            path = f"/reviews/{review.id}"
            self._ground.notify.tell(tx, Message(topic, subject, path, tuple(sorted(to)), facts=facts))
