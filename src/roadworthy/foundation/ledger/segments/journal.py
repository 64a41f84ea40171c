"""A journal: records are durable when `append` returns, many of them with one sync, in the file of one open segment.

One worker owns the file. It takes whatever queued up while it was syncing as one batch, so the disk sets the pace and
nothing waits for a timer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from roadworthy.foundation.errors import Place, RoadworthyError, TooLarge, Unavailable
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.outside.witness import sync_folder
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.segments.format import LARGEST_RECORD, SALT_BYTES, Header, framed
from roadworthy.foundation.runtime import Future, Runtime

OPEN, CLOSED, SEALED = ".open", ".closed", ".sealed"
MOST_RECORDS = 512
"""Of one batch."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record stands. Its proof can be had once the segment is sealed."""

    segment: str
    index: int


@dataclass(slots=True)
class _Job:
    """A record to keep; without one, the segment is to be closed."""

    record: bytes | None
    kept: Future[Receipt] = field(default_factory=Future)
    closed: Future[Path | None] = field(default_factory=Future)

    def fail(self, error: Exception) -> None:
        """Tell whoever waits."""
        if self.record is None:
            self.closed.set_exception(error)
        else:
            self.kept.set_exception(error)


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

    def submit(self, record: bytes) -> Future[Receipt]:
        """Hand a record over; it is durable when the future is done, and may not be where the future failed.

        The future cannot be cancelled: whoever loses interest in a record has recorded it nevertheless. Callbacks run
        on the journal's thread, in the order of the records, and must be quick.

        Raises:
            TooLarge: it has over 16 MiB.
        """
        if len(record) > LARGEST_RECORD:
            raise TooLarge(
                "segment-record-too-large",
                f"a record has at most {LARGEST_RECORD} bytes, this one has {len(record)}",
                remedy="keep the content elsewhere and record its digest",
            )
        job = _Job(record)
        job.kept.set_running_or_notify_cancel()
        self._worker.submit(job)
        return job.kept

    def rotate(self) -> Path | None:
        """Close the open segment, so that it can be sealed; None where nothing was recorded since the last time.

        Raises:
            Unavailable: it cannot be closed.
        """
        job = _Job(None)
        self._worker.submit(job)
        return job.closed.result()

    def close(self) -> None:
        """Finish what is queued. The open segment is sealed by whoever looks next."""
        self._worker.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    # ------------------------------------------------------------ on the worker

    def _handle_batch(self, jobs: Sequence[_Job]) -> None:
        waiting: list[tuple[_Job, Receipt]] = []
        for job in jobs:
            try:
                if job.record is None:
                    self._settle(waiting)
                    job.closed.set_result(self._closed())
                else:
                    waiting.append((job, self._written(job.record)))
            except (OSError, RoadworthyError) as error:
                self._fail(error, [job, *(each for each, _ in waiting)])
                waiting.clear()
        try:
            self._settle(waiting)
        except OSError as error:
            self._fail(error, [each for each, _ in waiting])

    def _settle(self, waiting: list[tuple[_Job, Receipt]]) -> None:
        """Sync what was written, and only then tell those who wait."""
        if waiting:
            os.fdatasync(self._handle)
            for job, receipt in waiting:
                job.kept.set_result(receipt)
            waiting.clear()

    def _written(self, record: bytes) -> Receipt:
        if self._broken:
            raise _unavailable(self._folder, "an earlier record could not be kept")
        if self._handle < 0:
            self._open()
        content = framed(self._runtime.randomness.bytes(SALT_BYTES) + record)
        if os.write(self._handle, content) != len(content):
            raise OSError(28, "only a part was written")
        self._count += 1
        return Receipt(self._segment, self._count - 1)

    def _open(self) -> None:
        stream, writer, retention = self._about
        now = self._runtime.clock.now()
        self._segment = new_id(now, self._runtime.randomness)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = self._folder / f"{self._segment}{OPEN}"
        self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        os.write(self._handle, bytes(Header(self._segment, stream, writer, to_text(now), retention)))
        os.fsync(self._handle)
        sync_folder(self._folder)
        self._count = 0

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

    def _fail(self, error: Exception, jobs: Sequence[_Job]) -> None:
        """Nothing is taken into this segment any more: what a failed sync left behind is not known."""
        self._broken = self._handle >= 0
        told = error if isinstance(error, RoadworthyError) else _unavailable(self._folder, str(error))
        for job in jobs:
            job.fail(told)


def _unavailable(folder: Path, why: str) -> Unavailable:
    return Unavailable(
        "journal-unwritable",
        f"the record cannot be kept ({why})",
        place=Place(source=str(folder)),
        remedy="free space, and check the folder; what was to follow the record did not happen",
    )
