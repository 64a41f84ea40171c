"""A journal: records are durable when `append` returns, many of them with one sync, in the file of one open segment.

One worker owns the file. It takes whatever queued up while it was writing as one batch, so the disk sets the pace and
nothing waits for a timer. The file is opened with `O_DSYNC`: a write returns when it is durable.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

import msgspec

from roadworthy.foundation.errors import Place, RoadworthyError, TooLarge, Unavailable
from roadworthy.foundation.handover import Later, tell
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.outside.witness import sync_folder
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.segments.format import LARGEST_RECORD, SALT_BYTES, Header, framed
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime

OPEN, CLOSED, SEALED = ".open", ".closed", ".sealed"
MOST_RECORDS = 512
"""Of one batch."""
_log = log("journal")


class When(Enum):
    """When a record goes to the disk."""

    NOW = "now"
    LATER = "later"
    """Nobody waits: with the next record that goes there, or some milliseconds later."""
    FLUSHED = "flushed"
    """With `flush`."""


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """Where a record stands. Its proof can be had once the segment is sealed."""

    segment: str
    index: int


class _Entry:
    """A record to keep."""

    __slots__ = ("kept", "record", "then")

    def __init__(self, record: bytes, then: Callable[[Later[Receipt]], None] | None) -> None:
        self.record = record
        self.kept: Later[Receipt] = Later()
        self.then = then


class _Rotation:
    """The open segment is to be closed, after everything that came before."""

    __slots__ = ("closed",)

    def __init__(self) -> None:
        self.closed: Later[Path | None] = Later()


class Journal:
    """Records of one stream, written by one process.

    Args:
        folder: where segments lie; made where it is missing.
        stream: what is recorded.
        writer: the process.
        retention: how long it is kept.
        runtime: clock, randomness and the worker.
    """

    def __init__(self, folder: Path, stream: str, writer: str, retention: Retention, runtime: Runtime) -> None:
        self._folder = folder
        self._about = (stream, writer, retention)
        self._runtime = runtime
        self._path: Path | None = None
        self._segment = ""
        self._handle = -1
        self._count = 0
        self._broken = False
        self._worker = runtime.worker(f"journal-{stream}", self._handle_batch, MOST_RECORDS)

    def append(self, record: bytes) -> Receipt:
        """Keep a record; it is durable when this returns.

        Raises:
            TooLarge: it has over 16 MiB.
            Unavailable: it cannot be kept. Nothing may happen that the record was to come before.
        """
        return self.submit(record).result()

    def submit(
        self, record: bytes, then: Callable[[Later[Receipt]], None] | None = None, *, when: When = When.NOW
    ) -> Later[Receipt]:
        """Hand a record over; it is durable when the receipt came, and may not be where that failed.

        Whoever loses interest in a record has recorded it nevertheless.

        Args:
            record: at most 16 MiB.
            then: is told of it on the journal's thread, in the order of the records, before whoever waits; quick.
            when: it goes to the disk. What came before stands before it.

        Raises:
            TooLarge: it has over 16 MiB.
        """
        if len(record) > LARGEST_RECORD:
            raise TooLarge(
                "segment-record-too-large",
                f"a record has at most {LARGEST_RECORD} bytes, this one has {len(record)}",
                remedy="keep the content elsewhere and record its digest",
            )
        entry = _Entry(record, then)
        if when is When.NOW:
            self._worker.submit(entry)
        elif when is When.LATER:
            self._worker.leave(entry)
        else:
            self._worker.gather(entry)
        return entry.kept

    def flush(self) -> None:
        """Have what was gathered written."""
        self._worker.flush()

    def rotate(self) -> Path | None:
        """Close the open segment, so that it can be sealed; None where nothing was recorded since the last time.

        Raises:
            Unavailable: it cannot be closed.
        """
        rotation = _Rotation()
        self._worker.submit(rotation)
        return rotation.closed.result()

    def close(self) -> None:
        """Finish what is queued. The open segment is sealed by whoever looks next."""
        self._worker.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    # ------------------------------------------------------------ on the worker

    def _handle_batch(self, jobs: Sequence[_Entry | _Rotation]) -> None:
        entries: list[_Entry] = []
        for job in jobs:
            if isinstance(job, _Entry):
                entries.append(job)
            else:
                self._keep(entries)
                entries = []
                self._rotate(job)
        self._keep(entries)

    def _keep(self, entries: Sequence[_Entry]) -> None:
        """Keep records with one write, and only then tell those who wait."""
        if not entries:
            return
        try:
            first = self._written([each.record for each in entries])
        except (OSError, RoadworthyError) as error:
            told = self._failed(error)
            for each in entries:
                each.kept.fail(told)
        else:
            for index, each in enumerate(entries, first):
                each.kept.settle(Receipt(self._segment, index))
        for each in entries:
            if each.then is not None:
                _followed(each.then, each.kept)
        tell([each.kept for each in entries])

    def _written(self, records: Sequence[bytes]) -> int:
        """Write records to the disk; the index of the first.

        It is one call: each one lets other threads run, and in a busy process it takes milliseconds to come back.
        """
        if self._broken:
            raise _unavailable(self._folder, "an earlier record could not be kept")
        if self._handle < 0:
            self._open()
        salts = self._runtime.randomness.bytes(SALT_BYTES * len(records))
        content = b"".join(
            [framed(salts[SALT_BYTES * at : SALT_BYTES * (at + 1)] + record) for at, record in enumerate(records)]
        )
        if os.write(self._handle, content) != len(content):
            raise OSError(28, "only a part was written")
        first, self._count = self._count, self._count + len(records)
        return first

    def _open(self) -> None:
        stream, writer, retention = self._about
        now = self._runtime.clock.now()
        self._segment = new_id(now, self._runtime.randomness)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = self._folder / f"{self._segment}{OPEN}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_DSYNC
        self._handle = os.open(self._path, flags, 0o600)
        os.write(self._handle, bytes(Header(self._segment, stream, writer, to_text(now), retention)))
        os.fsync(self._handle)
        sync_folder(self._folder)
        self._count = 0

    def _rotate(self, rotation: _Rotation) -> None:
        try:
            rotation.closed.settle(self._closed())
        except (OSError, RoadworthyError) as error:
            rotation.closed.fail(self._failed(error))
        tell([rotation.closed])

    def _closed(self) -> Path | None:
        if self._handle < 0 or self._path is None:
            return None
        os.close(self._handle)
        self._handle = -1
        closed = self._path.with_suffix(CLOSED)
        self._path.rename(closed)
        sync_folder(self._folder)
        self._broken = False
        return closed

    def _failed(self, error: Exception) -> RoadworthyError:
        """Nothing is taken into this segment any more: what a failed write left behind is not known."""
        self._broken = self._handle >= 0
        return error if isinstance(error, RoadworthyError) else _unavailable(self._folder, str(error))


def _followed(then: Callable[[Later[Receipt]], None], kept: Later[Receipt]) -> None:
    try:
        then(kept)
    except Exception as error:  # noqa: BLE001 - one that is told must not keep the others from being told
        _log.exception("what follows a record failed", error=type(error).__name__)


def _unavailable(folder: Path, why: str) -> Unavailable:
    return Unavailable(
        "journal-unwritable",
        f"the record cannot be kept ({why})",
        place=Place(source=str(folder)),
        remedy="free space, and check the folder; what was to follow the record did not happen",
    )
