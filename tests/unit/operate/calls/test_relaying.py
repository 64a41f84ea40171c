"""Streams past guards: however a text is cut into events, and events into reads, the client gets the same text."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.admission.guards.compiled import EndpointGuards
from roadworthy.operate.admission.guards.shapes import Guards
from roadworthy.operate.admission.model import Asking
from roadworthy.operate.admission.ports import AnswerGuard
from roadworthy.operate.calls import relaying
from roadworthy.operate.calls.events import DONE, Events
from roadworthy.operate.calls.guarding import Guarding
from roadworthy.operate.calls.model import Question
from roadworthy.operate.calls.relaying import Heard, Relay
from roadworthy.operate.calls.surfaces.bodies import parsed
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.surfaces.every import CHAT, MESSAGES, RESPONSES
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

CARD, MAIL, CANARY = "4111 1111 1111 1111", "ann.lee@example.com", "Zx-claims-prompt-7"
MASKING = EndpointGuards(
    "x",
    Guards.model_validate({"patterns": [{"name": each, "answer": "mask"} for each in ("personal-data", "secrets")]}),
)
BLOCKING = EndpointGuards("x", Guards.model_validate({"canaries": [CANARY]}))
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [CARD, MAIL, " ", ", ", "\n", "é", "12", "DE8", "+1 ", "pass", "word: ", '{"a": "', "(555", "-----"]
        ),
        st.text(alphabet='abK1 .,;-+(é\n\t"\\', max_size=8),
        st.sampled_from(["the claim", " is complete", " and", " paid ", "Password", "API KEY ", "WORD ", "12 "]),
    ),
    max_size=10,
).map("".join)
NAMES = ("first", "second", "call")
PLACES = st.lists(st.integers(0, 400), max_size=12)


def sse(document: Mapping[str, Any], *, named: bool) -> bytes:
    """An event as upstreams write it."""
    name = f"event: {document['type']}\n" if named else ""
    return f"{name}data: {json.dumps(document)}\n\n".encode()


def cut(text: str, places: Iterable[int]) -> list[str]:
    """A text in pieces."""
    marks = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(marks)]


# ---------------------------------------------------------------- streams of each surface, and what a client reads


def chat_event(index: int, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
    """One delta of one choice."""
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return sse({"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}, named=False)


def chat(texts: Mapping[str, Sequence[str]], *, joined: bool) -> list[bytes]:
    """Choices and calls of tools in turn; the end in an event of its own, or with the last piece."""
    events, whole = [], {name: list(pieces) for name, pieces in texts.items()}
    while any(whole.values()):
        for name, pieces in whole.items():
            if not pieces:
                continue
            said, last = pieces.pop(0), not pieces
            index, delta = {"first": (0, {"content": said}), "second": (1, {"content": said})}.get(
                name, (2, {"tool_calls": [{"index": 0, "function": {"arguments": said}}]})
            )
            events.append(chat_event(index, delta, "stop" if joined and last else None))
            if last and not joined:
                events.append(chat_event(index, {}, "stop"))
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    events.append(sse({"id": "c1", "model": "m", "choices": [], "usage": usage}, named=False))
    return [*events, b"data: [DONE]\n\n"]


def chat_read(documents: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the client puts together."""
    got: dict[str, str] = defaultdict(str)
    for document in documents:
        for choice in document["choices"]:
            delta = choice["delta"]
            got[{0: "first", 1: "second", 2: "call"}[choice["index"]]] += delta.get("content", "") + "".join(
                each["function"]["arguments"] for each in delta.get("tool_calls", ())
            )
    return got


def messages(texts: Mapping[str, Sequence[str]], *, joined: bool) -> list[bytes]:
    """Blocks of text, and a call of a tool."""
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m1", "model": "m", "usage": {"input_tokens": 3}}}
    ]
    for index, (name, pieces) in enumerate(sorted(texts.items(), key=lambda each: NAMES.index(each[0]))):
        kind, field = ("input_json_delta", "partial_json") if name == "call" else ("text_delta", "text")
        first = pieces[0] if joined and pieces and name != "call" else ""
        block = (
            {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
            if name == "call"
            else {"type": "text", "text": first}
        )
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [
            {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: each}}
            for each in pieces[1 if first else 0 :]
        ]
        events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}})
    return [sse(each, named=True) for each in [*events, {"type": "message_stop"}]]


def messages_read(documents: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the client puts together."""
    got: dict[str, str] = defaultdict(str)
    for document in documents:
        held = document.get("delta") or document.get("content_block") or {}
        if document["type"].startswith("content_block_"):
            got[NAMES[document["index"]]] += held.get("text", "") + held.get("partial_json", "")
    return got


def responses(texts: Mapping[str, Sequence[str]], *, joined: bool) -> list[bytes]:
    """Items, each in deltas and once more whole, and all of them at the end."""
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": "r1", "model": "m", "output": []}}]
    output = []
    for index, (name, pieces) in enumerate(sorted(texts.items(), key=lambda each: NAMES.index(each[0]))):
        whole = "".join(pieces)
        kind = "response.function_call_arguments" if name == "call" else "response.output_text"
        place = {"output_index": index} if name == "call" else {"output_index": index, "content_index": 0}
        logs = {"logprobs": [{"token": "x", "logprob": -0.1}]} if joined and name != "call" else {}
        events += [{"type": f"{kind}.delta", **place, "delta": each, **logs} for each in pieces]
        field = "arguments" if name == "call" else "text"
        events.append({"type": f"{kind}.done", **place, field: whole})
        item = (
            {"type": "function_call", "arguments": whole}
            if name == "call"
            else {"type": "message", "content": [{"text": whole}]}
        )
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
        output.append(item)
    events.append({"type": "response.completed", "response": {"id": "r1", "status": "completed", "output": output}})
    return [sse({**each, "sequence_number": n}, named=True) for n, each in enumerate(events)]


def responses_read(documents: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the client puts together; where it is told a text a second or third time, that has to be the same."""
    got: dict[str, str] = defaultdict(str)
    for document in documents:
        kind = document["type"]
        if kind.endswith(".delta"):
            got[NAMES[document["output_index"]]] += document["delta"]
        elif kind.endswith(("_text.done", "arguments.done")):
            assert document.get("text", document.get("arguments")) == got[NAMES[document["output_index"]]]
        elif kind == "response.completed":
            for name, item in zip(NAMES, document["response"]["output"], strict=False):
                assert (item["arguments"] if name == "call" else item["content"][0]["text"]) == got[name]
    return got


@dataclass(frozen=True)
class Spoken:
    """A surface with a way to write streams of it and one to read them."""

    dialect: Dialect
    write: Callable[..., list[bytes]]
    read: Callable[[Iterable[dict[str, Any]]], dict[str, str]]


SPOKEN = {
    "chat": Spoken(CHAT, chat, chat_read),
    "messages": Spoken(MESSAGES, messages, messages_read),
    "responses": Spoken(RESPONSES, responses, responses_read),
}


def relay(spoken: Spoken, begin: Callable[[], AnswerGuard]) -> tuple[Relay, Guarding]:
    """A stream that begins."""
    asking = Asking(spoken.dialect.surface, dt.datetime(2026, 11, 23, tzinfo=dt.UTC), "", "m", stream=True)
    guarding = Guarding(begin)
    return Relay(Question(asking, {}, {}, wants_usage=True), spoken.dialect, guarding, Heard(), 1_048_576), guarding


def read(spoken: Spoken, left: bytes) -> dict[str, str]:
    """What a client makes of what left."""
    events = Events()
    documents = [json.loads(each.data) for each in events.feed(left) if each.data != DONE]
    assert not events.rest
    return {name: text for name, text in spoken.read(documents).items() if text}


def plainly(guards: EndpointGuards, texts: Mapping[str, str]) -> dict[str, str]:
    """The same texts, each looked at as a whole."""
    said = {}
    for name, text in texts.items():
        guard = guards.answer()
        said[name] = guard.last(text)
    return {name: text for name, text in said.items() if text}


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("name", SPOKEN)
@given(
    texts=st.fixed_dictionaries({"first": TEXTS, "second": TEXTS, "call": TEXTS}),
    places=PLACES,
    reads=PLACES,
    joined=st.booleans(),
)
def test_a_stream_says_what_its_texts_would_say_as_a_whole(
    name: str, texts: dict[str, str], places: list[int], reads: list[int], joined: bool
) -> None:
    spoken = SPOKEN[name]
    events = b"".join(spoken.write({each: cut(text, places) for each, text in texts.items()}, joined=joined))
    relayed, _ = relay(spoken, MASKING.answer)
    marks = sorted({0, len(events), *(place * 7 % (len(events) + 1) for place in reads)})
    left = b"".join(relayed.feed(events[a:b]) for a, b in pairwise(marks))
    relayed.end()
    assert read(spoken, left) == plainly(MASKING, texts)


@pytest.mark.parametrize("guards", [MASKING, BLOCKING])
@given(
    pieces=st.lists(st.one_of(TEXTS, st.sampled_from(["stop", "content", "m", "Zx-claims", "-prompt-7", '"', "\\"]))),
    others=st.lists(st.integers(0, 3)),
    plain=st.booleans(),
)
def test_an_event_that_is_like_the_one_before_is_read_as_if_it_were_parsed(
    guards: EndpointGuards, pieces: list[str], others: list[int], plain: bool
) -> None:
    events = []
    for at, piece in enumerate(pieces):
        delta: dict[str, Any] = {"content": piece} if at % 5 else {"role": "assistant", "content": piece}
        choice = {"index": others[at] % 2 if at < len(others) else 0, "delta": delta, "finish_reason": None}
        event = {"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
        events.append(f"data: {json.dumps(event, ensure_ascii=plain)}\n\n".encode())
    said = []
    for parses in (False, True):
        relayed, guarding = relay(SPOKEN["chat"], guards.answer)
        left = b""
        for each in [*events, chat_event(0, {}, "stop"), chat_event(1, {}, "stop"), b"data: [DONE]\n\n"]:
            if parses:
                relayed._alike = None
            if not relayed.over:
                left += relayed.feed(each)
        relayed.end()
        documents = [json.loads(each.data) for each in Events().feed(left) if each.data != DONE]
        said.append((documents, guarding.findings, guarding.blocked, relayed._heard))
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["chat", "messages"])
def test_most_events_of_a_stream_are_not_parsed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken, parsed_ = SPOKEN[name], list[bytes]()

    def counted(data: bytes) -> dict[str, Any]:
        parsed_.append(data)
        return parsed(data)

    monkeypatch.setattr(relaying, "parsed", counted)
    relayed, _ = relay(spoken, MASKING.answer)
    events = spoken.write({"first": [f"word {n}, " for n in range(50)]}, joined=False)
    relayed.feed(b"".join(events))
    relayed.end()
    assert len(parsed_) < 8


@pytest.mark.parametrize("name", SPOKEN)
@given(before=TEXTS, places=PLACES, reads=PLACES)
def test_nothing_of_a_canary_leaves_nor_anything_after_it(
    name: str, before: str, places: list[int], reads: list[int]
) -> None:
    spoken = SPOKEN[name]
    pieces = cut(f"{before}|{CANARY} and more", places)
    events = b"".join(spoken.write({"first": pieces}, joined=False))
    relayed, guarding = relay(spoken, BLOCKING.answer)
    marks = sorted({0, len(events), *(place * 7 % (len(events) + 1) for place in reads)})
    left = b""
    for a, b in pairwise(marks):
        if not relayed.over:
            left += relayed.feed(events[a:b])
    relayed.end()
    assert guarding.blocked
    assert "canary:leak:block" in guarding.findings
    assert read(spoken, left).get("first", "") == plainly(BLOCKING, {"first": f"{before}|"})["first"]


@pytest.mark.parametrize("name", SPOKEN)
@given(texts=st.fixed_dictionaries({"first": TEXTS}), places=PLACES)
def test_what_no_guard_changes_leaves_byte_for_byte(name: str, texts: dict[str, str], places: list[int]) -> None:
    spoken = SPOKEN[name]
    events = b"".join(spoken.write({each: cut(text, places) for each, text in texts.items()}, joined=False))

    class Passing:
        findings = ()
        blocked = False

        def aside(self) -> None:
            """Nothing is for anybody."""

        def feed(self, text: str) -> str:
            return text

        last = feed

        def end(self) -> str:
            return ""

    relayed, _ = relay(spoken, Passing)
    assert relayed.feed(events) == events
    relayed.end()


@pytest.mark.parametrize("name", SPOKEN)
@pytest.mark.parametrize("when", ["begins", "feeds", "ends"])
def test_a_guard_that_raises_lets_nothing_more_leave(name: str, when: str) -> None:
    class Failing:
        findings = ()
        blocked = False

        def aside(self) -> None:
            """Nothing is for anybody."""

        def feed(self, text: str) -> str:
            if when == "feeds":
                raise ValueError(text)
            return ""

        def last(self, text: str) -> str:
            raise ValueError(text)

        def end(self) -> str:
            raise ValueError

    def begin() -> AnswerGuard:
        if when == "begins":
            raise ValueError
        return Failing()

    spoken = SPOKEN[name]
    relayed, guarding = relay(spoken, begin)
    left = b"".join(relayed.feed(each) for each in spoken.write({"first": ["a secret"]}, joined=False))
    assert guarding.blocked
    assert guarding.findings == ("guard:failed:block",)
    assert b"secret" not in left


@pytest.mark.parametrize(
    "event",
    [
        b"data: {\n\n",
        b"data: [1]\n\n",
        b'data: {"choices": [{"index": 0, "delta": {"content": "no"}}]}x\n\n',
        b"data: " + b"[" * 100 + b"\n\n",
        b"data: \xff\n\n",
    ],
)
def test_what_cannot_be_read_does_not_leave(event: bytes) -> None:
    relayed, _ = relay(SPOKEN["chat"], MASKING.answer)
    good = chat_event(0, {"content": "All is well. "})
    assert relayed.feed(good + event + good) == good
    assert relayed.over
    with pytest.raises(UpstreamFailure) as failed:
        relayed.end()
    assert failed.value.kind is FailureClass.UNREADABLE


SAID = f"to {MAIL} "
UNUSUAL: list[tuple[str, dict[str, Any]]] = [
    *(
        ("chat", {"choices": [{"index": 0, "delta": delta}]})
        for delta in (
            {"audio": {"transcript": SAID}},
            {"reasoning_details": [{"text": SAID}]},
            {"function_call": {"arguments": SAID}},
            {"tool_calls": [{"index": 0, "custom": {"input": SAID}}]},
        )
    ),
    ("chat", {"choices": [{"index": 0, "message": {"content": SAID}}]}),
    *(
        ("messages", {"type": "content_block_start", "index": 0, "content_block": block})
        for block in (
            {"type": "web_search_tool_result", "content": [{"title": SAID}]},
            {"type": "tool_use", "input": {"to": SAID}},
        )
    ),
    (
        "messages",
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "citations_delta", "citation": {"cited_text": SAID}},
        },
    ),
    ("responses", {"type": "response.output_text.annotation.added", "annotation": {"title": SAID}}),
    ("responses", {"type": "response.output_item.added", "item": {"type": "message", "content": [{"text": SAID}]}}),
]


@pytest.mark.parametrize(("name", "document"), UNUSUAL)
def test_no_text_of_an_event_goes_unread(name: str, document: dict[str, Any]) -> None:
    relayed, guarding = relay(SPOKEN[name], MASKING.answer)
    left = relayed.feed(sse(document, named=name != "chat"))
    assert MAIL.encode() not in left
    assert b"[email]" in left
    assert guarding.findings == ("personal-data:email:mask",)


def test_what_says_the_tokens_again_is_emptied_where_a_guard_changes_the_text() -> None:
    spoken = SPOKEN["chat"]
    relayed, _ = relay(spoken, MASKING.answer)
    logs = {"content": [{"token": MAIL, "logprob": -0.2}]}

    def event(said: str) -> bytes:
        choice = {"index": 0, "delta": {"content": said}, "logprobs": logs}
        return sse({"choices": [choice]}, named=False)

    assert MAIL.encode() not in relayed.feed(event(f"to {MAIL} "))
    assert relayed.feed(event("and so on ")) == event("and so on ")
    answer = {"choices": [{"index": 0, "message": {"content": f"to {MAIL}"}, "logprobs": logs}]}
    reply = CHAT.answer(answer)
    Guarding(MASKING.answer).whole(reply, reply.texts)
    assert reply.document == {"choices": [{"index": 0, "message": {"content": "to [email]"}, "logprobs": None}]}


def test_a_text_that_goes_on_after_its_end_is_not_lost() -> None:
    relayed, _ = relay(SPOKEN["chat"], MASKING.answer)
    events = [chat_event(0, {"content": "one"}, "stop"), chat_event(0, {"content": " two"}), b"data: [DONE]\n\n"]
    assert read(SPOKEN["chat"], b"".join(relayed.feed(each) for each in events)) == {"first": "one two"}


SHAPED = EndpointGuards("x", Guards.model_validate({"schema": {"type": "object", "required": ["a"]}}))
FITS = '{"a": "no word"}'


@pytest.mark.parametrize("name", SPOKEN)
@given(places=PLACES, joined=st.booleans())
def test_a_schema_of_answers_is_for_what_an_answer_says_and_for_no_call_of_a_tool(
    name: str, places: list[int], joined: bool
) -> None:
    spoken = SPOKEN[name]
    texts = {"first": cut(FITS, places), "second": [FITS], "call": cut("no object", places)}
    relayed, guarding = relay(spoken, SHAPED.answer)
    left = relayed.feed(b"".join(spoken.write(texts, joined=joined)))
    relayed.end()
    assert not guarding.blocked
    assert read(spoken, left) == {"first": FITS, "second": FITS, "call": "no object"}
    other, guarding = relay(spoken, SHAPED.answer)
    left = other.feed(b"".join(spoken.write({"first": cut("no object", places)}, joined=joined)))
    assert guarding.findings == ("schema:differs:block",)
    assert read(spoken, left) == {}


@pytest.mark.parametrize(
    ("dialect", "document"),
    [
        (CHAT, {"choices": [{"message": {"content": FITS, "reasoning": "as asked", "tool_calls": [{"id": "t"}]}}]}),
        (CHAT, {"choices": [{"message": {"content": [{"type": "text", "text": FITS}]}}]}),
        (MESSAGES, {"content": [{"type": "thinking", "thinking": "so"}, {"type": "text", "text": FITS}]}),
        (
            RESPONSES,
            {
                "output": [
                    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "so"}]},
                    {"type": "message", "id": "m1", "content": [{"type": "output_text", "text": FITS}]},
                ]
            },
        ),
    ],
)
def test_a_schema_is_for_the_text_of_a_whole_answer_too(dialect: Dialect, document: dict[str, Any]) -> None:
    guarding = Guarding(SHAPED.answer)
    reply = dialect.answer(document)
    guarding.whole(reply, reply.texts)
    assert guarding.findings == ()
    other = dialect.answer(json.loads(json.dumps(document).replace('\\"a\\"', '\\"b\\"')))
    guarding = Guarding(SHAPED.answer)
    guarding.whole(other, other.texts)
    assert guarding.findings == ("schema:differs:block",)
