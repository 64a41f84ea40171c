"""Reading the ledger for a question: by id, by resource, by what entries mention, and what stands behind the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa

from roadworthy.documents.question import store as rows
from roadworthy.documents.question.model import Sight, Wanted
from roadworthy.documents.question.rules import fits, mentions_of
from roadworthy.foundation.errors import IntegrityBroken, NotFound
from roadworthy.foundation.ledger import feed, payloads
from roadworthy.foundation.ledger import store as ledger
from roadworthy.foundation.ledger.entry import Entry, decode
from roadworthy.foundation.ledger.store import Filter

CONSUMER = "ledger-mentions"
"""Of the ledger: what makes the index."""
TAIL = 10_000
"""Entries behind the index that are looked through one by one; more are only missing while an index is made anew."""
MOST = 400
"""Entries of one thing that are read."""
LONGEST_WORDS = 20_000
"""Characters of a text that are shown."""
_NO_WORDS = frozenset({"content", "envelope", "report", "spec", "statement-envelope"})
"""Texts of entries that are documents and not something that somebody said."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text that an entry commits to."""

    name: str
    text: str | None
    """None once erased, or where it is not what was committed to."""
    changed: bool = False
    """It is there and is not what was committed to."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with its place and the words that belong to it."""

    position: int
    entry: Entry
    raw: bytes
    words: tuple[Words, ...] = field(default=())

    def said(self, *names: str) -> Words | None:
        """The first text of these names; of any name where none is given."""
        return next((each for each in self.words if not names or each.name in names), None)


class Record:
    """The ledger as one snapshot sees it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._size = feed.size(connection)
        self._indexed = rows.covered(connection, CONSUMER)

    @property
    def sight(self) -> Sight:
        """How far it can be searched."""
        first = self._first_of_tail
        missing = (self._indexed, first) if first > self._indexed else None
        return Sight(self._size, self._size - (first - self._indexed), missing)

    def find(self, entry_id: str) -> Told | None:
        """An entry; None where none of this id has a place."""
        found = ledger.find(self._connection, entry_id)
        return None if found is None else _told(*found)

    def of(self, resource: str) -> list[Told]:
        """What happened to a resource, in order."""
        found = ledger.page(self._connection, Filter(resource=resource), None, MOST)
        return [_told(*each) for each in reversed(found)]

    def mentioning(self, mention: str, limit: int = MOST, *, newest: bool = False) -> list[Told]:
        """Entries that mention something, in order; with `newest` the last of them, else the first."""
        known = [_told(*each) for each in rows.mentioning(self._connection, mention, limit, newest=newest)]
        found = [each for each in known if each.position < self._indexed]
        found += [each for each in self._tail if mention in self._mentions[each.position]]
        found.sort(key=lambda each: each.position)
        return found[-limit:] if newest else found[:limit]

    def search(self, wanted: Wanted, below: int | None, limit: int) -> list[Told]:
        """The newest entries that fit, below a position, the newest first."""
        if not wanted.mentions:
            return [_told(*each) for each in rows.search(self._connection, wanted, below, limit)]
        end = self._size if below is None else below
        found = [each for each in reversed(self._tail) if each.position < end and fits(each.entry, wanted)][:limit]
        if len(found) < limit:
            more = rows.search(self._connection, wanted, below, limit - len(found), indexed=self._indexed)
            found += [_told(*each) for each in more]
        return found

    def with_words(self, found: Iterable[Told]) -> list[Told]:
        """The same entries with what people said in them."""
        return [self._with_words(each) for each in found]

    def document(self, told: Told, name: str) -> bytes | None:
        """A document that an entry commits to; None where it has none, or it was erased or changed."""
        ref = next((payload.ref for payload in told.entry.payloads if payload.name == name), None)
        if ref is None:
            return None
        try:
            return payloads.disclose(self._connection, ref).content
        except (IntegrityBroken, NotFound):
            return None

    # ------------------------------------------------------------ inside

    @property
    def _first_of_tail(self) -> int:
        return max(self._indexed, self._size - TAIL)

    @cached_property
    def _tail(self) -> Sequence[Told]:
        """Entries behind the index, in order."""
        first = self._first_of_tail
        if first >= self._size:
            return ()
        return [_told(*each) for each in rows.between(self._connection, first, self._size)]

    @cached_property
    def _mentions(self) -> Mapping[int, frozenset[str]]:
        return {each.position: mentions_of(each.entry) for each in self._tail}

    def _with_words(self, told: Told) -> Told:
        wanted = [payload for payload in told.entry.payloads if payload.name not in _NO_WORDS]
        words = tuple(self._words(payload.name, payload.ref, payload.commitment) for payload in wanted)
        return Told(told.position, told.entry, told.raw, words)

    def _words(self, name: str, ref: str, commitment: str) -> Words:
        try:
            found = payloads.disclose(self._connection, ref)
        except (IntegrityBroken, NotFound):
            return Words(name, None, changed=True)
        if found.commitment != commitment:
            return Words(name, None, changed=True)
        if found.content is None:
            return Words(name, None)
        return Words(name, found.content.decode("utf-8", "replace")[:LONGEST_WORDS])


def _told(position: int, raw: bytes) -> Told:
    return Told(position, decode(raw), raw)


def index(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Put what entries mention into the index."""
    places = rows.positions(connection, [entry.id for entry in entries])
    found = [
        (mention, places[entry.id]) for entry in entries if entry.id in places for mention in sorted(mentions_of(entry))
    ]
    rows.keep(connection, found)
