"""What can go wrong with a system, switched on by whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from roadworthy.demo.systems.wire import Answer, Delivery

UNTIL_CLEARED: Final = -1
"""In place of a number of calls."""


class Fault(StrEnum):
    """One way to go wrong."""

    LATE = "late"
    """Done, and answered after so many seconds."""
    TWICE = "twice"
    """Done twice, whatever key was shown, and answered with the first receipt."""
    HALF = "half"
    """Done, and the connection cut before the answer."""
    TORN = "torn"
    """Done, and the connection cut in the middle of the answer."""
    NEVER = "never"
    """Not done, and never answered."""
    STATUS = "status"
    """Not done, and answered with a status such as 429 or 503."""
    MEDIA = "media"
    """Done, and answered with a page for people instead of JSON."""


_DONE: Final = frozenset({Fault.LATE, Fault.TWICE, Fault.HALF, Fault.TORN, Fault.MEDIA})
"""Where the effect happens unless it is said otherwise."""
_DELIVERIES: Final = {Fault.HALF: Delivery.CUT, Fault.TORN: Delivery.TORN, Fault.NEVER: Delivery.NEVER}
_PAGE: Final = b"<!doctype html><title>Maintenance</title><p>Please come back later."

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fault"],
    "properties": {
        "fault": {"enum": [each.value for each in Fault]},
        "operation": {"type": ["string", "null"], "description": "One of the system's; null for all."},
        "times": {"type": "integer", "minimum": UNTIL_CLEARED, "description": "Calls; -1 until it is cleared."},
        "skip": {"type": "integer", "minimum": 0, "description": "Calls that go well first."},
        "seconds": {"type": "number", "minimum": 0, "maximum": 600},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "retryAfter": {"type": ["string", "null"], "description": "Seconds or a date, as HTTP has it."},
        "done": {"type": ["boolean", "null"], "description": "Whether the effect happens; null as the fault has it."},
    },
}
"""What is sent to `POST /faults`."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that waits for calls."""

    fault: Fault
    operation: str | None = None
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    status: int = 503
    retry_after: str | None = None
    done: bool | None = None

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Injected:
        """What came in the shape of `SCHEMA`."""
        named = {"retryAfter": "retry_after"}
        rest = {named.get(name, name): value for name, value in said.items() if name != "fault"}
        return cls(Fault(said["fault"]), **rest)

    def told(self) -> dict[str, Any]:
        """In the same shape."""
        return {
            "fault": self.fault.value,
            "operation": self.operation,
            "times": self.times,
            "skip": self.skip,
            "seconds": self.seconds,
            "status": self.status,
            "retryAfter": self.retry_after,
            "done": self.acts,
        }

    @property
    def acts(self) -> bool:
        """Whether the effect happens."""
        return self.fault in _DONE if self.done is None else self.done

    def instead(self, answer: Answer) -> Answer:
        """What whoever asked gets in place of an answer."""
        if self.fault is Fault.STATUS:
            more = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            body = b'{"type":"about:blank","title":"Unavailable","detail":"a fault was switched on"}'
            return Answer(self.status, body, "application/problem+json", more, after=self.seconds)
        if self.fault is Fault.MEDIA:
            return Answer(200, _PAGE, "text/html; charset=utf-8", after=self.seconds)
        return replace(answer, delivery=_DELIVERIES.get(self.fault, Delivery.WHOLE), after=self.seconds)


class Faults:
    """Those that wait, in the order in which they were switched on."""

    def __init__(self) -> None:
        self._waiting: list[Injected] = []

    def add(self, fault: Injected) -> None:
        """Switch one on."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        self._waiting.clear()

    def waiting(self) -> tuple[Injected, ...]:
        """What would still go wrong."""
        return tuple(self._waiting)

    def next(self, operation: str) -> Injected | None:
        """What goes wrong with a call of an operation; that call is counted."""
        for at, fault in enumerate(self._waiting):
            if fault.operation not in {None, operation}:
                continue
            if fault.skip:
                self._waiting[at] = replace(fault, skip=fault.skip - 1)
                return None
            if fault.times == 1:
                del self._waiting[at]
            elif fault.times != UNTIL_CLEARED:
                self._waiting[at] = replace(fault, times=fault.times - 1)
            return fault
        return None
