"""Server-sent events, as upstreams send them: cut out of what comes in whatever pieces.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

LARGEST: Final = 4_194_304
"""Bytes of one event; images in answers are the largest."""
DONE: Final = b"[DONE]"


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event. Of the kind of class that is made quickest, since there is one for every word of an answer."""

    name: str
    """Empty where it has none."""
    data: bytes
    raw: bytes
    """As it came, with its empty line."""


class Events:
    """Cuts a stream into events."""

    def __init__(self) -> None:
        self._rest = bytearray()
        """An event that is not whole yet; grown in place, since an upstream may send it byte by byte."""
        self._return = False
        """Whether a carriage return came last, which may be the first half of a line end."""

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that are whole now.

        Raises:
            UpstreamFailure: one is over the limit.
        """
        if self._return or b"\r" in data:
            data = self._with_plain_ends(data)
        rest = data
        if self._rest:
            known = max(0, len(self._rest) - 1)
            self._rest += data
            if self._rest.find(b"\n\n", known) < 0:
                self._check()
                return
            rest = bytes(self._rest)
        start = 0
        while (end := rest.find(b"\n\n", start)) >= 0:
            raw = rest[start : end + 2]
            start = end + 2
            event = _event(raw)
            if event is not None:
                yield event
        if start < len(rest):
            self._rest = bytearray(rest[start:])
            self._check()
        elif self._rest:
            self._rest = bytearray()

    @property
    def rest(self) -> bytes:
        """What came after the last whole event."""
        return bytes(self._rest.strip())

    def _with_plain_ends(self, data: bytes) -> bytes:
        if self._return:
            data = b"\r" + data
        self._return = data.endswith(b"\r")
        if self._return:
            data = data[:-1]
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _check(self) -> None:
        if len(self._rest) > LARGEST:
            raise UpstreamFailure(FailureClass.TOO_LARGE)


def _event(raw: bytes) -> Event | None:
    """An event; None for a comment alone, which keeps connections open."""
    at = raw.find(b"\n")
    if raw.startswith(b"data: ") and at == len(raw) - 2:
        return Event("", raw[6:at], raw)
    if raw.startswith(b"event: ") and raw.startswith(b"data: ", at + 1) and raw.find(b"\n", at + 1) == len(raw) - 2:
        return Event(raw[7:at].decode("utf-8", "replace"), raw[at + 7 : -2], raw)
    name, lines = "", []
    for line in raw.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            lines.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    return Event(name, b"\n".join(lines), raw) if lines else None
