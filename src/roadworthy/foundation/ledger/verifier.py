"""Verification of the ledger in a store: quickly (its edges) or fully (every byte)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.entry import decode
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.recount import Fault, Mark, Recount, Verification, batches
from roadworthy.foundation.ledger.tables import entries
from roadworthy.foundation.ledger.tiles import TILE_WIDTH, NodeReader, edge_tiles
from roadworthy.foundation.ledger.tree import HASH_BYTES, Frontier, check_consistency, consistency_proof, leaf_hash


class StoreVerifier:
    """Verifies one snapshot of a store.

    Args:
        connection: a consistent snapshot.
        origin: the ledger's name.
        trusted: the keys whose checkpoints are believed, from outside the database.
        mark: the last checkpoint that the signer remembers, from outside the database.
    """

    def __init__(
        self,
        connection: sa.Connection,
        origin: str,
        trusted: Sequence[VerifierKey],
        mark: Checkpoint | None = None,
    ) -> None:
        self._connection = connection
        self._origin = origin
        self._trusted = tuple(trusted)
        self._mark = mark
        self._faults: list[Fault] = []

    def quick(self) -> Verification:
        """The frontier, the edge tiles, the entries of the last tile, and the newest checkpoints; milliseconds."""
        frontier = self._frontier()
        last = sql.last_position(self._connection)
        newest = sql.newest_checkpoint(self._connection)
        marks, count = self._marks([newest] if newest is not None else [])
        checked = 0
        if frontier is not None:
            self._compare_length(frontier.size, last)
            checked = self._check_edge(frontier)
            self._check_marks(frontier, marks)
        confirmed = 0 if self._faults else max((mark.size for mark in marks), default=0)
        return self._result("quick", frontier, checked, confirmed, count)

    def full(self, *, columns: bool = False) -> Verification:
        """Every entry, tile, checkpoint and writer number; with `columns` also every index column.

        Reading the columns means parsing each entry, which takes several times as long.
        """
        frontier = self._frontier()
        marks, count = self._marks(sql.all_checkpoints(self._connection))
        recount = Recount(marks, sql.tile_reader(self._connection))
        last = sql.last_position(self._connection)
        fault = self._recount(recount, last + 1)
        if fault is None:
            fault = recount.finish()
        if fault is not None:
            self._faults.append(fault)
        elif frontier is not None:
            self._compare_length(frontier.size, last)
            if not self._faults and frontier.peaks != recount.frontier.peaks:
                self._faults.append(Fault("frontier-differs", "the frontier is not that of the entries"))
        self._faults += recount.writers.faults()
        if columns:
            self._check_columns(last + 1)
        return self._result("full", frontier, recount.frontier.size, recount.confirmed, count)

    def _recount(self, recount: Recount, end: int) -> Fault | None:
        for rows in batches(sql.stream(self._connection, end)):
            expected = recount.frontier.size
            if rows[0][0] != expected or rows[-1][0] != expected + len(rows) - 1:
                expected += next(at for at, (position, _) in enumerate(rows) if position != expected + at)
                return Fault("entry-missing", "the ledger has no entry at this position, but has later ones", expected)
            fault = recount.take([raw for _, raw in rows])
            if fault is not None:
                return fault
        return None

    def _frontier(self) -> Frontier | None:
        try:
            return sql.load_frontier(self._connection)
        except RoadworthyError as error:
            self._faults.append(Fault(error.code, error.message))
            return None

    def _marks(self, issued: Iterable[sql.StoredCheckpoint]) -> tuple[list[Mark], int]:
        """What the believable checkpoints say, and how many there are; the others become faults."""
        marks = []
        if self._mark is not None:
            marks.append(Mark(self._mark.size, self._mark.root, f"the signer's own note of {self._mark.size} entries"))
        count = 0
        for stored in issued:
            if not self._trusted:
                break
            try:
                checkpoint = open_checkpoint(stored.note, self._origin, self._trusted)
            except RoadworthyError as error:
                self._faults.append(Fault("checkpoint-unsound", f"the checkpoint over {stored.size}: {error.message}"))
                continue
            count += 1
            if (checkpoint.size, checkpoint.root) != (stored.size, stored.root):
                message = f"the checkpoint stored as over {stored.size} entries says something else in its note"
                self._faults.append(Fault("checkpoint-unsound", message))
            marks.append(
                Mark(checkpoint.size, checkpoint.root, f"the signed checkpoint over {checkpoint.size} entries")
            )
        return marks, count

    def _compare_length(self, size: int, last: int) -> None:
        if last + 1 < size:
            message = f"it is missing: the tree has {size} entries, the table ends before it"
            self._faults.append(Fault("entry-missing", message, last + 1))
        elif last + 1 > size:
            message = f"it stands in the table, but the tree ends after {size} entries"
            self._faults.append(Fault("entry-not-in-tree", message, size))

    def _check_edge(self, frontier: Frontier) -> int:
        """The entries of the last tile against the tile, and the tiles against the frontier."""
        size = frontier.size
        read = sql.tile_reader(self._connection)
        checked = 0
        for level, index, width in edge_tiles(size):
            hashes = read(level, index) or b""
            if len(hashes) != width * HASH_BYTES:
                message = f"tile {index} of level {level}, which begins with it, is missing or has another width"
                self._faults.append(Fault("tile-differs", message, index * TILE_WIDTH << (8 * level)))
                return checked
            if level == 0:
                checked = self._check_tail(index * TILE_WIDTH, hashes)
        nodes, start = NodeReader(read), 0
        for peak in frontier.peaks:
            level = (size - start).bit_length() - 1
            if nodes(level, start >> level) != peak:
                message = f"the frontier is not that of the tiles over the {1 << level} entries from it on"
                self._faults.append(Fault("frontier-differs", message, start))
                break
            start += 1 << level
        return checked

    def _check_tail(self, first: int, hashes: bytes) -> int:
        statement = sa.select(entries.c.position, entries.c.bytes).where(entries.c.position >= first)
        rows = self._connection.execute(statement.order_by(entries.c.position)).all()
        found = {row.position: leaf_hash(bytes(row.bytes)) for row in rows}
        for at in range(len(hashes) // HASH_BYTES):
            leaf = found.get(first + at)
            if leaf is None:
                self._faults.append(Fault("entry-missing", "the tree holds it, the table does not", first + at))
                break
            if leaf != hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                message = "its bytes do not hash to what the tree holds at its place"
                self._faults.append(Fault("entry-differs", message, first + at))
                break
        return len(rows)

    def _check_marks(self, frontier: Frontier, marks: Iterable[Mark]) -> None:
        """That the present tree continues each mark."""
        nodes = NodeReader(sql.tile_reader(self._connection))
        for mark in marks:
            if mark.size > frontier.size:
                message = f"it is missing: the ledger ends after {frontier.size} entries, {mark.source} covers more"
                self._faults.append(Fault("ledger-truncated", message, frontier.size))
            elif mark.size:
                self._check_continues(frontier, mark, nodes)

    def _check_continues(self, frontier: Frontier, mark: Mark, nodes: NodeReader) -> None:
        try:
            same = mark.size == frontier.size
            proof = [] if same else consistency_proof(nodes, mark.size, frontier.size)
            check_consistency(
                old=mark.size, new=frontier.size, old_root=mark.root, new_root=frontier.root(), proof=proof
            )
        except RoadworthyError:
            message = (
                f"between the first entry and entry {mark.size - 1} something is not what {mark.source} was issued over"
            )
            self._faults.append(Fault("ledger-rewritten", f"{message}; the full verification says where"))

    def _check_columns(self, end: int) -> None:
        """That the index columns say what the bytes say."""
        wanted = sa.select(entries).where(entries.c.position < end).order_by(entries.c.position)
        for row in self._connection.execute(wanted.execution_options(yield_per=sql.STREAM_ROWS)):
            try:
                entry = decode(bytes(row.bytes))
            except RoadworthyError as error:
                self._faults.append(Fault(error.code, error.message, row.position))
                continue
            stored = (row.id, to_text(row.at), row.what, row.resource, row.actor_ref)
            if stored != (entry.id, to_text(entry.at), entry.what, entry.resource, entry.actor.ref):
                self._faults.append(
                    Fault("columns-differ", "its index columns do not say what its bytes say", row.position)
                )

    def _result(
        self, mode: str, frontier: Frontier | None, checked: int, confirmed: int, checkpoints: int
    ) -> Verification:
        known = frontier or Frontier()
        return Verification(
            mode=mode,
            size=known.size,
            root=known.root(),
            checked=checked,
            confirmed=confirmed,
            checkpoints=checkpoints,
            signed_by=tuple(str(key) for key in self._trusted),
            faults=tuple(self._faults),
            waiting=sql.waiting(self._connection),
        )
