"""Asking upstreams: the chain of targets, with tries, pauses and breakers, until one answers or none is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.admission.model import Decision, Manner, Target
from roadworthy.operate.calls.delegation.model import Behalf, Carried
from roadworthy.operate.calls.model import Document, Head, Question, Reply, Sending
from roadworthy.operate.calls.resilience import rules
from roadworthy.operate.calls.surfaces.bodies import encode, parsed
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.upstreams.adapters import shown
from roadworthy.operate.calls.upstreams.fleet import Fleet, Reached
from roadworthy.operate.calls.wire.failures import SICK, UNTOUCHED, FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.patience import Due
from roadworthy.operate.calls.wire.pool import Answer, lines
from roadworthy.operate.telemetry.model import Attempt, Delegated
from roadworthy.operate.telemetry.trace_context import HEADER, TraceContext, trace_of

_EVENT_STREAM = "text/event-stream"
_MOST_ERROR_BYTES = 65_536
_CANCELLED = "cancelled"
"""In place of a class of failure, where the client was gone before the upstream answered."""


@dataclass(slots=True)
class Asked:
    """One call's way through its targets, as far as it came."""

    decision: Decision
    question: Question
    dialect: Dialect
    head: Head
    deadline: float
    """By the event loop's clock."""
    span: str
    """Our own, as the upstream sees it."""
    now: Callable[[], float]
    """The event loop's clock. To ask for the running loop costs a system call."""
    attempts: list[Attempt] = field(default_factory=list)
    target: Target | None = None
    """The one that answered, or was asked last."""
    reached: Reached | None = None
    carried: Carried | None = None
    """What the one asked last is shown for the user; None where it is the upstream's own secret."""
    touched: bool = False
    """Whether any upstream may have begun to answer."""

    @property
    def manner(self) -> Manner:
        """How calls of the endpoint are made."""
        return self.decision.manner

    @property
    def secret(self) -> str:
        """Of the upstream asked last."""
        found = self.reached.secret if self.reached is not None else None
        return found.reveal() if found is not None else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may be told of the one asked last."""
        return (self.secret, *self.carried.secrets) if self.carried is not None else (self.secret,)

    def since(self, began: float) -> int:
        """Milliseconds since a moment of `now`."""
        return round((self.now() - began) * 1000)

    def turn(self, reached: Reached | None) -> None:
        """Go to an upstream, with nothing of what another one was shown."""
        self.reached, self.carried = reached, None

    def behalf(self, target: Target) -> Behalf:
        """For whom a target is asked."""
        return Behalf(self.decision, target.release, self.head.user_token, self.head.shown, self.deadline)


@dataclass(slots=True)
class Opened:
    """An answer that has begun."""

    reply: Reply | None
    """All of it, where it is no stream."""
    answer: Answer | None = None
    """The stream."""
    first: bytes = b""
    """What of it came already."""
    most_bytes: int = 0
    """That an answer of this upstream may have, where it is a stream."""
    milliseconds: int = 0
    """Until it began."""
    ended: bool = field(default=False)


class Asker:
    """Asks.

    Args:
        fleet: the upstreams.
        runtime: randomness.
    """

    def __init__(self, fleet: Fleet, runtime: Runtime) -> None:
        self._fleet = fleet
        self._runtime = runtime

    async def ask(self, asked: Asked) -> Opened:
        """The first answer that any target gives.

        Raises:
            UpstreamFailure: the last failure, where none did.
        """
        last: UpstreamFailure | None = None
        for target in asked.decision.targets:
            asked.target = target
            tries = 0
            while True:
                tries += 1
                try:
                    return await self._tried(asked, target, tries)
                except UpstreamFailure as failure:
                    last = failure
                    if not rules.may_repeat(failure, effects=asked.question.effects):
                        raise
                if not await self._again(asked, last, tries):
                    break
        raise last or UpstreamFailure(FailureClass.CONNECT)

    async def _again(self, asked: Asked, failure: UpstreamFailure, tries: int) -> bool:
        """Whether the same target is asked once more; if so, after a pause."""
        if failure.reused and failure.kind is FailureClass.RESET and tries == 1:
            return True  # a kept connection that the other side had given up
        reached = asked.reached
        if reached is None or not rules.same_again(failure, tries, asked.manner.tries):
            return False
        seconds = rules.pause(tries, failure.retry_after, self._runtime.randomness.bytes(1)[0] / 255)
        if asked.now() + seconds >= asked.deadline or not reached.budget.spend():
            return False
        await asyncio.sleep(seconds)
        return True

    async def _tried(self, asked: Asked, target: Target, tries: int) -> Opened:
        began = asked.now()
        reached = self._fleet.get(target.upstream)
        asked.turn(reached)
        if reached is None:
            raise self._noted(asked, target, UpstreamFailure(FailureClass.ADDRESS), began)
        if asked.question.asking.surface not in reached.adapter.SPEAKS:
            raise self._noted(asked, target, UpstreamFailure(FailureClass.SPEECH), began)
        if reached.secret is None:
            raise self._noted(asked, target, UpstreamFailure(FailureClass.SECRET), began)
        if not reached.breaker.lets(began):
            left = reached.breaker.seconds_left(began)
            raise self._noted(asked, target, UpstreamFailure(FailureClass.BREAKER, retry_after=left or 1.0), began)
        if tries == 1:
            reached.budget.earn()
        try:
            opened = await self._once(asked, target, reached)
        except UpstreamFailure as failed:
            failure = failed if asked.carried is None else asked.carried.judged(failed)
            if failure.kind in SICK and not failure.reused:
                reached.breaker.sick(asked.now())
            else:
                reached.breaker.ended()
            raise self._noted(asked, target, failure, began) from None
        except BaseException:  # the client is gone, which says nothing of the upstream, and nothing of what it has done
            reached.breaker.ended()
            asked.touched = True
            asked.attempts.append(
                Attempt(target.upstream, target.model, None, _CANCELLED, asked.since(began), _whom(asked))
            )
            raise
        reached.breaker.well()
        opened.milliseconds = asked.since(began)
        asked.attempts.append(Attempt(target.upstream, target.model, 200, None, opened.milliseconds, _whom(asked)))
        return opened

    @staticmethod
    def _noted(asked: Asked, target: Target, failure: UpstreamFailure, began: float) -> UpstreamFailure:
        if failure.kind not in UNTOUCHED:
            asked.touched = True
        error = failure.kind.value
        asked.attempts.append(
            Attempt(target.upstream, target.model, failure.status, error, asked.since(began), _whom(asked))
        )
        return failure

    async def _once(self, asked: Asked, target: Target, reached: Reached) -> Opened:
        manner, question = asked.manner, asked.question
        sending = reached.adapter.sending(question, asked.head, target.model, reached.spec)
        streams = question.asking.stream
        if reached.delegate is not None:
            asked.carried = await reached.delegate.carried(asked.behalf(target))
        body = encode(question.document)
        left = asked.deadline - asked.now()
        if left <= 0:
            raise UpstreamFailure(FailureClass.TOTAL_TIMEOUT)
        answer = await reached.pool.send(
            _head(asked, reached, sending) + _trace(asked),
            body,
            min(manner.connect_milliseconds / 1000, left),
            _due(asked, target, left),
        )
        asked.touched = True
        try:
            await _check(answer)
            return await self._begun(asked, answer, reached) if streams else await _whole(asked, answer, reached)
        except BaseException:  # whatever it was goes on; the connection must not stay open
            answer.done()
            raise

    @staticmethod
    async def _begun(asked: Asked, answer: Answer, reached: Reached) -> Opened:  # noqa: ARG004 - one shape with `_whole`
        if answer.head.media_type != _EVENT_STREAM:
            raise UpstreamFailure(FailureClass.WRONG_TYPE, status=answer.head.status)
        first = await answer.chunk()
        if first is None:
            raise UpstreamFailure(FailureClass.TRUNCATED, status=answer.head.status)
        return Opened(None, answer, first, reached.most_bytes)


async def _whole(asked: Asked, answer: Answer, reached: Reached) -> Opened:
    media = answer.head.media_type
    if media and media != "application/json" and not media.endswith("+json"):
        raise UpstreamFailure(FailureClass.WRONG_TYPE, status=answer.head.status)
    body = await answer.whole(reached.most_bytes)
    answer.done()
    return Opened(asked.dialect.answer(_document(body, answer.head.status)))


def _document(body: bytes, status: int) -> Document:
    try:
        return parsed(body)
    except Exception:  # noqa: BLE001 - whatever an upstream sent that is no JSON
        raise UpstreamFailure(FailureClass.UNREADABLE, status=status) from None


async def _check(answer: Answer) -> None:
    """Tell answers from failures.

    Raises:
        UpstreamFailure: the status is none of an answer.
    """
    head = answer.head
    if head.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise UpstreamFailure(FailureClass.WRONG_TYPE, status=head.status)
    kind = rules.class_of(head.status)
    if kind is None:
        return
    told = b""
    if kind is FailureClass.REJECTED:
        told = await answer.whole(_MOST_ERROR_BYTES)
    raise UpstreamFailure(
        kind, status=head.status, retry_after=rules.retry_after_of(head.headers.get("retry-after")), told=told
    )


def _due(asked: Asked, target: Target, left: float) -> Due:
    """Until when the answer to a try has to begin.

    What does not stream begins when it is finished, so it gets all the time that is left; or half of it, where there is
    another target to ask.
    """
    first = (asked.manner.connect_milliseconds + asked.manner.first_token_milliseconds) / 1000
    if not asked.question.asking.stream:
        first = left if target is asked.decision.targets[-1] else max(first, left / 2)
    if first < left:
        return asked.now() + first, FailureClass.FIRST_TOKEN_TIMEOUT
    return asked.deadline, FailureClass.TOTAL_TIMEOUT


def _head(asked: Asked, reached: Reached, sending: Sending) -> bytes:
    """The head of a request, but for what differs from call to call; a user's own is made for one call."""
    secret, streams = asked.secret, asked.question.asking.stream

    def made() -> bytes:
        headers = {
            **sending.headers,
            "Content-Type": "application/json",
            "Accept": _EVENT_STREAM if streams else "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "roadworthy-gateway",
            **_credentials(asked, reached, secret),
        }
        return reached.pool.head(sending.method, sending.path, headers)

    if asked.carried is not None or sending.headers:
        return made()
    return reached.pool.same_head((sending.method, sending.path, streams, secret), made)


def _trace(asked: Asked) -> bytes:
    named = asked.question.asking.trace
    said = f"{HEADER}: {TraceContext(named or trace_of(asked.decision.id), asked.span)}\r\n".encode()
    return said + lines({"tracestate": asked.head.state}) if named and asked.head.state else said


def _credentials(asked: Asked, reached: Reached, secret: str) -> dict[str, str]:
    """The user's token, where one is carried, in the place of the upstream's secret or beside it."""
    own = shown(secret, reached.shown_as)
    if asked.carried is None:
        return own
    taken = {name.lower() for name in asked.carried.headers}
    return {name: value for name, value in own.items() if name.lower() not in taken} | dict(asked.carried.headers)


def _whom(asked: Asked) -> Delegated | None:
    return None if asked.carried is None else asked.carried.told
