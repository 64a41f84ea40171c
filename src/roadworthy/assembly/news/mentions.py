"""Mentions: `@` and the name of somebody in what people write. Whoever is mentioned and may read it is told where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from roadworthy.assembly.news.circles import Circles, named
from roadworthy.assembly.news.topics import MENTION, TEXTS, WRITTEN
from roadworthy.foundation.ledger import feed
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message

MOST = 20
"""People whom one text can reach; whoever means more writes to a group's room."""

_MENTION = re.compile(r"(?<![\w@.+\\/-])@([\w.+\\-]+(?:@[\w.-]+)?)")


def mentioned(text: str) -> tuple[str, ...]:
    """The names after an `@`, folded, in the order in which they stand, each once.

    An address counts as one name: `@ada@bank.example`. The `@` inside of an address that stands by itself mentions
    nobody. Punctuation at the end belongs to the sentence.
    """
    found = (name.rstrip(".-+\\").casefold() for name in _MENTION.findall(text))
    return tuple(dict.fromkeys(name for name in found if name))[:MOST]


class Mentions:
    """Finds who is mentioned, and tells those who may read it.

    Args:
        circles: who is called so, and who may read what.
    """

    events = tuple(WRITTEN)

    def __init__(self, circles: Circles) -> None:
        self._circles = circles

    def of(self, tx: Transaction, entries: Sequence[Entry]) -> Iterator[Message]:
        """Messages for everybody whom these entries mention; one for each entry and its readers."""
        texts = feed.texts(tx.connection, entries, TEXTS)
        for entry in entries:
            names = mentioned("\n".join(texts.get(entry.id, ())))
            if names:
                yield from self._told(tx.connection, entry, names)

    def _told(self, connection: sa.Connection, entry: Entry, names: Sequence[str]) -> Iterator[Message]:
        written = WRITTEN[entry.what]
        use_case = self._circles.use_case_of(entry)
        called = {ref for name in names if (ref := self._circles.called(connection, name)) is not None}
        readers = {
            ref for ref in called - {entry.actor.ref} if self._circles.sees(connection, ref, written.permits, use_case)
        }
        if readers:
            path = written.path.format(name=named(entry), evidence=entry.facts.get("evidence", ""))
            facts = {"event": entry.what, "resource": entry.resource, "entry": entry.id}
            yield Message(MENTION, f"Mentioned: {written.where}", path, tuple(sorted(readers)), facts=facts)
