"""Telling declared sinks of the trail: each has its own place in the ledger, and gets everything once and in order.

What is sent is signed after the Standard Webhooks specification; a batch that is sent again has the same id.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import httpx
import sqlalchemy as sa

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import Place, RoadworthyError, Unavailable
from roadworthy.foundation.ledger import feed
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.notify.sending import SECRET_PREFIX, sign
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, silence
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Outcome, Timers
from roadworthy.operate.actions.trail import exporting
from roadworthy.operate.actions.trail import sink_store as rows
from roadworthy.operate.actions.trail.declared import SINK, EventSink
from roadworthy.operate.actions.trail.exporting import MEDIA, Exporting, written

PUSH: Final = "event-sink.push"
"""Kind of the timers that tell a sink; the key is its name."""
CONSUMER: Final = "event-sinks"
_DECLARED: Final = "event-sink.applied"
EVENTS: Final = (*exporting.EVENTS, _DECLARED)
BATCH: Final = 100
SECONDS: Final = 20.0
_PATIENCE: Final = dt.timedelta(minutes=2)
_AGAIN: Final = dt.timedelta(seconds=5)
_LONGEST: Final = dt.timedelta(minutes=15)
_TAKEN: Final = range(200, 300)
_log = log("event-sinks")


@dataclass(frozen=True, slots=True)
class Ground:
    """What telling sinks stands on."""

    store: Store
    runtime: Runtime
    timers: Timers
    exporting: Exporting
    sources: Sources
    reach: Reach
    declared: Callable[[str], EventSink | None]
    names: Callable[[sa.Connection], Sequence[str]]
    """Of the sinks that are declared."""


class Sinks:
    """Tells sinks.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.timers.act(PUSH, self._push, patience=_PATIENCE)

    def follow(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Wake the sinks, for a consumer of the ledger; one that is new begins with what comes from now on."""
        declared = {entry.resource.partition("/")[2]: entry for entry in reversed(entries) if entry.what == _DECLARED}
        for name in self._ground.names(tx.connection):
            kept = rows.sent(tx.connection, name)
            if kept is None:
                kept = rows.Sent(name, _begin(tx.connection, declared.get(name)))
                rows.put_sent(tx.connection, kept)
            if not kept.failures:  # one that fails is tried at its own pace
                Timers.set(tx, PUSH, name, tx.now)

    def standing(self) -> list[rows.Sent]:
        """How far each was told."""
        with self._ground.store.read() as connection:
            return rows.sinks(connection)

    # ------------------------------------------------------------ inside

    def _push(self, timer: Timer) -> Outcome | None:
        name = timer.key
        spec = self._ground.declared(name)
        with self._ground.store.read() as connection:
            kept = rows.sent(connection, name)
        if spec is None or kept is None:
            return None
        found = self._ground.exporting.read(spec.format, kept.position, spec.batch or BATCH, spec.use_cases)
        try:
            if found.events:
                self._send(name, spec, kept.position, found)
        except RoadworthyError as error:
            return self._failed(kept, error)

        def told(tx: Transaction) -> None:
            rows.put_sent(tx.connection, rows.Sent(name, found.next, tx.now))
            if not found.end:
                Timers.set(tx, PUSH, name, tx.now)

        return told

    def _failed(self, kept: rows.Sent, error: RoadworthyError) -> Outcome:
        """It is tried again for ever, more and more seldom: the ledger keeps everything until then."""
        failures = kept.failures + 1
        wait = min(_AGAIN * 2 ** min(failures - 1, 20), _LONGEST)
        _log.warning("a sink did not take events", sink=kept.name, failures=failures, why=error.message)

        def put_off(tx: Transaction) -> None:
            rows.put_sent(tx.connection, replace(kept, failures=failures, error=error.message[:500]))
            Timers.set(tx, PUSH, kept.name, tx.now + wait)

        return put_off

    def _send(self, name: str, spec: EventSink, position: int, found: exporting.Exported) -> None:
        content = written(found.events)
        batch = f"{name}/{position}-{found.next}"
        stamp = str(int(self._ground.runtime.clock.now().timestamp()))
        headers = {
            "Content-Type": MEDIA[spec.format],
            "User-Agent": "Roadworthy",
            "webhook-id": batch,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self._key(name, spec), batch, stamp, content),
        }
        try:
            with (
                httpx.Client(timeout=SECONDS, follow_redirects=False, transport=Guarded(self._ground.reach)) as client,
                client.stream("POST", spec.address, content=content, headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _not_taken(name, silence(error)) from error
        if status not in _TAKEN:
            raise _not_taken(name, f"it answers with status {status}")

    def _key(self, name: str, spec: EventSink) -> bytes:
        try:
            found = self._ground.sources.read(spec.secret)
            key = base64.b64decode(found.removeprefix(SECRET_PREFIX), validate=True)
        except (OSError, ValueError) as error:
            raise _not_taken(name, "its secret cannot be read") from error
        if not key:
            raise _not_taken(name, f"there is nothing at `{spec.secret}`")
        return key


def _begin(connection: sa.Connection, declared: Entry | None) -> int:
    """Where a sink begins: behind the entry that declared it; with what comes now, where that is long past."""
    found = None if declared is None else exporting.position_of(connection, declared.id)
    return feed.size(connection) if found is None else found + 1


def _not_taken(name: str, why: str) -> Unavailable:
    return Unavailable(
        "event-sink-failed",
        f"the sink `{name}` was not told: {why}",
        place=Place(source=f"{SINK}/{name}"),
        remedy="mend it; everything that it missed is told then, in order",
    )
