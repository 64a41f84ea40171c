"""Ten seconds each: counted in memory by every replica, shared by a row, added up by whoever shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.statements import upsert
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry.counting import Counted, Window, decoded, encoded, place_of, total
from roadworthy.operate.telemetry.rows import Finished
from roadworthy.operate.telemetry.tables import call_windows

SECONDS = 10
KEPT = dt.timedelta(hours=1)
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class Windows:
    """The windows of one replica, and of all.

    Args:
        store: through which they are shared.
        runtime: its clock and locks.
    """

    def __init__(self, store: Store, runtime: Runtime) -> None:
        self._store = store
        self._runtime = runtime
        self._changed: dict[dt.datetime, Window] = {}
        self._lock = runtime.lock()

    def count(self, finished: Sequence[Finished]) -> None:
        """Count calls in the window in which they ended."""
        begin, end, window = _NEVER, _NEVER, dict[str, Counted]()
        with self._lock:
            for call in finished:
                at = call.intent.at if call.result is None else call.result.at
                if not begin <= at < end:
                    begin = begin_of(at)
                    end = begin + dt.timedelta(seconds=SECONDS)
                    window = self._changed.setdefault(begin, {})
                place = place_of(call.intent)
                counted = window.get(place)
                if counted is None:
                    counted = window[place] = Counted()
                counted.add(call)

    def share(self, writer: str) -> None:
        """Share what was counted since the last time, and forget what is over; a window is shared until it is past."""
        now = self._runtime.clock.now()
        with self._lock:
            rows = [
                {"writer": writer, "at": at, "counted": encoded(window)} for at, window in sorted(self._changed.items())
            ]
        if not rows:
            return

        def work(connection: sa.Connection) -> None:
            upsert(connection, call_windows, rows)
            connection.execute(call_windows.delete().where(call_windows.c.at < now - KEPT))

        self._store.write(work)
        with self._lock:
            for at in [at for at in self._changed if at < begin_of(now) - dt.timedelta(minutes=10)]:
                del self._changed[at]  # a call that is counted later than this would overwrite what was shared

    def since(self, instant: dt.datetime) -> list[tuple[dt.datetime, Window]]:
        """What all replicas counted since an instant, by window, the oldest first."""
        query = sa.select(call_windows).where(call_windows.c.at >= begin_of(instant)).order_by(call_windows.c.at)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        found: dict[dt.datetime, list[Window]] = {}
        for row in rows:
            found.setdefault(row.at, []).append(decoded(bytes(row.counted)))
        return [(at, total(windows)) for at, windows in found.items()]


def begin_of(instant: dt.datetime) -> dt.datetime:
    """The begin of the window of an instant."""
    return instant.replace(second=instant.second - instant.second % SECONDS, microsecond=0)
