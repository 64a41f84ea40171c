"""An action of an agent as a span: `execute_tool` of the conventions for generative AI, see `naming`."""

from __future__ import annotations

from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from roadworthy.operate.telemetry.tools import ToolCall
from roadworthy.operate.telemetry.trace_context import span_of, trace_of

OPERATION: Final = "execute_tool"
_NANO: Final = 1_000_000_000


def span_of_tool(call: ToolCall, resource: Resource, scope: InstrumentationScope) -> ReadableSpan:
    """The span, under the id that the system was given as its parent."""
    trace = int(call.trace or trace_of(call.id), 16)
    begun = int(call.at * _NANO)
    said: dict[str, str | int] = {
        "gen_ai.operation.name": OPERATION, "gen_ai.tool.name": call.name, "gen_ai.tool.call.id": call.id,
        "gen_ai.tool.type": "function", "roadworthy.action.id": call.id, **call.attributes,
    }  # fmt: skip
    if call.error is not None:
        said["error.type"] = call.error
    return ReadableSpan(
        name=f"{OPERATION} {call.name}",
        context=SpanContext(trace, int(span_of(call.id), 16), False, TraceFlags(TraceFlags.SAMPLED)),
        resource=resource,
        attributes=said,
        kind=SpanKind.INTERNAL,
        status=Status(StatusCode.UNSET if call.error is None else StatusCode.ERROR),
        start_time=begun,
        end_time=begun + int(call.seconds * _NANO),
        instrumentation_scope=scope,
    )
