"""How a newer configuration reaches a process.

It is looked for four times a second, and heard of on PostgreSQL. What cannot be compiled leaves the former one in
place, and is told loudly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.listening import Listening
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.operate.admission.compiling import Compiler
from roadworthy.operate.admission.configuration import EMPTY, Configuration
from roadworthy.operate.admission.generation import CHANNEL, Mark, mark

LOOK_SECONDS = 0.25
_AGAIN_SECONDS = 5.0
_log = log("gateway")


class Reloading:
    """Keeps `current` up to date from `start` to `close`.

    Args:
        store: where everything is kept.
        runtime: clock and threads.
        compiler: reads everything.
    """

    def __init__(self, store: Store, runtime: Runtime, compiler: Compiler) -> None:
        self._store = store
        self._runtime = runtime
        self._compiler = compiler
        self._lock = runtime.lock()
        self._mark: Mark | None = None
        self.current: Configuration = EMPTY
        """The newest that could be compiled; swapped as a whole."""
        self.fault: RoadworthyError | None = None
        """Why the newest one is not in force; None when it is."""
        self.fault_since: dt.datetime | None = None
        self.watchers: list[Callable[[Configuration], None]] = []
        """Told of every newer configuration, on the thread that compiled it."""
        self._ear = _Ear(store, runtime) if isinstance(store, PostgresStore) else None
        self._turns = Turns(runtime, "gateway-settings", 0.001 if self._ear else LOOK_SECONDS, self._turn)

    def start(self) -> None:
        """Look, then look on."""
        self.look()
        self._turns.start()

    def close(self) -> None:
        """Stop after the turn in progress."""
        self._turns.close()
        if self._ear is not None:
            self._ear.close()

    def observed(self) -> list[dict[str, Any]]:
        """Endpoints that declare observe mode, each with the days that are left of it."""
        now = self._runtime.clock.now()
        return [each.said(now) for each in self.current.transitions]

    def look(self) -> bool:
        """Take what is newer than what is here; True where something was."""
        with self._lock:
            try:
                with self._store.read() as connection:
                    return self._take(connection)
            except RoadworthyError as error:
                self._tell(error)
                return False

    def _take(self, connection: sa.Connection) -> bool:
        at = mark(connection)
        if at == self._mark:
            return False
        now = self._runtime.clock.now()
        fresh = self._compiler.compile(connection, at, now)
        self.current, self._mark = fresh, at
        if self.fault is not None:
            _log.info("the gateway's configuration is in force again", generation=fresh.generation)
        self.fault = self.fault_since = None
        for told in self.watchers:
            told(fresh)
        return True

    def _tell(self, error: RoadworthyError) -> None:
        if self.fault is None or (self.fault.code, self.fault.message) != (error.code, error.message):
            _log.error(
                "the gateway goes by its former configuration, because the newest one cannot be used",
                code=error.code,
                error=error.message,
                place=str(error.place),
                generation=self.current.generation,
            )
            self.fault_since = self._runtime.clock.now()
        self.fault = error

    def _turn(self) -> None:
        if self._ear is not None:
            self._ear.wait(LOOK_SECONDS)
        self.look()


class _Ear:
    """Waits until another process says that something changed, or for as long as it takes where nobody can be heard."""

    def __init__(self, store: PostgresStore, runtime: Runtime) -> None:
        self._store = store
        self._clock = runtime.clock
        self._again = 0.0
        self._listening: Listening | None = None
        self._is_told = False

    def wait(self, seconds: float) -> None:
        """Until there is news, at most so long."""
        now = self._clock.monotonic()
        try:
            if self._listening is None and now >= self._again:
                self._again = now + _AGAIN_SECONDS
                self._listening = self._store.listen(CHANNEL)
            if self._listening is not None:
                self._listening.wait(seconds)
                self._is_told = False
                return
        except Exception as error:  # noqa: BLE001 - whatever it was, looking goes on without listening
            if not self._is_told:
                _log.warning("nothing is heard of changes; looking goes on", error=said_of(error))
            self._is_told = True
            self.close()
        self._clock.sleep(seconds)

    def close(self) -> None:
        """Stop listening."""
        listening, self._listening = self._listening, None
        if listening is not None:
            try:
                listening.close()
            except (RoadworthyError, OSError, RuntimeError) as error:
                _log.debug("a broken connection could not be closed", error=said_of(error))
