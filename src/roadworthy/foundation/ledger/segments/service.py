"""Seals segments: closes them every second, puts each root into the ledger, proves records, takes old segments away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import IntegrityBroken, NotFound, Place, RoadworthyError
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.outside.witness import sync_folder
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.segments import format as files
from roadworthy.foundation.ledger.segments.format import SALT_BYTES, Contents
from roadworthy.foundation.ledger.segments.journal import CLOSED, OPEN, SEALED, Journal
from roadworthy.foundation.ledger.segments.proofs import RecordProof
from roadworthy.foundation.ledger.segments.tables import segments
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.tree import Frontier, inclusion_proof, leaf_hash
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Repeater, Runtime
from roadworthy.foundation.storage.store import Store

SEAL_SECONDS = 1.0
_ITSELF = Context(Actor(ActorKind.SYSTEM, "segments"))
_log = log("segments")


class Segments:
    """The journals of one process, and every sealed segment that lies in its folder.

    Args:
        store: where it is kept which segments there are.
        ledger: what their roots go into.
        runtime: clock, randomness and threads.
        folder: where the files are; no other process writes there.
        root: a folder of such folders, in which segments of others are looked for; None where there is only this one.

    Attributes:
        writer: what this process is called in its segments.
        fault: what the last sealing failed with; None when it went well. Records are durable all the same.
    """

    def __init__(self, store: Store, ledger: Ledger, runtime: Runtime, folder: Path, root: Path | None = None) -> None:
        self._store = store
        self._ledger = ledger
        self._runtime = runtime
        self._folder = folder
        self._root = root
        self.writer = new_id(runtime.clock.now(), runtime.randomness)
        self._journals: dict[str, Journal] = {}
        self._running: Repeater | None = None
        self._sealing = runtime.lock()
        """Whoever seals by hand does it before or after the thread that does it every second, never beside it."""
        self.fault: RoadworthyError | None = None

    def journal(self, stream: str, retention: Retention = Retention.CALLS) -> Journal:
        """The journal of a stream; the same one each time."""
        if stream not in self._journals:
            self._journals[stream] = Journal(self._folder, stream, self.writer, retention, self._runtime)
        return self._journals[stream]

    def start(self) -> None:
        """Seal what a former process left, then every second what came meanwhile."""
        self._take_up()
        self._seal_quietly()
        self._running = self._runtime.repeat("segments", SEAL_SECONDS, self._seal_quietly)

    def close(self) -> None:
        """Stop, and seal what is open; where that fails, the next process does it."""
        if self._running is not None:
            self._running.stop()
            self._running = None
        self._seal_quietly()
        for journal in self._journals.values():
            journal.close()
        self._journals.clear()

    def seal(self) -> int:
        """Close what is open and put the root of every closed segment into the ledger.

        Returns:
            How many were sealed.

        Raises:
            Unavailable: the store cannot be written; the files stay, and nothing of them is lost.
            IntegrityBroken: a file is no segment; all others were sealed nevertheless.
        """
        with self._sealing:
            return self._seal()

    def _seal(self) -> int:
        for journal in self._journals.values():
            journal.rotate()
        sealed, broken = 0, list[IntegrityBroken]()
        for path in sorted(self._folder.glob(f"*{CLOSED}")):
            try:
                contents = files.read(path)
            except IntegrityBroken as error:
                broken.append(error)
                continue
            if contents.records:
                self._ledger.units.run(_ITSELF, partial(_recorded, found=contents))
                sealed += 1
            path.rename(path.with_suffix(SEALED))
        if sealed:
            sync_folder(self._folder)
        if broken:
            raise broken[0]
        return sealed

    def _take_up(self) -> None:
        """Close what is open: one's own by its journal, and what a process left that is gone."""
        for journal in self._journals.values():
            journal.rotate()
        for path in sorted(self._folder.glob(f"*{OPEN}")):
            path.rename(path.with_suffix(CLOSED))

    def prove(self, segment: str, index: int) -> tuple[bytes, RecordProof]:
        """A record with the proof that it was kept.

        Raises:
            NotFound: there is no such record, or its segment was taken away.
            Conflict: the segment's entry has no place in the ledger yet.
            IntegrityBroken: the file is not what was sealed.
        """
        with self._store.read() as connection:
            row = connection.execute(sa.select(segments).where(segments.c.id == segment)).one_or_none()
        if row is None or row.dropped_at is not None or not 0 <= index < row.records:
            raise _unknown(segment, index)
        path = next(self._files(segment, SEALED), None)
        if path is None:
            raise _unknown(segment, index)
        contents = files.read(path)
        if contents.root != bytes(row.root) or len(contents.records) != row.records:
            raise IntegrityBroken(
                "segment-differs",
                "the segment is not what was sealed",
                place=Place(source=str(path)),
                remedy="restore the file from a backup; find out who wrote to it",
            )
        salted = contents.records[index]
        leaves = [leaf_hash(record) for record in contents.records]
        hashes = inclusion_proof(lambda level, at: _node(leaves, level, at), index, len(leaves))
        proof = str(self._ledger.prove_inclusion(row.entry))
        raw = self._ledger.entry(row.entry).raw
        return salted[SALT_BYTES:], RecordProof(index, salted[:SALT_BYTES], tuple(hashes), raw, proof)

    def record(self, segment: str, index: int) -> bytes:
        """A record as it lies here, sealed or not yet, without a proof.

        Raises:
            NotFound: it does not lie here.
            IntegrityBroken: the file is no segment.
        """
        for state in (SEALED, CLOSED, OPEN):
            path = next(self._files(segment, state), None)
            if path is not None:
                records = files.read(path).records
                if 0 <= index < len(records):
                    return records[index][SALT_BYTES:]
        raise _unknown(segment, index)

    def lies_open(self, segment: str) -> bool:
        """Whether a segment lies here that is not sealed yet."""
        return any(next(self._files(segment, state), None) is not None for state in (OPEN, CLOSED))

    def due(self, retention: Retention, before: datetime) -> list[str]:
        """Segments of a class that were sealed before an instant and still lie here, the oldest first."""
        wanted = sa.select(segments.c.id).where(
            segments.c.retention == retention.value, segments.c.sealed_at < before, segments.c.dropped_at.is_(None)
        )
        with self._store.read() as connection:
            return list(connection.execute(wanted.order_by(segments.c.sealed_at)).scalars())

    def drop(self, tx: Transaction, segment: str) -> bool:
        """Mark a segment as taken away, in the unit that records why; `sweep` then removes the file.

        Returns:
            False where there is none, or it was taken away before.
        """
        here = (segments.c.id == segment, segments.c.dropped_at.is_(None))
        return tx.connection.execute(segments.update().where(*here).values(dropped_at=tx.now)).rowcount == 1

    def sweep(self) -> int:
        """Remove the files of segments that were taken away: after the unit, and again whenever one was left over."""
        gone = sa.select(segments.c.id).where(segments.c.dropped_at.is_not(None))
        with self._store.read() as connection:
            dropped = set(connection.execute(gone).scalars())
        files_here = [path for path in self._files("*", SEALED) if path.stem in dropped]
        for path in files_here:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in files_here}:
            sync_folder(folder)
        return len(files_here)

    def _files(self, segment: str, state: str) -> Iterator[Path]:
        """Files of segments, here and with others."""
        name = f"{segment}{state}"
        yield from self._folder.glob(name)
        if self._root is not None:
            yield from (path for path in self._root.glob(f"*/{name}") if path.parent != self._folder)

    def _seal_quietly(self) -> None:
        try:
            self.seal()
        except RoadworthyError as error:
            self.fault = error
            _log.error("segments cannot be sealed", code=error.code, message=error.message)
        else:
            self.fault = None


def _recorded(tx: Transaction, found: Contents) -> None:
    """The entry and the row of a segment, once: a crash may have come between the commit and the file's new name."""
    header, root = found.header, found.root
    if tx.connection.execute(sa.select(segments.c.id).where(segments.c.id == header.id)).first() is not None:
        return
    facts: dict[str, Canonical] = {
        "stream": header.stream,
        "writer": header.writer,
        "opened": header.opened,
        "records": len(found.records),
        "root": root.hex(),
        "retention": header.retention.value,
        "torn": found.torn,
    }
    entry = tx.record(Draft("segment.sealed", f"Segment/{header.id}", facts=facts))
    tx.connection.execute(
        segments.insert(),
        {
            "id": header.id,
            "stream": header.stream,
            "entry": entry,
            "records": len(found.records),
            "root": root,
            "retention": header.retention.value,
            "sealed_at": tx.now,
            "dropped_at": None,
        },
    )


def _node(leaves: list[bytes], level: int, index: int) -> bytes:
    tree = Frontier()
    for leaf in leaves[index << level : (index + 1) << level]:
        tree.append(leaf)
    return tree.root()


def _unknown(segment: str, index: int) -> NotFound:
    return NotFound(
        "segment-record-unknown",
        f"segment `{segment[:40]}` has no record {index}, is not sealed yet, or was kept as long as it had to be",
        remedy="take segment and index from the receipt; a segment is sealed within a second",
    )
