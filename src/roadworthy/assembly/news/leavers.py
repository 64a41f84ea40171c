"""Leavers: what somebody leaves behind is told to those who have to replace them, in one message for each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from roadworthy.assembly.news.circles import Circles, named
from roadworthy.assembly.news.topics import LEFT
from roadworthy.decide.approvals import delegation_rows
from roadworthy.decide.approvals import store as requests
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.identity.leaving import Holding, Leavers
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message
from roadworthy.inventory.kinds import USE_CASE

EVENTS = ("person.left",)
MOST_LINES = 10


class LeaverNews:
    """Tells owners, administrators and whoever waits for somebody's word that somebody is gone.

    Args:
        leavers: says what people hold.
        circles: who is meant.
    """

    def __init__(self, leavers: Leavers, circles: Circles) -> None:
        self._leavers = leavers
        self._circles = circles

    def of(self, tx: Transaction, entries: Sequence[Entry]) -> Iterator[Message]:
        """Messages about everybody who left by these entries and holds something still."""
        told: defaultdict[str, list[tuple[str, Holding]]] = defaultdict(list)
        administrators = self._circles.holding(tx.connection, Role.PLATFORM_ADMINISTRATOR)
        for ref in dict.fromkeys(named(entry) for entry in entries):
            for holding in self._leavers.held_by(tx.connection, ref):
                for person in (administrators | self._concerned(tx.connection, holding)) - {ref}:
                    told[person].append((ref, holding))
        alike: defaultdict[tuple[bool, tuple[tuple[str, Holding], ...]], list[str]] = defaultdict(list)
        for person, held in told.items():
            alike[person in administrators, tuple(held)].append(person)
        for (administers, left), people in alike.items():
            yield _message(left, people, administrators=administers)

    def _concerned(self, connection: sa.Connection, holding: Holding) -> frozenset[str]:
        """Who has to see to it beside the administrators: the other owners, the proposer, the other side of a say."""
        kind, _, name = holding.resource.partition("/")
        if kind == USE_CASE:
            return self._circles.owners(connection, [name]).get(name, frozenset())
        if holding.what == "vote" and (request := requests.get(connection, name)) is not None:
            return frozenset({request.proposer_ref})
        if holding.what == "delegation" and (said := delegation_rows.get(connection, name)) is not None:
            return frozenset({said.by_ref, said.to_ref})
        return frozenset()


def _message(held: Sequence[tuple[str, Holding]], people: Sequence[str], *, administrators: bool) -> Message:
    gone, left = {ref for ref, _ in held}, len(held)
    who = "Somebody who left" if len(gone) == 1 else f"{len(gone)} people who left"
    what = "something that needs" if left == 1 else f"{left} things that need"
    lines = [f"Somebody {holding.message}; {holding.remedy}." for _, holding in held[:MOST_LINES]]
    more = [f"And {left - MOST_LINES} more."] if left > MOST_LINES else []
    return Message(
        LEFT,
        f"{who} held {what} somebody else",
        _path([holding for _, holding in held], administrators=administrators),
        tuple(sorted(people)),
        (*lines, *more),
        facts={"people": len(gone), "held": left},
    )


def _path(held: Sequence[Holding], *, administrators: bool) -> str:
    """Administrators see the page of people; an owner sees the use case, everybody else their inbox."""
    if administrators:
        return "/people"
    kind, _, name = held[0].resource.partition("/")
    return f"/use-cases/{name}" if kind == USE_CASE else "/inbox"
