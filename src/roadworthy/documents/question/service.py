"""Asking the record: one question answered whole, and searching for what to ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from roadworthy.decide.approvals.requests import Request
from roadworthy.documents.question.answering import answer, chapters, entries_of
from roadworthy.documents.question.asking import Asking
from roadworthy.documents.question.gathering import Gathering, Sources
from roadworthy.documents.question.model import Asked, Head, Proof, Question, Sight, Wanted
from roadworthy.documents.question.record import CONSUMER, Record, index
from roadworthy.foundation.errors import NotFound, Place, RoadworthyError
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger import store as ledger_rows
from roadworthy.foundation.ledger.entry import Entry, decode
from roadworthy.foundation.ledger.service import LARGEST_PAGE, EntryPage, Ledger, PlacedEntry
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.ledger.tiles import NodeReader
from roadworthy.foundation.ledger.tree import check_inclusion, inclusion_proof, leaf_hash
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers, Since

SETTLING = 1.0
"""Seconds that an answer waits for what has no place in the ledger yet."""
_log = log("questions")


class Questions:
    """Answers questions about the record.

    Args:
        store: where the ledger and what it speaks of are.
        ledger: signs the state that the proofs lead to.
        runtime: the clock.
        shown: what carries a decision request out says of it.
        people: who somebody is, by reference.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        runtime: Runtime,
        shown: Callable[[Request], Sequence[str]],
        people: Callable[[Iterable[str]], Mapping[str, Person]],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._runtime = runtime
        self._directory = Directory(store, runtime)
        self._sources = Sources(shown, people)

    def attach(self, consumers: Consumers) -> None:
        """Keep the index of mentions as the ledger grows; a new one is made from its beginning."""
        consumers.on(CONSUMER, self._follow, since=Since.BEGINNING)

    def ask(self, asked: Asked, name: str) -> Question:
        """Who let this happen, knowing what.

        Args:
            asked: what kind of thing.
            name: which one.

        Raises:
            NotFound: nothing on record is called so.
        """
        self._settle()
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            record = Record(connection)
            gathering = Gathering(connection, record, self._sources, now)
            found = Asking(connection, record, gathering).find(asked, name)
            material = gathering.gather(found.subject, found.request, found.review)
            told, sight = chapters(material), record.sight
        proofs, head = self._proven(entries_of(told))
        return answer(material, told, proofs, head, sight, now)

    def search(self, wanted: Wanted, before: int | None = None, limit: int = 50) -> tuple[EntryPage, Sight]:
        """Entries that fit, the newest first, and how far was looked.

        Args:
            wanted: what restricts them.
            before: only positions below this one.
            limit: how many, at most `LARGEST_PAGE`.
        """
        limit = max(1, min(limit, LARGEST_PAGE))
        with self._store.read() as connection:
            record = Record(connection)
            found = record.search(wanted, before, limit + 1)
            sight = record.sight
        placed = tuple(PlacedEntry(each.position, each.entry, each.raw) for each in found[:limit])
        return EntryPage(placed, placed[-1].position if len(found) > limit else None), sight

    def person(self, said: str) -> str:
        """The reference of somebody who is named by their address, or by the reference itself.

        Raises:
            NotFound: nobody is called so.
        """
        if self._sources.people([said]):
            return said
        with self._store.read() as connection:
            found = self._directory.by_handle(connection, said)
        if found is None:
            raise NotFound(
                "question-person-unknown",
                f"nobody is called `{said[:100]}` here",
                place=Place(field="person"),
                remedy="write the address by which they are known, such as `ana@example.org`",
            )
        return found

    # ------------------------------------------------------------ inside

    def _settle(self) -> None:
        """Let what was just recorded get its place, so that it is told; an answer does not wait for it long."""
        if self._ledger.sequencer is None:
            return
        try:
            self._ledger.sequencer.settle(seconds=SETTLING)
        except RoadworthyError as error:
            _log.info("an answer goes without what waits for its place", error=str(error))

    @staticmethod
    def _follow(tx: Transaction, entries: Sequence[Entry]) -> None:
        index(tx.connection, entries)

    def _proven(self, ids: Sequence[str]) -> tuple[list[Proof], Head | None]:
        """Where the entries stand, each checked up to a signed root."""
        try:
            signed = self._ledger.checkpoint()
        except RoadworthyError:
            signed = None
        with self._store.read() as connection:
            signed = signed or ledger_rows.newest_checkpoint(connection)
            found = [(each, ledger_rows.find(connection, each)) for each in ids]
            nodes = NodeReader(ledger_rows.tile_reader(connection))
            proofs = [_proof(nodes, name, *placed, signed) for name, placed in found if placed is not None]
        if signed is None:
            return proofs, None
        head = Head(self._ledger.origin, signed.size, signed.root.hex(), signed.note, signed.at, self._ledger.vkey)
        return sorted(proofs, key=lambda each: each.position), head


def _proof(nodes: NodeReader, name: str, position: int, raw: bytes, signed: StoredCheckpoint | None) -> Proof:
    entry, leaf = decode(raw), leaf_hash(raw)
    proven = False
    if signed is not None and position < signed.size:
        try:
            path = inclusion_proof(nodes, position, signed.size)
            check_inclusion(index=position, size=signed.size, leaf=leaf, proof=path, root=signed.root)
            proven = True
        except RoadworthyError:
            proven = False
    return Proof(name, entry.what, entry.at, position, leaf.hex(), proven)
