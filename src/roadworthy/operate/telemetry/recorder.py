"""Records calls: the intent is durable before an upstream is touched, the result after."""

from __future__ import annotations

import asyncio
from functools import partial

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.handover import Later
from roadworthy.foundation.ledger.segments.journal import Journal, Receipt, When
from roadworthy.foundation.logs import log
from roadworthy.operate.telemetry.codec import Record, encode
from roadworthy.operate.telemetry.indexing import Index
from roadworthy.operate.telemetry.model import Intent, Result

_log = log("calls")


class Recorder:
    """The records of one replica's calls.

    Args:
        journal: of the stream `calls`.
        index: is told of every record that is durable.

    Attributes:
        failed: results that could not be recorded: their calls become `unknown`.
        fault: why the last record could not be kept; None once one was kept again.
    """

    def __init__(self, journal: Journal, index: Index) -> None:
        self._journal = journal
        self._index = index
        self.failed = 0
        self.fault: str | None = None
        self._flushes = False
        """Whether what was gathered is handed over soon."""

    def intend(self, intent: Intent) -> Later[Receipt]:
        """Record a call that is about to be made, or was refused.

        No upstream may be touched before the receipt came; where it fails, none may be touched at all. On an event loop
        the intents of one round are handed over together: the journal's thread wakes once for all of them.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread of its own waits
            return self._submit(intent, When.NOW)
        kept = self._submit(intent, When.FLUSHED)
        if not self._flushes:
            self._flushes = True
            loop.call_soon(self._flush)
        return kept

    def _flush(self) -> None:
        self._flushes = False
        self._journal.flush()

    def conclude(self, result: Result) -> Later[Receipt]:
        """Record what came of a call, with the next intent. Nobody needs to wait; a failure is logged and counted."""
        return self._submit(result, When.LATER)

    def _submit(self, record: Record, when: When) -> Later[Receipt]:
        try:
            return self._journal.submit(encode(record), partial(self._done, record), when=when)
        except RoadworthyError as error:
            kept: Later[Receipt] = Later()
            kept.fail(error)
            self._done(record, kept)
            return kept

    def _done(self, record: Record, kept: Later[Receipt]) -> None:
        error = kept.error
        if error is None:
            self.fault = None
            self._index.note(record, kept.result())
            return
        self.fault = str(error)
        if isinstance(record, Result):
            self.failed += 1
            _log.error("what came of a call could not be recorded", call=record.id, error=str(error))
        else:
            _log.error("a call could not be recorded, and was not made", call=record.id, error=str(error))
