"""W3C Trace Context, level 1: what a client says about the trace that a call belongs to, and what an upstream is told.

https://www.w3.org/TR/trace-context-1/
"""

from __future__ import annotations

import re

import msgspec

HEADER = "traceparent"
SAMPLED = 0x01
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_FIRST, _INVALID = "00", "ff"


class TraceContext(msgspec.Struct, frozen=True, gc=False):
    """Where in a trace something happens."""

    trace: str
    """32 hexadecimal digits."""
    span: str
    """16 hexadecimal digits: of whoever called."""
    flags: int = SAMPLED

    def __str__(self) -> str:
        """The header."""
        return f"{_FIRST}-{self.trace}-{self.span}-{self.flags:02x}"


def parse(header: str) -> TraceContext | None:
    """What a header says; None where it is none, and then a trace begins here.

    A later version may say more behind the flags; the first one may not.
    """
    found = _FORM.fullmatch(header.strip())
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == _INVALID or (version == _FIRST and more is not None) or not trace.strip("0") or not span.strip("0"):
        return None
    return TraceContext(trace, span, int(flags, 16))


def span_of(call: str) -> str:
    """The span of a call, from its id: 62 of its 64 bits are random, and nobody has to remember it."""
    return call.replace("-", "")[16:]


def trace_of(call: str) -> str:
    """The trace of a call that belongs to none."""
    return call.replace("-", "")
