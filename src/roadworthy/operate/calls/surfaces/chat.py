"""OpenAI chat completions.

https://platform.openai.com/docs/api-reference/chat
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

_SHARED: Final = ("id", "object", "created", "model")
"""What every event of a stream says again."""
_CHOICE: Final = frozenset(
    {"index", "delta", "finish_reason", "logprobs", "stop_reason", "content_filter_results", "content_filter_offsets"}
)
"""What there is in a choice beside texts that only stand in what is new to us, or the deltas."""
_OLD_CALL: Final = "function_call.arguments"
_MARKS: Final = frozenset({"id", "type", "index", "format"})
_SYSTEM: Final = frozenset({"system", "developer"})
_LENGTHS: Final = ("max_completion_tokens", "max_tokens")
"""Where a client says how long an answer may be; the first where it does not say."""
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
        read.choices = max(1, whole(document.get("n")))
        said = tuple([each for each in _LENGTHS if document.get(each) is not None])
        read.output_tokens = min([whole(document[each]) for each in said], default=0)
        read.capped_in = said or _LENGTHS[:1]
        read.stream = document.get("stream") is True
        read.unreadable = tuple(sorted(unreadable))
        tools = document.get("tools") or document.get("functions")
        read.parts = parts_of(prompts, tools, openai.parameters_of(document))
        read.effects = bool(unreadable) and any(each.startswith("hosted-tool:") for each in unreadable)
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
        if isinstance(message.get("content"), str):
            texts = [text_at(message, "content", role, f"{where}.content", places)]
        else:
            texts = list(openai.content_of(message, "content", role, where, places, unreadable))
        if message.keys() <= _MESSAGE_APART:
            return texts
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
                texts += _content(message, where, places)
                if not message.keys() <= _MESSAGE_APART:
                    texts += texts_in(message, where, "aside", places, skip=_MESSAGE_APART)
        return Reply(
            document,
            texts,
            places=places,
            echoes=openai.echoes_in(document.get("choices")),
            usage=openai.usage_of(document.get("usage")),
            model=text_of(document.get("model")),
            id=text_of(document.get("id")),
            finish=finish,
        )

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
        self._asides = 0

    def read(self, name: str, document: Document) -> Reply:  # noqa: ARG002 - events of this surface have no names
        """What an event says. An upstream that is asked for usage says in every event that there is none yet."""
        self._last = document
        reply = Reply(document, model=text_of(document.get("model")), id=text_of(document.get("id")))
        texts: list[Text] = []
        for choice in _choices(document):
            delta = choice.get("delta")
            if delta and isinstance(delta, dict):
                self._delta(delta, f"choices[{choice.get('index', 0)}]", texts, reply)
            if not choice.keys() <= _CHOICE:
                self._aside(choice, reply, _CHOICE)
            if choice.get("logprobs"):
                reply.echoes = (*reply.echoes, (choice, "logprobs"))
            finish = choice.get("finish_reason")
            if isinstance(finish, str):
                reply.finish = finish
                reply.ends = (*reply.ends, f"choices[{choice.get('index', 0)}].")
        reply.texts = texts
        if isinstance(document.get("error"), dict):
            reply.failed = "server-error"
        usage = document.get("usage")
        if usage is not None:
            reply.usage = openai.usage_of(usage)
            if not self._wants_usage:
                reply.hidden = not document.get("choices")
                reply.changed = True
                del document["usage"]
        return reply

    def with_text(self, where: str, text: str) -> bytes:
        """An event that says a rest of a text, as the upstream would."""
        choice, _, path = where.partition("].")
        index = int(choice.removeprefix("choices[") or 0)
        delta: dict[str, Any]
        if path.startswith("tool_calls["):
            number, _, field = path.removeprefix("tool_calls[").partition("].")
            holder, _, field = field.partition(".")
            delta = {"tool_calls": [{"index": int(number), holder: {field: text}}]}
        elif path == _OLD_CALL:
            delta = {"function_call": {"arguments": text}}
        else:
            delta = {path: text}
        shared: Document = {name: self._last[name] for name in _SHARED if name in self._last}
        event: Document = {**shared, "choices": [{"index": index, "delta": delta, "finish_reason": None}]}
        return b"data: " + encode(event) + b"\n\n"

    def _delta(self, delta: Document, where: str, texts: list[Text], reply: Reply) -> None:
        for name, value in delta.items():
            if isinstance(value, str):
                if name != "role":
                    role = "assistant" if name == "content" else "aside"
                    texts.append(text_at(delta, name, role, f"{where}.{name}", reply.places))
            elif name == "tool_calls" and isinstance(value, list):
                texts += _called(value, where, reply.places)
            elif name == "function_call" and isinstance(value, dict) and isinstance(value.get("arguments"), str):
                texts.append(text_at(value, "arguments", "aside", f"{where}.{_OLD_CALL}", reply.places))
            elif value and isinstance(value, dict | list):
                self._aside(value, reply, _MARKS)

    def _aside(self, value: Any, reply: Reply, skip: frozenset[str]) -> None:  # noqa: ANN401 - any JSON
        """What no surface of ours knows to come in pieces: each text in it is looked at by itself."""
        self._asides += 1
        found = texts_in(value, f"aside[{self._asides}]", "aside", reply.places, skip=skip)
        reply.asides = (*reply.asides, *found)


def _content(message: Document, where: str, places: Places) -> Iterator[Text]:
    content = message.get("content")
    if isinstance(content, str):
        yield text_at(message, "content", "assistant", f"{where}.content", places)
    for index, part in enumerate(content if isinstance(content, list) else ()):
        yield from texts_in(part, f"{where}.content[{index}]", "assistant", places, skip=_MARKS)


def _called(calls: list[Any], where: str, places: Places) -> Iterator[Text]:
    """What tools are called with, in pieces too."""
    for each in calls:
        if not isinstance(each, dict):
            continue
        for holder, name in (("function", "arguments"), ("custom", "input")):
            called = each.get(holder)
            if isinstance(called, dict) and isinstance(called.get(name), str):
                path = f"{where}.tool_calls[{each.get('index', 0)}].{holder}.{name}"
                yield text_at(called, name, "aside", path, places)


def _choices(document: Document) -> list[Document]:
    choices = document.get("choices")
    return [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
