"""The index of calls, written behind the records: nobody who calls waits for the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from roadworthy.foundation.errors import IntegrityBroken, RoadworthyError
from roadworthy.foundation.ledger.segments import format as files
from roadworthy.foundation.ledger.segments.format import SALT_BYTES, Contents
from roadworthy.foundation.ledger.segments.journal import CLOSED, SEALED, Receipt
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry import store as sql
from roadworthy.operate.telemetry.codec import Record, decode
from roadworthy.operate.telemetry.joining import Joining
from roadworthy.operate.telemetry.rows import Finished, Kept, Rows, rows_of

STREAM = "calls"
BATCH = 4_000
"""Records of one transaction, two for most calls: under a tenth of a second on SQLite, so that other units need not
wait."""
MOST_WAITING = 200_000
"""Records that wait while the database is gone. What comes on top is taken from the segments later."""
Follower = Callable[[Sequence[Finished]], None]
_log = log("calls-index")


class _Portion(NamedTuple):
    """What one transaction writes."""

    rows: Rows
    done: tuple[str, ...]
    """Segments of which every record is in the index with it."""
    records: int
    last: bool
    """Whether nothing more waited when it was made."""


class Index:
    """What stands between the journal and the table `calls`.

    Args:
        store: where the index lies.
        runtime: its clock and locks.
        writer: this replica.
        folder: where its segments lie.
        followers: who is told of every call that is over, in the order of records, on the thread that writes behind.

    Attributes:
        fault: why the index lags behind; None where it does not. Records are durable all the same.
    """

    def __init__(
        self, store: Store, runtime: Runtime, writer: str, folder: Path, followers: Sequence[Follower] = ()
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._writer = writer
        self._folder = folder
        self._followers = list(followers)
        self._joining = Joining(writer)
        self._waiting: deque[Kept] = deque()
        self._unwritten: _Portion | None = None
        self._passed_over: set[str] = set()
        self._segment: str | None = None
        self._ending: tuple[str, ...] = ()
        """Segments that ended in this turn. Intents of theirs may be held back for another one,"""
        self._ended: tuple[str, ...] = ()
        """which is over for these."""
        self._one_at_a_time = runtime.lock()
        self.fault: RoadworthyError | None = None

    @property
    def waiting(self) -> int:
        """Records that are durable and not in the index yet."""
        unwritten = self._unwritten
        return len(self._waiting) + self._joining.held + (0 if unwritten is None else unwritten.records)

    @property
    def open(self) -> int:
        """Calls that go on."""
        return self._joining.open

    def note(self, record: Record, receipt: Receipt) -> None:
        """A record is durable. Quick: it runs on the journal's thread."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(Kept(record, receipt))
        else:
            self._passed_over.add(receipt.segment)

    def flush(self, *, everything: bool = True) -> int:
        """Write what waits.

        Args:
            everything: also what came just now and would be held back for a turn.

        Returns:
            How many records were written.

        Raises:
            Unavailable: the database is not there; what waits goes on waiting.
        """
        with self._one_at_a_time:
            written = 0
            while (portion := self._portion(everything=everything)) is not None:
                self._store.write(partial(self._write, portion=portion))
                self._unwritten = None
                written += portion.records
                if portion.last:
                    break
            if self._passed_over and not self._waiting:
                self._catch_up()
            self.fault = None
            return written

    def turn(self, *, everything: bool = False) -> None:
        """Write what waits, and remember why not where that fails."""
        try:
            self.flush(everything=everything)
        except RoadworthyError as error:
            self.fault = error
            _log.error("calls are recorded but not indexed", code=error.code, waiting=self.waiting)

    def finish(self) -> None:
        """Write the rest; nothing is recorded any more."""
        self.turn(everything=True)
        if self._segment is not None and self.fault is None:
            last = _Portion(Rows([], [], []), (self._segment,), 0, last=True)
            self._store.write(partial(self._write, portion=last))
            self._segment = None

    def rebuild(self) -> set[str]:
        """Put into the index what lies in segments here and is not in it.

        Returns:
            The replicas that wrote them.
        """
        with self._one_at_a_time:
            return self._rebuild(self._whole_segments())

    # ------------------------------------------------------------ inside

    def _portion(self, *, everything: bool) -> _Portion | None:
        """What could not be written, or else what comes next; None where there is nothing."""
        if self._unwritten is not None:
            return self._unwritten
        kept = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        finished, rows = self._joining.join(kept)
        self._ending += self._complete(kept)
        done: tuple[str, ...] = ()
        last = not self._waiting
        if last:
            rows.begun.extend(self._joining.turn(everything=everything))
            done = self._ended + (self._ending if everything else ())
            self._ended, self._ending = (() if everything else self._ending), ()
        for follower in self._followers:
            follower(finished)
        if any(rows) or done:
            self._unwritten = _Portion(rows, done, sum(map(len, rows)), last)
        return self._unwritten

    def _complete(self, kept: Sequence[Kept]) -> tuple[str, ...]:
        """Segments that end in these: another one begins after them."""
        seen = dict.fromkeys([*([self._segment] if self._segment else []), *(each.receipt.segment for each in kept)])
        if kept:
            self._segment = kept[-1].receipt.segment
        return tuple(each for each in list(seen)[:-1] if each not in self._passed_over)

    def _write(self, connection: sa.Connection, portion: _Portion) -> None:
        sql.write(connection, portion.rows)
        sql.segments_done(connection, portion.done, self._writer, self._runtime.clock.now())

    def _catch_up(self) -> None:
        """Read from segments what there was no room for, as soon as they are closed."""
        here = {path.stem for path in self._whole_segments()} & self._passed_over
        self._rebuild([path for path in self._whole_segments() if path.stem in here])
        self._passed_over -= here

    def _whole_segments(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if path.suffix in {CLOSED, SEALED})

    def _rebuild(self, paths: Sequence[Path]) -> set[str]:
        by_id = {path.stem: path for path in paths}
        with self._store.read() as connection:
            missing = sql.not_done(connection, list(by_id))
        writers = set[str]()
        for segment in missing:
            try:
                contents = files.read(by_id[segment])
            except FileNotFoundError:  # sealed in between: it has another name
                contents = files.read(self._folder / f"{segment}{SEALED}")
            except IntegrityBroken as error:
                _log.error("a segment cannot be read", code=error.code, segment=segment)
                continue
            if contents.header.stream == STREAM:
                self._index(contents)
                writers.add(contents.header.writer)
        return writers

    def _index(self, contents: Contents) -> None:
        header, kept = contents.header, list(_kept_in(contents))
        for start in range(0, len(kept), BATCH):
            rows = rows_of(kept[start : start + BATCH], header.writer)
            self._store.write(partial(sql.write, rows=rows))
        now = self._runtime.clock.now()
        self._store.write(partial(sql.segments_done, segments=(header.id,), writer=header.writer, now=now))


def _kept_in(contents: Contents) -> Iterator[Kept]:
    for at, salted in enumerate(contents.records):
        try:
            yield Kept(decode(salted[SALT_BYTES:]), Receipt(contents.header.id, at))
        except IntegrityBroken as error:
            _log.error("a record cannot be read", code=error.code, segment=contents.header.id, index=at)
