"""Calls: whatever a client speaks, through the funnel to an upstream and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from roadworthy.foundation.errors import InvalidInput, RoadworthyError
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission.model import Asking, Caller, Decision, Queued, Refusal
from roadworthy.operate.calls import telling
from roadworthy.operate.calls.asking import Asked, Asker
from roadworthy.operate.calls.flow import Flow, tell
from roadworthy.operate.calls.model import Head, Question
from roadworthy.operate.calls.out import Out
from roadworthy.operate.calls.ports import Admits, AnswersLater, Coming, Contents, Records
from roadworthy.operate.calls.recording import intent_of_no
from roadworthy.operate.calls.resilience.replies import Known, Remembered, Replies, Telling, again
from roadworthy.operate.calls.surfaces.bodies import parsed
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.upstreams.fleet import Fleet
from roadworthy.operate.telemetry.model import Intent

OVERLOAD, UNREADABLE = "overload", "unreadable"
"""Rules by which requests are refused before the funnel."""
_WAIT_SECONDS = 5.0
"""How long a call waits for a block of a limit before it is told that the limit is being fought over."""
_log = log("gateway")


@dataclass(frozen=True, slots=True)
class Ground:
    """What calls stand on."""

    admission: Admits
    records: Callable[[], Records]
    """The recorder; it exists from when the process records calls."""
    fleet: Fleet
    runtime: Runtime
    refill: Callable[[object], Future[None]] | None = None
    """Fetches a block of a limit that ran short."""
    contents: Contents | None = None
    most: int = 1_000
    """Calls under way at a time."""
    turned_away: Callable[[Intent], None] = lambda _intent: None
    """Counts a request that left no record."""
    later: Callable[[], AnswersLater | None] = lambda: None
    """Keeps requests that are answered later, where this process does that."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a call whose turn it was."""

    decision: Decision
    asked: Asked | None
    """How far it came; None where the funnel said no."""


class Calls:
    """Makes calls. For the thread of one event loop.

    Args:
        ground: what they stand on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._asker = Asker(ground.fleet, ground.runtime)
        self._flow: Flow | None = None
        self._replies = Replies()
        self.under_way = 0
        """Calls that have begun and not ended."""

    async def serve(self, dialect: Dialect, body: bytes, head: Head, out: Out) -> None:
        """Answer one request. Cancelled, it ends what it began upstream."""
        if self.under_way >= self._ground.most:
            self._crowded(dialect, head)
            await tell(dialect, telling.crowded(1), {}, out)
            return
        self.under_way += 1
        try:
            await self._served(dialect, body, head, out)
        finally:
            self.under_way -= 1

    async def _served(self, dialect: Dialect, body: bytes, head: Head, out: Out) -> None:
        ground = self._ground
        try:
            question = self._read(dialect, body, head)
        except InvalidInput as error:
            caller = ground.admission.caller(head.shown)
            if isinstance(caller, Refusal):
                await tell(dialect, telling.of_refusal(caller), {}, out)
            else:
                await self._unreadable(dialect, caller, error, out)
            return
        if head.idempotency is None:
            await self._once(question, dialect, body, head, out)
        else:
            await self._at_most_once(question, dialect, body, head, out)

    def _crowded(self, dialect: Dialect, head: Head) -> None:
        """Count a request that is turned away before anything is written, so that a flood writes nothing."""
        caller = self._ground.admission.caller(head.shown)
        if not isinstance(caller, Refusal):
            self._ground.turned_away(self._no(dialect, caller, OVERLOAD, ""))

    async def _unreadable(self, dialect: Dialect, caller: Caller, error: InvalidInput, out: Out) -> None:
        """Record a request of somebody known that cannot be read, and say why."""
        intent = self._no(dialect, caller, UNREADABLE, error.code)
        try:
            await self._ground.records().intend(intent)
        except RoadworthyError as fault:
            _log.error("a refusal could not be recorded", call=intent.id, error=said_of(fault))
        await tell(dialect, telling.of_error(error), {"Roadworthy-Call": intent.id, "x-request-id": intent.id}, out)

    def _no(self, dialect: Dialect, caller: Caller, rule: str, about: str) -> Intent:
        runtime = self._ground.runtime
        now = runtime.clock.now()
        return intent_of_no(new_id(now, runtime.randomness), now, dialect.surface, caller, (rule, about))

    async def _at_most_once(self, question: Question, dialect: Dialect, body: bytes, head: Head, out: Out) -> None:
        """Answer a request that may have come before under the same key; whoever may not ask is told that first."""
        caller = self._ground.admission.caller(head.shown)
        if isinstance(caller, Refusal):
            await self._once(question, dialect, body, head, out)
            return
        key = (caller.key, f"{dialect.surface} {head.endpoint}", str(head.idempotency))
        known = self._replies.begin(key, body, self._ground.runtime.clock.monotonic())
        if isinstance(known, Remembered):
            await again(known, out)
        elif known is not Known.NEW:
            await tell(dialect, telling.repeated(known is Known.UNDER_WAY), {}, out)
        else:
            copying = Telling(out)
            try:
                await self._once(question, dialect, body, head, copying)
            finally:
                self._replies.end(key, copying)

    async def again(self, dialect: Dialect, body: bytes, head: Head, queued: Queued, out: Out) -> Made:
        """Make a call whose turn it is: decided about anew, and recorded under an id of its own.

        Raises:
            InvalidInput: the request cannot be read any more.
        """
        self.under_way += 1
        try:
            question = self._read(dialect, body, head, queued)
            decision = await self._decided(question.asking)
            flow = self._flowing()
            if decision.goes_on:
                return Made(decision, await flow.make(decision, question, dialect, head, out))
            await flow.refuse(decision, question.asking, dialect, out)
            return Made(decision, None)
        finally:
            self.under_way -= 1

    async def _once(self, question: Question, dialect: Dialect, body: bytes, head: Head, out: Out) -> None:
        decision = await self._decided(question.asking)
        flow = self._flowing()
        later = self._ground.later() if head.later and decision.goes_on else None
        if later is not None and later.takes(decision, question.asking):
            await later.take(Coming(decision, question, dialect, body, head), out)
        elif decision.goes_on:
            await flow.make(decision, question, dialect, head, out)
        else:
            await flow.refuse(decision, question.asking, dialect, out)

    def _flowing(self) -> Flow:
        if self._flow is None:
            ground = self._ground
            self._flow = Flow(ground.admission, ground.records(), ground.contents, self._asker, ground.runtime)
        return self._flow

    async def _decided(self, asking: Asking) -> Decision:
        ground = self._ground
        waits = ground.admission.ready(asking)
        if waits is not None:
            await _settled(waits)
        decision = ground.admission.decide(asking)
        if decision.short is None or ground.refill is None:
            return decision
        until = ground.runtime.clock.monotonic() + _WAIT_SECONDS
        while decision.short is not None and ground.runtime.clock.monotonic() < until:
            await _settled(ground.refill(decision.short))
            decision = ground.admission.decide(asking)
        return decision

    def _read(self, dialect: Dialect, body: bytes, head: Head, queued: Queued | None = None) -> Question:
        document = parsed(body)
        read = dialect.read(document, head)
        asking = Asking(
            surface=dialect.surface,
            at=self._ground.runtime.clock.now(),
            shown=head.shown,
            model=read.model,
            stream=read.stream,
            endpoint=head.endpoint,
            user_token=head.user_token,
            texts=read.texts,
            unreadable=read.unreadable,
            parts=read.parts,
            input_tokens=read.input_tokens,
            output_tokens=read.output_tokens,
            choices=read.choices,
            data_classes=head.data_classes,
            population=head.population,
            trace=head.trace,
            parent=head.parent,
            body_bytes=len(body),
            queued=queued,
        )
        return Question(asking, document, read.places, read.wants_usage, read.effects, read.capped_in)


async def _settled(future: Future[None]) -> None:
    """Wait for something that is done beside the path; if it fails, the decision that follows says no by itself."""
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await asyncio.shield(asyncio.wrap_future(future))  # others may wait for the same
    except Exception as error:  # noqa: BLE001 - what it was for is decided by what is known then
        _log.warning("something that a decision waited for failed", error=said_of(error))
