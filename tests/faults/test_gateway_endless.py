"""Upstreams whose answers have no end, or say everything twice: memory stays, the call ends as one, and counts once."""

from __future__ import annotations

import gc
import http.client
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from tests.harness.endless import HEAD, STREAM, Endless, again, chunked, endless
from tests.harness.gateway import CASE, PATIENT, Running, gateway
from tests.harness.upstream import wait_for

GIGABYTE = 1_073_741_824
MOST_GROWTH = 48 * 1_048_576
"""Bytes by which this process, gateway, upstream and client together, may grow at most for an answer without end."""
GZIP = b"Content-Encoding: gzip\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
WORD = b'data: {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endless]:
    with endless() as made:
        yield made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstream: Endless) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as made:
        made.declare(
            Declaration, endless={"adapter": "openai", "address": f"{upstream.address}/v1", "answerMegabytes": 1}
        )
        spec = {
            "useCase": CASE, "surfaces": ["chat-completions"], "retries": {"attempts": 0},
            "timeouts": PATIENT,
            "models": [{"name": "endless", "targets": [{"upstream": "endless", "model": "m"}]}],
        }  # fmt: skip
        made.declare(Endpoint, endless=spec)
        yield made


@pytest.fixture(autouse=True)
def _well(running: Running, upstream: Endless) -> None:
    upstream.sent.clear()
    running.heal()


def call(running: Running, *, stream: bool = False) -> tuple[int, str, bytes]:
    """Status, id and what was answered, of which at most a megabyte is kept."""
    connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)
    body = {"model": "endless", "messages": [{"role": "user", "content": "Hi."}], "stream": stream}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Authorization": f"Bearer {running.key}"})
    answer = connection.getresponse()
    kept = b""
    while part := answer.read1(65_536):
        kept = (kept + part)[-1_048_576:]
    connection.close()
    return answer.status, str(answer.getheader("Roadworthy-Call")), kept


def peak() -> int:
    """Bytes of memory that this process had at most since `forget`."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def forget() -> int:
    """Begin to look for the peak anew; the bytes there are now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return peak()


WHOLE: dict[str, tuple[Callable[[], Iterable[bytes]], str]] = {
    "chunks": (again(chunked(b"x" * 65_536), HEAD + CHUNKED), "answer-too-large"),
    "tiny-chunks": (again(chunked(b"ab"), HEAD + CHUNKED), "answer-too-large"),
    "length": (again(b"x", HEAD + b"Content-Length: %d\r\n\r\n" % GIGABYTE), "answer-too-large"),
    "no-length": (again(b"x", HEAD + b"\r\n"), "answer-too-large"),
    "compressed": (again(chunked(b"\x1f\x8b\x08\0" * 64), HEAD + GZIP + CHUNKED), "answer-of-wrong-type"),
    "header-line": (again(b"x", HEAD + b"X-Long: "), "answer-unreadable"),
    "header-name": (again(b"x", HEAD), "answer-unreadable"),
    "headers": (again(b"X-Again: 1\r\n", HEAD), "answer-unreadable"),
    "status-line": (again(b"O", b"HTTP/1.1 200 "), "answer-unreadable"),
    "interim": (again(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), "answer-unreadable"),
    "extension": (again(b"x", HEAD + CHUNKED + b"5;x="), "answer-unreadable"),
    "trailers": (again(b"X-Again: 1\r\n", HEAD + CHUNKED + b"2\r\n{}\r\n0\r\n"), "answer-unreadable"),
    "trailer-line": (again(b"x", HEAD + CHUNKED + b"2\r\n{}\r\n0\r\nX-Long: "), "answer-unreadable"),
}  # fmt: skip
STREAMED: dict[str, tuple[Callable[[], Iterable[bytes]], str]] = {
    "line": (again(b"x", STREAM + b"\r\ndata: "), "answer-too-large"),
    "line-chunked": (again(chunked(b"x" * 8), STREAM + CHUNKED + chunked(b"data: ")), "answer-too-large"),
    "lines": (again(b"data: x\n", STREAM + b"\r\n"), "answer-too-large"),
    "comments": (again(b": still here\n\n", STREAM + b"\r\n"), "answer-too-large"),
    "returns": (again(b"\r", STREAM + b"\r\ndata: x"), "answer-unreadable"),
    "events": (again(WORD, STREAM + b"\r\n"), "answer-too-large"),
    "header-line": (again(b"x", STREAM + b"X-Long: "), "answer-unreadable"),
}


def small(
    running: Running, upstream: Endless, says: Callable[[], Iterable[bytes]], *, stream: bool
) -> tuple[Any, bytes]:
    """Make a call and look at memory; what the record says, and what the client was told."""
    upstream.says = says
    before = forget()
    status, ident, told = call(running, stream=stream)
    grown = peak() - before
    assert grown < MOST_GROWTH, f"grew by {grown:,} bytes"
    wait_for(lambda: upstream.sent)
    assert upstream.sent[0] < 40 * 1_048_576, "it was ended long before its end"
    wait_for(lambda: running.app.gateway.calls.under_way == 0)
    assert status in {200, 502}
    return running.record(ident), told


@pytest.mark.parametrize("kind", WHOLE)
def test_an_answer_without_end_is_refused_in_little_memory(running: Running, upstream: Endless, kind: str) -> None:
    says, error = WHOLE[kind]
    shown, told = small(running, upstream, says, stream=False)
    assert shown.result.outcome == "failed"
    assert [each.error for each in shown.result.attempts] == [error]
    assert json.loads(told)["error"]["code"] == shown.result.error


@pytest.mark.parametrize("kind", STREAMED)
def test_a_stream_without_end_is_ended_in_little_memory(running: Running, upstream: Endless, kind: str) -> None:
    says, error = STREAMED[kind]
    shown, told = small(running, upstream, says, stream=True)
    assert shown.result.outcome == "failed"
    begun = [each.error for each in shown.result.attempts] == [None]  # then it is the stream that says so
    assert begun or [each.error for each in shown.result.attempts] == [error]
    assert shown.result.error.encode() in told
    assert b"[DONE]" not in told


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["chunks", "tiny-chunks", "no-length", "length"])
def test_a_gigabyte_that_would_be_taken_is_taken_in_pieces(running: Running, upstream: Endless, kind: str) -> None:
    """The largest answer that can be declared is near a gigabyte; one that is larger is not kept while it is read."""
    upstream.most = 2 * GIGABYTE
    try:
        small(running, upstream, WHOLE[kind][0], stream=False)
    finally:
        upstream.most = Endless.most


# ------------------------------------------------------------ said twice


def chat(content: str | None = None, usage: tuple[int, int] | None = None, finish: str | None = None) -> bytes:
    choices = [] if content is None and finish is None else [
        {"index": 0, "delta": {"content": content} if content else {}, "finish_reason": finish}
    ]  # fmt: skip
    said = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)} if usage else None
    return b"data: " + json.dumps({"id": "c", "model": "m", "choices": choices, "usage": said}).encode() + b"\n\n"


END = chat(finish="stop")
TWICE: dict[str, tuple[list[bytes], tuple[int, int]]] = {
    "every-event": ([e for each in (chat("Hi"), END, chat(usage=(5, 2)), DONE) for e in (each, each)], (5, 2)),
    "usage-in-every-event": (
        [chat("Hi", (5, 1)), chat(" you", (5, 2)), chat(finish="stop", usage=(5, 2)), DONE],
        (5, 2),
    ),
    "two-usages": ([chat("Hi"), END, chat(usage=(5, 1)), chat(usage=(5, 2)), DONE], (5, 2)),
    "usage-before-content": ([chat(usage=(5, 2)), chat("Hi"), END, DONE], (5, 2)),
    "usage-after-done": ([chat("Hi"), END, chat(usage=(5, 2)), DONE, chat(usage=(5_000, 9_000)), DONE], (5, 2)),
    "content-after-done": ([chat("Hi"), END, chat(usage=(5, 2)), DONE, chat("SECRET"), chat("SECRET"), DONE], (5, 2)),
    "half-an-event-after-done": ([chat("Hi"), END, chat(usage=(5, 2)), DONE, b'data: {"SECRET'], (5, 2)),
}


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("kind", TWICE)
def test_what_is_said_twice_counts_once(running: Running, upstream: Endless, kind: str, apart: bool) -> None:
    events, (tokens_in, tokens_out) = TWICE[kind]
    parts = events if apart else [b"".join(events)]
    upstream.says = lambda: (STREAM + CHUNKED, *(chunked(each) for each in parts), b"0\r\n\r\n")
    status, ident, told = call(running, stream=True)
    usage = running.record(ident).result.usage
    assert status == 200
    assert (usage.input, usage.output, usage.estimated) == (tokens_in, tokens_out, False)
    assert told.count(b"[DONE]") == 1
    assert told.endswith(DONE)
    assert b"SECRET" not in told


def test_what_goes_on_behind_its_end_is_not_listened_to(running: Running, upstream: Endless) -> None:
    upstream.says = again(WORD, STREAM + b"\r\n" + chat("Hi") + END + chat(usage=(5, 2)) + DONE)
    status, ident, told = call(running, stream=True)
    assert (status, told.endswith(DONE)) == (200, True)
    shown = running.record(ident)
    assert (shown.result.outcome, shown.result.usage.output) == ("answered", 2)
    wait_for(lambda: upstream.sent)
    assert upstream.sent[0] < upstream.most
