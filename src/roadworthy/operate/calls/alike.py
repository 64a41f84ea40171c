"""Events that say what the one before said but for one text, as nearly all of a stream do: read without being parsed.

An event without a backslash has every text in it as it is. Where its own text stands in it exactly once, in quotation
marks, everything around that is what the next event is compared with; and where that one has the same around a piece
without quotation marks, backslashes and control characters, it is the same event with that piece as its text.
"""

from __future__ import annotations

import msgspec

from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.events import Event
from roadworthy.operate.calls.model import Reply
from roadworthy.operate.calls.surfaces.bodies import encode


class Alike(msgspec.Struct, frozen=True, gc=False):
    """What an event says around its text."""

    name: str
    before: bytes
    """Up to the quotation mark before the text, included."""
    after: bytes
    """From the quotation mark behind it."""
    text: Text

    def said(self, event: Event) -> str | None:
        """The text of an event that is alike; None where it may be another one."""
        data, start = event.data, len(self.before)
        end = len(data) - len(self.after)
        if start >= end or event.name != self.name or not (data.startswith(self.before) and data.endswith(self.after)):
            return None
        piece = data[start:end]
        if b'"' in piece or b"\\" in piece:
            return None
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return None
        return text if text.isprintable() else None

    def with_text(self, text: str) -> bytes:
        """The event with another text."""
        name = f"event: {self.name}\n".encode() if self.name else b""
        return b"%bdata: %b%b%b\n\n" % (name, self.before[:-1], encode(text), self.after[1:])


def alike_of(event: Event, reply: Reply) -> Alike | None:
    """What the next event may be alike to; None where this one says more than a text that goes on.

    Args:
        event: as it came.
        reply: as it was read, before guards changed it.
    """
    if len(reply.texts) != 1 or reply.asides or reply.echoes or reply.ends or reply.usage is not None:
        return None
    if reply.finish is not None or reply.hidden or reply.changed or reply.comes_whole or reply.final:
        return None
    text = reply.texts[0]
    quoted = b'"%b"' % text.text.encode("utf-8", "replace")
    if not text.text or b"\\" in event.data or event.data.count(quoted) != 1:
        return None
    at = event.data.index(quoted)
    return Alike(event.name, event.data[: at + 1], event.data[at + len(quoted) - 1 :], text)
