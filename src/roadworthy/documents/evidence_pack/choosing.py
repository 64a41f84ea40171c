"""Choosing the entries of a pack: what a decision rests on and what it caused; all of a use case; a period whole.

A use case is looked for in the bytes of every entry: an index could be misled, and then its pack would be silent about
what it hides. For a decision or a certificate the index of mentions is followed, which takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from roadworthy.decide.approvals import store as requests
from roadworthy.decide.certificate import store as certificates
from roadworthy.documents.evidence_pack.model import Asked, Chosen, PackOf
from roadworthy.documents.question.record import Record, Told
from roadworthy.documents.question.rules import mentions_of
from roadworthy.evidence import store as evidence
from roadworthy.foundation.errors import NotFound, Place, TooLarge, Unavailable
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.entry import Entry, decode
from roadworthy.foundation.ledger.pack.covering import ranges_of
from roadworthy.foundation.ledger.pack.model import Document
from roadworthy.foundation.ledger.tables import entries
from roadworthy.foundation.resources.tables import resource_versions

MOST = 20_000
"""Entries that are followed one by one; a pack over more is a period."""
_FOLLOWED = frozenset({"decision", "review", "certificate", "inputs"})
"""Mentions whose every entry belongs to the same matter."""
_TAKEN = frozenset({"evidence", "release"})
"""Mentions whose entries are taken, and not what these mention in turn: they belong to many matters."""
_LONGEST = 900
"""Digests that are asked for in one statement."""


class Choosing:
    """Chooses in one snapshot.

    Args:
        connection: the snapshot.
        size: how many entries the signed state covers; nothing behind them is chosen.
    """

    def __init__(self, connection: sa.Connection, size: int) -> None:
        self._connection = connection
        self._record = Record(connection)
        self._size = size

    def choose(self, asked: Asked) -> Chosen:
        """What goes into the pack.

        Raises:
            NotFound: nothing on record is called so, or nothing happened in that time.
            TooLarge: it speaks of more than can be followed.
            Unavailable: the index of mentions is being made anew.
        """
        if asked.of is PackOf.PERIOD:
            return self._period(asked)
        if asked.of is PackOf.USE_CASE:
            found = self._closed(self._speaking_of(asked.name))
        else:
            found = self._closed(self._named(asked))
        if not found:
            raise _unknown(asked)
        return Chosen(ranges_of(found), found, tuple(self._documents(found)))

    # ------------------------------------------------------------ where it begins

    def _period(self, asked: Asked) -> Chosen:
        columns = entries.c
        wanted = sa.select(sa.func.min(columns.position), sa.func.max(columns.position))
        if asked.since is not None:
            wanted = wanted.where(columns.at >= asked.since)
        if asked.until is not None:
            wanted = wanted.where(columns.at < asked.until)
        first, last = self._connection.execute(wanted.where(columns.position < self._size)).one()
        if first is None:
            raise _unknown(asked)
        return Chosen(
            ((max(0, first - 1), min(self._size, last + 2)),), whole=True
        )  # with its neighbours on both sides

    def _named(self, asked: Asked) -> dict[int, Entry]:
        """A decision or a certificate, by the entries that are its own."""
        kind, mention = ("Decision", "decision") if asked.of is PackOf.DECISION else ("Certificate", "certificate")
        self._must_see()
        own = self._record.of(f"{kind}/{asked.name}")
        return {
            each.position: each.entry for each in (*own, *self._record.mentioning(f"{mention}/{asked.name}")) if own
        }

    def _speaking_of(self, use_case: str) -> dict[int, Entry]:
        """Every entry that speaks of a use case, from the bytes themselves."""
        self._must_see()
        needle, mention = use_case.encode(), f"use-case/{use_case}"
        found = {}
        for rows in sql.stream(self._connection, self._size):
            for position, raw in rows:
                if needle in raw and mention in mentions_of(entry := decode(bytes(raw))):
                    found[position] = entry
            if len(found) > MOST:
                raise _too_many()
        return found

    def _must_see(self) -> None:
        if self._record.sight.missing is not None:
            raise Unavailable(
                "pack-index-behind",
                "the index of what entries speak of is being made anew",
                remedy="try again in a minute; a pack of a period can be made at once",
            )

    # ------------------------------------------------------------ what belongs to it

    def _closed(self, found: dict[int, Entry]) -> dict[int, Entry]:
        """With everything that belongs to the same matter, and what it rests on."""
        done: set[str] = set()
        fresh = list(found.values())
        while fresh:
            mentions = {mention for entry in fresh for mention in mentions_of(entry)} - done
            done |= mentions
            told = list(self._following(mentions, _FOLLOWED))
            fresh = [each.entry for each in told if each.position not in found]
            found.update((each.position, each.entry) for each in told)
            if len(found) > MOST:
                raise _too_many()
        taken = list(self._following(done, _TAKEN))
        found.update((each.position, each.entry) for each in taken)
        found.update((each.position, each.entry) for each in self._grounds(list(found.values())))
        return {position: entry for position, entry in found.items() if position < self._size}

    def _following(self, mentions: Iterable[str], kinds: frozenset[str]) -> Iterator[Told]:
        for mention in sorted(mentions):
            kind, _, name = mention.partition("/")
            if kind in kinds:
                yield from self._record.mentioning(mention)
                if kind == "decision":
                    yield from self._record.of(f"Decision/{name}")

    def _grounds(self, found: Iterable[Entry]) -> Iterator[Told]:
        """The rubric, rights and policies that applied, what requests were made against, and evidence by its rows."""
        kept = list(found)
        digests = {entry.basis.policy for entry in kept if entry.basis.policy}
        ids: set[str] = set()
        for entry in kept:
            kind, _, name = entry.resource.partition("/")
            request = requests.get(self._connection, name) if kind == "Decision" else None
            if request is not None:
                digests |= {request.rights_digest, *request.base.values()}
        columns = resource_versions.c
        listed = sorted(digests)
        for at in range(0, len(listed), _LONGEST):
            wanted = sa.select(columns.entry_id).where(columns.digest.in_(listed[at : at + _LONGEST]))
            ids |= set(self._connection.execute(wanted).scalars())
        items = sorted({item for entry in kept for item in entry.basis.evidence})
        for at in range(0, len(items), _LONGEST):
            ids |= {item.entry_id for item in evidence.some(self._connection, items[at : at + _LONGEST])}
        yield from (told for each in sorted(ids) if (told := self._record.find(each)) is not None)

    def _documents(self, found: dict[int, Entry]) -> Iterator[Document]:
        """The signed statements of certificates, each with the entry that names its digest."""
        positions = {entry.id: position for position, entry in found.items()}
        serials = {
            entry.resource.partition("/")[2] for entry in found.values() if entry.resource.startswith("Certificate/")
        }
        for serial in sorted(serials):
            for version in certificates.history(self._connection, serial):
                if version.entry in positions:
                    name = f"certificates/{serial}-{version.version}.dsse.json"
                    yield Document(name, version.statement, positions[version.entry])


def _unknown(asked: Asked) -> NotFound:
    if asked.of is PackOf.PERIOD:
        said, remedy = "nothing was recorded in that time", "choose a longer one"
        return NotFound("pack-nothing-then", said, place=Place(field="since"), remedy=remedy)
    return NotFound(
        "pack-subject-unknown",
        f"nothing on record is a {asked.of.value.replace('-', ' ')} called `{asked.name[:100]}`",
        place=Place(field="name"),
        remedy="take an id from `roadworthy inbox`, a serial from `roadworthy certificate list`",
    )


def _too_many() -> TooLarge:
    return TooLarge(
        "pack-too-many-entries",
        f"more than {MOST:,} entries belong to it",
        remedy="make packs of periods with `roadworthy pack write --since ... --until ...`",
    )
