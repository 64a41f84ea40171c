"""Spans and metrics of calls, sent on in batches by OTLP over HTTP, beside the path of the calls."""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from collections.abc import Sequence
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from roadworthy import __version__
from roadworthy.foundation.logs import log
from roadworthy.operate.telemetry.model import Outcome
from roadworthy.operate.telemetry.naming import DURATION, TOKENS, attributes, operation
from roadworthy.operate.telemetry.rows import Finished
from roadworthy.operate.telemetry.tool_spans import span_of_tool
from roadworthy.operate.telemetry.tools import ToolCall
from roadworthy.operate.telemetry.trace_context import span_of, trace_of

BATCH = 512
MOST_WAITING = 20_000
"""Spans that wait while nobody takes them; what comes on top is lost, and counted."""
SECONDS = 10
_MILLISECOND, _SECOND = 1_000_000, 1_000_000_000
_SCOPE = InstrumentationScope("roadworthy.gateway", __version__)
_log = log("otlp")


class _Straight(requests.Session):
    """What goes to the address that was set, and nowhere that it points to: headers there hold credentials."""

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # noqa: ANN401 - as the library has it
        return super().send(request, **{**how, "allow_redirects": False})


class FanOut:
    """Sends spans and metrics to one OTLP address; more headers are taken from `OTEL_EXPORTER_OTLP_HEADERS`.

    Args:
        endpoint: base address; `/v1/traces` and `/v1/metrics` stand below it.

    Attributes:
        lost: spans that nobody took.
    """

    def __init__(self, endpoint: str) -> None:
        base = endpoint.rstrip("/")
        self._resource = Resource.create({"service.name": "roadworthy-gateway", "service.version": __version__})
        self._spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=SECONDS, session=_Straight())
        exporter = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=SECONDS, session=_Straight())
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=math.inf)
        self._metrics = MeterProvider([reader], resource=self._resource, shutdown_on_exit=False)
        meter = self._metrics.get_meter(_SCOPE.name, __version__)
        self._tokens = meter.create_histogram(TOKENS, "{token}", "Tokens of a call.")
        self._duration = meter.create_histogram(DURATION, "s", "Duration of a call.")
        self._waiting: deque[Finished] = deque()
        self._tools: deque[ToolCall] = deque()
        self._counted = False
        self.lost = 0

    def follow(self, finished: Sequence[Finished]) -> None:
        """Take calls over; quick."""
        room = MOST_WAITING - len(self._waiting)
        self.lost += max(0, len(finished) - room)
        self._waiting.extend(finished[: max(0, room)])

    def follow_tool(self, call: ToolCall) -> None:
        """Take an action over; quick, and for any thread."""
        if len(self._tools) < MOST_WAITING:
            self._tools.append(call)
        else:
            self.lost += 1

    def turn(self) -> None:
        """Send what waits. What an address does not take is lost, and counted: records are elsewhere."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            for call in batch:
                self._count(call)
            if self._spans.export([self.span(call) for call in batch]) is not SpanExportResult.SUCCESS:
                self.lost += len(batch)
                _log.warning("spans were not taken", count=len(batch))
        while self._tools:
            tools = [self._tools.popleft() for _ in range(min(BATCH, len(self._tools)))]
            spans = [span_of_tool(each, self._resource, _SCOPE) for each in tools]
            if self._spans.export(spans) is not SpanExportResult.SUCCESS:
                self.lost += len(tools)
                _log.warning("spans were not taken", count=len(tools))
        if self._counted:
            self._metrics.force_flush(SECONDS * 1_000)
            self._counted = False

    def close(self) -> None:
        """Send the rest, and stop."""
        self.turn()
        self._spans.shutdown()  # type: ignore[no-untyped-call]  # the library says no types there
        self._metrics.shutdown(SECONDS * 1_000)

    def span(self, call: Finished) -> ReadableSpan:
        """The span of a call, in the client's trace where it named one; the tries stand in it as events."""
        intent, result = call.intent, call.result
        trace = int(intent.trace or trace_of(intent.id), 16)
        sampled = TraceFlags(TraceFlags.SAMPLED)
        begun = _nanoseconds(intent.at)
        ended = begun + (0 if result is None else result.milliseconds * _MILLISECOND)
        parent = None
        if intent.trace is not None and intent.parent is not None:
            parent = SpanContext(trace, int(intent.parent, 16), is_remote=True, trace_flags=sampled)
        good = call.outcome in {Outcome.ANSWERED, Outcome.CANCELLED}
        return ReadableSpan(
            name=f"{operation(call)} {intent.model}",
            context=SpanContext(trace, int(span_of(intent.id), 16), is_remote=False, trace_flags=sampled),
            parent=parent,
            resource=self._resource,
            attributes=attributes(call),
            events=_tries(call, ended),
            kind=SpanKind.CLIENT,
            status=Status(StatusCode.UNSET if good else StatusCode.ERROR),
            start_time=begun,
            end_time=ended,
            instrumentation_scope=_SCOPE,
        )

    def _count(self, call: Finished) -> None:
        names = {"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model",
                 "error.type"}  # fmt: skip
        said = {name: value for name, value in attributes(call).items() if name in names}
        result = call.result
        if result is None:
            return
        self._counted = True
        self._duration.record(result.milliseconds / 1000, said)
        if result.usage is not None:
            self._tokens.record(result.usage.input, {**said, "gen_ai.token.type": "input"})
            self._tokens.record(result.usage.output, {**said, "gen_ai.token.type": "output"})


def _tries(call: Finished, ended: int) -> list[Event]:
    attempts = () if call.result is None else call.result.attempts
    at, events = ended - sum(each.milliseconds for each in attempts) * _MILLISECOND, []
    for each in attempts:
        said = {"roadworthy.upstream": each.upstream, "gen_ai.request.model": each.model}
        more = {"http.response.status_code": each.status, "error.type": each.error}
        present = {name: value for name, value in more.items() if value is not None}
        events.append(Event("roadworthy.attempt", {**said, **present}, at))
        at += each.milliseconds * _MILLISECOND
    return events


def _nanoseconds(at: dt.datetime) -> int:
    return int(at.timestamp()) * _SECOND + at.microsecond * 1_000
