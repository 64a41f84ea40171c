"""Operations of readiness reviews: open, look, propose a verdict, decide where nobody has to be asked, close, learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.review import store as rows
from roadworthy.decide.review.content import agenda_of
from roadworthy.decide.review.deciding import Deciding
from roadworthy.decide.review.drafting import SUBJECT, Drafting
from roadworthy.decide.review.executor import ReviewExecutor, act_of
from roadworthy.decide.review.following import REQUESTS, TRIGGERS, Following
from roadworthy.decide.review.ground import Ground, held, known
from roadworthy.decide.review.model import AgendaItem, Draft, Opening, ProposedVerdict, Review, Verdict
from roadworthy.decide.review.notice import text_of
from roadworthy.decide.review.opening import Openings, Wanted
from roadworthy.decide.review.policy import ReviewPolicy
from roadworthy.decide.review.states import REVIEWS, ReviewState
from roadworthy.decide.review.telling import Telling
from roadworthy.foundation.errors import Conflict, NotFound
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.cadence import Every
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.inventory.model import Stage

MOST_LISTED = 500
TURN = dt.timedelta(hours=1)
"""How often the cadence looks what is due."""


class Reviews:
    """Readiness reviews from their opening to a verdict.

    Args:
        ground: what they stand on.
    """

    def __init__(self, ground: Ground) -> None:
        ground.runs.register(REVIEWS)
        self._ground = ground
        self._telling = Telling(ground)
        self._openings = Openings(ground, self._telling)
        self._drafting = Drafting(ground)
        self._deciding = Deciding(ground, self._telling)
        self.executor = ReviewExecutor(ground, self._drafting, self._deciding)
        self.following = Following(ground, self._openings, self._telling)
        ground.approvals.on(SUBJECT, self.executor)

    def attach(self, consumers: Consumers, schedules: Schedules) -> None:
        """Have reviews follow their requests, and begin again when it is time or when something happened."""
        consumers.on("reviews-requested", self.following.requested, REQUESTS)
        consumers.on("reviews-triggered", self.following.happened, TRIGGERS)
        schedules.every("review-cadence", Every(TURN), self.following.turn)

    # ------------------------------------------------------------ working on one

    def open(self, context: Context, use_case: str, stage_to: Stage, release: str | None, why: str) -> Review:
        """Open a review, see `Openings.by_hand`."""
        return self._openings.by_hand(context, Wanted(use_case, stage_to, release, why))

    def close(self, context: Context, review_id: str, reason: str) -> Review:
        """End a review without a verdict, see `Openings.close`."""
        return self._openings.close(context, review_id, reason)

    def propose(
        self, context: Context, review_id: str, wanted: ProposedVerdict, check: Check = any_use_case
    ) -> Request:
        """Ask for a decision about a verdict; what rules approve beforehand is decided at once.

        Raises:
            NotFound: there is no such review.
            InvalidInput: the verdict does not say what it has to.
            Conflict: the review is over, or another verdict of it waits.
            Refused: nobody may decide this, or no decision rights were ever in force: then `decide` does it.
        """
        return self.ask(context, Proposal(SUBJECT, wanted.content(review_id), wanted.reason), check)

    def ask(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """The same for whoever has the proposal already; raises as `propose` does."""
        request = self._ground.approvals.propose(context, proposal, check)
        self._ground.units.run(context, lambda tx: self.following.proposed(tx, request))
        return self._ground.approvals.standing(request.id).request

    def decide(self, context: Context, review_id: str, wanted: ProposedVerdict) -> Review:
        """Decide at once, where nobody has to be asked.

        Raises:
            Refused: decision rights ask for a decision; `propose` asks for it.
            NotFound: there is no such review.
            InvalidInput: the verdict does not say what it has to.
            Conflict: the review is over, or a verdict of it waits for a decision.
        """

        def work(tx: Transaction) -> Review:
            content = self.executor.prepare(tx.connection, context, wanted.content(review_id))
            review = held(tx, review_id)
            if review.state is ReviewState.PROPOSED:
                raise Conflict(
                    "review-proposed-already",
                    "a verdict of this review waits for a decision already",
                    remedy=f"see it with `roadworthy decision show {review.request}`; it can be withdrawn there",
                )
            return self._deciding.decide(tx, content, act_of(content))

        return self._ground.units.run(context, work)

    # ------------------------------------------------------------ looking

    def get(self, review_id: str) -> Review:
        """A review.

        Raises:
            NotFound: there is none of this id.
        """
        with self._ground.store.read() as connection:
            return known(rows.find(connection, review_id), review_id)

    def listed(
        self,
        use_case: str | None = None,
        state: ReviewState | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Review]:
        """Reviews, the newest first; the id of the last is the `after` of the next page."""
        with self._ground.store.read() as connection:
            return rows.page(connection, use_case, state, after, max(1, min(limit, MOST_LISTED)))

    def draft(self, review_id: str) -> Draft:
        """What a verdict would be decided on now: agenda, frozen digests, envelope.

        Raises:
            NotFound: there is no such review, or its use case is not there any more.
        """
        now = self._ground.runtime.clock.now()
        with self._ground.store.read() as connection:
            return self._drafting.draft(connection, known(rows.find(connection, review_id), review_id), now)

    def agenda(self, review_id: str) -> tuple[AgendaItem, ...]:
        """What there is to look at: as it was when a verdict was decided, else as it is now."""
        review = self.get(review_id)
        if review.content is not None and "agenda" in review.content:
            return agenda_of(review.content)
        return () if review.is_over else self.draft(review_id).agenda

    def standing(self, use_case: str, stage_to: Stage, release: str | None) -> tuple[AgendaItem, ...]:
        """What would stand on the agenda of a review if there were one now.

        Raises:
            NotFound: there is no such use case.
        """
        now = self._ground.runtime.clock.now()
        with self._ground.store.read() as connection:
            return self._drafting.draft(connection, imagined(use_case, stage_to, release, now), now).agenda

    def learned(self, after: str | None = None, limit: int = 100) -> list[Review]:
        """Reviews that ended otherwise than in a go, the newest first: what has to change, and what was learned."""
        with self._ground.store.read() as connection:
            return rows.with_lessons(connection, after, max(1, min(limit, MOST_LISTED)))

    def policy(self) -> ReviewPolicy:
        """The review policy in force."""
        with self._ground.store.read() as connection:
            return self._ground.policy(connection)

    # ------------------------------------------------------------ a stop

    def notice(self, review_id: str) -> str:
        """The notice to the business, as a text that can be sent.

        Raises:
            NotFound: there is no such review.
            Conflict: it did not end in a stop.
        """
        review = self.get(review_id)
        with self._ground.store.read() as connection:
            try:
                called = self._ground.use_case(connection, review.use_case)[1].title
            except NotFound:
                called = None  # what was stopped may be gone by now; its notice is not
        return text_of(review, called)

    def send_notice(self, context: Context, review_id: str, to: Iterable[str]) -> Review:
        """Send the notice of a stop to people, by reference, through the channels of this deployment.

        Raises:
            NotFound: there is no such review.
            Conflict: it did not end in a stop.
        """

        def work(tx: Transaction) -> Review:
            review = held(tx, review_id)
            if review.verdict is not Verdict.STOP:
                text_of(review, None)
            return self._telling.notice(tx, review, to)

        return self._ground.units.run(context, work)


def imagined(use_case: str, stage_to: Stage, release: str | None, now: dt.datetime) -> Review:
    """A review that nobody opened, to look through its eyes."""
    return Review(
        id="",
        use_case=use_case,
        stage_to=stage_to,
        release=release,
        opening=Opening.HAND,
        trigger=None,
        why="",
        opened_by="",
        opened_at=now,
        state=ReviewState.OPEN,
        request=None,
        verdict=None,
        decided_at=None,
        deciders=(),
        content=None,
        certificate=None,
        notified=0,
        entry_id="",
    )
