from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

from roadworthy.operate.telemetry.fan_out import FanOut
from roadworthy.operate.telemetry.model import Ruling
from roadworthy.operate.telemetry.naming import attributes, current
from roadworthy.operate.telemetry.rows import Finished
from roadworthy.operate.telemetry.trace_context import TraceContext, parse, span_of, trace_of
from tests.unit.operate.telemetry.samples import INTENT, RESULT

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A collector on loopback, and what it was sent, by path."""
    taken: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken[self.path] = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_collector_takes_spans_and_metrics(collector: tuple[str, dict[str, bytes]]) -> None:
    address, taken = collector
    fan_out = FanOut(address)
    answered = Finished(replace(INTENT, trace=TRACE, parent=PARENT), RESULT)
    refused = Finished(replace(INTENT, ruling=Ruling.REFUSED, rule="limit:day"), None)
    fan_out.follow([answered, refused])
    fan_out.turn()
    fan_out.close()
    assert fan_out.lost == 0
    sent = ExportTraceServiceRequest.FromString(taken["/v1/traces"])
    first, second = sent.resource_spans[0].scope_spans[0].spans
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (TRACE, PARENT)
    assert first.span_id.hex() == span_of(INTENT.id)
    assert second.trace_id.hex() == trace_of(INTENT.id)
    assert first.name == "chat small"
    assert [each.name for each in first.events] == ["roadworthy.attempt"] * 2
    said = {each.key: each.value for each in first.attributes}
    assert said["gen_ai.usage.input_tokens"].int_value == 120
    assert {each.key: each.value.string_value for each in second.attributes}["error.type"] == "limit:day"
    metrics = ExportMetricsServiceRequest.FromString(taken["/v1/metrics"])
    names = {each.name for each in metrics.resource_metrics[0].scope_metrics[0].metrics}
    assert names == {"gen_ai.client.token.usage", "gen_ai.client.operation.duration"}


def test_names_are_those_of_the_conventions_and_older_ones_are_read() -> None:
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    ours = {name for name in attributes(Finished(INTENT, RESULT)) if name.startswith("gen_ai.")}
    # the package that is installed is older than these, which stand in the conventions' own repository
    newer = {
        "gen_ai.request.stream",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.reasoning.output_tokens",
    }
    assert ours - newer <= known
    assert current("gen_ai.system") == "gen_ai.provider.name"
    assert current("gen_ai.request.model") == "gen_ai.request.model"


HEX = "0123456789abcdef"


@given(st.text(HEX, min_size=32, max_size=32), st.text(HEX, min_size=16, max_size=16), st.integers(0, 255))
def test_a_trace_context_is_read_as_it_was_written(trace: str, span: str, flags: int) -> None:
    context = TraceContext(trace, span, flags)
    assert parse(str(context)) == (context if trace.strip("0") and span.strip("0") else None)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-01-more", False),
        (f"cc-{TRACE}-{PARENT}-01-more", True),
        (f"ff-{TRACE}-{PARENT}-01", False),
        (f"00-{TRACE.upper()}-{PARENT}-01", False),
        (f"00-{'0' * 32}-{PARENT}-01", False),
        (f"00-{TRACE}-{PARENT}-1", False),
        ("", False),
        ("x" * 10_000, False),
    ],
)
def test_what_is_no_trace_context_begins_a_trace(header: str, known: bool) -> None:
    assert (parse(header) is not None) is known


@given(st.text(max_size=80))
def test_nothing_that_a_client_says_breaks_it(header: str) -> None:
    parse(header)
