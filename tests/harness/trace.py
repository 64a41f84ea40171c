"""A published trace of calls to a language model, replayed: what was asked when, of what size, and what was answered.

The trace (Azure LLM inference, 2023, code) has the instant of each request and its tokens, in and out, and no text and
no times of answers. So texts are made of as many words, and an answer takes what a model would: a while for what goes
in, then so much for each token that comes out. The upstream says the trace's own tokens.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

FOLDER, FILE = "load-azure-llm-trace", "AzureLLMInferenceTrace_code.csv"
BEFORE_FIRST, FOR_EACH_IN, FOR_EACH_OUT = 0.05, 0.00005, 0.02
"""Seconds, as we assume them."""
PIECES = 8
"""Events of an answer that streams, at most."""
_PLAN = re.compile(rb"plan=(\d+)/(\d+)")
_STREAM = re.compile(rb'"stream": ?true')


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the trace."""

    after: float
    """Seconds since the first one."""
    tokens_in: int
    tokens_out: int

    def seconds(self, haste: float) -> float:
        """How long its answer takes."""
        return (BEFORE_FIRST + FOR_EACH_IN * self.tokens_in + FOR_EACH_OUT * self.tokens_out) / haste

    def body(self, model: str, *, stream: bool) -> bytes:
        """As a client asks for it."""
        text = f"plan={self.tokens_in}/{self.tokens_out} " + "word " * self.tokens_in
        said: dict[str, object] = {
            "model": model,
            "messages": [{"role": "user", "content": text}],
            "max_tokens": self.tokens_out + 16,
        }
        if stream:
            said |= {"stream": True, "stream_options": {"include_usage": True}}
        return json.dumps(said).encode()


@dataclass(slots=True)
class Replayed:
    """What came of a replay."""

    statuses: dict[int, int] = field(default_factory=dict)
    added: list[float] = field(default_factory=list)
    """Seconds that each answered call took longer than its upstream was to take."""
    peak: int = 0
    """Calls at the same time."""


def rows(data: Path, most: int | None = None, minutes: float | None = None) -> list[Asked]:
    """Requests of the trace, from its beginning."""
    found: list[Asked] = []
    with (data / FOLDER / FILE).open(newline="") as file:
        first: dt.datetime | None = None
        for row in csv.DictReader(file):
            at = dt.datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=dt.UTC)
            first = first or at
            after = (at - first).total_seconds()
            if len(found) == most or (minutes is not None and after > 60 * minutes):
                break
            found.append(Asked(after, int(row["ContextTokens"]), int(row["GeneratedTokens"])))
    return found


@asynccontextmanager
async def model(haste: float) -> AsyncIterator[int]:
    """An upstream that answers as a request's plan says; its port.

    Args:
        haste: how many times as quick as is assumed.
    """
    connections: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _one(reader, writer, haste):
                """The connection stays."""
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            """Whoever asked is gone, or the test is over."""
        writer.close()

    def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(answer(reader, writer)))

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in connections:
            each.cancel()
        await asyncio.gather(*connections)


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, haste: float) -> bool:
    """Answer a request; whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"content-length: *(\d+)", head)
    begun = time.monotonic()
    body = await reader.readexactly(int(length[1])) if length else b""
    plan = _PLAN.search(body)
    asked = Asked(0, int(plan[1]), int(plan[2])) if plan else Asked(0, 0, 0)
    ends = begun + asked.seconds(haste)
    usage = {
        "prompt_tokens": asked.tokens_in,
        "completion_tokens": asked.tokens_out,
        "total_tokens": asked.tokens_in + asked.tokens_out,
    }
    common = {"id": "chatcmpl-replay", "created": 1_795_000_000, "model": "replayed"}
    if not _STREAM.search(body):
        await asyncio.sleep(max(0.0, ends - time.monotonic()))
        choice = {"index": 0, "message": {"role": "assistant", "content": "done"}, "finish_reason": "stop"}
        said = json.dumps({**common, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(said), said)
        )
        await writer.drain()
        return b"connection: close" not in head
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    pieces = min(PIECES, asked.tokens_out)
    first = begun + (BEFORE_FIRST + FOR_EACH_IN * asked.tokens_in) / haste
    for piece in range(pieces):
        at = first + (ends - first) * piece / pieces
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        delta = {"index": 0, "delta": {"content": "word "}, "finish_reason": None}
        _event(writer, {**common, "object": "chat.completion.chunk", "choices": [delta]})
    await asyncio.sleep(max(0.0, ends - time.monotonic()))
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    _event(writer, {**common, "object": "chat.completion.chunk", "choices": [end]})
    _event(writer, {**common, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
    await writer.drain()
    return b"connection: close" not in head


def _event(writer: asyncio.StreamWriter, said: Mapping[str, object]) -> None:
    line = f"data: {json.dumps(said)}\n\n".encode()
    writer.write(b"%x\r\n%b\r\n" % (len(line), line))


async def replay(
    address: str, headers: Mapping[str, str], some: Sequence[Asked], *, speed: float, haste: float, name: str
) -> Replayed:
    """Ask as the trace did; every other request streams.

    Args:
        address: of the endpoint.
        headers: of every request.
        some: what is asked.
        speed: how many times as quick requests come.
        haste: how many times as quick they are answered.
        name: of the model.
    """
    found, under_way = Replayed(), 0
    at = urlsplit(address)
    lines = [f"POST {at.path} HTTP/1.1", f"host: {at.netloc}", "content-type: application/json", "connection: close"]
    head = "\r\n".join([*lines, *(f"{key}: {value}" for key, value in headers.items())])
    begun = time.monotonic()

    async def call(asked: Asked, number: int) -> None:
        nonlocal under_way
        await asyncio.sleep(max(0.0, begun + asked.after / speed - time.monotonic()))
        body = asked.body(name, stream=number % 2 == 1)
        under_way += 1
        found.peak = max(found.peak, under_way)
        sent = time.monotonic()
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(f"{head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.read(-1)
        took = time.monotonic() - sent
        writer.close()
        under_way -= 1
        status = int(answer[9:12] or 0)
        found.statuses[status] = found.statuses.get(status, 0) + 1
        if status == HTTPStatus.OK:
            found.added.append(took - asked.seconds(haste))

    await asyncio.gather(*(call(asked, number) for number, asked in enumerate(some)))
    return found


def micro_cost(asked: Asked, price_in: int, price_out: int) -> int:
    """What a call costs, in millionths of the currency's unit, at so many millionths for a million tokens."""
    return -(-(asked.tokens_in * price_in + asked.tokens_out * price_out) // 1_000_000)
