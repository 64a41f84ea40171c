"""How much approvers have to do and how they do it: so that somebody who signs everything unread shows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from roadworthy.decide.approvals.ground import Ground
from roadworthy.decide.approvals.requests import VoteKind
from roadworthy.decide.approvals.tables import requests, selectors, votes
from roadworthy.decide.approvals.who import Who

LOOKED_BACK = dt.timedelta(days=90)
FEW = 5
"""Below this many votes a rate or a median says little, and the page says so. Our own choice."""
_DECIDING = (VoteKind.APPROVE.value, VoteKind.DECLINE.value)


@dataclass(frozen=True, slots=True)
class Load:
    """What one approver has before them, and what their votes of the last 90 days were like."""

    person_ref: str
    waiting: int
    votes: int
    """Approvals and declines; the number on which the other figures rest."""
    approval_rate: int | None
    """Whole percents of the votes; None without any."""
    hours_to_vote: float | None
    """Median time from the proposal to the vote, in hours."""
    seconds_looked: float | None
    """Median time from first opening the page to the vote, in seconds, of the votes where it is known."""
    looked_at: int
    """In how many votes the page was opened before; the rest was voted by program or unread."""

    @property
    def says_little(self) -> bool:
        """Whether there are too few votes to go by."""
        return self.votes < FEW


@dataclass(frozen=True, slots=True)
class _Vote:
    approved: bool
    hours: float
    seconds: float | None


class Loads:
    """Measures approvers."""

    def __init__(self, ground: Ground, who: Who) -> None:
        self._ground = ground
        self._who = who

    def all(self) -> list[Load]:
        """Everybody who voted lately or is asked now, whoever has most waiting first."""
        since = self._ground.runtime.clock.now() - LOOKED_BACK
        with self._ground.store.read() as connection:
            cast = self._votes(connection, since)
            waiting = self._waiting(connection)
        refs = {*cast, *waiting}
        found = [_load(ref, waiting.get(ref, 0), cast.get(ref, ())) for ref in refs]
        return sorted(found, key=lambda load: (-load.waiting, -load.votes, load.person_ref))

    @staticmethod
    def _votes(connection: sa.Connection, since: dt.datetime) -> dict[str, list[_Vote]]:
        query = (
            sa.select(votes.c.person_ref, votes.c.kind, votes.c.at, votes.c.dwell_ms, requests.c.created_at)
            .join(requests, requests.c.id == votes.c.request_id)
            .where(votes.c.kind.in_(_DECIDING), votes.c.at >= since)
        )
        found: defaultdict[str, list[_Vote]] = defaultdict(list)
        for row in connection.execute(query):
            hours = max(0.0, (row.at - row.created_at).total_seconds() / 3_600)
            looked = None if row.dwell_ms is None else row.dwell_ms / 1_000
            found[row.person_ref].append(_Vote(row.kind == VoteKind.APPROVE, hours, looked))
        return found

    def _waiting(self, connection: sa.Connection) -> dict[str, int]:
        """How many requests wait for each person; people who read the same inboxes are counted once for all."""
        reading: defaultdict[str, set[str]] = defaultdict(set)
        for selector in connection.execute(sa.select(selectors.c.selector).distinct()).scalars():
            for ref in self._who.reading(connection, selector):
                reading[ref].add(selector)
        many: dict[frozenset[str], int] = {}
        for each in {frozenset(found) for found in reading.values()}:
            counted = sa.select(sa.func.count(selectors.c.request_id.distinct()))
            many[each] = connection.execute(counted.where(selectors.c.selector.in_(sorted(each)))).scalar_one()
        return {ref: many[frozenset(found)] for ref, found in reading.items()}


def _load(ref: str, waiting: int, cast: Sequence[_Vote]) -> Load:
    looked = [vote.seconds for vote in cast if vote.seconds is not None]
    return Load(
        person_ref=ref,
        waiting=waiting,
        votes=len(cast),
        approval_rate=round(100 * sum(vote.approved for vote in cast) / len(cast)) if cast else None,
        hours_to_vote=_median(vote.hours for vote in cast),
        seconds_looked=_median(looked),
        looked_at=len(looked),
    )


def _median(values: Iterable[float]) -> float | None:
    found = sorted(values)
    return round(median(found), 3) if found else None
