"""What went into models and came out, where an endpoint keeps it: erasable, and records only commit to it."""

from __future__ import annotations

import datetime as dt
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from roadworthy.foundation.digests import SALT_BYTES, canonical_bytes, commitment, same
from roadworthy.foundation.errors import IntegrityBroken, NotFound, RoadworthyError
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import upsert
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry.tables import call_contents

REQUEST, ANSWER = "request", "answer"
WHOLE = 10_000
"""A sample is said in calls of ten thousand."""
LARGEST = 4 * 1024 * 1024
"""Bytes of one content; a larger one is not kept, and the record says so by having no commitment."""
MOST_WAITING = 64 * 1024 * 1024
"""Bytes that wait while the database is gone; what comes on top is lost, and counted."""
_AT_ONCE = 50
_log = log("calls-content")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A content with what proves it, or what is left of it."""

    call: str
    direction: str
    use_case: str | None
    commitment: str
    size: int
    """Bytes."""
    kept_at: dt.datetime
    keep_until: dt.datetime | None
    texts: Mapping[str, str] | None
    """By their places in the body; None once erased."""
    salt: bytes | None
    erased_at: dt.datetime | None


class Contents:
    """Keeps contents beside the path of the calls, and gives them out on record.

    Args:
        store: where they lie.
        units: where access is recorded.
        runtime: clock, randomness and locks.

    Attributes:
        lost: contents to which a record commits and which could not be kept.
    """

    def __init__(self, store: Store, units: Units, runtime: Runtime) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._waiting: deque[dict[str, object]] = deque()
        self._bytes = 0
        self._one_at_a_time = runtime.lock()
        self.lost = 0

    def keep(
        self,
        call: str,
        direction: str,
        texts: Mapping[str, str],
        *,
        use_case: str | None,
        sample: int = WHOLE,
        span: dt.timedelta | None = None,
    ) -> str | None:
        """Keep what was asked or answered; quick, it is written later.

        Args:
            call: id of the call; by it both directions are kept, or neither.
            direction: `REQUEST` or `ANSWER`.
            texts: by their places in the body.
            use_case: whose calls these are; for legal holds, and for who may read it.
            sample: of how many in ten thousand calls contents are kept.
            span: how long, where that is shorter than calls are kept.

        Returns:
            The salted commitment for the record; None where it is not kept.
        """
        if not in_sample(call, sample):
            return None
        content = canonical_bytes(dict(texts))
        if len(content) > LARGEST:
            return None
        salt, now = self._runtime.randomness.bytes(SALT_BYTES), self._runtime.clock.now()
        made = commitment(salt, content)
        if self._bytes + len(content) > MOST_WAITING:
            self.lost += 1
            return made
        self._bytes += len(content)
        row: dict[str, object] = {
            "call": call, "direction": direction, "use_case": use_case, "commitment": made, "salt": salt,
            "content": content, "bytes": len(content), "kept_at": now,
            "keep_until": None if span is None else now + span, "erased_at": None,
        }  # fmt: skip
        self._waiting.append(row)
        return made

    def turn(self) -> None:
        """Write what waits; where that fails, it goes on waiting."""
        with self._one_at_a_time:
            while self._waiting:
                rows = [self._waiting[at] for at in range(min(_AT_ONCE, len(self._waiting)))]
                try:
                    self._store.write(partial(upsert, table=call_contents, rows=rows))
                except RoadworthyError as error:
                    _log.error("contents of calls cannot be kept yet", code=error.code, waiting=len(self._waiting))
                    return
                for row in rows:
                    self._waiting.popleft()
                    self._bytes -= int(str(row["bytes"]))

    def of(self, call: str) -> tuple[Disclosed, ...]:
        """What is known of the contents of a call, without the contents."""
        columns = [each for each in call_contents.columns if each.key not in {"content", "salt"}]
        with self._store.read() as connection:
            found = connection.execute(sa.select(*columns).where(call_contents.c.call == call)).all()
        return tuple(_disclosed(row, None, None) for row in sorted(found, key=lambda row: row.direction, reverse=True))

    def read(self, context: Context, call: str, direction: str) -> Disclosed:
        """A content. That it was read, and by whom, is recorded.

        Raises:
            NotFound: none was kept.
            IntegrityBroken: it is not what was committed to.
        """
        return self._units.run(context, lambda tx: _read(tx, call, direction))


def in_sample(call: str, sample: int) -> bool:
    """Whether the contents of a call are kept, by the random part of its id, which no client chooses."""
    return int(call[-8:], 16) % WHOLE < sample


def _read(tx: Transaction, call: str, direction: str) -> Disclosed:
    columns = call_contents.c
    row = tx.connection.execute(
        sa.select(call_contents).where(columns.call == call, columns.direction == direction)
    ).one_or_none()
    if row is None:
        raise NotFound(
            "call-content-unknown",
            f"nothing was kept of the {direction[:10]} of call `{call[:40]}`",
            remedy="an endpoint keeps contents where its `content` says so; what was not kept cannot be had",
        )
    content, salt = (None if each is None else bytes(each) for each in (row.content, row.salt))
    if content is not None and (salt is None or not same(commitment(salt, content), row.commitment)):
        raise IntegrityBroken(
            "call-content-changed",
            f"the {direction} of call `{call}` is not what was committed to",
            remedy="restore it from a backup, and find out who can write to the database",
        )
    facts = {"call": call, "direction": direction, "useCase": row.use_case, "commitment": row.commitment,
             "erased": row.erased_at is not None}  # fmt: skip
    tx.record(Draft("call.content-read", f"Call/{call}", facts=facts))
    return _disclosed(row, None if content is None else json.loads(content), salt)


def _disclosed(row: sa.Row[tuple[object, ...]], texts: Mapping[str, str] | None, salt: bytes | None) -> Disclosed:
    return Disclosed(
        row.call, row.direction, row.use_case, row.commitment, row.bytes,
        row.kept_at, row.keep_until, texts, salt, row.erased_at,
    )  # fmt: skip
