"""SQL of the evidence."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.evidence.model import Artefact, Attachment, Claim, Contest, Doubt, Item, Method, Settlement, Withdrawal
from roadworthy.evidence.rules import end_of
from roadworthy.evidence.tables import attachments, contests, evidence_items, item_attachments
from roadworthy.foundation.digests import canonical_bytes
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


_SAME_NAME = (
    "id", "use_case", "fact", "kind", "answer", "method", "statement", "link", "observed_from", "observed_to",
    "recorded_at", "recorded_by", "expires_at", "entry_id", "collector", "key_id", "sample_size", "sample_wanted",
    "superseded_by", "expired_at",
)  # fmt: skip
"""Columns that hold what the item's attribute of the same name holds."""


def insert(connection: sa.Connection, item: Item) -> None:
    """Keep a new item."""
    insert_all(connection, [item])


def insert_all(connection: sa.Connection, items: Sequence[Item]) -> None:
    """Keep new items, with the files that belong to them."""
    if items:
        connection.execute(evidence_items.insert(), [_row(item) for item in items])
    belonging = [
        {"item": item.id, "digest": digest}
        for item in items
        for digest in dict.fromkeys(file.digest for file in item.attachments)
    ]
    if belonging:
        connection.execute(item_attachments.insert(), belonging)


def find(connection: sa.Connection, item_id: str) -> Item | None:
    """One item, whatever became of it."""
    return next(iter(some(connection, [item_id])), None)


def some(connection: sa.Connection, ids: Sequence[str]) -> list[Item]:
    """The items of these ids that there are."""
    found: list[sa.Row[Any]] = []
    for few in portions(ids):
        found += connection.execute(sa.select(evidence_items).where(evidence_items.c.id.in_(few))).all()
    return _items(connection, found)


def of(connection: sa.Connection, use_case: str) -> list[Item]:
    """Everything handed in about a use case, whatever became of it, the latest first."""
    rows = connection.execute(
        sa.select(evidence_items)
        .where(evidence_items.c.use_case == use_case)
        .order_by(evidence_items.c.recorded_at.desc(), evidence_items.c.id.desc())
    )
    return _items(connection, rows.all())


def by_statement(connection: sa.Connection, digest: str) -> Item | None:
    """The item that a signed statement was taken as, by the statement's digest."""
    row = connection.execute(sa.select(evidence_items).where(evidence_items.c.statement_digest == digest)).first()
    return None if row is None else _items(connection, [row])[0]


def ahead(connection: sa.Connection, now: dt.datetime, until: dt.datetime, use_case: str | None) -> list[Item]:
    """What counts now and expires by an instant, the soonest first."""
    statement = sa.select(evidence_items).where(
        evidence_items.c.expires_at > now,
        evidence_items.c.expires_at <= until,
        evidence_items.c.withdrawn_at.is_(None),
        evidence_items.c.superseded_by.is_(None),
    )
    if use_case is not None:
        statement = statement.where(evidence_items.c.use_case == use_case)
    rows = connection.execute(statement.order_by(evidence_items.c.expires_at, evidence_items.c.id))
    return _items(connection, rows.all())


def withdraw(connection: sa.Connection, item_id: str, withdrawal: Withdrawal) -> bool:
    """Mark an item withdrawn; False when it is not there or was withdrawn before."""
    done = connection.execute(
        evidence_items.update()
        .where(evidence_items.c.id == item_id, evidence_items.c.withdrawn_at.is_(None))
        .values(withdrawn_at=withdrawal.at, withdrawn_by=withdrawal.by, withdrawn_reason=withdrawal.reason)
    )
    return done.rowcount == 1


def supersede(connection: sa.Connection, follows: Mapping[str, str]) -> int:
    """Say of items which newer one took their place; of how many that was not said before."""
    done = 0
    for former, newer in follows.items():
        done += connection.execute(
            evidence_items.update()
            .where(evidence_items.c.id == former, evidence_items.c.superseded_by.is_(None))
            .values(superseded_by=newer)
        ).rowcount
    return done


def contest(connection: sa.Connection, contest: Contest) -> None:
    """Keep a dispute, and say so with the item."""
    connection.execute(
        contests.insert().values(id=contest.id, item=contest.item, at=contest.at, by=contest.by, reason=contest.reason)
    )
    keep_doubt(connection, contest.item, Doubt.CONTESTED)


def settle(connection: sa.Connection, item_id: str, end: Settlement) -> None:
    """End every open dispute of an item in the same way."""
    connection.execute(
        contests.update()
        .where(contests.c.item == item_id, contests.c.upheld.is_(None))
        .values(settled_at=end.at, settled_by=end.by, upheld=end.upheld, settlement=end.reason)
    )


def keep_doubt(connection: sa.Connection, item_id: str, doubt: Doubt | None) -> None:
    """Why an item does not count in full, where an assessment reads it."""
    connection.execute(evidence_items.update().where(evidence_items.c.id == item_id).values(doubt=doubt))


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


def running_out(
    connection: sa.Connection, after: dt.datetime, until: dt.datetime
) -> Mapping[str, tuple[int, dt.datetime]]:
    """By use case: how many standing items expire after one instant and by another, and when the first does."""
    ends = evidence_items.c.expires_at
    query = sa.select(evidence_items.c.use_case, sa.func.count(), sa.func.min(ends)).group_by(evidence_items.c.use_case)
    found = connection.execute(query.where(ends > after, ends <= until, *_NOT_MARKED))
    return {name: (number, first) for name, number, first in found}


def use_cases_of(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    """The use case of each of these items, in no order."""
    query = sa.select(evidence_items.c.use_case)
    return [
        name
        for few in portions(ids)
        for name in connection.execute(query.where(evidence_items.c.id.in_(few))).scalars()
    ]


def _row(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAME}
    begin, end = item.window or (None, None)
    return row | {
        "window_from": begin,
        "window_to": end,
        "subject_name": None if item.subject is None else item.subject.name,
        "subject_digest": None if item.subject is None else item.subject.digest,
        "result": None if item.result is None else canonical_bytes(dict(item.result)).decode("ascii"),
        "doubt": item.doubt,
        "statement_digest": item.statement_digest,
    }


def _items(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Item]:
    """Items with their disputes and their files."""
    ids = [row.id for row in rows]
    disputes: defaultdict[str, list[Contest]] = defaultdict(list)
    files: defaultdict[str, list[Attachment]] = defaultdict(list)
    for few in portions(ids):
        wanted = sa.select(contests).where(contests.c.item.in_(few)).order_by(contests.c.at, contests.c.id)
        for row in connection.execute(wanted):
            disputes[row.item].append(Contest(**row._mapping))  # noqa: SLF001 - SQLAlchemy's documented way to a mapping
        belonging = (
            sa.select(item_attachments.c.item, *attachments.c)
            .join(attachments, attachments.c.digest == item_attachments.c.digest)
            .where(item_attachments.c.item.in_(few))
            .order_by(attachments.c.name, attachments.c.digest)
        )
        for item, *file in connection.execute(belonging):
            files[item].append(Attachment(*file))
    return [_item(row, disputes.get(row.id, ()), files.get(row.id, ())) for row in rows]


def _item(row: sa.Row[Any], disputes: Sequence[Contest], files: Sequence[Attachment]) -> Item:
    given: dict[str, Any] = {name: getattr(row, name) for name in _SAME_NAME}
    given["answer"] = _ANSWERS[row.answer]
    given["method"] = _METHODS[row.method]
    withdrawal = None
    if row.withdrawn_at is not None:
        withdrawal = Withdrawal(row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason)
    return Item(
        **given,
        window=None if row.window_from is None else (row.window_from, row.window_to),
        subject=None if row.subject_name is None else Artefact(name=row.subject_name, digest=row.subject_digest),
        result=None if row.result is None else json.loads(row.result),
        attachments=tuple(files),
        contests=tuple(disputes),
        withdrawal=withdrawal,
        statement_digest=row.statement_digest,
    )
