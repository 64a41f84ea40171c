"""SQL of reviews."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.review.model import CERTIFIES, Opening, Review, Verdict
from roadworthy.decide.review.states import ReviewState
from roadworthy.decide.review.tables import reviews
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory.model import Stage

_GOING = (ReviewState.OPEN.value, ReviewState.PROPOSED.value)
_DECIDED = ReviewState.DECIDED.value


def insert(connection: sa.Connection, review: Review) -> None:
    """Keep a new review."""
    connection.execute(reviews.insert().values(_row(review)))


def replace(connection: sa.Connection, review: Review) -> None:
    """Keep a review as it stands now."""
    row = _row(review)
    connection.execute(reviews.update().where(reviews.c.id == row.pop("id")).values(row))


def find(connection: sa.Connection, review_id: str, *, hold: bool = False) -> Review | None:
    """A review; with `hold` nobody else moves it until the transaction ends."""
    query = sa.select(reviews).where(reviews.c.id == review_id)
    row = connection.execute(query.with_for_update() if hold else query).one_or_none()
    return None if row is None else _review(row)


def going(connection: sa.Connection, use_case: str, stage_to: Stage) -> Review | None:
    """The review of a use case and a stage that is not over."""
    query = sa.select(reviews).where(
        reviews.c.use_case == use_case, reviews.c.stage_to == stage_to.value, reviews.c.state.in_(_GOING)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _review(row)


def page(
    connection: sa.Connection,
    use_case: str | None,
    state: ReviewState | None,
    after: str | None,
    limit: int,
) -> list[Review]:
    """Reviews, the newest first; `after` is the id of the last one seen."""
    query = sa.select(reviews).order_by(reviews.c.id.desc()).limit(limit)
    if use_case is not None:
        query = query.where(reviews.c.use_case == use_case)
    if state is not None:
        query = query.where(reviews.c.state == state.value)
    if after is not None:
        query = query.where(reviews.c.id < after)
    return [_review(row) for row in connection.execute(query)]


def before(connection: sa.Connection, use_case: str, stage_to: Stage) -> Review | None:
    """The review of a use case and a stage that was decided last."""
    query = sa.select(reviews).where(
        reviews.c.use_case == use_case, reviews.c.stage_to == stage_to.value, reviews.c.state == _DECIDED
    )
    row = connection.execute(query.order_by(reviews.c.decided_at.desc(), reviews.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _review(row)


def standing(connection: sa.Connection, use_cases: Collection[str] | None = None) -> list[Review]:
    """The verdicts in force by which something goes on: of each use case and stage the one decided last, if it is a go.

    Where another review of them goes on already, they are left out.
    """
    last = sa.select(
        reviews.c.id,
        sa.func.row_number()
        .over(
            partition_by=(reviews.c.use_case, reviews.c.stage_to),
            order_by=(reviews.c.decided_at.desc(), reviews.c.id.desc()),
        )
        .label("place"),
    ).where(reviews.c.state == _DECIDED)
    other = reviews.alias()
    again = sa.exists().where(
        other.c.use_case == reviews.c.use_case, other.c.stage_to == reviews.c.stage_to, other.c.state.in_(_GOING)
    )

    def wanted(some: Sequence[str] | None) -> sa.Select[Any]:
        latest = (last if some is None else last.where(reviews.c.use_case.in_(some))).subquery()
        return (
            sa.select(reviews)
            .join(latest, latest.c.id == reviews.c.id)
            .where(latest.c.place == 1, reviews.c.verdict.in_([each.value for each in CERTIFIES]), ~again)
            .order_by(reviews.c.decided_at, reviews.c.id)
        )

    parts = [None] if use_cases is None else portions(sorted(use_cases))
    return [_review(row) for part in parts for row in connection.execute(wanted(part))]


def with_lessons(connection: sa.Connection, after: str | None, limit: int) -> list[Review]:
    """Reviews that ended otherwise than in a go, the newest first: what was learned, and what has to change."""
    query = sa.select(reviews).where(
        reviews.c.state == _DECIDED, reviews.c.verdict.not_in([each.value for each in CERTIFIES])
    )
    if after is not None:
        query = query.where(reviews.c.id < after)
    return [_review(row) for row in connection.execute(query.order_by(reviews.c.id.desc()).limit(limit))]


def _row(review: Review) -> dict[str, Any]:
    values = {column.name: getattr(review, column.name) for column in reviews.columns}
    return {
        **values,
        "stage_to": review.stage_to.value,
        "opening": review.opening.value,
        "state": review.state.value,
        "verdict": None if review.verdict is None else review.verdict.value,
        "deciders": json.dumps(review.deciders),
        "content": None if review.content is None else canonical_bytes(dict(review.content)).decode(),
    }


def _review(row: sa.Row[Any]) -> Review:
    values = dict(row._mapping)  # noqa: SLF001 - its public name
    return Review(
        **{
            **values,
            "stage_to": Stage(row.stage_to),
            "opening": Opening(row.opening),
            "state": ReviewState(row.state),
            "verdict": None if row.verdict is None else Verdict(row.verdict),
            "deciders": tuple(json.loads(row.deciders)),
            "content": None if row.content is None else json.loads(row.content),
        }
    )
