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
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that are whole now.

        Raises:
            UpstreamFailure: one is over the limit.
        """
        rest = self._rest + data if self._rest else data
        if b"\r" in rest:
            held = b"\r" if rest.endswith(b"\r") else b""
            rest = rest[: len(rest) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held
        start = 0
        while (end := rest.find(b"\n\n", start)) >= 0:
            raw = rest[start : end + 2]
            start = end + 2
            event = _event(raw)
            if event is not None:
                yield event
        self._rest = rest[start:]
        if len(self._rest) > LARGEST:
            raise UpstreamFailure(FailureClass.TOO_LARGE)

    @property
    def rest(self) -> bytes:
        """What came after the last whole event."""
        return self._rest.strip()


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
