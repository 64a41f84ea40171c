"""Relaying a stream: event by event from the upstream to the client, past the guards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from roadworthy.operate.admission.model import Manner
from roadworthy.operate.calls.events import DONE, Event, Events
from roadworthy.operate.calls.guarding import Guarding
from roadworthy.operate.calls.model import Question, Reply
from roadworthy.operate.calls.surfaces.bodies import encode, parsed
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.pool import Answer
from roadworthy.operate.telemetry.model import Usage

_CHARACTERS_PER_TOKEN = 3


@dataclass(slots=True)
class Heard:
    """What was heard of an answer so far."""

    usage: Usage | None = None
    model: str | None = None
    id: str | None = None
    finish: str | None = None
    characters: int = 0
    """Of text, to estimate what was used where the upstream did not say."""

    def note(self, reply: Reply) -> None:
        """Take from an answer, or an event, what it says. Of usage that is said twice, the last counts."""
        self.usage = reply.usage or self.usage
        self.model = self.model or reply.model
        self.id = self.id or reply.id
        self.finish = reply.finish or self.finish
        if not reply.comes_whole or not self.characters:
            self.characters += sum(len(each.text) for each in reply.texts)

    def usage_or_estimate(self, question: Question) -> Usage:
        """What was used, estimated where the upstream did not say."""
        if self.usage is not None:
            return self.usage
        return Usage(question.asking.input_tokens, self.characters // _CHARACTERS_PER_TOKEN + 1, estimated=True)


class Relay:
    """Relays one stream.

    Args:
        question: what was asked.
        dialect: in which.
        guarding: the guards of the answer.
        heard: is told what the events say.
    """

    def __init__(self, question: Question, dialect: Dialect, guarding: Guarding, heard: Heard) -> None:
        self._listener = dialect.listener(question)
        self._guarding = guarding
        self._heard = heard
        self._events = Events()
        self._final = False

    async def pieces(self, answer: Answer, first: bytes, manner: Manner, deadline: float) -> AsyncIterator[bytes]:
        """What may leave, as it comes. Ends early where a guard blocks.

        Raises:
            UpstreamFailure: the stream broke off, or is none.
        """
        data: bytes | None = first
        while data is not None:
            out = b"".join(self._relayed(data))
            if out:
                yield out
            if self._guarding.blocked:
                return
            data = await _chunk(answer, manner.idle_milliseconds / 1000, deadline)
        if self._events.rest or not self._final:
            raise UpstreamFailure(FailureClass.TRUNCATED, status=answer.head.status)

    def _relayed(self, data: bytes) -> Iterator[bytes]:
        for event in self._events.feed(data):
            if event.data == DONE:
                yield from self._rests(("",))
                self._final = True
                yield event.raw
                continue
            try:
                document = parsed(event.data)
            except Exception:  # noqa: BLE001 - whatever an upstream sent that is no event of this surface
                raise UpstreamFailure(FailureClass.UNREADABLE) from None
            yield from self._event(event, self._listener.read(event.name, document))
            if self._guarding.blocked:
                return

    def _event(self, event: Event, reply: Reply) -> Iterator[bytes]:
        self._heard.note(reply)
        self._final |= reply.final
        if reply.failed is not None:
            raise UpstreamFailure(FailureClass.SERVER_ERROR)
        if not reply.comes_whole:
            self._guarding.piece(reply)
        if reply.ends or reply.final:
            yield from self._rests(("",) if reply.final else reply.ends)
        if reply.comes_whole:
            self._guarding.whole(reply)
        if reply.hidden or self._guarding.blocked:
            return
        if not reply.changed:
            yield event.raw
            return
        name = f"event: {event.name}\n".encode() if event.name else b""
        yield name + b"data: " + encode(reply.document) + b"\n\n"

    def _rests(self, beginnings: tuple[str, ...]) -> Iterator[bytes]:
        """What guards held back, before the event that ends the text."""
        for where, text in self._guarding.rests(beginnings).items():
            if self._guarding.blocked:
                return
            yield self._listener.with_text(where, text)


async def _chunk(answer: Answer, idle_seconds: float, deadline: float) -> bytes | None:
    left = deadline - asyncio.get_running_loop().time()
    if left <= 0:
        raise UpstreamFailure(FailureClass.TOTAL_TIMEOUT)
    try:
        async with asyncio.timeout(min(left, idle_seconds)):
            return await answer.chunk()
    except TimeoutError:
        kind = FailureClass.IDLE_TIMEOUT if idle_seconds < left else FailureClass.TOTAL_TIMEOUT
        raise UpstreamFailure(kind) from None
