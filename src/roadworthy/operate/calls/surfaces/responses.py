"""OpenAI responses.

https://platform.openai.com/docs/api-reference/responses and .../responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.model import Document, Head, Places, Question, Reply, Told
from roadworthy.operate.calls.surfaces import openai
from roadworthy.operate.calls.surfaces.bodies import encode, model_of, parts_of, text_at, texts_in, tokens_of, whole
from roadworthy.operate.calls.surfaces.dialect import ReadBody, text_of
from roadworthy.operate.telemetry.model import Surface

_APART: Final = frozenset({"input", "model", "instructions", "previous_response_id", "conversation", "prompt"})
_ITEM_APART: Final = frozenset({"content", "role", "type"})
_SYSTEM: Final = frozenset({"system", "developer"})
_LABELS: Final = frozenset({"type", "id", "item_id", "call_id", "status", "role", "encrypted_content"})
_LAST: Final = {"response.completed": None, "response.incomplete": None, "response.failed": "server-error"}
_TEXT: Final = ".output_text."
_SAYING: Final = frozenset({"message", "output_text"})
"""Items and parts that say what the answer says, and not how it came about."""
_READABLE: Final = frozenset(
    {"message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning"}
)


class Responses:
    """The surface."""

    surface = Surface.RESPONSES

    def read(self, document: Document, head: Head) -> ReadBody:
        """What a request asks for. What is kept at the provider, no guard here has seen."""
        given = document.get("input")
        if given is None and not document.get("prompt"):
            raise InvalidInput(
                "call-input-missing",
                "the request has no input",
                place=Place(field="input"),
                remedy="send a text, or a list of items",
            )
        places: Places = {}
        unreadable: set[str] = set(openai.hosted_tools(document.get("tools")))
        unreadable |= {
            kind
            for name, kind in (
                ("previous_response_id", "previous-response"),
                ("conversation", "previous-response"),
                ("prompt", "stored-prompt"),
            )
            if document.get(name)
        }
        if document.get("background") is True:
            unreadable.add("background")
        texts: list[Text] = []
        if isinstance(document.get("instructions"), str):
            texts.append(text_at(document, "instructions", "system", "instructions", places))
        if isinstance(given, str):
            texts.append(text_at(document, "input", "user", "input", places))
        for index, item in enumerate(given if isinstance(given, list) else ()):
            texts += self._item(item, f"input[{index}]", places, unreadable)
        prompts = [each.text for each in texts if each.role == "system"]
        texts += texts_in(document, "", "input", places, skip=_APART)
        read = ReadBody(model_of(document, head.model), tuple(texts), places, tokens_of(texts))
        read.choices, read.capped_in = 1, ("max_output_tokens",)
        read.output_tokens = whole(document.get("max_output_tokens"))
        read.stream = document.get("stream") is True
        read.unreadable = tuple(sorted(unreadable))
        read.parts = parts_of(prompts, document.get("tools"), openai.parameters_of(document))
        read.effects = any(each.startswith(("hosted-tool:", "background")) for each in unreadable)
        return read

    @staticmethod
    def _item(item: Any, where: str, places: Places, unreadable: set[str]) -> list[Text]:  # noqa: ANN401 - any JSON
        if not isinstance(item, dict):
            raise InvalidInput(
                "call-message-unreadable",
                "an item of the input is no object",
                place=Place(field=where),
                remedy="send what the client library of this surface sends",
            )
        kind = str(item.get("type", "message"))
        if kind in openai.UNREADABLE:
            unreadable.add(openai.UNREADABLE[kind])
        elif kind not in _READABLE:
            unreadable.add(f"content:{kind[:40]}")
        if item.get("encrypted_content"):
            unreadable.add("encrypted-reasoning")
        said = str(item.get("role") or ("tool" if kind.endswith("_output") else "assistant"))[:20]
        role = "system" if said in _SYSTEM else said
        texts = list(openai.content_of(item, "content", role, where, places, unreadable))
        texts += texts_in(item, where, role, places, skip=_ITEM_APART)
        return texts

    @staticmethod
    def answer(document: Document) -> Reply:
        """What an answer says."""
        places: Places = {}
        output = document.get("output")
        texts = _output(output, "output", places)
        return Reply(
            document,
            texts,
            places=places,
            echoes=openai.echoes_in(output),
            usage=openai.usage_of(document.get("usage")),
            model=text_of(document.get("model")),
            id=text_of(document.get("id")),
            finish=text_of(document.get("status")),
        )

    @staticmethod
    def listener(question: Question) -> ResponsesListener:  # noqa: ARG004 - the protocol's
        """Begin to read a stream."""
        return ResponsesListener()

    @staticmethod
    def error(told: Told) -> bytes:
        """A failure as the body of an answer."""
        return openai.error(told)

    @staticmethod
    def error_event(told: Told) -> bytes:
        """A failure within a stream."""
        said = {"type": "error", "code": told.code, "message": told.sentence, "param": told.field, "problem": told.uri}
        return (
            b"event: error\ndata: " + encode({**said, "error": openai.error_of(told), "sequence_number": 0}) + b"\n\n"
        )


class ResponsesListener:
    """Reads one stream.

    Every text comes in deltas first and then once more as a whole; the whole one is put together anew from what the
    deltas were allowed to say, so that a guard's hold-back holds for both.
    """

    def __init__(self) -> None:
        self._last: dict[str, Document] = {}

    def read(self, name: str, document: Document) -> Reply:
        """What an event says."""
        kind = str(document.get("type") or name)
        reply = Reply(document)
        if kind.endswith(".delta") and isinstance(document.get("delta"), str):
            where = _where(kind, document)
            self._last[where] = document
            role = "assistant" if _TEXT in kind else "aside"
            reply.texts = (text_at(document, "delta", role, where, reply.places),)
            reply.echoes = openai.echoes_in(document)
            return reply
        if kind.endswith(".done"):
            reply.ends = (_where(kind, document),) if "content_index" in document or "arguments" in document else ()
        response = document.get("response")
        if kind in _LAST and isinstance(response, dict):
            reply.usage = openai.usage_of(response.get("usage"))
            reply.finish = text_of(response.get("status"))
            reply.final, reply.failed = True, _LAST[kind]
        elif kind == "error":
            reply.failed = "server-error"
        if isinstance(response, dict):
            reply.model, reply.id = text_of(response.get("model")), text_of(response.get("id"))
        reply.echoes = openai.echoes_in(document)
        reply.texts, reply.comes_whole = _texts(kind, document, reply.places), True
        return reply

    def with_text(self, where: str, text: str) -> bytes:
        """An event that says a rest of a text, as the upstream would; nothing of what comes whole anyway."""
        last = self._last.get(where)
        if last is None:
            return b""
        return f"event: {last['type']}\ndata: ".encode() + encode({**last, "delta": text}) + b"\n\n"


def _where(kind: str, document: Document) -> str:
    """The stream of text to which an event belongs."""
    what = kind.removeprefix("response.").rpartition(".")[0]
    return f"{what}[{document.get('output_index', 0)}][{document.get('content_index', 0)}]."


def _item(item: Document, where: str, places: Places) -> Iterator[Text]:
    """Texts of an item or a part, without labels of the provider's software and what is empty yet."""
    says = item.get("type") in _SAYING
    for each in texts_in(item, where, "aside", places):
        name = each.where.rpartition(".")[2]
        if each.text and name not in _LABELS and ".logprobs[" not in each.where:
            yield Text("assistant", each.text, each.where) if says and name == "text" else each


def _output(output: object, where: str, places: Places) -> list[Text]:
    items = enumerate(output) if isinstance(output, list) else ()
    return [text for n, item in items if isinstance(item, dict) for text in _item(item, f"{where}[{n}]", places)]


def _texts(kind: str, document: Document, places: Places) -> list[Text]:
    """Texts that come whole: each is a stream of its own, since nothing follows it."""
    prefix = f"{kind}[{document.get('sequence_number', 0)}]"
    found = [
        text_at(document, field, "assistant" if _TEXT in kind else "aside", f"{prefix}.{field}", places)
        for field in ("text", "arguments", "refusal", "input", "code", "delta")
        if isinstance(document.get(field), str)
    ]
    for field in ("item", "part", "annotation", "delta"):
        if isinstance(document.get(field), dict):
            found += _item(document[field], f"{prefix}.{field}", places)
    response = document.get("response")
    return found + _output(response.get("output"), f"{prefix}.output", places) if isinstance(response, dict) else found
