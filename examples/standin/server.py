"""The server: models, chat completions, embeddings, and an admin endpoint for how it behaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.standin import wire
from examples.standin.behaviour import HEADER, Behaviour, Fate, fate
from examples.standin.replies import answer, embedding, tokens

CHAT_MODELS = ("standin-1", "standin-1-small")
EMBEDDING_MODEL = "standin-embed-1"
LARGEST = 4_000_000
"""Bytes of a request."""


class BadRequest(Exception):
    """The request cannot be understood."""


class Standin:
    """One stand-in with its behaviour and its count of requests."""

    def __init__(self, seed: int = 0, behaviour: Behaviour | None = None) -> None:
        self.seed = seed
        self.behaviour = behaviour or Behaviour()
        self.served = 0

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/embeddings", self._embeddings, methods=["POST"]),
                Route("/admin/behaviour", self._behaviour, methods=["GET", "PUT"]),
                Route("/admin/reset", self._reset, methods=["POST"]),
            ]
        )

    async def _models(self, request: Request) -> Response:
        del request
        data = [
            {"id": name, "object": "model", "created": wire.CREATED, "owned_by": "roadworthy-examples"}
            for name in (*CHAT_MODELS, EMBEDDING_MODEL)
        ]
        return JSONResponse({"object": "list", "data": data})

    async def _chat(self, request: Request) -> Response:
        try:
            body, drawn, number = await self._begin(request)
            messages, tools = _conversation(body)
        except BadRequest as bad:
            return JSONResponse(wire.error(400, str(bad)), 400)
        model = str(body.get("model"))
        if model not in CHAT_MODELS:
            return JSONResponse(wire.error(404, f"the model {model[:80]} does not exist"), 404)
        if failed := _failed(drawn):
            return failed
        chosen = [] if body.get("tool_choice") == "none" else tools
        reply = wire.fated(answer(messages, chosen), drawn)
        used = wire.usage(json.dumps(messages), reply, drawn)
        if body.get("stream"):
            options = body.get("stream_options")
            wanted = used if isinstance(options, dict) and options.get("include_usage") else None
            lines = wire.stream(reply, drawn, model, number, wanted)
            return StreamingResponse(_slowly(lines, drawn), media_type="text/event-stream")
        if drawn.malformed:
            return Response('{"id":"chatcmpl-,', media_type="application/json")
        return JSONResponse(wire.completion(reply, drawn, model, number, used))

    async def _embeddings(self, request: Request) -> Response:
        try:
            body, drawn, _ = await self._begin(request)
            texts = _texts(body)
        except BadRequest as bad:
            return JSONResponse(wire.error(400, str(bad)), 400)
        if failed := _failed(drawn):
            return failed
        used = sum(tokens(text) for text in texts)
        packed = body.get("encoding_format") == "base64"
        vectors = [embedding(text) for text in texts]
        return JSONResponse(wire.embeddings(vectors, EMBEDDING_MODEL, used, packed=packed))

    async def _begin(self, request: Request) -> tuple[dict[str, Any], Fate, int]:
        """Read the request, draw its fate, and wait as long as it is told to.

        Raises:
            BadRequest: the body or the header cannot be read.
        """
        raw = bytearray()
        async for part in request.stream():
            raw += part
            if len(raw) > LARGEST:
                raise BadRequest(f"the request is larger than {LARGEST} bytes")
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise BadRequest("the request is no JSON") from error
        if not isinstance(body, dict):
            raise BadRequest("the request is no object")
        self.served += 1
        number = self.served
        drawn = fate(self._told(request), self.seed, number)
        await asyncio.sleep(drawn.behaviour.latency_ms / 1000)
        return body, drawn, number

    def _told(self, request: Request) -> Behaviour:
        header = request.headers.get(HEADER)
        if header is None:
            return self.behaviour
        try:
            return Behaviour.model_validate({**self.behaviour.model_dump(), **_named(json.loads(header))})
        except (ValueError, TypeError) as error:
            raise BadRequest(f"the header {HEADER} is not understood") from error

    async def _behaviour(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self.behaviour = Behaviour.model_validate_json(await request.body())
            except ValidationError as error:
                return JSONResponse(wire.error(400, str(error)), 400)
        return JSONResponse({"seed": self.seed, "served": self.served, **self.behaviour.model_dump(by_alias=True)})

    async def _reset(self, request: Request) -> Response:
        del request
        self.served = 0
        self.behaviour = Behaviour()
        return JSONResponse({"served": 0})


def _named(told: object) -> dict[str, Any]:
    """The header's fields under the names of Python."""
    if not isinstance(told, dict):
        raise TypeError
    names = {field.alias: name for name, field in Behaviour.model_fields.items()}
    return {names.get(str(key), str(key)): value for key, value in told.items()}


def _conversation(body: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Messages and tools of a request."""
    messages, tools = body.get("messages"), body.get("tools") or []
    if not isinstance(messages, list) or not messages or not all(isinstance(each, dict) for each in messages):
        raise BadRequest("messages must be a list of messages with at least one")
    if not isinstance(tools, list) or not all(_is_function(each) for each in tools):
        raise BadRequest("tools must be a list of functions")
    return messages, tools


def _texts(body: dict[str, Any]) -> list[str]:
    asked = body.get("input")
    texts = [asked] if isinstance(asked, str) else asked
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise BadRequest("input must be a text or a list of texts")
    return texts


def _is_function(tool: object) -> bool:
    return isinstance(tool, dict) and isinstance(tool.get("function"), dict) and bool(tool["function"].get("name"))


def _failed(drawn: Fate) -> Response | None:
    if not drawn.fails:
        return None
    status = drawn.behaviour.error_status
    headers = {"retry-after": str(drawn.behaviour.retry_after)} if status in {429, 503} else {}
    return JSONResponse(wire.error(status, "the stand-in was told to fail"), status, headers=headers)


async def _slowly(lines: Iterable[str], drawn: Fate) -> AsyncIterator[str]:
    for line in lines:
        yield line
        await asyncio.sleep(drawn.behaviour.chunk_ms / 1000)
