"""How a new snapshot reaches a process, and how the newest one is kept from growing old.

Within a process the commit itself says so. Between processes PostgreSQL does (LISTEN), and because a pooler or a lost
connection can swallow that without a word, each also looks twice a second; four times where it cannot listen at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.replica import Replica
from roadworthy.decide.certificate.status.store import CHANNEL
from roadworthy.decide.certificate.status.verdicts import Held
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.turns import Turns

LOOK_SECONDS = 0.5
"""Between two looks, where nothing is said."""
DEAF_SECONDS = 0.25
"""The same, where nobody can be heard."""
AGAIN_SECONDS = 5.0
"""Between two tries to listen."""
_PAUSE = 0.001

_log = log("status")


class Ear(Protocol):
    """Waits for something to be said."""

    def wait(self, seconds: float) -> list[str]:
        """What was said, at the latest after some seconds."""

    def close(self) -> None:
        """Stop listening."""


def ear_of(store: Store) -> Ear | None:
    """Listens to other processes; None on SQLite, where there are none."""
    return store.listen(CHANNEL) if isinstance(store, PostgresStore) else None


class Watch:
    """Keeps a replica up to date from `start` to `close`.

    Args:
        store: whose commits are heard.
        runtime: whose threads and time.
        replica: what is kept up to date.
        head: makes the next snapshot before the newest grows old.
        listen: starts to listen to other processes.
    """

    def __init__(
        self,
        store: Store,
        runtime: Runtime,
        replica: Replica,
        head: StatusHead,
        listen: Callable[[Store], Ear | None] = ear_of,
    ) -> None:
        self._store = store
        self._clock = runtime.clock
        self._replica = replica
        self._head = head
        self._listen = listen
        self._ear: Ear | None = None
        self._again = 0.0
        self._is_told = False
        self._renews = True
        self.on_held: list[Callable[[Held, float], None]] = []
        """Told of what is held, and since when by the monotonic clock, on the watch's own thread: once for each."""
        self._told: Held | None = None
        self._shared = store.dialect == "postgresql"
        self._turns = Turns(runtime, "status", _PAUSE if self._shared else LOOK_SECONDS, self.turn)
        store.after_commit.append(self._committed)

    def start(self, *, renews: bool = True) -> None:
        """Look, then look on.

        Args:
            renews: whether this process makes the next snapshot where nobody else did.
        """
        self._renews = renews
        self.turn(seconds=0)
        self._turns.start()

    def close(self) -> None:
        """Stop after the turn in progress."""
        self._turns.close()
        self._deaf()

    def turn(self, seconds: float = LOOK_SECONDS) -> None:
        """Wait for news at most so long, look, and renew what grows old."""
        if self._shared:
            self._hear(seconds)
        self._replica.look()
        if self._renews and self._head.renew(self._replica.held, lacking=self._replica.is_lacking):
            self._replica.look()
        held, taken = self._replica.held, self._replica.taken
        if held is not None and held is not self._told:
            for each in self.on_held:
                each(held, taken)
            self._told = held

    def _committed(self) -> None:
        if self._head.take_made():
            self._replica.look()

    def _hear(self, seconds: float) -> None:
        """Wait for news, or for as long as it takes where nobody can be heard."""
        now = self._clock.monotonic()
        try:
            if self._ear is None and now >= self._again:
                self._again = now + AGAIN_SECONDS
                self._ear = self._listen(self._store)
            if self._ear is not None:
                self._ear.wait(seconds)
                self._is_told = False
                return
        except Exception as error:  # noqa: BLE001 - whatever it was, looking goes on without listening
            if not self._is_told:
                _log.warning("nothing is heard from other processes; looking goes on", error=str(error)[:200])
            self._is_told = True
            self._deaf()
        self._clock.sleep(min(seconds, DEAF_SECONDS))

    def _deaf(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            try:
                ear.close()
            except (RoadworthyError, OSError, RuntimeError) as error:
                _log.debug("a broken connection could not be closed", error=str(error)[:200])
