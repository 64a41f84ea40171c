"""What goes on without a client: approved actions, repeats, probes, rollbacks, and what a dead gateway left."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction
from roadworthy.operate.actions.deciding.verdict import ALLOW, Case
from roadworthy.operate.actions.declared import Effect
from roadworthy.operate.actions.doing import waiting_store as waiting
from roadworthy.operate.actions.doing import whose as owners
from roadworthy.operate.actions.doing.concluding import MARGIN, is_safe
from roadworthy.operate.actions.doing.flow import PROBE_SECONDS, Beside, Flow
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.doing.unsure import disown
from roadworthy.operate.actions.model import AgentAction, Reason, State, Why
from roadworthy.operate.actions.people.holds import Holds
from roadworthy.operate.actions.store import ARGUMENTS, Kept
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Subject

MOST_AT_ONCE: Final = 32
"""Actions without a client that one gateway does at a time."""
LOOK_SECONDS: Final = 0.5
_HOLD_LOOKS: Final = 4
"""Every so many looks it is looked what became of held actions."""
MOST_OF_ONE: Final = 16
"""Of those, in one system: one that does not answer keeps no other waiting."""
_PUT_OFF: Final = dt.timedelta(seconds=5)
"""How much later it is looked again whether a stop still keeps what is in doubt."""
_GONE: Final = Reason("action", "deny", "it is not declared any more", "whoever may change actions")
_log = log("actions")


class _LostError(Exception):
    """The arguments of an action cannot be had, said in words."""


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
    also: tuple[Callable[[], int], ...] = ()
    """Looked at from time to time beside the event loop: how much was changed by it."""


@dataclass(slots=True)
class Runner:
    """Goes on from `start` to `stop`. For the thread of one event loop.

    Args:
        ground: what it stands on.
    """

    ground: Ground
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _in_system: Counter[str] = field(default_factory=Counter)
    """How many of those are in which system."""
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
                    room = {name: MOST_OF_ONE - count for name, count in self._in_system.items()}
                    for kept in await asyncio.wrap_future(ground.beside(partial(self.take, free, room))):
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
        return (
            disown(self.ground.keeping)
            + self.ground.holds.look()
            + self.unpark()
            + sum(one() for one in self.ground.also)
        )

    def _begin(self, kept: Kept) -> None:
        id_ = kept.action.id
        task = self._under_way[id_] = asyncio.ensure_future(self._run(kept))
        self._in_system[kept.action.system] += 1
        task.add_done_callback(partial(self._over, id_, kept.action.system))

    def _over(self, id_: str, system: str, task: asyncio.Task[None]) -> None:
        self._in_system[system] -= 1
        if self._under_way.get(id_) is task:
            del self._under_way[id_]
        self._woken.set()

    # ------------------------------------------------------------ in the database

    def take(self, most: int, room: Mapping[str, int] | None = None) -> list[Kept]:
        """Actions whose turn it is, for this gateway: queued ones, and those that somebody left behind.

        Args:
            most: how many at most.
            room: how many of one system, where it is not as many as of any.
        """
        keeping, left = self.ground.keeping.ground, dict(room or {})
        full = sorted(name for name, count in left.items() if count <= 0)
        with keeping.store.read() as connection:
            if not waiting.any_due(connection, shared_now(connection, keeping.runtime), full):
                return []

        def work(tx: Transaction) -> list[Kept]:
            now, there = shared_now(tx.connection, keeping.runtime), dict(left)
            found = []
            for each in waiting.due(tx.connection, now, most, full):
                system = each.action.system
                there[system] = there.get(system, MOST_OF_ONE) - 1
                if there[system] < 0:
                    continue
                taken = taken_over(each, keeping.holder(), now)
                rows.change(tx.connection, taken)
                if taken.action.state is State.DEAD:
                    tx.record(recording.given_up(taken.action))
                    for ended in keeping.ended:
                        ended(tx, taken)
                else:
                    despite = _despite_stop(tx, each.action)
                    action = replace(taken.action, state=each.action.state, despite_stop=despite)
                    found.append(replace(taken, action=action))
            return found

        return keeping.units.run(recording.GATEWAY, work)

    def unpark(self, most: int = 1_000) -> int:
        """Have parked actions go on that nothing stops any more; how many."""
        keeping = self.ground.keeping.ground
        with keeping.store.read() as connection:
            samples = [rows.find(connection, each) for each in waiting.parked_samples(connection)]
        free = [each.action for each in samples if each is not None and not self.ground.stopped(each.action)]

        def work(tx: Transaction) -> int:
            now = shared_now(tx.connection, keeping.runtime)
            found = [each for like in free for each in waiting.parked(tx.connection, like, most)]
            for each in found:
                rows.change(tx.connection, replace(each, action=replace(each.action, state=State.QUEUED, due_at=now)))
            return len(found)

        return keeping.units.run(recording.GATEWAY, work) if free else 0

    # ------------------------------------------------------------ one action

    async def _run(self, kept: Kept) -> None:
        """Go on with an action that is this gateway's now; its state is what it was before it was taken."""
        ground = self.ground
        action = ground.catalogue().actions.get(kept.action.action)
        try:
            if kept.action.state is not State.QUEUED:
                await self._found_out(kept, action)
            elif action is None:
                await self._no(kept, _GONE)
            elif ground.stopped(kept.action):
                await asyncio.wrap_future(
                    ground.beside(partial(ground.keeping.park, kept.action.id, kept.action.fence))
                )
            else:
                await self._again(kept, action)
        except _LostError as lost:
            why = Why.REFUSED if kept.action.state is State.QUEUED else Why.IN_DOUBT
            reason = Reason("arguments", "deny", str(lost), "whoever answers for it", "give the arguments anew")
            refuse = partial(ground.keeping.refuse, kept.action.id, kept.action.fence, reason, why)
            await asyncio.wrap_future(ground.beside(refuse))
        except Exception as error:  # noqa: BLE001 - whatever it was, the row is found again by its time
            _log.exception("an action could not go on", action=kept.action.id, error=said_of(error))

    async def _found_out(self, kept: Kept, action: CompiledAction | None) -> None:
        """Find out what became of an action that may have been done.

        It is never parked: what waits for a stop to be lifted is decided about again, and a no would then say that it
        was not done. Asking again could do it, so that is put off while a stop is set; a probe only looks.
        """
        ground, of = self.ground, kept.action
        safe = action is not None and is_safe(action.spec)
        if action is None or (safe and action.digest != kept.definition and of.effect != Effect.READ):
            gone = replace(_GONE, about="what it was asked by is not declared any more, and it may have been done")
            refuse = partial(ground.keeping.refuse, of.id, of.fence, gone, Why.IN_DOUBT)
            await asyncio.wrap_future(ground.beside(refuse))
        elif safe and ground.stopped(of):
            await asyncio.wrap_future(ground.beside(partial(ground.keeping.later, of.id, of.fence, _PUT_OFF)))
        elif safe:
            await self._finish(kept, action, await self._arguments(kept))
        else:
            await ground.flow.probe(kept, action, ground.catalogue())

    async def _again(self, kept: Kept, action: CompiledAction) -> None:
        """Decide once more, as it stands now, and do it."""
        ground = self.ground
        arguments = await self._arguments(kept)
        changed, found = "", ground.flow.way(action)
        if found is not None:
            await found[1].ready(found[0], action)
            changed = found[1].changed(found[0], action)
        case = self.case(kept.action, action, arguments, changed)
        if isinstance(case, Reason):
            await self._no(kept, case)
            return
        case = replace(case, whose=await self._whose(kept, action, case.arguments))
        begun = await asyncio.wrap_future(
            ground.beside(partial(ground.keeping.again, kept.action.id, kept.action.fence, case))
        )
        if begun is not None and begun.verdict is not None and begun.verdict.says == ALLOW:
            await self._finish(begun.kept, action, arguments)

    async def _whose(self, kept: Kept, action: CompiledAction, given: Mapping[str, Any]) -> str:
        """Why it may be somebody else's by now: time went by, or somebody edited what it is about."""
        ground, said = self.ground, action.spec.whose
        if said is None or kept.action.compensates is not None:
            return ""
        who = await asyncio.wrap_future(ground.beside(partial(owners.served_then, ground.keeping, said, kept.action)))

        async def look(name: str, arguments: bytes) -> Any:  # noqa: ANN401 - any JSON, or `MISSING`
            looks = ground.catalogue().actions.get(name)
            if looks is None or looks.spec.effect is not Effect.READ or looks.spec.whose is not None:
                return forms.MISSING
            return await ground.flow.looked(kept, looks, arguments)

        try:
            return await owners.fault(said, given, who, look)
        except InvalidInput:
            return owners.UNKNOWN

    async def _finish(self, kept: Kept, action: CompiledAction, arguments: bytes) -> None:
        ground = self.ground
        after = await ground.flow.do(kept, action, arguments)
        if after.action.state is State.PROBING:
            await ground.flow.probe(after, action, ground.catalogue())

    async def _arguments(self, kept: Kept) -> bytes:
        """What was asked for and approved; nothing takes its place.

        Raises:
            _LostError: it is not kept any more, or is not what was kept.
        """
        ground = self.ground
        try:
            content = await asyncio.wrap_future(
                ground.beside(lambda: ground.keeping.content(kept.action.id, ARGUMENTS))
            )
        except IntegrityBroken as error:
            _log.error("stored arguments cannot be opened", action=kept.action.id, error=said_of(error))
            raise _LostError("its stored arguments cannot be opened here") from error
        if content is None:
            raise _LostError("its stored arguments are not kept any more")
        return content

    async def _no(self, kept: Kept, reason: Reason) -> None:
        ground = self.ground
        await asyncio.wrap_future(
            ground.beside(partial(ground.keeping.refuse, kept.action.id, kept.action.fence, reason))
        )

    def case(self, kept: AgentAction, action: CompiledAction, arguments: bytes, changed: str) -> Case | Reason:
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


def _despite_stop(tx: Transaction, action: AgentAction) -> bool:
    """Whether a person said that stops do not keep what takes this one's run back."""
    run = None if action.compensates is None else rows.find_run(tx.connection, action.run)
    return run is not None and run.despite_stop


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
