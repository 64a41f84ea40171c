"""OpenAI chat completions.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.admission.model import Text
from roadworthy.operate.calls.model import Document, Head, Places, Question, Reply, Told
from roadworthy.operate.calls.surfaces import openai
from roadworthy.operate.calls.surfaces.bodies import encode, model_of, parts_of, text_at, texts_in, tokens_of, whole
from roadworthy.operate.calls.surfaces.dialect import ReadBody, text_of
from roadworthy.operate.telemetry.model import Surface

_SHARED: Final = ("id", "object", "created", "model")
"""What every event of a stream says again."""
_SYSTEM: Final = frozenset({"system", "developer"})
_APART: Final = frozenset({"messages", "model"})
_MESSAGE_APART: Final = frozenset({"content", "role"})


class Chat:
    """The surface."""

    surface = Surface.CHAT

    def read(self, document: Document, head: Head) -> ReadBody:
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
        unreadable: set[str] = set(openai.hosted_tools(document.get("tools")))
        if document.get("web_search_options") is not None:
            unreadable.add("hosted-tool:web_search")
        texts: list[Text] = []
        prompts: list[str] = []
        for index, message in enumerate(messages):
            found = self._message(message, f"messages[{index}]", places, unreadable)
            if found and found[0].role == "system":
                prompts += [each.text for each in found]
            texts += found
        texts += texts_in(document, "", "input", places, skip=_APART)
        read = ReadBody(model_of(document, head.model), tuple(texts), places, tokens_of(texts, len(messages)))
        choices = max(1, whole(document.get("n")))
        read.output_tokens = choices * whole(document.get("max_completion_tokens", document.get("max_tokens")))
        read.stream = document.get("stream") is True
        read.unreadable = tuple(sorted(unreadable))
        tools = document.get("tools") or document.get("functions")
        read.parts = parts_of(prompts, tools, openai.parameters_of(document))
        read.effects = any(each.startswith("hosted-tool:") for each in unreadable)
        self._ask_for_usage(document, read)
        return read

    @staticmethod
    def _ask_for_usage(document: Document, read: ReadBody) -> None:
        """Ask for the usage of a stream whether or not the client did, since limits are settled by it."""
        if read.stream:
            options = document.get("stream_options")
            options = dict(options) if isinstance(options, dict) else {}
            read.wants_usage = options.get("include_usage") is True
            document["stream_options"] = {**options, "include_usage": True}

    @staticmethod
    def _message(message: Any, where: str, places: Places, unreadable: set[str]) -> list[Text]:  # noqa: ANN401 - any JSON
        if not isinstance(message, dict):
            raise InvalidInput(
                "call-message-unreadable",
                "a message is no object",
                place=Place(field=where),
                remedy="send what the client library of this surface sends",
            )
        said = message.get("role")
        role = "system" if said in _SYSTEM else str(said)[:20]
        texts = list(openai.content_of(message, "content", role, where, places, unreadable))
        if isinstance(message.get("audio"), dict):
            unreadable.add("audio")
        texts += texts_in(message, where, role, places, skip=_MESSAGE_APART)
        return texts

    @staticmethod
    def answer(document: Document) -> Reply:
        """What an answer says."""
        places: Places = {}
        texts: list[Text] = []
        finish = None
        for choice in _choices(document):
            finish = finish or text_of(choice.get("finish_reason"))
            message = choice.get("message")
            if isinstance(message, dict):
                where = f"choices[{choice.get('index', 0)}]"
                texts += texts_in(message, where, "assistant", places, skip=frozenset({"role"}))
        return Reply(
            document, tuple(texts), places, openai.usage_of(document.get("usage")), text_of(document.get("model")),
            text_of(document.get("id")), finish,
        )  # fmt: skip

    @staticmethod
    def listener(question: Question) -> ChatListener:
        """Begin to read a stream."""
        return ChatListener(wants_usage=question.wants_usage)

    @staticmethod
    def error(told: Told) -> bytes:
        """A failure as the body of an answer."""
        return openai.error(told)

    @staticmethod
    def error_event(told: Told) -> bytes:
        """A failure within a stream: the clients raise it as soon as they read it."""
        return b"data: " + openai.error(told) + b"\n\n"


class ChatListener:
    """Reads one stream."""

    def __init__(self, *, wants_usage: bool) -> None:
        self._wants_usage = wants_usage
        self._last: Document = {}

    def read(self, name: str, document: Document) -> Reply:  # noqa: ARG002 - events of this surface have no names
        """What an event says."""
        places: Places = {}
        texts: list[Text] = []
        finish = None
        ends: list[str] = []
        self._last = document
        for choice in _choices(document):
            if isinstance(choice.get("finish_reason"), str):
                finish = choice["finish_reason"]
                ends.append(f"choices[{choice.get('index', 0)}]")
            delta = choice.get("delta")
            if isinstance(delta, dict):
                index = choice.get("index", 0)
                _deltas(delta, f"choices[{index}]", texts, places)
        reply = Reply(
            document, tuple(texts), places, openai.usage_of(document.get("usage")), text_of(document.get("model")),
            text_of(document.get("id")), finish,
        )  # fmt: skip
        reply.ends = tuple(ends)
        if isinstance(document.get("error"), dict):
            reply.failed = "server-error"
        if not self._wants_usage and "usage" in document:
            reply.hidden = not document.get("choices") and document["usage"] is not None
            reply.changed = True
            del document["usage"]
        return reply

    def with_text(self, where: str, text: str) -> bytes:
        """An event that says a rest of a text, as the upstream would."""
        choice, _, path = where.partition("].")
        index = int(choice.removeprefix("choices[") or 0)
        delta: dict[str, Any]
        if path.startswith("tool_calls["):
            number = int(path[len("tool_calls[") : path.index("]")])
            delta = {"tool_calls": [{"index": number, "function": {"arguments": text}}]}
        else:
            delta = {path: text}
        shared: Document = {
            name: self._last[name] for name in ("id", "object", "created", "model") if name in self._last
        }
        event: Document = {**shared, "choices": [{"index": index, "delta": delta, "finish_reason": None}]}
        return b"data: " + encode(event) + b"\n\n"


def _deltas(delta: Document, where: str, texts: list[Text], places: Places) -> None:
    for name, value in delta.items():
        if isinstance(value, str) and name != "role":
            texts.append(text_at(delta, name, "assistant", f"{where}.{name}", places))
        elif name == "tool_calls" and isinstance(value, list):
            for each in value:
                called = each.get("function") if isinstance(each, dict) else None
                if isinstance(called, dict) and isinstance(called.get("arguments"), str):
                    path = f"{where}.tool_calls[{each.get('index', 0)}].arguments"
                    texts.append(text_at(called, "arguments", "assistant", path, places))


def _choices(document: Document) -> list[Document]:
    choices = document.get("choices")
    return [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
