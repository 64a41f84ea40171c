"""What a client of the Model Context Protocol wants done: tools, resources, prompts, and tasks that it asks about."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.interfaces.gateway.heads import head_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.callbacks.rules import callback_of
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.model import OPEN, State, Told, Wanted
from roadworthy.operate.actions.ports import Offered
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.actions.surfaces.mcp import told as telling
from roadworthy.operate.actions.surfaces.mcp.asked import MOST_NAME, TASKS, Asked, Unfit, arguments_of, same_parameters
from roadworthy.operate.actions.surfaces.mcp.states import (
    BrokenStateError,
    Session,
    States,
    Waiting,
    request_of,
)
from roadworthy.operate.actions.systems.speech import BESIDE, CAPABILITY_MISSING
from roadworthy.operate.admission.model import Caller, Refusal
from roadworthy.operate.telemetry.trace_context import parse

WAIT_SECONDS: Final = 20.0
"""How long a client that asks again is kept, so that it need not ask so often; clients give up after 30 s and more."""
FIRST_LOOK: Final = 0.1
LATER_LOOKS: Final = 1.0
"""Seconds between two looks at what became of an action; each pause is twice the one before."""
MOST_TURNS: Final = 8
"""How often a client is told to ask again for one held action; stock clients give up after ten times."""
REMEMBERED: Final = 600.0
"""Seconds for which an answer is kept that its client did not wait for."""
MOST_REMEMBERED: Final = 5_000
_UNKNOWN_CALLER, _NOT_FOUND = 401, 404
_NOBODY: Final = "?"
_log = log("gateway")


class Unknown(Exception):
    """Nobody who is known asks.

    Args:
        refusal: what is told.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def principal_of(caller: Caller) -> str:
    """To whom something is given: a key, or a workload whatever token it shows."""
    return f"{caller.use_case}/{caller.stage}/{caller.workload or caller.key}"


@dataclass(frozen=True, slots=True)
class Turn:
    """One request, with who asks."""

    message: Asked
    headers: Mapping[str, str]
    caller: Caller
    system: str
    """The only one whose actions there are; every one if empty."""
    session: Session | None
    user_token: str | None = field(default=None, repr=False)
    """The user's, whether it came beside the agent's or alone."""

    @property
    def principal(self) -> str:
        """To whom something is given: a key, or a workload whatever token it shows."""
        return principal_of(self.caller)


@dataclass(frozen=True, slots=True)
class Ground:
    """What calling stands on."""

    actions: Actions
    states: States
    runtime: Runtime
    spend: Callable[[str, float], Awaitable[bool]]
    """Use up a `requestState`, by its id and when it ends; False where it was used before."""
    withdraw: Callable[[str], Awaitable[None]]
    """End a held action that its client does not want any more."""
    pages: str
    """Address under which people decide."""


class Calling:
    """Does what clients want done. For the thread of one event loop.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._unheard: OrderedDict[str, tuple[float, asyncio.Task[Told]]] = OrderedDict()
        """What is under way, or was done while its client was gone."""

    # ------------------------------------------------------------ what there is

    def offered(self, turn: Turn) -> list[Offered]:
        """Actions that are tools here."""
        found = self._ground.actions.offered_to(turn.caller)
        actions = self._ground.actions.catalogue().actions
        return [
            each
            for each in found
            if (not turn.system or each.system == turn.system) and actions[each.name].spec.tool not in BESIDE
        ]

    def beside(self, turn: Turn, method: str) -> list[CompiledAction]:
        """Actions that stand for a method, by name."""
        found = self._ground.actions.offered_to(turn.caller)
        actions = self._ground.actions.catalogue().actions
        mine = [actions[each.name] for each in found if not turn.system or each.system == turn.system]
        return [each for each in mine if each.spec.tool == method]

    # ------------------------------------------------------------ tools

    async def call(self, turn: Turn) -> Mapping[str, Any]:
        """Call a tool."""
        message = turn.message
        name, given = message.text("name"), arguments_of(message)
        if name == telling.STATUS_TOOL:
            return await self._status(turn, given)
        offered = next((each for each in self.offered(turn) if each.name == name), None)
        if offered is None:
            raise message.unfit(f"there is no tool `{name[:120]}` here")
        same_parameters(message, offered.input, given, turn.headers)
        arguments = _canonical(message, given)
        bound = request_of(message.method, name, arguments)
        if "requestState" in message.params:
            return await self._again(turn, offered, bound)
        wanted = self._wanted(turn, name, arguments)
        told = await self._performed(turn, wanted)
        if wanted.dry:
            return telling.would(told)
        if told.state in OPEN and message.has_tasks:
            return telling.task_of(message, told, self._ground.runtime.clock.now(), created=True)
        if told.state is State.HELD and message.elicits:
            state = self._ground.states.waiting(told.id, turn.principal, bound, 0, _user_of(self._ground, turn))
            return telling.asks_user(message, told, state, self._ground.pages)
        return telling.result_of(message, told, promised=telling.promises(offered))

    async def _again(self, turn: Turn, offered: Offered, bound: str) -> Mapping[str, Any]:
        """What became of an action of which the client was told to ask again. What it sends again is not used."""
        message, states = turn.message, self._ground.states
        found = await self._brought(turn, bound)
        if telling.declined(message.params.get("inputResponses")):
            await self._ground.withdraw(found.action)
            told = await self._got(turn, found.action)
            return telling.result_of(message, told, promised=telling.promises(offered))
        told = await self._awaited(turn, found.action)
        if told.state is State.HELD and found.turn + 1 < MOST_TURNS:
            state = states.waiting(told.id, turn.principal, bound, found.turn + 1, found.user)
            return telling.waits(told, state)
        return telling.result_of(message, told, promised=telling.promises(offered))

    async def _brought(self, turn: Turn, bound: str) -> Waiting:
        """What a `requestState` says, which is used up by that.

        Raises:
            Unfit: it is not good for this request, or not any more.
        """
        message, why = turn.message, "it was used before"
        try:
            text = message.text("requestState")
            found = self._ground.states.read_waiting(text, turn.principal, bound, _user_of(self._ground, turn))
            if await self._ground.spend(found.id, found.until):
                return found
        except BrokenStateError as error:
            why = str(error)
        _log.warning("a request state is refused", why=why, use_case=turn.caller.use_case)
        raise message.unfit("`requestState` is not good for this request")

    async def _status(self, turn: Turn, given: Mapping[str, Any]) -> Mapping[str, Any]:
        id_ = given.get("id")
        if not isinstance(id_, str):
            raise turn.message.unfit("`id` is the id of an action")
        told = await self._awaited(turn, id_)
        return telling.result_of(turn.message, told)

    async def _awaited(self, turn: Turn, id_: str) -> Told:
        """An action, once something became of it, or after a while."""
        now, look = asyncio.get_running_loop().time, FIRST_LOOK
        until = now() + WAIT_SECONDS
        while True:
            told = await self._got(turn, id_)
            if told.state not in OPEN or now() + look > until:
                return told
            await asyncio.sleep(look)
            look = min(look * 2, LATER_LOOKS)

    async def _got(self, turn: Turn, id_: str) -> Told:
        head = head_of(turn.headers)
        return await self._ground.actions.get(head.shown, id_, head.user_token)

    def _wanted(self, turn: Turn, action: str, arguments: bytes) -> Wanted:
        message, head, session = turn.message, head_of(turn.headers), turn.session
        said = message.meta.get("traceparent")
        context = parse(said) if isinstance(said, str) else None
        run = message.run or turn.headers.get("roadworthy-run") or (session.run if session is not None else None)
        if run is not None and (len(run) > MOST_NAME or not run.isprintable()):
            raise message.unfit(f"the name of a run has up to {MOST_NAME} characters")
        return Wanted(
            action=action,
            arguments=arguments,
            at=self._ground.runtime.clock.now(),
            shown=head.shown,
            user_token=head.user_token,
            run=run,
            agent=message.client or (session.client if session is not None else None) or None,
            key=message.key or head.idempotency,
            trace=context.trace if context is not None else head.trace,
            population=head.population,
            dry=message.is_dry,
            callback=_callback(message),
        )

    async def _performed(self, turn: Turn, wanted: Wanted) -> Told:
        """What came of it.

        A client whose connection broke asks again with a new id, as the protocol has it: it gets what came of the first
        time, where nobody heard that. Nothing is done twice for it.

        Raises:
            Unknown: nobody who is known asks.
        """
        if wanted.dry or wanted.key is not None:
            told = await self._ground.actions.perform(wanted)
        else:
            told = await self._once(turn, wanted)
        if told.status == _UNKNOWN_CALLER:
            raise Unknown(Refusal(told.code, told.message, told.rule, "", "", told.remedy, told.status))
        if told.status == _NOT_FOUND:
            raise turn.message.unfit(told.message)
        return told

    async def _once(self, turn: Turn, wanted: Wanted) -> Told:
        whose = (turn.principal, wanted.user_token or turn.user_token or "", wanted.run or "", wanted.action)
        same = hashlib.sha256("\0".join(whose).encode() + b"\0" + wanted.arguments).hexdigest()
        now = asyncio.get_running_loop().time()
        while self._unheard and (len(self._unheard) >= MOST_REMEMBERED or next(iter(self._unheard.values()))[0] < now):
            self._unheard.popitem(last=False)
        _until, task = self._unheard.pop(same, (0.0, None))
        if task is None:
            task = asyncio.ensure_future(self._ground.actions.perform(wanted))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._unheard[same] = (now + REMEMBERED, task)
            raise

    # ------------------------------------------------------------ resources and prompts

    async def listed(self, turn: Turn) -> Mapping[str, Any]:
        """Resources, templates of them or prompts: one system's page after the other's."""
        message = turn.message
        actions = self.beside(turn, message.method)
        kind = {"prompts/list": "prompts", "resources/list": "resources"}.get(message.method, "resourceTemplates")
        name, cursor = _cursor(message)
        left = [each for each in actions if each.name >= name]
        if not left:
            return self._fresh(message, {kind: []})
        given = {} if cursor is None else {"cursor": cursor}
        result = await self._through(turn, left[0], given)
        found, more = result.get(kind), result.get("nextCursor")
        said: dict[str, Any] = {kind: found if isinstance(found, Sequence) and not isinstance(found, str) else []}
        following = (left[0].name, more) if isinstance(more, str) else (left[1].name, None) if len(left) > 1 else None
        if following is not None:
            said["nextCursor"] = base64.urlsafe_b64encode(json.dumps(following).encode()).decode()
        return self._fresh(message, said)

    async def fetched(self, turn: Turn) -> Mapping[str, Any]:
        """A resource, or a prompt."""
        message = turn.message
        wanted = {name: message.params[name] for name in BESIDE[message.method] if name in message.params}
        message.text("uri" if "uri" in BESIDE[message.method] else "name")
        fits = [each for each in self.beside(turn, message.method) if not each.faults(wanted)]
        if len(fits) != 1:
            why = (
                "several systems have it; ask one of them, at `/mcp/SYSTEM`" if fits else "there is no such thing here"
            )
            raise message.unfit(why)
        return self._fresh(message, await self._through(turn, fits[0], wanted))

    async def _through(self, turn: Turn, action: CompiledAction, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What came of an action that stands for a method.

        Raises:
            Unfit: it was not done.
        """
        message = turn.message
        told = await self._performed(turn, self._wanted(turn, action.name, _canonical(message, given)))
        if told.state is State.DONE and isinstance(told.result, Mapping):
            return told.result
        raise Unfit(
            told.status, told.message or told.state.value, status=200, data=telling.standing(told), id_=message.id
        )

    @staticmethod
    def _fresh(message: Asked, said: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**said, "ttlMs": 0, "cacheScope": "private"} if message.is_modern else said

    # ------------------------------------------------------------ tasks

    async def task(self, turn: Turn) -> Mapping[str, Any]:
        """How an action stands that the client was told of as a task."""
        told = await self._task(turn)
        return telling.task_of(turn.message, told, self._ground.runtime.clock.now())

    async def updated(self, turn: Turn) -> Mapping[str, Any]:
        """Nothing is asked of clients while they wait, so nothing is done with what they say."""
        await self._task(turn)
        return {}

    async def cancelled(self, turn: Turn) -> Mapping[str, Any]:
        """End an action that people have not decided about yet; what was begun is finished."""
        told = await self._task(turn)
        if told.state is State.HELD:
            await self._ground.withdraw(told.id)
        return {}

    async def _task(self, turn: Turn) -> Told:
        message = turn.message
        if not message.has_tasks:
            data: dict[str, Any] = {"requiredCapabilities": {"extensions": {TASKS: {}}}}
            raise Unfit(CAPABILITY_MISSING, "the client does not say that it knows tasks", data=data, id_=message.id)
        told = await self._got(turn, message.text("taskId"))
        if told.status == _NOT_FOUND and not told.id:
            raise message.unfit("there is no such task")
        return told


def _user_of(ground: Ground, turn: Turn) -> str:
    """The user for whom is asked, by pseudonym; a token that is not believed is nobody's."""
    if not turn.user_token:
        return ""
    subject = ground.actions.user(turn.user_token, ground.runtime.clock.now())
    return _NOBODY if subject is None else subject.pseudonym


def _callback(message: Asked) -> bytes | None:
    try:
        return callback_of(message.callback)
    except InvalidInput as error:
        raise message.unfit(error.message) from error


def _canonical(message: Asked, given: Mapping[str, Any]) -> bytes:
    try:
        return forms.canonical(given)
    except InvalidInput as error:
        raise message.unfit(error.message) from error


def _cursor(message: Asked) -> tuple[str, str | None]:
    """Which action goes on where."""
    if "cursor" not in message.params:
        return "", None
    try:
        name, inner = json.loads(base64.urlsafe_b64decode(message.text("cursor")))
    except (binascii.Error, ValueError, TypeError) as error:
        raise message.unfit("`cursor` was not given here") from error
    if not isinstance(name, str) or not isinstance(inner, str | None):
        raise message.unfit("`cursor` was not given here")
    return name, inner
