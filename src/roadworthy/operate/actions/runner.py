"""What goes on without a client: approved actions, repeats, probes, rollbacks, and what a dead gateway left."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction
from roadworthy.operate.actions.deciding import ALLOW, Case
from roadworthy.operate.actions.declared import Effect
from roadworthy.operate.actions.flow import PROBE_SECONDS, Beside, Flow
from roadworthy.operate.actions.holds import Holds
from roadworthy.operate.actions.keeping import MARGIN, Keeping
from roadworthy.operate.actions.model import AgentAction, Reason, State
from roadworthy.operate.actions.store import ARGUMENTS, Kept
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Subject

MOST_AT_ONCE: Final = 32
"""Actions without a client that one gateway does at a time."""
LOOK_SECONDS: Final = 0.5
_HOLD_LOOKS: Final = 4
"""Every so many looks it is looked what became of held actions."""
_log = log("actions")


@dataclass(frozen=True, slots=True)
class Ground:
    """What going on stands on."""

    keeping: Keeping
    flow: Flow
    holds: Holds
    configuration: Callable[[], Configuration]
    catalogue: Callable[[], Catalogue]
    beside: Beside
    ready: Callable[[], bool]
    """Whether actions can be done now."""
    stopped: Callable[[AgentAction], bool]
    """Whether a stop switch keeps an action."""


@dataclass(slots=True)
class Runner:
    """Goes on from `start` to `stop`. For the thread of one event loop.

    Args:
        ground: what it stands on.
    """

    ground: Ground
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _stopping: bool = False

    def start(self) -> None:
        """Begin."""
        self._stopping = False
        self._task = asyncio.ensure_future(self._taking())

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def pause(self) -> None:
        """Begin nothing new."""
        self._stopping = True

    async def stop(self, seconds: float) -> None:
        """Begin nothing new, and let what is under way end; what does not is found by its time."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        left = list(self._under_way.values())
        if left:
            _, late = await asyncio.wait(left, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _taking(self) -> None:
        ground, looks = self.ground, 0
        while True:
            self._woken.clear()
            looks += 1
            free = MOST_AT_ONCE - len(self._under_way)
            if free and not self._stopping and ground.ready():
                try:
                    for kept in await asyncio.wrap_future(ground.beside(partial(self.take, free))):
                        self._begin(kept)
                    if looks % _HOLD_LOOKS == 0:
                        await asyncio.wrap_future(ground.beside(self._beside))
                except Exception as error:  # noqa: BLE001 - the next look must come, whatever this one met
                    _log.error("actions that wait cannot be taken now", error=said_of(error))
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _beside(self) -> int:
        return self.ground.holds.look() + self.unpark()

    def _begin(self, kept: Kept) -> None:
        id_ = kept.action.id
        task = self._under_way[id_] = asyncio.ensure_future(self._run(kept))
        task.add_done_callback(partial(self._over, id_))

    def _over(self, id_: str, task: asyncio.Task[None]) -> None:
        if self._under_way.get(id_) is task:
            del self._under_way[id_]
        self._woken.set()

    # ------------------------------------------------------------ in the database

    def take(self, most: int) -> list[Kept]:
        """Actions whose turn it is, for this gateway: queued ones, and those that somebody left behind."""
        keeping = self.ground.keeping.ground
        with keeping.store.read() as connection:
            if not rows.any_due(connection, shared_now(connection, keeping.runtime)):
                return []

        def work(tx: Transaction) -> list[Kept]:
            now = shared_now(tx.connection, keeping.runtime)
            found = []
            for each in rows.due(tx.connection, now, most):
                taken = taken_over(each, keeping.holder(), now)
                rows.change(tx.connection, taken)
                if taken.action.state is State.DEAD:
                    tx.record(recording.given_up(taken.action))
                    for ended in keeping.ended:
                        ended(tx, taken)
                else:
                    found.append(replace(taken, action=replace(taken.action, state=each.action.state)))
            return found

        return keeping.units.run(recording.GATEWAY, work)

    def unpark(self, most: int = 100) -> int:
        """Have parked actions go on that nothing stops any more; how many."""
        keeping = self.ground.keeping.ground

        def work(tx: Transaction) -> int:
            free = [each for each in rows.parked(tx.connection, most) if not self.ground.stopped(each.action)]
            now = shared_now(tx.connection, keeping.runtime)
            for each in free:
                rows.change(tx.connection, replace(each, action=replace(each.action, state=State.QUEUED, due_at=now)))
            return len(free)

        with keeping.store.read() as connection:
            if not any(state == State.PARKED.value for _case, state, _count in rows.states(connection)):
                return 0
        return keeping.units.run(recording.GATEWAY, work)

    # ------------------------------------------------------------ one action

    async def _run(self, kept: Kept) -> None:
        """Go on with an action that is this gateway's now; its state is what it was before it was taken."""
        ground = self.ground
        action = ground.catalogue().actions.get(kept.action.action)
        try:
            if action is None:
                await self._no(
                    kept, Reason("action", "deny", "it is not declared any more", "whoever may change actions")
                )
            elif ground.stopped(kept.action):
                await asyncio.wrap_future(
                    ground.beside(partial(ground.keeping.park, kept.action.id, kept.action.fence))
                )
            elif kept.action.state is State.QUEUED:
                await self._again(kept, action)
            elif is_safe(action):
                await self._finish(kept, action, await self._arguments(kept))
            else:
                await ground.flow.probe(kept, action, ground.catalogue())
        except Exception as error:  # noqa: BLE001 - whatever it was, the row is found again by its time
            _log.exception("an action could not go on", action=kept.action.id, error=said_of(error))

    async def _again(self, kept: Kept, action: CompiledAction) -> None:
        """Decide once more, as it stands now, and do it."""
        ground = self.ground
        arguments = await self._arguments(kept)
        changed, found = "", ground.flow.way(action)
        if found is not None:
            await found[1].ready(found[0], action)
            changed = found[1].changed(found[0], action)
        case = self._case(kept.action, action, arguments, changed)
        if isinstance(case, Reason):
            await self._no(kept, case)
            return
        begun = await asyncio.wrap_future(
            ground.beside(partial(ground.keeping.again, kept.action.id, kept.action.fence, case))
        )
        if begun is not None and begun.verdict is not None and begun.verdict.says == ALLOW:
            await self._finish(begun.kept, action, arguments)

    async def _finish(self, kept: Kept, action: CompiledAction, arguments: bytes) -> None:
        ground = self.ground
        after = await ground.flow.do(kept, action, arguments)
        if after.action.state is State.PROBING:
            await ground.flow.probe(after, action, ground.catalogue())

    async def _arguments(self, kept: Kept) -> bytes:
        ground = self.ground
        content = await asyncio.wrap_future(ground.beside(lambda: ground.keeping.content(kept.action.id, ARGUMENTS)))
        return content or b"{}"

    async def _no(self, kept: Kept, reason: Reason) -> None:
        ground = self.ground
        await asyncio.wrap_future(
            ground.beside(partial(ground.keeping.refuse, kept.action.id, kept.action.fence, reason))
        )

    def _case(self, kept: AgentAction, action: CompiledAction, arguments: bytes, changed: str) -> Case | Reason:
        """What it is now. The key has to hold still, unless something is taken back."""
        config, now = self.ground.configuration(), self.ground.keeping.ground.runtime.clock.now()
        held = config.key(kept.key)
        takes_back = kept.compensates is not None
        caller = held.caller if held is not None and now < held.ends else None
        if caller is None and not takes_back:
            about = "the key with which it was asked for has ended"
            return Reason("key", "deny", about, "whoever may administer gateway keys", "ask for it with another key")
        if caller is None:
            caller = Caller(kept.key, kept.key, kept.use_case, kept.stage, kept.workload, None, now)
        return Case(
            action=action, caller=caller, arguments=forms.read(arguments), at=now,
            subject=None if not kept.user else Subject(kept.user, frozenset()), run=kept.run, tainted=kept.tainted,
            changed=changed, approved=kept.request is not None, asked_before=True, takes_back=takes_back,
        )  # fmt: skip


def is_safe(action: CompiledAction) -> bool:
    """Whether asking the system once more does nothing twice."""
    said = action.spec.idempotency
    return action.spec.effect is Effect.READ or (said is not None and said.by == "key")


def taken_over(kept: Kept, holder: str, now: dt.datetime) -> Kept:
    """An action in the hands of whoever takes it. Pure.

    One that was running when its gateway died may have been done. Where asking again is safe it is asked again, where
    there is a probe that is asked, and everything else is a dead letter.
    """
    action = kept.action
    state = State.RUNNING if action.state is State.QUEUED else State.PROBING
    until = now + (MARGIN if state is State.RUNNING else dt.timedelta(seconds=PROBE_SECONDS) + MARGIN)
    made = replace(action, state=state, holder=holder, fence=action.fence + 1, due_at=until)
    return replace(kept, action=made)
