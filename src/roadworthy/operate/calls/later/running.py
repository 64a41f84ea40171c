"""Making queued calls: a gateway takes those whose turn it is, makes them, and keeps their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission.model import Queued
from roadworthy.operate.calls.later import rules
from roadworthy.operate.calls.later.beside import Beside
from roadworthy.operate.calls.later.model import Answer, Came, Fate, LaterCall, Request
from roadworthy.operate.calls.later.service import LaterCalls, Taken
from roadworthy.operate.calls.model import Head
from roadworthy.operate.calls.service import Calls, Made
from roadworthy.operate.calls.surfaces.every import EVERY
from roadworthy.operate.calls.wire.failures import IDENTITY, FailureClass

MOST_AT_ONCE: Final = 32
"""Queued calls that one gateway makes at a time; those whose clients wait for them have the rest."""
LOOK_SECONDS: Final = 1.0
_RENEW_LOOKS: Final = 5
"""Every so many looks leases are renewed: several times while one runs."""
_KEEP_TRYING: Final = 60
"""Times that an answer is tried to be kept, a second apart, while the database is gone."""
_OK, _FORBIDDEN = 200, 403
_PASSING: Final = frozenset({"settings", "overload"})
"""Rules that say no only for a moment; those of limits do too, where they say when."""
_NO_USER: Final = frozenset(each.value for each in IDENTITY)
"""The endpoint leads by now to an upstream that wants a token for the user, and none is kept."""
_DIALECTS = {each.surface.value: each for each in EVERY}
_log = log("gateway-later")


class Kept:
    """The way back to a client that is not there: keeps the answer."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = b""

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer."""
        self.status, self.headers, self.body = status, dict(headers), body

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a stream; no request that streams is kept."""
        self.status, self.headers = status, dict(headers)

    def write(self, data: bytes) -> bool:
        """A part of one."""
        self.body += data
        return True

    async def drained(self) -> None:
        """Nobody has to keep up."""

    async def end(self) -> None:
        """The end of one."""


@dataclass(slots=True)
class Running:
    """A call that is being made here."""

    taken: Taken
    task: asyncio.Task[None] | None = None
    lost: bool = False
    """It was cancelled, or another gateway has it."""

    def let_go(self) -> None:
        """End it here, and tell nobody: what becomes of it is not decided here any more."""
        self.lost = True
        if self.task is not None:
            self.task.cancel()


@dataclass(frozen=True, slots=True)
class Ground:
    """What making stands on."""

    calls: Calls
    later: LaterCalls
    beside: Beside
    ready: Callable[[], bool]
    """Whether calls can be made now."""
    holder: Callable[[], str]
    """What this gateway is called."""


@dataclass(slots=True)
class Runner:
    """Makes queued calls from `start` to `stop`. For the thread of one event loop.

    Args:
        ground: what it stands on.
    """

    ground: Ground
    _under_way: dict[str, Running] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _stopping: bool = False

    def start(self) -> None:
        """Begin to take calls."""
        self._stopping = False
        self._tasks = [asyncio.ensure_future(self._taking()), asyncio.ensure_future(self._renewing())]

    def wake(self) -> None:
        """There is something to take."""
        self._woken.set()

    def pause(self) -> None:
        """Take nothing new."""
        self._stopping = True

    async def stop(self, seconds: float) -> None:
        """Take nothing new; what is under way has some seconds to end, and is given back after that."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        left = [each.task for each in self._under_way.values() if each.task is not None]
        if left:
            _, late = await asyncio.wait(left, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _taking(self) -> None:
        ground = self.ground
        while True:
            free = MOST_AT_ONCE - len(self._under_way)
            self._woken.clear()
            if free and not self._stopping and ground.ready():
                try:
                    taken = await asyncio.wrap_future(ground.beside(partial(ground.later.take, ground.holder(), free)))
                except Exception as error:  # noqa: BLE001 - the next look must come, whatever this one met
                    _log.error("queued calls cannot be taken now", error=said_of(error))
                    taken = []
                for each in taken:
                    self._begin(each)
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _begin(self, taken: Taken) -> None:
        before = self._under_way.get(taken.call.id)
        if before is not None:
            before.let_go()  # its lease ran out while the database was gone
        running = self._under_way[taken.call.id] = Running(taken)
        running.task = asyncio.ensure_future(self._run(running))
        running.task.add_done_callback(lambda _task: self._over(running))

    def _over(self, running: Running) -> None:
        if self._under_way.get(running.taken.call.id) is running:
            del self._under_way[running.taken.call.id]
        self._woken.set()

    async def _renewing(self) -> None:
        """Let go what is not this gateway's any more, as soon as that is seen, and keep the rest for longer."""
        ground, looks = self.ground, 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            fences = {each: running.taken.call.fence for each, running in self._under_way.items()}
            looks = looks + 1 if fences else 0
            if not fences:
                continue
            try:
                if looks % _RENEW_LOOKS == 0:
                    await asyncio.wrap_future(ground.beside(partial(ground.later.renew, fences)))
                lost = await asyncio.wrap_future(ground.beside(partial(ground.later.lost, fences)))
            except Exception as error:  # noqa: BLE001 - as above; whoever loses a lease cannot end its call
                _log.error("leases of queued calls cannot be renewed now", error=said_of(error))
                continue
            for each in lost & self._under_way.keys():
                running = self._under_way[each]
                if running.taken.call.fence == fences[each]:
                    running.let_go()

    async def _run(self, running: Running) -> None:
        taken, out = running.taken, Kept()
        try:
            came = await self._made(taken, out)
        except asyncio.CancelledError:
            if running.lost:
                return  # nobody wants it any more, or another has it
            came, out = _broken_off(), Kept()
        answer = Answer(out.status, out.headers, out.body) if came.fate in {Fate.ANSWERED, Fate.FAILED} else None
        await self._finished(taken.call, came, answer)

    async def _finished(self, call: LaterCall, came: Came, answer: Answer | None) -> None:
        """Keep what came of a run; a database that is gone for a while is waited for."""
        ground = self.ground
        for _ in range(_KEEP_TRYING):
            try:
                kept = await asyncio.wrap_future(
                    ground.beside(partial(ground.later.finish, call.id, call.fence, came, answer))
                )
            except RoadworthyError as error:
                _log.error("what came of a queued call cannot be kept yet", call=call.id, error=said_of(error))
                await asyncio.sleep(LOOK_SECONDS)
                continue
            if kept is None:
                _log.warning("a queued call was ended by another meanwhile", call=call.id, run=came.call)
            return
        _log.error("what came of a queued call is lost; it is on record under its run", call=call.id, run=came.call)

    async def _made(self, taken: Taken, out: Kept) -> Came:
        call, ground = taken.call, self.ground
        try:
            request = ground.later.request(taken)
            queued = Queued(call.id, call.key, request.subject, call.replay_of)
            made = await ground.calls.again(_DIALECTS[call.surface], request.body, _head(request), queued, out)
        except RoadworthyError as error:
            _log.error("a queued call cannot be read here", call=call.id, error=said_of(error))
            return Came(Fate.UNANSWERED, "", error.code, error=error.code)
        except Exception as error:  # noqa: BLE001 - whatever it was, the call must not be lost; the cause is in the log
            _log.exception("a queued call failed in the gateway", call=call.id, error=said_of(error))
            return Came(Fate.UNANSWERED, "", "call-fault", begun=True, error="call-fault")
        return came_of(made, out)


def came_of(made: Made, out: Kept) -> Came:
    """What a run came to."""
    decision, asked = made.decision, made.asked
    if asked is None:
        refusal = decision.refusal
        assert refusal is not None  # noqa: S101 - what is not admitted says why
        passes = refusal.rule in _PASSING or (refusal.retry_after is not None and refusal.rule.startswith("limit:"))
        return Came(
            Fate.REFUSED, decision.id, refusal.rule, passes=passes, retry_after=refusal.retry_after,
            rule=refusal.rule, about=refusal.about, error=refusal.code, status=refusal.status,
        )  # fmt: skip
    if out.status == _OK:
        return Came(Fate.ANSWERED, decision.id, "answered", begun=True, status=_OK)
    last = asked.attempts[-1] if asked.attempts else None
    if last is not None and last.error is None and out.status == _FORBIDDEN:
        return Came(Fate.FAILED, decision.id, "blocked", begun=True, error="answer-blocked", status=out.status)
    if last is not None and last.error == FailureClass.REJECTED.value:
        return Came(Fate.FAILED, decision.id, last.error, error="upstream-request-rejected", status=out.status)
    if last is not None and last.error in _NO_USER:
        return Came(
            Fate.REFUSED, decision.id, "identity", rule="identity", about=last.error, error=last.error,
            status=out.status, begun=rules.began(asked.attempts),
        )  # fmt: skip
    what = (last.error if last is not None else None) or "call-fault"
    waits = out.headers.get("Retry-After", "")
    return Came(
        Fate.UNANSWERED, decision.id, what, begun=rules.began(asked.attempts) or (asked.touched and last is None),
        retry_after=float(waits) if waits.isdecimal() else None, error=what, status=out.status,
    )  # fmt: skip


def _broken_off() -> Came:
    """The gateway stops; whether the upstream did anything is not known."""
    return Came(Fate.UNANSWERED, "", "gateway-stopped", begun=True, error="gateway-stopped")


def _head(request: Request) -> Head:
    return Head(
        endpoint=request.endpoint, model=request.model, data_classes=request.data_classes,
        population=request.population, trace=request.trace, parent=request.parent, state=request.state,
        version=request.version, extras=request.extras,
    )  # fmt: skip
