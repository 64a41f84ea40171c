"""What waits for a person: the oldest deadline first, read from an index however much is parked."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice

import sqlalchemy as sa

from roadworthy.decide.approvals import delegation_rows
from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.deadlines import asked
from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.requests import Request, Vote, VoteKind, Waiting
from roadworthy.decide.approvals.who import Who, of_person
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.unit import Transaction

MOST = 500
_VOTES = frozenset({VoteKind.APPROVE, VoteKind.DECLINE})


class Inboxes:
    """Whose turn it is."""

    def __init__(self, ground: Ground, who: Who) -> None:
        self._ground = ground
        self._who = who

    def of(self, person_ref: str, after: str | None = None, limit: int = 100) -> list[Waiting]:
        """A page of what waits for a person; what they proposed themselves, or voted on already, is left out.

        Args:
            person_ref: whose.
            after: `key` of the last line that was seen.
            limit: 1 to 500 lines.
        """
        start = _position(after)
        most = max(1, min(limit, MOST))
        with self._ground.store.read() as connection:
            humans = self._ground.people.same_human(connection, [person_ref])
            return list(islice(self._lines(connection, person_ref, humans, start, most), most))

    def anything(self, connection: sa.Connection, person_ref: str) -> bool:
        """Whether any request waits for a person."""
        found = (
            next(rows.waiting_for(connection, each, None, 1), None) for each in self._read_by(connection, person_ref)
        )
        return any(each is not None for each in found)

    def opened(self, person_ref: str, request_id: str) -> None:
        """Keep when somebody first had a request before their eyes; how long they looked shows from here."""
        ground = self._ground
        now = ground.runtime.clock.now()
        with ground.store.read() as connection:
            if rows.opened(connection, request_id, person_ref) is not None or rows.get(connection, request_id) is None:
                return
        ground.store.write(lambda connection: rows.open_first(connection, request_id, person_ref, now))

    def reaches(self, tx: Transaction, request: Request, more: Sequence[str] = ()) -> None:
        """Put a request into the inboxes of everybody whose clause asks them now."""
        found = {
            selector
            for clause, use_case in asked(request)
            if (selector := self._who.selector(tx.connection, clause, use_case)) is not None
        }
        rows.put_in(tx.connection, request.id, {*found, *more}, request.deadline_at)

    @staticmethod
    def given(connection: sa.Connection, request: Request) -> tuple[str, ...]:
        """Inboxes that a request is in because somebody gave their say in it to somebody else."""
        votes = rows.votes_on(connection, request.id)
        return tuple(of_person(vote.to_ref) for vote in votes if vote.to_ref is not None)

    def asked(self, connection: sa.Connection, request: Request) -> frozenset[str]:
        """References of everybody whose clause asks them now, the proposer's people left out."""
        found = {ref for clause, use_case in asked(request) for ref in self._who.behind(connection, clause, use_case)}
        return frozenset(found) - self._who.barred(connection, request)

    # ------------------------------------------------------------ inside

    def _read_by(self, connection: sa.Connection, person_ref: str) -> frozenset[str]:
        """Inboxes that a person reads: their own, and those of people who gave them their say."""
        found = set(self._who.selectors(connection, person_ref))
        if not found:
            return frozenset()
        for said in delegation_rows.given_to(connection, [person_ref], self._ground.runtime.clock.now()):
            found |= self._who.selectors(connection, said.by_ref)
        return frozenset(found | {of_person(person_ref)})

    def _lines(
        self,
        connection: sa.Connection,
        person_ref: str,
        humans: frozenset[str],
        start: tuple[str, str] | None,
        size: int,
    ) -> Iterator[Waiting]:
        streams = [
            rows.waiting_for(connection, each, start, size + 1) for each in self._read_by(connection, person_ref)
        ]
        merged = _each_once(heapq.merge(*streams))
        while some := list(islice(merged, size + 1)):
            ids = [request_id for _, request_id in some]
            found = rows.many(connection, ids)
            said = rows.votes_on_all(connection, ids)
            for request_id in ids:
                request, votes = found[request_id], said.get(request_id, [])
                mine = any(vote.kind in _VOTES and vote.person_ref in humans for vote in votes)
                if not mine and not humans & request.excluded:
                    yield _line(request, votes)


def _each_once(keys: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Keys in order, of equal ones the first."""
    last = None
    for key in keys:
        if key != last:
            yield key
        last = key


def _line(request: Request, votes: Sequence[Vote]) -> Waiting:
    questions = [vote.kind for vote in votes if vote.kind in {VoteKind.ASK, VoteKind.ANSWER}]
    return Waiting(
        id=request.id,
        title=request.title,
        use_case=request.use_case,
        classes=request.classes,
        proposer_ref=request.proposer_ref,
        proposer_kind=request.proposer_kind,
        state=request.state,
        created_at=request.created_at,
        deadline_at=request.deadline_at,
        asked=bool(questions) and questions[-1] is VoteKind.ASK,
    )


def key_of(line: Waiting) -> str:
    """Where a line stands, for `after`."""
    return f"{to_text(line.deadline_at)}|{line.id}"


def _position(after: str | None) -> tuple[str, str] | None:
    if after is None:
        return None
    deadline, divider, request_id = after.partition("|")
    if not divider or len(request_id) != 36 or len(deadline) != 27:  # noqa: PLR2004 - lengths of what `key_of` writes
        raise InvalidInput(
            "inbox-position-unfit",
            f"`{after[:80]}` is no position in an inbox",
            place=Place(field="after"),
            remedy="take it from the last line of the page before, or leave it out",
        )
    return deadline, request_id
