"""A real upstream on loopback that answers as providers do, and fails as they do. It computes nothing."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

ANSWER = "Take two and rest."
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass
class Request:
    """What came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    gone: bool = False
    """Whether the other side went away before the answer was whole."""

    @property
    def case(self) -> str:
        """What stands in its path behind `/case/`; empty where nothing does."""
        return self.path.removeprefix("/case/").partition("/")[0] if self.path.startswith("/case/") else ""


@dataclass
class Case:
    """What an upstream does with requests below `/case/NAME`, whatever else it is told."""

    fault: str = ""
    text: str = ANSWER
    pause: float = 0.0


@dataclass
class Upstream:
    """What it does, until it is told otherwise.

    Faults: `hang`, `reset`, `half-open`, `slow-loris`, `truncated`, `bad-json`, `html`, `huge`, `duplicates`,
    `no-usage`, `429`, `500`, `503`, `401`, `400`, `gzip`, `redirect`, `silent-stream`, `stalls`, `error-event`,
    `chatter`, `slow`, `echo`.
    """

    address: str = ""
    text: str = ANSWER
    faults: list[str] = field(default_factory=list)
    """Each request takes the first; the last one stays where `for_good`."""
    for_good: bool = False
    pause: float = 0.0
    """Seconds between events of a stream."""
    wait: float = 0.0
    """Seconds before an answer."""
    retry_after: str = ""
    requests: list[Request] = field(default_factory=list)
    opened: int = 0
    """Connections."""
    echo: str = ""
    """Text that errors repeat, such as the key that was shown."""
    cases: dict[str, Case] = field(default_factory=dict)
    came: Callable[[Request], None] | None = None
    """Told of each request before anything is answered."""

    def next_fault(self) -> str:
        """What goes wrong with the next request."""
        if not self.faults:
            return ""
        return self.faults[0] if self.for_good and len(self.faults) == 1 else self.faults.pop(0)

    def fails(self, *faults: str, for_good: bool = False) -> None:
        """Fail so from now on."""
        self.faults, self.for_good = list(faults), for_good

    def acting(self, request: Request) -> Upstream:
        """Itself as it is for one request."""
        case = self.cases.get(request.case)
        if case is None:
            return self
        faults = [case.fault] if case.fault else []
        return replace(self, text=case.text, faults=faults, for_good=True, pause=case.pause, wait=0.0)

    def heals(self) -> None:
        """Fail no more."""
        self.faults, self.for_good = [], False


@contextmanager
def upstream(**told: Any) -> Iterator[Upstream]:
    """An upstream that answers until the end of the block."""
    made = Upstream(**told)
    loop = asyncio.new_event_loop()
    started = threading.Event()
    server: list[asyncio.Server] = []

    async def listen() -> None:
        server.append(await asyncio.start_server(lambda r, w: _served(made, r, w), "127.0.0.1", 0))
        made.address = f"http://127.0.0.1:{server[0].sockets[0].getsockname()[1]}"
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(listen())
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(server[0].close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)


async def _served(made: Upstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    made.opened += 1
    try:
        while (request := await _read(reader)) is not None:
            made.requests.append(request)
            if made.came is not None:
                made.came(request)
            watch = asyncio.ensure_future(reader.read(1))
            try:
                keep = await _answered(made.acting(request), request, writer, watch)
            finally:
                if watch.done() and not watch.cancelled() and watch.exception() is None and watch.result() == b"":
                    request.gone = True
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)  # else it still has the reader
            if not keep:
                break
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(body) if body else None)


async def _answered(
    made: Upstream, request: Request, writer: asyncio.StreamWriter, watch: asyncio.Future[bytes]
) -> bool:
    fault = made.next_fault()
    if made.wait:
        await asyncio.wait({watch}, timeout=made.wait)
        if watch.done():
            return False
    streams = isinstance(request.body, dict) and request.body.get("stream") is True
    if fault in _BEFORE or (fault == "slow" and not streams):
        return bool(await _BEFORE.get(fault, _hang)(made, request, writer, watch))
    if fault == "echo":
        made.echo, fault = json.dumps([dict(request.headers), request.body]), "400"
    if fault in _STATUSES:
        return await _error(made, writer, int(fault))
    if streams:
        return await _streamed(made, request, writer, watch, fault)
    body = json.dumps(_whole(made, request)).encode()
    if fault == "no-usage":
        body = json.dumps({name: value for name, value in _whole(made, request).items() if name != "usage"}).encode()
    if fault == "truncated":
        writer.write(_head(200, len(body)) + body[:-5])
        await writer.drain()
        return False
    if fault == "bad-json":
        body = b'{"id": '
    writer.write(_head(200, len(body)) + body)
    await writer.drain()
    return True


def _head(status: int, length: int | None, media: str = "application/json", more: str = "") -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"HTTP/1.1 {status} X\r\nContent-Type: {media}\r\n{size}\r\n{more}\r\n".encode()


async def _hang(
    _made: Upstream, _request: Request, _writer: asyncio.StreamWriter, watch: asyncio.Future[bytes]
) -> bool:
    await watch
    return False


async def _reset(
    _made: Upstream, _request: Request, writer: asyncio.StreamWriter, _watch: asyncio.Future[bytes]
) -> bool:
    writer.transport.abort()
    return False


async def _loris(
    _made: Upstream, _request: Request, writer: asyncio.StreamWriter, watch: asyncio.Future[bytes]
) -> bool:
    for each in _head(200, 1_000_000):
        writer.write(bytes([each]))
        await writer.drain()
        await asyncio.wait({watch}, timeout=0.2)
        if watch.done():
            return False
    await watch
    return False


async def _html(
    _made: Upstream, _request: Request, writer: asyncio.StreamWriter, _watch: asyncio.Future[bytes]
) -> bool:
    body = b"<html>maintenance</html>"
    writer.write(_head(200, len(body), "text/html") + body)
    await writer.drain()
    return True


async def _huge(_made: Upstream, _request: Request, writer: asyncio.StreamWriter, watch: asyncio.Future[bytes]) -> bool:
    writer.write(_head(200, None))
    block = b'"' + b"x" * 1_048_574 + b'"'
    for _ in range(1024):
        writer.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
        await writer.drain()
        if watch.done():
            return False
    return False


async def _gzip(
    _made: Upstream, _request: Request, writer: asyncio.StreamWriter, _watch: asyncio.Future[bytes]
) -> bool:
    writer.write(_head(200, 4, more="Content-Encoding: gzip\r\n") + b"\x1f\x8b\x08\x00")
    await writer.drain()
    return False


async def _redirect(
    made: Upstream, _request: Request, writer: asyncio.StreamWriter, _watch: asyncio.Future[bytes]
) -> bool:
    writer.write(_head(307, 0, more=f"Location: {made.address}/elsewhere\r\n"))
    await writer.drain()
    return True


async def _chatter(
    _made: Upstream, _request: Request, writer: asyncio.StreamWriter, _watch: asyncio.Future[bytes]
) -> bool:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    return False


_BEFORE: dict[str, Callable[..., Any]] = {
    "hang": _hang, "reset": _reset, "half-open": _hang, "slow-loris": _loris, "html": _html, "huge": _huge,
    "gzip": _gzip, "redirect": _redirect, "chatter": _chatter,
}  # fmt: skip
_STATUSES = {"400", "401", "403", "404", "429", "500", "502", "503", "529"}


async def _error(made: Upstream, writer: asyncio.StreamWriter, status: int) -> bool:
    said = f"no {status} {made.echo}".strip()
    body = json.dumps({"error": {"message": said, "type": "x", "param": "model", "code": "x"}}).encode()
    more = f"Retry-After: {made.retry_after}\r\n" if made.retry_after else ""
    writer.write(_head(status, len(body), more=more) + body)
    await writer.drain()
    return True


def _whole(made: Upstream, request: Request) -> dict[str, Any]:
    path = request.path.partition("?")[0]
    if path.endswith("/chat/completions"):
        message = {"role": "assistant", "content": made.text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        model = request.body.get("model")
        return {
            "id": "c-1",
            "object": "chat.completion",
            "created": 1,
            "model": model,
            "choices": [choice],
            "usage": USAGE,
        }
    if path.endswith("/responses"):
        return _response(made, "completed")
    if path.endswith("/embeddings"):
        data = [{"object": "embedding", "index": 0, "embedding": [0.25, 0.5]}]
        return {"object": "list", "data": data, "model": "e", "usage": {"prompt_tokens": 3, "total_tokens": 3}}
    if path.endswith("/messages"):
        return {
            "id": "m-1", "type": "message", "role": "assistant", "model": request.body.get("model"),
            "content": [{"type": "text", "text": made.text}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 6},
        }  # fmt: skip
    if path.endswith("/infer"):
        outputs = [{"name": "score", "shape": [1], "datatype": "FP64", "data": [0.25]}]
        if request.case:
            outputs.append({"name": "why", "shape": [1], "datatype": "BYTES", "data": [made.text]})
        return {"model_name": "fraud", "id": "i-1", "outputs": outputs}
    return {"predictions": [made.text if request.case else 0.25]}


def _response(made: Upstream, status: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": made.text, "annotations": []}
    item = {"type": "message", "id": "o-1", "role": "assistant", "status": "completed", "content": [part]}
    usage = {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18, "input_tokens_details": {"cached_tokens": 4},
             "output_tokens_details": {"reasoning_tokens": 2}}  # fmt: skip
    return {
        "id": "r-1", "object": "response", "created_at": 1, "status": status, "model": "m", "output": [item],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": usage,
    }  # fmt: skip


async def _streamed(
    made: Upstream, request: Request, writer: asyncio.StreamWriter, watch: asyncio.Future[bytes], fault: str
) -> bool:
    writer.write(_head(200, None, "text/event-stream"))
    await writer.drain()
    if fault == "silent-stream":
        await watch
        return False
    sent = 0
    async for event in _events(made, request, fault):
        if watch.done():
            return False
        for _ in range(2 if fault == "duplicates" else 1):
            writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        await writer.drain()
        sent += 1
        if fault == "truncated" and sent == 2:
            writer.transport.write_eof()
            return False
        if fault == "stalls" and sent == 2:
            await watch
            return False
        if made.pause:
            await asyncio.wait({watch}, timeout=made.pause)
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _events(made: Upstream, request: Request, fault: str) -> AsyncIterator[bytes]:
    path = request.path.partition("?")[0]
    words = [each + " " for each in made.text.split(" ")]
    words[-1] = words[-1].rstrip()
    if fault == "bad-json":
        yield b"data: {oops\n\n"
    if fault == "error-event":
        yield b'data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n'
        return
    if path.endswith("/messages"):
        for name, data in _message_events(request, words):
            yield f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
    elif path.endswith("/responses"):
        for name, data in _response_events(made, words):
            yield f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
    else:
        for data in _chat_events(request, words, with_usage=fault != "no-usage"):
            yield b"data: " + json.dumps(data).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


def _chat_events(request: Request, words: list[str], *, with_usage: bool) -> Iterator[dict[str, Any]]:
    asked = (request.body.get("stream_options") or {}).get("include_usage")
    shared = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": request.body.get("model")}
    null = {"usage": None} if asked else {}
    yield {
        **shared,
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
        **null,
    }
    for word in words:
        yield {**shared, "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}], **null}
    yield {**shared, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **null}
    if asked and with_usage:
        yield {**shared, "choices": [], "usage": USAGE}


def _message_events(request: Request, words: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    message = {
        "id": "m-1", "type": "message", "role": "assistant", "content": [], "model": request.body.get("model"),
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 5, "output_tokens": 1},
    }  # fmt: skip
    yield "message_start", {"message": message}
    yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
    for word in words:
        yield "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": word}}
    yield "content_block_stop", {"index": 0}
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    yield "message_delta", {"delta": delta, "usage": {"output_tokens": 7}}
    yield "message_stop", {}


def _response_events(made: Upstream, words: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    at = {"item_id": "o-1", "output_index": 0, "content_index": 0}
    whole = _response(made, "completed")
    number = iter(range(1_000_000))

    def event(name: str, **data: Any) -> tuple[str, dict[str, Any]]:
        return f"response.{name}", {**data, "sequence_number": next(number)}

    yield event("created", response={**whole, "status": "in_progress", "output": [], "usage": None})
    item = {**whole["output"][0], "status": "in_progress", "content": []}
    yield event("output_item.added", output_index=0, item=item)
    yield event("content_part.added", **at, part={"type": "output_text", "text": "", "annotations": []})
    for word in words:
        yield event("output_text.delta", **at, delta=word, logprobs=[])
    yield event("output_text.done", **at, text=made.text, logprobs=[])
    yield event("content_part.done", **at, part=whole["output"][0]["content"][0])
    yield event("output_item.done", output_index=0, item=whole["output"][0])
    yield event("completed", response=whole)


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What becomes true within a while: a machine that does much else may stand still for many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)
    return found
