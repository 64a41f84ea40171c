"""A proxy that decides nothing and keeps nothing: what the gateway's own libraries cost.

Raw ASGI on uvicorn with uvloop and httptools, pyreqwest towards the upstream; bodies go through as they come.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from pyreqwest.client import Client, ClientBuilder

Message = MutableMapping[str, Any]
JSON = [(b"content-type", b"application/json")]


class Bare:
    """The proxy.

    Args:
        upstream: address of what answers.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._client: Client | None = None

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """One call."""
        if self._client is None:
            self._client = ClientBuilder().default_cookie_store(enable=False).build()
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = self._client.post(self._upstream + scope["path"]).header("content-type", "application/json")
        async with asked.body_bytes(body).build_streamed() as answer:
            kind = (answer.get_header("content-type") or "application/json").encode()
            await send({"type": "http.response.start", "status": answer.status, "headers": [(b"content-type", kind)]})
            while (chunk := await answer.body_reader.read_chunk()) is not None:
                await send({"type": "http.response.body", "body": bytes(chunk), "more_body": True})
            await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(
        Bare(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error",
        lifespan="off", server_header=False,
    )  # fmt: skip
