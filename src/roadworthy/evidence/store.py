"""SQL of the evidence."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.evidence.model import Artefact, Claim, Doubt, Item, Method, Withdrawal
from roadworthy.evidence.rules import end_of
from roadworthy.evidence.tables import evidence_items
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory.facts import Answer

ByFact = Mapping[str, Sequence[Claim]]
"""The claims about one use case, by fact."""

_COUNTING = (
    evidence_items.c.use_case,
    evidence_items.c.fact,
    evidence_items.c.answer,
    evidence_items.c.method,
    evidence_items.c.observed_to,
    evidence_items.c.expires_at,
    evidence_items.c.id,
    evidence_items.c.recorded_by,
    evidence_items.c.window_to,
    evidence_items.c.subject_name,
    evidence_items.c.subject_digest,
    evidence_items.c.doubt,
)

_ANSWERS = {answer.value: answer for answer in Answer}
_METHODS = {method.value: method for method in Method}
_DOUBTS: Mapping[str | None, Doubt | None] = {None: None, **{doubt.value: doubt for doubt in Doubt}}
"""Looked up and not called: a portfolio has hundreds of thousands of them."""


def insert(connection: sa.Connection, item: Item) -> None:
    """Keep a new item."""
    connection.execute(
        evidence_items.insert().values(
            id=item.id,
            use_case=item.use_case,
            fact=item.fact,
            kind=item.kind,
            answer=item.answer,
            method=item.method,
            statement=item.statement,
            link=item.link,
            observed_from=item.observed_from,
            observed_to=item.observed_to,
            recorded_at=item.recorded_at,
            recorded_by=item.recorded_by,
            expires_at=item.expires_at,
            entry_id=item.entry_id,
        )
    )


def find(connection: sa.Connection, item_id: str) -> Item | None:
    """One item, withdrawn or not."""
    row = connection.execute(sa.select(evidence_items).where(evidence_items.c.id == item_id)).first()
    return None if row is None else _item(row)


def of(connection: sa.Connection, use_case: str) -> list[Item]:
    """Everything handed in about a use case, withdrawn items included, the latest first."""
    rows = connection.execute(
        sa.select(evidence_items)
        .where(evidence_items.c.use_case == use_case)
        .order_by(evidence_items.c.recorded_at.desc(), evidence_items.c.id.desc())
    )
    return [_item(row) for row in rows]


def withdraw(connection: sa.Connection, item_id: str, withdrawal: Withdrawal) -> bool:
    """Mark an item withdrawn; False when it is not there or was withdrawn before."""
    done = connection.execute(
        evidence_items.update()
        .where(evidence_items.c.id == item_id, evidence_items.c.withdrawn_at.is_(None))
        .values(withdrawn_at=withdrawal.at, withdrawn_by=withdrawal.by, withdrawn_reason=withdrawal.reason)
    )
    return done.rowcount == 1


def claims_by_name(connection: sa.Connection, names: Sequence[str] | None) -> Mapping[str, ByFact]:
    """What counts about all (`None`) or some use cases, withdrawn and superseded items left out."""
    found: defaultdict[str, defaultdict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    ends: dict[dt.date, dt.datetime] = {}  # of the few days that a portfolio's items speak of
    for use_case, fact, answer, method, day, expires_at, item, by, end, about, digest, doubt in _counting(
        connection, names
    ):
        if day not in ends:
            ends[day] = end_of(day)
        found[use_case][fact].append(
            Claim(
                _ANSWERS[answer],
                _METHODS[method],
                end or ends[day],
                expires_at,
                item,
                by,
                None if about is None else Artefact(name=about, digest=digest),
                _DOUBTS[doubt],
            )
        )
    return found


def _counting(connection: sa.Connection, names: Sequence[str] | None) -> Iterator[sa.Row[*tuple[Any, ...]]]:
    statement = sa.select(*_COUNTING).where(
        evidence_items.c.withdrawn_at.is_(None), evidence_items.c.superseded_by.is_(None)
    )
    if names is None:
        yield from connection.execute(statement).all()
        return
    for some in portions(names):
        yield from connection.execute(statement.where(evidence_items.c.use_case.in_(some))).all()


_NOT_MARKED = (
    evidence_items.c.expired_at.is_(None),
    evidence_items.c.withdrawn_at.is_(None),
    evidence_items.c.superseded_by.is_(None),
)


def expire(connection: sa.Connection, instants: Sequence[dt.datetime], at: dt.datetime) -> list[tuple[str, str]]:
    """Mark every standing item that ends at these instants as expired at `at`; again is nothing.

    Returns:
        Id and use case of each.
    """
    found: list[tuple[str, str]] = []
    for some in portions(instants):
        ending = (evidence_items.c.expires_at.in_(some), *_NOT_MARKED)
        ended = connection.execute(sa.select(evidence_items.c.id, evidence_items.c.use_case).where(*ending))
        found += [(row.id, row.use_case) for row in ended]
        connection.execute(evidence_items.update().where(*ending).values(expired_at=at))
    return found


def expiry_instants(connection: sa.Connection) -> list[dt.datetime]:
    """The distinct instants at which standing items that are not marked yet expire, soonest first; one timer each."""
    statement = sa.select(evidence_items.c.expires_at).where(*_NOT_MARKED).distinct()
    return list(connection.execute(statement.order_by(evidence_items.c.expires_at)).scalars())


def _item(row: sa.Row[Any]) -> Item:
    withdrawal = None
    if row.withdrawn_at is not None:
        withdrawal = Withdrawal(row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason)
    return Item(
        id=row.id,
        use_case=row.use_case,
        fact=row.fact,
        kind=row.kind,
        answer=Answer(row.answer),
        method=Method(row.method),
        statement=row.statement,
        link=row.link,
        observed_from=row.observed_from,
        observed_to=row.observed_to,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        expires_at=row.expires_at,
        entry_id=row.entry_id,
        withdrawal=withdrawal,
    )
