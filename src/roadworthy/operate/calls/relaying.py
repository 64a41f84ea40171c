"""Relaying a stream: event by event from the upstream to the client, past the guards."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.calls.alike import Alike, alike_of
from roadworthy.operate.calls.events import DONE, Event, Events
from roadworthy.operate.calls.guarding import Guarding
from roadworthy.operate.calls.model import Question, Reply
from roadworthy.operate.calls.surfaces.bodies import encode, parsed
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.telemetry.model import Usage

_CHARACTERS_PER_TOKEN = 3
_STREAMED = 8
"""How many times the largest answer a stream may have: in one, each word stands in a frame of its own."""
_MOST_AFTER = 65_536
"""Bytes behind the end of a stream that are read away; then the connection is given up."""
_log = log("gateway")


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
        if reply.usage is not None:
            self.usage = reply.usage
        if self.model is None:
            self.model = reply.model
        if self.id is None:
            self.id = reply.id
        if reply.finish is not None:
            self.finish = reply.finish
        if not reply.comes_whole or not self.characters:
            for each in reply.texts:
                self.characters += len(each.text)

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
        most: bytes of an answer that is no stream.
    """

    def __init__(self, question: Question, dialect: Dialect, guarding: Guarding, heard: Heard, most: int) -> None:
        self._listener = dialect.listener(question)
        self._guarding = guarding
        self._heard = heard
        self._events = Events()
        self._alike: Alike | None = None
        """What the last event said around its text."""
        self._final = False
        self._ended = False
        """Whether the stream said that it is over; whatever it says then is for nobody, and counts for nothing."""
        self._left = most * _STREAMED
        self._failure: UpstreamFailure | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more may leave: a guard blocks, the stream is none, or goes on behind its end."""
        return self._guarding.blocked or self._failure is not None or (self._ended and self._left < 0)

    def feed(self, data: bytes) -> bytes:
        """Take in what came.

        Returns:
            What may leave now. Where the stream turns out to be none, `end` says so.
        """
        out: list[bytes] = []
        self._left -= len(data)
        if self._ended:
            return b""
        try:
            self._check_length()
            for event in self._events.feed(data):
                self._event(event, out)
                if self._guarding.blocked or self._ended:
                    break
        except UpstreamFailure as failure:
            self._failure = failure
        except Exception as error:  # noqa: BLE001 - an event that no code of ours was written for is none of this surface
            _log.warning("an event of a stream could not be read", error=said_of(error))
            self._failure = UpstreamFailure(FailureClass.UNREADABLE)
        return b"".join(out)

    def end(self) -> None:
        """Nothing more comes.

        Raises:
            UpstreamFailure: the stream was none, or is not whole.
        """
        if self._guarding.blocked:
            return
        if self._failure is not None:
            raise self._failure
        if self._ended:
            return
        if self._events.rest or not self._final:
            raise UpstreamFailure(FailureClass.TRUNCATED)

    def _event(self, event: Event, out: list[bytes]) -> None:
        text = None if self._alike is None else self._alike.said(event)
        if self._alike is not None and text is not None:
            self._goes_on(event, self._alike, text, out)
        else:
            self._another(event, out)

    def _goes_on(self, event: Event, alike: Alike, text: str, out: list[bytes]) -> None:
        """Relay an event that differs from the last one in its text alone."""
        self._heard.characters += len(text)
        said = self._guarding.goes_on(alike.text, text)
        if self._guarding.blocked:
            if said:
                out.append(self._listener.with_text(alike.text.where, said))
        else:
            out.append(event.raw if said == text else alike.with_text(said))

    def _another(self, event: Event, out: list[bytes]) -> None:
        self._alike = None
        if event.data == DONE:
            self._rests(("",), out)
            self._final = True
            out.append(event.raw)
            self._end()
            return
        try:
            document = parsed(event.data)
        except InvalidInput:
            raise UpstreamFailure(FailureClass.UNREADABLE) from None
        reply = self._listener.read(event.name, document)
        self._heard.note(reply)
        if reply.failed is not None:
            raise UpstreamFailure(FailureClass.SERVER_ERROR)
        self._alike = alike_of(event, reply)
        self._guard(reply, out)
        if reply.final:
            self._end()
        if reply.hidden or self._guarding.blocked:
            return
        if reply.changed:
            name = f"event: {event.name}\n".encode() if event.name else b""
            out.append(b"%bdata: %b\n\n" % (name, encode(reply.document)))
        else:
            out.append(event.raw)

    def _check_length(self) -> None:
        if self._left < 0:
            raise UpstreamFailure(FailureClass.TOO_LARGE)

    def _end(self) -> None:
        self._ended, self._left = True, _MOST_AFTER

    def _guard(self, reply: Reply, out: list[bytes]) -> None:
        """Let guards look at an event, before which the rests leave of the texts that end with it."""
        guarding = self._guarding
        if reply.texts and not reply.comes_whole:
            guarding.piece(reply)
            if guarding.blocked:
                self._last_words(reply, out)
                return
        if reply.final:
            self._final = True
            self._rests(("",), out)
        elif reply.ends:
            self._rests(reply.ends, out)
        if reply.comes_whole:
            guarding.whole(reply, reply.texts)
        elif reply.asides:
            guarding.whole(reply, reply.asides)

    def _last_words(self, reply: Reply, out: list[bytes]) -> None:
        """Of an event in which a guard blocks, only what stands before that leaves, whatever else the event says."""
        for each in reply.texts:
            holder, name = reply.places[each.where]
            if holder[name]:
                out.append(self._listener.with_text(each.where, holder[name]))

    def _rests(self, beginnings: tuple[str, ...], out: list[bytes]) -> None:
        """What guards held back, before the event that ends the text."""
        for where, text in self._guarding.rests(beginnings).items():
            if self._guarding.blocked:
                return
            out.append(self._listener.with_text(where, text))
