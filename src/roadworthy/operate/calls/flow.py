"""The flow of one call: decided, recorded, asked, guarded, settled, recorded again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission.model import Asking, Decision, Text
from roadworthy.operate.calls import telling
from roadworthy.operate.calls.asking import Asked, Asker, Opened
from roadworthy.operate.calls.guarding import Guarding
from roadworthy.operate.calls.model import Head, Question, Told
from roadworthy.operate.calls.out import Out
from roadworthy.operate.calls.ports import Admits, Contents, Records
from roadworthy.operate.calls.recording import intent_of, marks, settled_of
from roadworthy.operate.calls.relaying import Heard, Relay
from roadworthy.operate.calls.streaming import Stream
from roadworthy.operate.calls.surfaces.bodies import encode
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.wire.failures import UpstreamFailure
from roadworthy.operate.telemetry.model import Outcome, Result
from roadworthy.operate.telemetry.trace_context import span_of

_log = log("gateway")


@dataclass(slots=True)
class Flowing:
    """One call, as far as it came."""

    asked: Asked
    out: Out
    began: float
    heard: Heard = field(default_factory=Heard)
    guarding: Guarding | None = None
    content: str | None = None
    begun: bool = False
    """Whether the client has got anything."""
    first_milliseconds: int | None = None

    @property
    def decision(self) -> Decision:
        """What the funnel said."""
        return self.asked.decision


class Flow:
    """Makes calls that were admitted, and records those that were not.

    Args:
        admission: settles, and knows the guards.
        records: the record of calls.
        contents: keeps what was said, where an endpoint wants that.
        asker: asks upstreams.
        runtime: the clock.
    """

    def __init__(
        self, admission: Admits, records: Records, contents: Contents | None, asker: Asker, runtime: Runtime
    ) -> None:
        self._admission = admission
        self._records = records
        self._contents = contents
        self._asker = asker
        self._runtime = runtime

    async def refuse(self, decision: Decision, asking: Asking, dialect: Dialect, out: Out) -> None:
        """Tell a client no, when that is in the record; if it cannot be recorded, the no stands."""
        assert decision.refusal is not None  # noqa: S101 - what is not admitted says why
        told = telling.of_refusal(decision.refusal)
        intent = intent_of(decision, asking, None)
        try:
            await self._records.intend(intent)
        except RoadworthyError as error:
            _log.error("a refusal could not be recorded", call=decision.id, error=said_of(error))
        await tell(dialect, told, marks(decision), out)

    async def make(self, decision: Decision, question: Question, dialect: Dialect, head: Head, out: Out) -> Asked:
        """Make a call that was admitted; how far it came.

        Cancelled, it cancels the upstream, settles what is known, and says so in the record.
        """
        now = asyncio.get_running_loop().time
        began = now()
        question.put(decision.masked)
        question.cap(decision.most_output)
        span = span_of(decision.id)
        asked = Asked(decision, question, dialect, head, began + decision.manner.total_milliseconds / 1000, span, now)
        flowing = Flowing(asked, out, began)
        content = self._kept(decision, "request", question.asking.texts)
        written = self._records.intend(intent_of(decision, question.asking, content))
        try:
            if not decision.manner.beside:
                await written
            opened = await self._asker.ask(asked)
            if decision.manner.beside:
                await written
            await self._answered(flowing, opened)
        except RoadworthyError as error:
            _log.error("a call could not be recorded and was not made", call=decision.id, error=said_of(error))
            await self._end(flowing, Outcome.FAILED, telling.unrecorded())
        except UpstreamFailure as failure:
            await self._end(flowing, Outcome.FAILED, telling.of_failure(failure, *asked.secrets))
        except asyncio.CancelledError:
            self._settle(flowing, Outcome.CANCELLED, 499, None)
            raise
        except Exception as error:  # noqa: BLE001 - errors deny, whatever they are; the cause is in the log
            _log.exception("a call failed in the gateway", call=decision.id, error=said_of(error))
            await self._end(flowing, Outcome.FAILED, telling.faulty())
        return asked

    async def _answered(self, flowing: Flowing, opened: Opened) -> None:
        flowing.first_milliseconds = flowing.asked.since(flowing.began)
        flowing.guarding = Guarding(partial(self._admission.guard, flowing.decision))
        if opened.reply is not None:
            await self._whole(flowing, opened)
        else:
            await self._stream(flowing, opened)

    async def _whole(self, flowing: Flowing, opened: Opened) -> None:
        reply, guarding = opened.reply, flowing.guarding
        assert reply is not None and guarding is not None  # noqa: S101, PT018 - set by `_answered`
        flowing.heard.note(reply)
        guarding.whole(reply, reply.texts)
        if guarding.blocked:
            await self._end(flowing, Outcome.BLOCKED, telling.blocked(guarding.findings))
            return
        flowing.content = self._kept(flowing.decision, "answer", reply.texts)
        self._settle(flowing, Outcome.ANSWERED, 200, None)
        await flowing.out.answer(200, marks(flowing.decision), encode(reply.document))

    async def _stream(self, flowing: Flowing, opened: Opened) -> None:
        answer, asked, guarding = opened.answer, flowing.asked, flowing.guarding
        assert answer is not None and guarding is not None  # noqa: S101, PT018 - set by `_answered`
        relay = Relay(asked.question, asked.dialect, guarding, flowing.heard, opened.most_bytes)
        try:
            await Stream(answer, relay, flowing.out, asked.manner, asked.deadline).run(
                opened.first, lambda: self._begin(flowing)
            )
        finally:
            answer.done()
        if guarding.blocked:
            await self._end(flowing, Outcome.BLOCKED, telling.blocked(guarding.findings))
            return
        self._settle(flowing, Outcome.ANSWERED, 200, None)
        if not flowing.begun:
            await self._begin(flowing)
        await flowing.out.end()

    @staticmethod
    async def _begin(flowing: Flowing) -> None:
        flowing.begun = True
        await flowing.out.begin(200, marks(flowing.decision))

    async def _end(self, flowing: Flowing, outcome: Outcome, told: Told) -> None:
        """Settle, record, and tell the client of a failure: as an answer, or within the stream that has begun."""
        self._settle(flowing, outcome, told.status, told.code)
        if flowing.begun:
            flowing.out.write(flowing.asked.dialect.error_event(told))
            await flowing.out.end()
        else:
            await tell(flowing.asked.dialect, told, marks(flowing.decision), flowing.out)

    def _settle(self, flowing: Flowing, outcome: Outcome, status: int, error: str | None) -> None:
        asked, decision, heard = flowing.asked, flowing.decision, flowing.heard
        cost: tuple[int | None, str | None, str | None] = (None, None, None)
        usage = None
        if not asked.touched:
            self._admission.release(decision)
        else:
            answered = outcome in {Outcome.ANSWERED, Outcome.BLOCKED} or flowing.first_milliseconds is not None
            usage = heard.usage_or_estimate(asked.question) if answered else None
            cost = self._admission.settle(decision, usage, asked.target.model if asked.target is not None else "")
        guarding = flowing.guarding
        result = Result(
            id=decision.id,
            at=self._runtime.clock.now(),
            outcome=outcome,
            status=status,
            milliseconds=flowing.asked.since(flowing.began),
            first_token_milliseconds=flowing.first_milliseconds,
            attempts=tuple(asked.attempts),
            usage=usage,
            cost=cost[0],
            currency=cost[1],
            prices=cost[2],
            guards=guarding.findings if guarding is not None else (),
            error=error,
            response_model=_short(heard.model),
            response_id=_short(heard.id),
            finish=_short(heard.finish),
            content=flowing.content,
            settled=settled_of(decision),
        )
        _ = self._records.conclude(result)  # nobody waits for it

    def _kept(self, decision: Decision, direction: str, texts: Sequence[Text]) -> str | None:
        return self._contents.content(decision, direction, texts) if self._contents is not None else None


async def tell(dialect: Dialect, told: Told, headers: Mapping[str, str], out: Out) -> None:
    """Tell a client of a failure in the shape that it knows."""
    said = {**headers, "Link": f'<{told.uri}>; rel="describedby"'}
    if told.retry_after is not None:
        said["Retry-After"] = str(told.retry_after)
    if told.challenge:
        said["WWW-Authenticate"] = told.challenge
    await out.answer(told.status, said, dialect.error(told))


def _short(text: str | None) -> str | None:
    """A text of an upstream, as long as a record needs it."""
    return None if text is None else text[:120]
