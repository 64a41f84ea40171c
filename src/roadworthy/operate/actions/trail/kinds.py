"""What of a declared audit log no single field can know, and the declared kind `EventSink`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

from roadworthy.foundation.errors import Finding, Place, Refused
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.operate.actions.trail.declared import SINK, AuditFormat, EventSink
from roadworthy.operate.calls.wire.addresses import origin

if TYPE_CHECKING:
    from roadworthy.operate.actions.declared import System

_SHORTEST_POLL: Final = 5
_NEEDED: Final = ("at", "operation")


def check_audit(system: System) -> Iterator[Finding]:
    """What is wrong with what is declared of a system's audit log."""
    audit = system.audit
    if audit is None:
        return
    poll = audit.poll
    if poll is not None and system.address is None:
        yield Finding(
            "audit-poll-unfit",
            "a log is fetched below the system's address, and it has none",
            Place(field="spec.audit.poll"),
            "leave `poll` out, and push the events or bring them as files",
        )
    if poll is not None and (poll.by == "token") != (poll.next is not None):
        yield Finding(
            "audit-poll-unfit",
            "`next` goes with `by: token`, and with nothing else",
            Place(field="spec.audit.poll.next"),
            "say where in the answer the token stands",
        )
    if poll is not None and poll.by in {"id", "token"} and poll.parameter is None:
        yield Finding(
            "audit-poll-unfit",
            "it is not said in which parameter the place goes from which on events are wanted",
            Place(field="spec.audit.poll.parameter"),
            "name the parameter of the query",
        )
    if poll is not None and poll.every is not None and (seconds(poll.every) or 0) < _SHORTEST_POLL:
        yield Finding(
            "audit-poll-unfit",
            f"a log is fetched every {_SHORTEST_POLL} s at most",
            Place(field="spec.audit.poll.every"),
            f"write `{_SHORTEST_POLL}s` or longer",
        )
    if audit.format is AuditFormat.JSON_LINES:
        for name in _NEEDED:
            if audit.fields is None or getattr(audit.fields, name) is None:
                yield Finding(
                    "audit-field-undeclared",
                    f"the format `{AuditFormat.JSON_LINES}` says of no field where it stands, and `{name}` is needed",
                    Place(field=f"spec.audit.fields.{name}"),
                    "point at it, such as `/time`",
                )


def check_sink(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    sink = cast("EventSink", spec)
    try:
        origin(sink.address)
    except Refused as error:
        return [Finding(error.code, error.message, Place(field="spec.address"), error.remedy)]
    return []


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    decides = always(SINK, "change-policy")
    return (Kind(SINK, "event-sinks", "event-sink", EventSink, check=check_sink, decides=decides),)
