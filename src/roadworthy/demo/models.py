"""Two models that the demo's gateway can reach: scripted, honest about it, and processes that can be killed.

They speak as OpenAI's chat completions do, whole and in events, so that a call through the gateway goes all the way to
somebody and back without a network. `python -m roadworthy.demo.models NAME PORT` says when it listens.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final

import uvicorn

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
PAUSE_SECONDS: Final = 0.02
_CREATED: Final = 1_795_000_000
_WORDS_PER_TOKEN: Final = 0.75


class Model:
    """A model that answers the same to the same.

    Args:
        name: what it calls itself.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["type"] != "http" or not scope["path"].endswith("/chat/completions"):
            await _whole(send, 404, {"error": {"message": "this model only chats", "type": "invalid_request_error"}})
            return
        try:
            asked = json.loads(body)
            said = str(asked["messages"][-1]["content"])
        except (ValueError, KeyError, IndexError, TypeError):
            await _whole(send, 400, {"error": {"message": "no message to answer", "type": "invalid_request_error"}})
            return
        answer = self._answer(said)
        usage = _usage(json.dumps(asked["messages"]), answer)
        if asked.get("stream"):
            wants_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            await _stream(send, self._events(asked, answer, usage if wants_usage else None))
            return
        await _whole(
            send,
            200,
            {
                **self._common(asked, "chat.completion"),
                "choices": [{"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
                "usage": usage,
            },
        )

    def _answer(self, said: str) -> str:
        topic = " ".join(said.split()[:12])
        return f"This is {self._name}, a scripted model of the demo. You wrote: {topic}. A real one would answer here."

    def _common(self, asked: Message, what: str) -> dict[str, Any]:
        return {"id": "chatcmpl-demo", "object": what, "created": _CREATED, "model": asked.get("model", self._name)}

    def _events(self, asked: Message, answer: str, usage: Message | None) -> Iterator[Message]:
        common = self._common(asked, "chat.completion.chunk")
        for word in answer.split(" "):
            yield {**common, "choices": [{"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}]}
        yield {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        if usage is not None:
            yield {**common, "choices": [], "usage": usage}


def _usage(asked: str, answer: str) -> dict[str, int]:
    read, written = (int(len(text.split()) / _WORDS_PER_TOKEN) + 1 for text in (asked, answer))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


async def _whole(send: Send, status: int, value: Message) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(value).encode()})


async def _stream(send: Send, events: Iterator[Message]) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in events:
        line = f"data: {json.dumps(event)}\n\n".encode()
        await send({"type": "http.response.body", "body": line, "more_body": True})
        await asyncio.sleep(PAUSE_SECONDS)
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # wider than the base's socket type, which lint keeps out of here
        await super().startup(sockets)  # type: ignore[arg-type]  # see above
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        sys.stdout.write(f"http://{host}:{port}\n")
        sys.stdout.flush()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._alone)

    def _alone(self) -> None:
        """Whoever started it is gone: its end of the pipe was closed."""
        self.should_exit = True


if __name__ == "__main__":
    _Server(
        uvicorn.Config(
            Model(sys.argv[1]),
            host="127.0.0.1",
            port=int(sys.argv[2]),
            log_level="error",
            access_log=False,
            lifespan="off",
        )
    ).run()
