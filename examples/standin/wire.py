"""The shapes of the interface: completions, streams, embeddings and errors, as OpenAI's clients expect them."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from examples.standin.behaviour import Fate
from examples.standin.replies import REFUSAL, Reply, ToolCall, tokens

CREATED = 1_767_225_600
"""Every answer claims the same second (2026-01-01), so that a run can be compared byte by byte."""


def error(status: int, message: str) -> dict[str, Any]:
    """The body of an error."""
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def fated(reply: Reply, fate: Fate) -> Reply:
    """The reply as the behaviour has it: refused, injected, or with broken arguments."""
    behaviour = fate.behaviour
    if fate.refused:
        return Reply(None, refusal=REFUSAL)
    calls = reply.calls
    if behaviour.injected_call is not None and calls:
        name = str(behaviour.injected_call.get("name"))
        calls = (ToolCall(name, json.dumps(behaviour.injected_call.get("arguments") or {})),)
    if fate.bad_arguments:
        calls = tuple(ToolCall(call.name, call.arguments[:-1] + ",,") for call in calls)
    content = reply.content
    if behaviour.injected is not None and content is not None:
        content = f"{content} {behaviour.injected}"
    return Reply(content, calls)


def usage(prompt: str, reply: Reply, fate: Fate) -> dict[str, int]:
    """Tokens, counted or as the behaviour tells."""
    told = f"{reply.content or reply.refusal or ''}{''.join(call.arguments for call in reply.calls)}"
    asked = fate.behaviour.prompt_tokens if fate.behaviour.prompt_tokens is not None else tokens(prompt)
    given = fate.behaviour.completion_tokens if fate.behaviour.completion_tokens is not None else tokens(told)
    return {"prompt_tokens": asked, "completion_tokens": given, "total_tokens": asked + given}


def _calls(reply: Reply, number: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{number}_{at}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for at, call in enumerate(reply.calls)
    ]


def completion(reply: Reply, fate: Fate, model: str, number: int, used: dict[str, int]) -> dict[str, Any]:
    """An answer in one piece."""
    content = reply.content
    finish = "tool_calls" if reply.calls else "stop"
    if fate.truncated and content is not None:
        content, finish = content[: len(content) // 2], "length"
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": reply.refusal}
    if reply.calls:
        message["tool_calls"] = _calls(reply, number)
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": used,
    }


def stream(reply: Reply, fate: Fate, model: str, number: int, used: dict[str, int] | None) -> Iterator[str]:
    """An answer as server-sent events; `used` is told in the end where the client asked for it."""
    lines = list(_chunks(reply, model, number, used))
    if fate.malformed:
        lines[len(lines) // 2] = 'data: {"id":"chatcmpl-,\n\n'
    if fate.truncated:
        half = len(lines) // 2
        yield from lines[:half]
        yield lines[half][: len(lines[half]) // 2]
        return
    yield from lines
    yield "data: [DONE]\n\n"


def _chunks(reply: Reply, model: str, number: int, used: dict[str, int] | None) -> Iterator[str]:
    base = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": CREATED, "model": model}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        return f"data: {json.dumps({**base, 'choices': choices})}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    if reply.refusal is not None:
        yield chunk({"refusal": reply.refusal})
    for word in (reply.content or "").split(" ") if reply.content else ():
        yield chunk({"content": word + " "})
    for at, call in enumerate(_calls(reply, number)):
        named = call["function"] | {"arguments": ""}
        yield chunk({"tool_calls": [{"index": at, **call, "function": named}]})
        arguments = call["function"]["arguments"]
        for begin in range(0, len(arguments), 12):
            part = {"arguments": arguments[begin : begin + 12]}
            yield chunk({"tool_calls": [{"index": at, "function": part}]})
    yield chunk({}, "tool_calls" if reply.calls else "stop")
    if used is not None:
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': used})}\n\n"


def embeddings(vectors: Sequence[Sequence[float]], model: str, used: int, *, packed: bool) -> dict[str, Any]:
    """Vectors as lists of numbers, or packed as OpenAI's own client asks for them: Base64 of 32-bit floats."""
    data = [
        {
            "object": "embedding",
            "index": at,
            "embedding": base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            if packed
            else list(vector),
        }
        for at, vector in enumerate(vectors)
    ]
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": used, "total_tokens": used}}
