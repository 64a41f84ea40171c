"""Reading bodies: JSON within limits, every text in it with its place, digests of what a release consists of.

A body is always written anew from what was read of it, so that an upstream reads exactly what was admitted; of a name
that stands twice, both of us know the last.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.model import Document, Places
from roadworthy.operate.releases.hashing import of_json

DEEPEST: Final = 64
"""How deep a body may be nested."""
MOST_MODEL = 120
_PER_MESSAGE = 8
"""Tokens that providers add around a message, at most."""
_ASCII_PER_TOKEN = 3
"""Characters of ASCII text in a token are 4 on average; the count may be a third too high and is hardly too low."""

decode = msgspec.json.Decoder(type=dict[str, Any]).decode
encode = msgspec.json.Encoder().encode


def parsed(body: bytes) -> Document:
    """A body as a JSON object.

    Raises:
        InvalidInput: it is none, in UTF-8, or nested too deeply.
    """
    try:
        document = decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "call-body-unreadable",
            "the body is no JSON object in UTF-8",
            remedy="send what the client library of this surface sends",
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deep(document):
        raise _too_deep()
    return document


def _is_deep(document: Document) -> bool:
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [
            each
            for holder in level
            for each in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(each, dict | list)
        ]
        if not level:
            return False
    return True


def texts_in(
    value: Any,  # noqa: ANN401 - any JSON
    where: str,
    role: str,
    places: Places,
    *,
    skip: frozenset[str] = frozenset(),
) -> Iterator[Text]:
    """Every text in a part of a body, with its place; names at the top that are in `skip` are left out.

    Raises:
        InvalidInput: it is nested too deeply.
    """
    return _walk(value, where, role, places, skip, 0)


def _walk(
    value: Any,  # noqa: ANN401 - any JSON
    where: str,
    role: str,
    places: Places,
    skip: frozenset[str],
    depth: int,
) -> Iterator[Text]:
    if depth > DEEPEST:
        raise _too_deep()
    pairs: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        pairs = [pair for pair in value.items() if pair[0] not in skip] if skip else value.items()
        for name, each in pairs:
            path = f"{where}.{name}" if where else str(name)
            if isinstance(each, str):
                places[path] = (value, name)
                yield Text(role, each, path)
            elif isinstance(each, dict | list):
                yield from _walk(each, path, role, places, frozenset(), depth + 1)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            path = f"{where}[{index}]"
            if isinstance(each, str):
                places[path] = (value, index)
                yield Text(role, each, path)
            elif isinstance(each, dict | list):
                yield from _walk(each, path, role, places, frozenset(), depth + 1)


def text_at(holder: Any, name: Any, role: str, where: str, places: Places) -> Text:  # noqa: ANN401 - any JSON
    """The text at a place."""
    places[where] = (holder, name)
    return Text(role, holder[name], where)


def tokens_of(texts: Iterable[Text], messages: int = 1) -> int:
    """An estimate of tokens that is hardly ever too low."""
    count = _PER_MESSAGE * messages
    for each in texts:
        size = len(each.text)
        count += (
            size // _ASCII_PER_TOKEN + 1 if each.text.isascii() else len(each.text.encode("utf-8", "replace")) // 2 + 1
        )
    return count


def model_of(document: Mapping[str, Any], named: str | None) -> str:
    """The model that is asked for.

    Raises:
        InvalidInput: none is.
    """
    model = named or document.get("model")
    if not isinstance(model, str) or not model or len(model) > MOST_MODEL:
        raise InvalidInput(
            "call-model-missing",
            "the request names no model",
            place=Place(field="model"),
            remedy="name one that `GET /v1/models` lists",
        )
    return model


def whole(value: object) -> int:
    """A number of things, where one is said; 0 where none is."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def parts_of(prompts: Iterable[str], tools: object, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Digests of what is seen of a release: the system prompt as text, the tools and the parameters as JSON."""
    said = "\n\n".join(prompts)
    found = {}
    if said:
        found["prompt"] = digest(said.encode("utf-8", "replace"))
    if tools:
        found["tools"] = _json_digest(encode(tools))
    if parameters:
        found["parameters"] = _json_digest(encode(parameters))
    return found


@functools.lru_cache(maxsize=1_024)
def _json_digest(content: bytes) -> str:
    return of_json(content, Place(field="tools"))


def _too_deep() -> InvalidInput:
    return InvalidInput(
        "call-body-too-deep",
        f"the body is nested more than {DEEPEST} levels deep",
        remedy="send a flatter one",
    )
