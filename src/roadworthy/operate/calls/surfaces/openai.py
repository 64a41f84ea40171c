"""What OpenAI's surfaces have in common: usage, errors, parts of a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.model import Places, Told
from roadworthy.operate.calls.surfaces.bodies import encode, text_at, texts_in, whole
from roadworthy.operate.telemetry.model import Usage

_TYPES: Final = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "permission_error",
    404: "invalid_request_error",
    409: "conflict_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}
UNREADABLE: Final = {
    "image_url": "image",
    "input_image": "image",
    "image": "image",
    "input_audio": "audio",
    "audio": "audio",
    "file": "file",
    "input_file": "file",
    "document": "file",
    "item_reference": "previous-response",
}
PARAMETERS: Final = (
    "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop", "response_format",
    "reasoning_effort", "top_k", "stop_sequences", "thinking", "reasoning", "text",
)  # fmt: skip
_TEXT_TYPES: Final = frozenset({"text", "input_text", "output_text", "refusal"})


def error_of(told: Told) -> dict[str, Any]:
    """An error in OpenAI's shape; the problem's page stands beside what clients know."""
    return {
        "message": told.sentence,
        "type": _TYPES.get(told.status, "server_error"),
        "param": told.field,
        "code": told.code,
        "problem": told.uri,
        **({"held": told.held} if told.held else {}),
    }


def error(told: Told) -> bytes:
    """An error as the body of an answer."""
    return encode({"error": error_of(told)})


def usage_of(said: Any) -> Usage | None:  # noqa: ANN401 - any JSON
    """Usage as chat completions, embeddings or responses say it."""
    if not isinstance(said, dict):
        return None
    into = said.get("prompt_tokens_details") or said.get("input_tokens_details") or {}
    out = said.get("completion_tokens_details") or said.get("output_tokens_details") or {}
    return Usage(
        input=whole(said.get("prompt_tokens", said.get("input_tokens"))),
        output=whole(said.get("completion_tokens", said.get("output_tokens"))),
        cached=whole(into.get("cached_tokens")) if into and isinstance(into, dict) else 0,
        reasoning=whole(out.get("reasoning_tokens")) if out and isinstance(out, dict) else 0,
    )


def content_of(
    holder: Any,  # noqa: ANN401 - any JSON
    name: str,
    role: str,
    where: str,
    places: Places,
    unreadable: set[str],
) -> Iterator[Text]:
    """Texts of a message's content, which is a text or a list of parts."""
    content = holder.get(name)
    path = f"{where}.{name}"
    if isinstance(content, str):
        yield text_at(holder, name, role, path, places)
    elif isinstance(content, list):
        for index, part in enumerate(content):
            if isinstance(part, str):
                yield text_at(content, index, role, f"{path}[{index}]", places)
            elif isinstance(part, dict):
                kind = part.get("type")
                if kind in UNREADABLE:
                    unreadable.add(UNREADABLE[kind])
                    continue
                if kind not in _TEXT_TYPES and isinstance(kind, str):
                    unreadable.add(f"content:{kind[:40]}")
                yield from texts_in(part, f"{path}[{index}]", role, places, skip=frozenset({"type"}))
            elif isinstance(part, list):
                yield from texts_in(part, f"{path}[{index}]", role, places)
    elif isinstance(content, dict):
        yield from texts_in(content, path, role, places)


def echoes_in(value: Any) -> list[tuple[dict[str, Any], str]]:  # noqa: ANN401 - any JSON
    """Where an answer says its tokens again, with how likely each was."""
    found: list[tuple[dict[str, Any], str]] = []
    open_ = [value]
    while open_:
        each = open_.pop()
        if isinstance(each, dict):
            if each.get("logprobs"):
                found.append((each, "logprobs"))
            open_ += [held for name, held in each.items() if name != "logprobs" and isinstance(held, dict | list)]
        elif isinstance(each, list):
            open_ += [held for held in each if isinstance(held, dict | list)]
    return found


def hosted_tools(tools: object) -> Iterator[str]:
    """Tools that the upstream carries out itself."""
    for each in tools if tools and isinstance(tools, list) else ():
        kind = each.get("type") if isinstance(each, dict) else None
        if kind not in {"function", "custom", None} or not isinstance(each, dict):
            yield f"hosted-tool:{str(kind)[:60]}"


def parameters_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What sets how a model answers."""
    if document.keys().isdisjoint(PARAMETERS):
        return {}
    return {name: document[name] for name in PARAMETERS if document.get(name) is not None}
