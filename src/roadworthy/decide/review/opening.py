"""Opens reviews, by hand and by rule, and closes those that end without a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.decide.review import store as rows
from roadworthy.decide.review.executor import refuse_over
from roadworthy.decide.review.ground import Ground, about, held, named
from roadworthy.decide.review.model import MOST_TEXT, STAGES, Opening, Review
from roadworthy.decide.review.policy import Trigger
from roadworthy.decide.review.states import MACHINE, ReviewEvent, ReviewState
from roadworthy.decide.review.telling import Telling
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.model import Stage


@dataclass(frozen=True, slots=True)
class Wanted:
    """A review that somebody, or a rule, wants opened."""

    use_case: str
    stage_to: Stage
    release: str | None
    why: str
    opening: Opening = Opening.HAND
    trigger: Trigger | None = None
    entry: str | None = None
    """Id of the ledger entry that made it necessary."""


class Openings:
    """Begins reviews and ends those without a verdict."""

    def __init__(self, ground: Ground, telling: Telling) -> None:
        self._ground = ground
        self._telling = telling

    def by_hand(self, context: Context, wanted: Wanted) -> Review:
        """Open a review.

        Raises:
            NotFound: there is no such use case, or no such release of it.
            InvalidInput: no reason is given, or no review can be about that stage.
            Conflict: one of this use case and stage goes on already, or the use case is retired.
        """
        if wanted.stage_to not in STAGES:
            raise InvalidInput(
                "review-stage-unfit",
                f"no review leads to `{wanted.stage_to}`",
                place=Place(field="stage"),
                remedy=did_you_mean(wanted.stage_to.value, [each.value for each in STAGES])
                or f"choose one of {', '.join(f'`{each.value}`' for each in STAGES)}",
            )
        refuse_text(wanted.why, "why")
        try:
            return self._ground.units.run(context, lambda tx: self.open(tx, wanted))
        except sa.exc.IntegrityError as error:  # the index, where two opened it at once
            raise _going(wanted, None) from error

    def open(self, tx: Transaction, wanted: Wanted) -> Review:
        """Open a review in the caller's unit; raises as `by_hand` does."""
        ground = self._ground
        _, spec = ground.use_case(tx.connection, wanted.use_case)
        if spec.stage is Stage.RETIRED:
            raise Conflict(
                "review-use-case-retired",
                f"`{wanted.use_case}` is retired",
                place=Place(source=f"UseCase/{wanted.use_case}"),
                remedy="bring it back first; that is a decision of its own",
            )
        if wanted.release is not None and ground.releases.facts(tx.connection, wanted.use_case, wanted.release) is None:
            raise NotFound(
                "review-release-unknown",
                f"nobody recorded a release `{wanted.release[:80]}` of `{wanted.use_case}`",
                place=Place(field="release"),
                remedy="record it with `roadworthy release record`, or take its digest from `roadworthy release list`",
            )
        same = rows.going(tx.connection, wanted.use_case, wanted.stage_to)
        if same is not None:
            raise _going(wanted, same)
        review_id = tx.new_id()
        ground.runs.start(tx, MACHINE, review_id)
        review = Review(
            id=review_id,
            use_case=wanted.use_case,
            stage_to=wanted.stage_to,
            release=wanted.release,
            opening=wanted.opening,
            trigger=None if wanted.trigger is None else wanted.trigger.value,
            why=wanted.why,
            opened_by=tx.context.actor.ref,
            opened_at=tx.now,
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
        entry = tx.record(
            Draft(
                "review.opened",
                named(review),
                facts={**about(review), **_cause(wanted)},
                texts={"reason": wanted.why.encode()},
            )
        )
        review = replace(review, entry_id=entry)
        rows.insert(tx.connection, review)
        self._telling.opened(tx, review)
        return review

    def close(self, context: Context, review_id: str, reason: str) -> Review:
        """End a review without a verdict.

        Raises:
            NotFound: there is no such review.
            InvalidInput: no reason is given.
            Conflict: it is over already.
        """
        refuse_text(reason, "reason")

        def work(tx: Transaction) -> Review:
            review = held(tx, review_id)
            refuse_over(review)
            self._ground.runs.move(tx, review_id, ReviewEvent.CLOSE.value)
            closed = replace(review, state=ReviewState.CLOSED, decided_at=tx.now, content={"reason": reason})
            rows.replace(tx.connection, closed)
            tx.record(Draft("review.closed", named(review), facts=about(review), texts={"reason": reason.encode()}))
            return closed

        closed = self._ground.units.run(context, work)
        if closed.request is not None:
            self._ground.approvals.watching.look_again(closed.request)
        return closed


def refuse_text(text: str, field: str) -> None:
    """Raises InvalidInput where a text says nothing, or too much to be read."""
    if not text.strip() or len(text) > MOST_TEXT:
        raise InvalidInput(
            "review-text-unfit",
            f"`{field}` says something in 1 to {MOST_TEXT:,} characters",
            place=Place(field=field),
            remedy="say in a few sentences why",
        )


def _cause(wanted: Wanted) -> dict[str, Canonical]:
    cause: dict[str, Canonical] = {"opening": wanted.opening.value}
    if wanted.trigger is not None:
        cause["trigger"] = wanted.trigger.value
    if wanted.entry is not None:
        cause["because"] = wanted.entry
    return cause


def _going(wanted: Wanted, same: Review | None) -> Conflict:
    where = "its page" if same is None else f"`roadworthy review show {same.id}`"
    return Conflict(
        "review-going-on",
        f"a review of `{wanted.use_case}` for `{wanted.stage_to.value}` goes on already",
        place=None if same is None else Place(source=named(same)),
        remedy=f"work on it, or close it: {where}",
    )
