"""Anthropic messages.

https://docs.anthropic.com/en/api/messages and https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.model import Document, Head, Places, Question, Reply, Told
from roadworthy.operate.calls.surfaces import openai
from roadworthy.operate.calls.surfaces.bodies import encode, model_of, parts_of, text_at, texts_in, tokens_of, whole
from roadworthy.operate.calls.surfaces.dialect import ReadBody, text_of
from roadworthy.operate.telemetry.model import Surface, Usage

_APART: Final = frozenset({"messages", "model", "system"})
_BLOCK_APART: Final = frozenset({"type", "content"})
_UNREADABLE: Final = {"image": "image", "document": "file", "container_upload": "file"}
_READABLE: Final = frozenset({"text", "tool_use", "tool_result", "thinking", "search_result"})
_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_SEALED: Final = frozenset({"type", "id", "tool_use_id", "signature", "data", "encrypted_content", "encrypted_index"})
"""Marks, and what only the provider can read."""
_DELTAS: Final = {"text_delta": "text", "input_json_delta": "partial_json", "thinking_delta": "thinking"}
_ROLES: Final = {"text": "assistant", "partial_json": "aside", "thinking": "aside"}
_TYPE_AND_TEXT: Final = 2
_KINDS: Final = {text: kind for kind, text in _DELTAS.items()}


class Messages:
    """The surface."""

    surface = Surface.MESSAGES

    @staticmethod
    def read(document: Document, head: Head) -> ReadBody:
        """What a request asks for."""
        messages = document.get("messages")
        if not isinstance(messages, list) or not messages:
            raise InvalidInput(
                "call-messages-missing",
                "the request has no messages",
                place=Place(field="messages"),
                remedy="send at least one message",
            )
        places: Places = {}
        unreadable: set[str] = set(_hosted(document))
        prompts = tuple(_system(document, places))
        texts: list[Text] = list(prompts)
        for index, message in enumerate(messages):
            if not isinstance(message, dict):
                raise InvalidInput(
                    "call-message-unreadable",
                    "a message is no object",
                    place=Place(field=f"messages[{index}]"),
                    remedy="send what the client library of this surface sends",
                )
            role = str(message.get("role"))[:20]
            texts += _content(message, f"messages[{index}]", role, places, unreadable)
        texts += texts_in(document, "", "input", places, skip=_APART)
        read = ReadBody(model_of(document, head.model), tuple(texts), places, tokens_of(texts, len(messages)))
        read.choices, read.capped_in = 1, ("max_tokens",)
        read.output_tokens = whole(document.get("max_tokens"))
        read.stream = document.get("stream") is True
        read.unreadable = tuple(sorted(unreadable))
        read.parts = parts_of((each.text for each in prompts), document.get("tools"), openai.parameters_of(document))
        read.effects = any(each.startswith("hosted-tool:") for each in unreadable)
        return read

    @staticmethod
    def answer(document: Document) -> Reply:
        """What an answer says."""
        places: Places = {}
        texts: list[Text] = []
        content = document.get("content")
        for index, block in enumerate(content if isinstance(content, list) else ()):
            where = f"content[{index}]"
            if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
                texts.append(text_at(block, "text", "assistant", f"{where}.text", places))
                texts += texts_in(block, where, "aside", places, skip=_SEALED | {"text"})
            else:
                texts += texts_in(block, where, "aside", places, skip=_SEALED)
        return Reply(
            document,
            texts,
            places=places,
            usage=usage_of(document.get("usage")),
            model=text_of(document.get("model")),
            id=text_of(document.get("id")),
            finish=text_of(document.get("stop_reason")),
        )

    @staticmethod
    def listener(question: Question) -> MessagesListener:  # noqa: ARG004 - the protocol's
        """Begin to read a stream."""
        return MessagesListener()

    @staticmethod
    def error(told: Told) -> bytes:
        """A failure as the body of an answer."""
        return encode(_error(told))

    @staticmethod
    def error_event(told: Told) -> bytes:
        """A failure within a stream."""
        return b"event: error\ndata: " + encode(_error(told)) + b"\n\n"


class MessagesListener:
    """Reads one stream. Usage comes in two events: what went in first, what came out last."""

    def __init__(self) -> None:
        self._usage: dict[str, Any] = {}
        self._asides = 0

    def read(self, name: str, document: Document) -> Reply:
        """What an event says."""
        kind = document.get("type") or name
        reply = Reply(document)
        if kind == "message_start":
            message = document.get("message")
            if isinstance(message, dict):
                reply.model, reply.id = text_of(message.get("model")), text_of(message.get("id"))
                self._use(message.get("usage"), reply)
        elif kind == "content_block_start":
            self._block(document, reply)
        elif kind == "content_block_delta":
            self._delta(document, reply)
        elif kind == "content_block_stop":
            reply.ends = (f"content[{document.get('index', 0)}].",)
        elif kind == "message_delta":
            delta = document.get("delta")
            reply.finish = text_of(delta.get("stop_reason")) if isinstance(delta, dict) else None
            self._use(document.get("usage"), reply)
        elif kind == "message_stop":
            reply.final = True
        elif kind == "error":
            reply.failed = "server-error"
        return reply

    @staticmethod
    def with_text(where: str, text: str) -> bytes:
        """An event that says a rest of a text, as the upstream would."""
        index, _, field = where.removeprefix("content[").partition("].")
        delta = {"type": _KINDS.get(field, "text_delta"), field: text}
        event = {"type": "content_block_delta", "index": int(index), "delta": delta}
        return b"event: content_block_delta\ndata: " + encode(event) + b"\n\n"

    def _use(self, said: object, reply: Reply) -> None:
        if isinstance(said, dict):
            self._usage.update({name: value for name, value in said.items() if value is not None})
            reply.usage = usage_of(self._usage)

    def _delta(self, document: Document, reply: Reply) -> None:
        delta = document.get("delta")
        if not isinstance(delta, dict):
            return
        field = _DELTAS.get(str(delta.get("type")), "")
        if not isinstance(delta.get(field), str):
            field = ""
        if field:
            where = f"content[{document.get('index', 0)}].{field}"
            reply.texts = (text_at(delta, field, _ROLES[field], where, reply.places),)
        if len(delta) > _TYPE_AND_TEXT or not field:
            self._aside(delta, field, reply)

    def _block(self, document: Document, reply: Reply) -> None:
        block = document.get("content_block")
        if isinstance(block, dict):
            begun = ""
            for field in _DELTAS.values():
                if isinstance(block.get(field), str) and block[field] and not begun:
                    where = f"content[{document.get('index', 0)}].{field}"
                    reply.texts = (text_at(block, field, _ROLES[field], where, reply.places),)
                    begun = field
            self._aside(block, begun, reply)

    def _aside(self, holder: Document, apart: str, reply: Reply) -> None:
        """What does not come in pieces: calls of tools, what searches found, what is cited."""
        self._asides += 1
        where = f"aside[{self._asides}]"
        reply.asides = tuple(texts_in(holder, where, "aside", reply.places, skip=_SEALED | {apart}))


def usage_of(said: Any) -> Usage | None:  # noqa: ANN401 - any JSON
    """Usage as Anthropic says it: what comes from the cache and what goes into it is told apart from the input."""
    if not isinstance(said, Mapping):
        return None
    cached, writes = whole(said.get("cache_read_input_tokens")), whole(said.get("cache_creation_input_tokens"))
    return Usage(
        input=whole(said.get("input_tokens")) + cached + writes,
        output=whole(said.get("output_tokens")),
        cached=cached,
        cache_writes=writes,
    )


def _error(told: Told) -> dict[str, Any]:
    kind = _TYPES.get(told.status, "api_error")
    error = {"type": kind, "message": told.sentence, "code": told.code, "problem": told.uri}
    return {"type": "error", "error": {**error, **({"held": told.held} if told.held else {})}}


def _system(document: Document, places: Places) -> Iterator[Text]:
    system = document.get("system")
    if isinstance(system, str):
        yield text_at(document, "system", "system", "system", places)
    elif isinstance(system, list):
        for index, block in enumerate(system):
            if isinstance(block, dict) and isinstance(block.get("text"), str):
                yield text_at(block, "text", "system", f"system[{index}].text", places)
            elif isinstance(block, str):
                yield text_at(system, index, "system", f"system[{index}]", places)
            elif isinstance(block, dict | list):
                yield from texts_in(block, f"system[{index}]", "system", places)
    elif isinstance(system, dict):
        yield from texts_in(system, "system", "system", places)


def _content(holder: Document, where: str, role: str, places: Places, unreadable: set[str]) -> Iterator[Text]:
    content = holder.get("content")
    path = f"{where}.content"
    if isinstance(content, str):
        yield text_at(holder, "content", role, path, places)
        return
    if isinstance(content, dict):
        yield from texts_in(content, path, role, places)
    for index, block in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(block, dict):
            unreadable.add("content:unknown")
            continue
        kind = str(block.get("type"))
        if kind in _UNREADABLE:
            unreadable.add(_UNREADABLE[kind])
            continue
        if kind not in _READABLE:
            unreadable.add(f"content:{kind[:40]}")
        said = "tool" if kind == "tool_result" else role
        yield from texts_in(block, f"{path}[{index}]", said, places, skip=_BLOCK_APART)
        if "content" in block:
            yield from _content(block, f"{path}[{index}]", said, places, unreadable)


def _hosted(document: Document) -> Iterator[str]:
    """Tools that Anthropic carries out itself: each has a type of its own; what a client carries out has `custom`."""
    tools = document.get("tools")
    for each in tools if isinstance(tools, list) else ():
        kind = each.get("type") if isinstance(each, dict) else "unknown"
        if kind not in {None, "custom"}:
            yield f"hosted-tool:{str(kind)[:60]}"
    if document.get("mcp_servers"):
        yield "hosted-tool:mcp"
    if document.get("container"):
        yield "hosted-tool:container"
