"""Evidence that runs out: its owners are told ahead, once for each notice, and when it has happened."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from roadworthy.assembly.news.circles import Circles, named
from roadworthy.assembly.news.topics import EXPIRED, EXPIRING
from roadworthy.evidence import store as rows
from roadworthy.evidence.expiry import SEVERAL
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message
from roadworthy.foundation.workflow.cadence import At, Cadence

EVENTS = ("evidence.expired",)
NAME: Final = "evidence-ahead"
DAILY: Final[Cadence] = At(dt.time(6), "UTC")
DAY = dt.timedelta(days=1)
NOTICES: Final = (dt.timedelta(days=14), dt.timedelta(days=3))
"""How long ahead owners hear of it: once so that there is time to measure anew, once so that it is not forgotten."""
MOST_LINES = 15


class EvidenceNews:
    """Tells owners what runs out.

    Args:
        circles: who owns what.
    """

    def __init__(self, circles: Circles) -> None:
        self._circles = circles

    def of(self, tx: Transaction, entries: Sequence[Entry]) -> Iterator[Message]:
        """Messages about what these entries say has run out."""
        counted: Counter[str] = Counter()
        for entry in entries:
            ids = list(entry.basis.evidence)
            if named(entry) == SEVERAL:
                counted.update(rows.use_cases_of(tx.connection, ids))
            else:
                counted[named(entry)] += len(ids)
        yield from self._grouped(tx.connection, EXPIRED, "ran out", {name: [n] for name, n in counted.items()}, {})

    def ahead(self, tx: Transaction, day: dt.datetime) -> Iterator[Message]:
        """Messages about what enters one of the notices on this day; each fire of the schedule has a day of its own.

        Args:
            tx: the unit.
            day: the fire. What ran out since it was meant, because nobody was there, is not announced any more.
        """
        for notice in NOTICES:
            until = day + notice
            found = rows.running_out(tx.connection, max(until - DAY, tx.now), until)
            counted = {name: [number] for name, (number, _) in found.items()}
            first = {name: at for name, (_, at) in found.items()}
            yield from self._grouped(tx.connection, EXPIRING, "runs out", counted, first)

    def _grouped(
        self,
        connection: sa.Connection,
        topic: str,
        does: str,
        counted: Mapping[str, Sequence[int]],
        first: Mapping[str, dt.datetime],
    ) -> Iterator[Message]:
        """One message for each circle of owners, whatever it owns."""
        together: defaultdict[frozenset[str], list[str]] = defaultdict(list)
        for name, owners in self._circles.owners(connection, sorted(counted)).items():
            if owners:
                together[owners].append(name)
        for owners, names in together.items():
            yield _message(topic, does, owners, {name: counted[name][0] for name in names}, first)


def _message(
    topic: str, does: str, owners: frozenset[str], counted: Mapping[str, int], first: Mapping[str, dt.datetime]
) -> Message:
    names, total = sorted(counted), sum(counted.values())
    about = f"`{names[0]}`" if len(names) == 1 else f"{len(names)} use cases"
    lines = [_line(name, counted[name], first.get(name)) for name in names[:MOST_LINES]]
    more = [f"And {len(names) - MOST_LINES} more use cases."] if len(names) > MOST_LINES else []
    return Message(
        topic,
        f"Evidence of {about} {does}: {_answers(total)}",
        f"/use-cases/{names[0]}/evidence" if len(names) == 1 else "/evidence",
        tuple(sorted(owners)),
        (*lines, *more),
        facts={"useCases": len(names), "items": total},
    )


def _line(name: str, number: int, first: dt.datetime | None) -> str:
    when = "" if first is None else f", the first on {first.day} {first:%B %Y}"
    return f"{name}: {_answers(number)}{when}."


def _answers(number: int) -> str:
    return "one answer" if number == 1 else f"{number} answers"
