"""The ledger as the rest of the system uses it: read, prove, sign, verify, export, erase."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, NotFound, RoadworthyError
from roadworthy.foundation.ledger import payloads
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.checkpoints import AnySigner, Checkpoints, prove
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.entry import Entry, decode
from roadworthy.foundation.ledger.export import Exported, write_export
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.outside import store as outside
from roadworthy.foundation.ledger.payloads import Disclosed
from roadworthy.foundation.ledger.proofs import InclusionProof
from roadworthy.foundation.ledger.recount import Verification
from roadworthy.foundation.ledger.sequencer import Sequencer
from roadworthy.foundation.ledger.store import Filter, StoredCheckpoint
from roadworthy.foundation.ledger.tiles import NodeReader
from roadworthy.foundation.ledger.tree import check_inclusion, inclusion_proof, leaf_hash
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.ledger.verifier import StoreVerifier
from roadworthy.foundation.runtime import Repeater, Runtime
from roadworthy.foundation.storage.store import Store

LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry with its place in the tree and its exact bytes."""

    position: int
    entry: Entry
    raw: bytes


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, the newest first."""

    entries: tuple[PlacedEntry, ...]
    older: int | None
    """Ask with `before` set to this for the next page; None on the last one."""


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the ledger of `new` entries begins with the ledger of `old` entries."""

    old: int
    new: int
    hashes: tuple[bytes, ...]


class Ledger:
    """One deployment's ledger.

    Attributes:
        units: where units of work run; the only way anything gets into the ledger.
        sequencer: gives out positions on PostgreSQL; None on SQLite, where the commit does.
        checkpoints: signed states of it.
    """

    def __init__(self, store: Store, runtime: Runtime, *, tenant: str, signer: AnySigner) -> None:
        self._store = store
        self._signer = signer
        self._running: list[Repeater] = []
        self.checkpoints = Checkpoints(store, runtime, signer)
        self.units = Units(store, appender_for(store, runtime, tenant), runtime)
        self.sequencer = None if store.dialect == "sqlite" else Sequencer(store, runtime)

    @property
    def origin(self) -> str:
        """The ledger's name, the first line of its checkpoints."""
        return self._signer.origin

    @property
    def vkey(self) -> str:
        """The public key to hand to verifiers, by a way that is not this system."""
        return str(self._signer.public)

    @property
    def trusted(self) -> tuple[VerifierKey, ...]:
        """Every key that ever signed for it, the present one first."""
        return self._signer.trusted

    @property
    def fault(self) -> RoadworthyError | None:
        """What the last turn of the signature failed with; None when it went well. Readiness must show it."""
        return self.checkpoints.fault

    def start(self, *, sequencing: bool = True, signing: bool = True) -> None:
        """Start what has to go on by itself.

        Args:
            sequencing: give out positions, where several processes write.
            signing: sign a grown ledger; where the key lies elsewhere, take notice of what is signed there.
        """
        if signing:
            self._running.append(self.checkpoints.run())
        if sequencing and self.sequencer is not None:
            self._running.append(self.sequencer.run())

    def close(self) -> None:
        """Stop what `start` started and let another process take over; the store stays open."""
        while self._running:
            self._running.pop().stop()
        if self.sequencer is not None:
            self.sequencer.close()

    def settle(self, entry_id: str | None = None) -> None:
        """Wait until the entry, or every entry recorded so far, has its position; at once on SQLite.

        Raises:
            Unavailable: it takes too long.
        """
        if self.sequencer is not None:
            self.sequencer.settle(entry_id)

    def leave(self) -> None:
        """See that every entry recorded so far gets its position, here or in the process that is elected and at work.

        Raises:
            Unavailable: it takes too long, and nobody else is at work.
        """
        if self.sequencer is not None:
            self.sequencer.leave()

    def entries(self, wanted: Filter | None = None, *, before: int | None = None, limit: int = 50) -> EntryPage:
        """Entries that fit, the newest first.

        Args:
            wanted: what restricts them; None for all.
            before: only positions below this one.
            limit: how many, at most `LARGEST_PAGE`.
        """
        limit = max(1, min(limit, LARGEST_PAGE))
        with self._store.read() as connection:
            rows = sql.page(connection, wanted or Filter(), before, limit + 1)
        placed = tuple(PlacedEntry(position, decode(raw), raw) for position, raw in rows[:limit])
        return EntryPage(placed, placed[-1].position if len(rows) > limit else None)

    def entry(self, entry_id: str) -> PlacedEntry:
        """One entry.

        Raises:
            NotFound: there is no such entry.
            Conflict: it is durable but has no position yet.
        """
        with self._store.read() as connection:
            position, raw = self._find(connection, entry_id)
        return PlacedEntry(position, decode(raw), raw)

    def prove_inclusion(self, entry_id: str) -> InclusionProof:
        """The proof that an entry is in the ledger, down to a signed checkpoint (signed now where none covers it).

        Of the checkpoints that cover it the one is taken that most witnesses cosigned.

        Raises:
            NotFound, Conflict: as for `entry`.
            IntegrityBroken: the proof does not come out, or the signer refuses.
        """
        with self._store.read() as connection:
            position, raw = self._find(connection, entry_id)
            signed = outside.best_covering(connection, position)
            if signed is not None:
                return _proof(connection, position, raw, signed)
        newest = self.checkpoint()
        with self._store.read() as connection:
            return _proof(connection, position, raw, newest)

    def prove_consistency(self, old: int, new: int | None = None) -> ConsistencyProof:
        """The proof that the ledger only grew from one size to another (by default, to its present size).

        Raises:
            Conflict: it never had these sizes in this order.
        """
        with self._store.read() as connection:
            size = sql.load_frontier(connection).size
            end = size if new is None else new
            if not 0 < old <= end <= size:
                raise Conflict(
                    "sizes-not-provable",
                    f"no proof leads from {old} to {end} entries; the ledger has {size}",
                    remedy="ask for sizes of 1 up to the present one, the smaller first",
                )
            return ConsistencyProof(old, end, tuple(prove(connection, old, end)))

    def checkpoint(self) -> StoredCheckpoint:
        """The signed state of the ledger as it is now; signs only when it grew since the last one.

        Raises:
            IntegrityBroken: the ledger does not continue what was signed before; nothing was signed.
            Unavailable: the signer or the store cannot write.
        """
        return self.checkpoints.now()

    def verify(self, *, full: bool = False, columns: bool = False) -> Verification:
        """Verify the store against itself, its signed checkpoints and what the signer remembers.

        Args:
            full: every byte, not only the edges.
            columns: with `full`, also every index column; slower.
        """
        mark = self._signer.mark()
        with self._store.read() as connection:
            verifier = StoreVerifier(connection, self.origin, self._signer.trusted, mark)
            return verifier.full(columns=columns) if full else verifier.quick()

    def export(self, path: Path) -> Exported:
        """Sign the present state and write everything up to it into one file, verifiable by `verify_export`.

        Raises:
            IntegrityBroken: the signer refuses.
            Unavailable: the file cannot be written.
        """
        self.settle()
        self.checkpoint()
        with self._store.read() as connection:
            return write_export(connection, path, self.origin, self._signer.public)

    def disclose(self, ref: str) -> Disclosed:
        """A payload with the salt that proves it, or what is left of it.

        Raises:
            NotFound: there is no such payload.
            IntegrityBroken: it is not what was committed to.
        """
        with self._store.read() as connection:
            return payloads.disclose(connection, ref)

    def erase(self, context: Context, ref: str, rule: str) -> str:
        """Erase a payload for good and record that it was done, in one unit of work.

        Args:
            context: who erases.
            ref: the payload.
            rule: on what ground, such as `retention-expired` or `gdpr-article-17`.

        Returns:
            The id of the entry `payload.erased`.

        Raises:
            NotFound: there is no such payload.
            Conflict: it is erased already.
        """

        def work(transaction: Transaction) -> str:
            left = payloads.erase(transaction.connection, ref, transaction.now)
            facts = {"commitment": left.commitment, "retention": left.retention}
            return transaction.record(
                Draft("payload.erased", f"Payload/{ref}", basis=Basis(rules=(rule,)), facts=facts)
            )

        return self.units.run(context, work)

    def _find(self, connection: sa.Connection, entry_id: str) -> tuple[int, bytes]:
        found = sql.find(connection, entry_id)
        if found is not None:
            return found
        if sql.waits(connection, entry_id):
            raise Conflict(
                "entry-not-placed",
                f"entry `{entry_id}` is durable and waits for its place in the ledger",
                remedy="try again in a second",
            )
        raise NotFound(
            "entry-unknown", f"the ledger has no entry `{entry_id}`", remedy="take the id from `roadworthy get`"
        )


def _proof(connection: sa.Connection, position: int, raw: bytes, signed: StoredCheckpoint) -> InclusionProof:
    hashes = inclusion_proof(NodeReader(sql.tile_reader(connection)), position, signed.size)
    leaf = leaf_hash(raw)
    check_inclusion(index=position, size=signed.size, leaf=leaf, proof=hashes, root=signed.root)
    return InclusionProof(position, tuple(hashes), outside.cosigned_note(connection, signed))
