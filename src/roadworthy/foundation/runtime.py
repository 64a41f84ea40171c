"""The one place where time, randomness, threads and sleep come from.

Everything else takes a `Runtime` as an argument, so a whole deployment runs in one thread under a
simulated clock and any moment or any random number can be replayed. Lint bans the sources elsewhere.
"""

from __future__ import annotations

import gc
import os
import queue
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeAlias, TypeVar

Job = TypeVar("Job")
Lock: TypeAlias = threading.Lock
Job_contra = TypeVar("Job_contra", contravariant=True)


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Business time, in UTC with microseconds: expiry, deadlines, what people read."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, for durations and timeouts."""

    def sleep(self, seconds: float) -> None:
        """Wait; a simulated clock moves instead."""


class Randomness(Protocol):
    """Where randomness comes from."""

    def bytes(self, count: int) -> bytes:
        """`count` random bytes, fit for keys and salts when the source is the system's."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The current instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class AheadClock:
    """A clock that runs ahead of another: to look at what time will do, in a home that exists for nothing else."""

    ahead: timedelta
    clock: Clock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        """The other clock's instant, moved forward."""
        return self.clock.now() + self.ahead

    def monotonic(self) -> float:
        """The other clock's seconds: durations are what they are."""
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait as the other clock does."""
        self.clock.sleep(seconds)


@dataclass(slots=True)
class SimulatedClock:
    """A clock that stands still until it is told to move."""

    instant: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    elapsed: float = 0.0

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.instant

    def monotonic(self) -> float:
        """Seconds it was moved by so far."""
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        """Move instead of waiting."""
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        """Move time forward."""
        self.instant += by
        self.elapsed += by.total_seconds()


class SystemRandomness:
    """The operating system's generator."""

    def bytes(self, count: int) -> bytes:
        """Unpredictable bytes."""
        return os.urandom(count)


class SeededRandomness:
    """Replayable randomness for simulations and generated demo data; never for keys in production."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        """The next bytes of the seeded sequence."""
        return self._random.randbytes(count)


class Worker(Protocol, Generic[Job_contra]):
    """Something that handles jobs in batches, one batch at a time."""

    def submit(self, job: Job_contra) -> None:
        """Hand a job over; it is handled with whatever else has queued up."""

    def leave(self, job: Job_contra) -> None:
        """Hand a job over that nobody waits for: it is handled with the next one that comes, or some moments later."""

    def gather(self, job: Job_contra) -> None:
        """Put a job aside until `flush`, so that several need one hand-over."""

    def flush(self) -> None:
        """Hand over what was gathered."""

    def close(self) -> None:
        """Handle what is queued, then stop."""


class _Nudge:
    """Wakes a thread for what was left."""


_NUDGE = _Nudge()
_TURN_SECONDS = 0.0005
"""How long a thread of a process that is up keeps the interpreter where another waits for it."""
_LEFT_SECONDS = 0.005
"""How long what was left waits for company."""


class InlineWorker(Generic[Job]):
    """Handles each job at once on the caller's thread, for simulations."""

    def __init__(self, handle: Callable[[Sequence[Job]], None]) -> None:
        self._handle = handle

    def submit(self, job: Job) -> None:
        """Handle the job now, as a batch of one."""
        self._handle([job])

    def leave(self, job: Job) -> None:
        """The same: there is nobody to wait for."""
        self._handle([job])

    def gather(self, job: Job) -> None:
        """The same."""
        self._handle([job])

    def flush(self) -> None:
        """Nothing is ever gathered."""

    def close(self) -> None:
        """Nothing is ever queued."""


class ThreadWorker(Generic[Job]):
    """One thread that takes everything that queued up while it was busy and handles it as one batch.

    This is natural batching: an idle worker handles a job alone at once, a busy one gathers. No timer, but for what was
    only left: it waits a moment for company. Whoever leaves a job looks afterwards whether the thread sleeps, and the
    thread looks whether something was left after it said that it is going to; so nothing is forgotten.
    """

    def __init__(self, name: str, handle: Callable[[Sequence[Job]], None], most: int) -> None:
        self._handle = handle
        self._most = most
        self._jobs: queue.SimpleQueue[Job | _Nudge | None] = queue.SimpleQueue()
        self._left: deque[Job] = deque()
        self._asleep = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue the job and return."""
        self._jobs.put(job)

    def leave(self, job: Job) -> None:
        """Put the job aside and return, without waking the thread where it is about to look anyway."""
        self._left.append(job)
        if self._asleep:
            self._asleep = False
            self._jobs.put(_NUDGE)

    def gather(self, job: Job) -> None:
        """Put the job aside and return, without a look at the thread."""
        self._left.append(job)

    def flush(self) -> None:
        """Have what was put aside handled now: a thread that sleeps or waits for company wakes."""
        self._jobs.put(_NUDGE)

    def close(self) -> None:
        """Let the thread finish what is queued, then join it."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            batch: list[Job] = []
            closing = self._taken(self._next(), batch)
            while not closing and len(batch) < self._most:
                try:
                    closing = self._taken(self._jobs.get_nowait(), batch)
                except queue.Empty:
                    break
            while self._left and (closing or len(batch) < self._most):
                batch.append(self._left.popleft())
            if batch:
                self._handled(batch)

    def _handled(self, batch: Sequence[Job]) -> None:
        """Handle a batch. What fails is told as a thread's failure is, and does not end what handles all the others."""
        try:
            self._handle(batch)
        except Exception as error:  # noqa: BLE001 - it is the thread's own top
            told = (type(error), error, error.__traceback__, self._thread)
            threading.excepthook(threading.ExceptHookArgs(told))

    def _next(self) -> Job | _Nudge | None:
        """The next job; a nudge where what was left has waited long enough."""
        if not self._left:
            self._asleep = True
            try:
                if not self._left:
                    found = self._jobs.get()
                    if found is not _NUDGE:
                        return found
            finally:
                self._asleep = False
        try:
            return self._jobs.get(timeout=_LEFT_SECONDS)
        except queue.Empty:
            return _NUDGE

    @staticmethod
    def _taken(found: Job | _Nudge | None, batch: list[Job]) -> bool:
        """Take a job into the batch; whether it was the sign that there are no more."""
        if found is not None and not isinstance(found, _Nudge):
            batch.append(found)
        return found is None


class LongThread:
    """A thread with one long body, such as an event loop; it is told to end by other means."""

    def __init__(self, name: str, body: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=body, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the body runs."""
        return self._thread.is_alive()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for its end; whether it came in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()


@dataclass(slots=True)
class Repeater:
    """A running periodic task; `stop` ends it after the turn in progress."""

    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def stop(self) -> None:
        """Ask the task to end and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()


@dataclass(frozen=True, slots=True)
class Runtime:
    """Clock, randomness and threads, passed to whoever needs them."""

    clock: Clock = field(default_factory=SystemClock)
    randomness: Randomness = field(default_factory=SystemRandomness)
    threaded: bool = True
    """False runs every worker inline on the caller's thread, which makes a deployment deterministic."""

    @property
    def ahead(self) -> timedelta:
        """By how much the clock was moved forward on purpose; zero nearly always. Whoever shows a time must say so."""
        return self.clock.ahead if isinstance(self.clock, AheadClock) else timedelta(0)

    def worker(self, name: str, handle: Callable[[Sequence[Job]], None], most: int = 512) -> Worker[Job]:
        """A batch worker; `most` bounds the jobs of one batch."""
        return ThreadWorker(name, handle, most) if self.threaded else InlineWorker(handle)

    def repeat(self, name: str, seconds: float, turn: Callable[[], None]) -> Repeater:
        """Run `turn` every `seconds` on a thread of its own; inline runtimes run it only when called by hand."""
        repeater = Repeater()
        if not self.threaded:
            return repeater

        def loop() -> None:
            while not repeater._stopping.wait(seconds):  # noqa: SLF001 - the closure is the thread's body
                turn()

        repeater._thread = threading.Thread(target=loop, name=name, daemon=True)  # noqa: SLF001 - see above
        repeater._thread.start()  # noqa: SLF001 - see above
        return repeater

    @staticmethod
    def thread(name: str, body: Callable[[], None]) -> LongThread:
        """Run `body` on a thread of its own until it returns."""
        return LongThread(name, body)

    @staticmethod
    def lock() -> threading.Lock:
        """A mutual-exclusion lock."""
        return threading.Lock()


def calm_collector() -> None:
    """Look for cycles of dead objects less often.

    An import of thousands of use cases makes millions of values that hold no cycles, and CPython's default is a
    look every 700 allocations. Chosen by trying: from 20,000 on, an import took about an eighth less time.
    """
    gc.set_threshold(20_000, 10, 10)


def leave_to_itself() -> None:
    """Do not look at what exists now for cycles any more: what a process built at its start stays until its end.

    For processes alone, once they are up. A look at everything had taken a tenth of the time of calls, and held each
    call up that came meanwhile. From then on threads also take turns ten times as often: whoever waits for the
    interpreter waits half a millisecond and not five, and a call waits for it at each of its steps where a thread
    beside it works.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_TURN_SECONDS)


def simulated(seed: int = 0) -> Runtime:
    """A runtime in which nothing happens by itself: one thread, a clock that stands still, seeded randomness."""
    return Runtime(clock=SimulatedClock(), randomness=SeededRandomness(seed), threaded=False)


__all__ = [
    "AheadClock",
    "Clock",
    "Future",
    "InlineWorker",
    "Lock",
    "LongThread",
    "Randomness",
    "Repeater",
    "Runtime",
    "SeededRandomness",
    "SimulatedClock",
    "SystemClock",
    "SystemRandomness",
    "ThreadWorker",
    "Worker",
    "calm_collector",
    "leave_to_itself",
    "simulated",
]
