"""Bodies and events: however they are cut, the same is read, and no text in them goes unread."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.calls.events import Events
from roadworthy.operate.calls.model import Head
from roadworthy.operate.calls.surfaces.bodies import parsed
from roadworthy.operate.calls.surfaces.every import CHAT, EMBEDDINGS, INFER, INVOCATIONS, MESSAGES, RESPONSES

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
leaves = words | st.integers(-9, 9) | st.booleans() | st.none()
values = st.recursive(
    leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(words, some, max_size=3), max_leaves=12
)
BODIES: dict[str, Any] = {
    "chat": (CHAT, lambda some: {"model": "m", "messages": [{"role": "user", "content": some}], "more": some}),
    "responses": (RESPONSES, lambda some: {"model": "m", "input": [{"role": "user", "content": some}], "more": some}),
    "embeddings": (EMBEDDINGS, lambda some: {"model": "m", "input": ["x", some]}),
    "messages": (
        MESSAGES,
        lambda some: {"model": "m", "messages": [{"role": "user", "content": some}], "system": some},
    ),
    "infer": (INFER, lambda some: {"inputs": [{"name": "x", "data": some}]}),
    "invocations": (INVOCATIONS, lambda some: {"inputs": some}),
}


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [each for name, held in value.items() if name != "type" for each in strings(held)]
    return [each for held in value for each in strings(held)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", BODIES)
@given(data=st.data())
def test_every_text_is_read_or_what_holds_it_is_said_to_be_unreadable(name: str, data: st.DataObject) -> None:
    dialect, build = BODIES[name]
    planted = "needle-4711"
    some = data.draw(values.map(lambda value: [value, planted]) | values.map(lambda value: {"deep": [value, planted]}))
    document = parsed(json.dumps(build(some)).encode())
    read = dialect.read(document, Head(model="fraud"))
    seen = [each.text for each in read.texts]
    assert planted in seen or read.unreadable
    for each in read.texts:
        holder, key = read.places[each.where]
        assert holder[key] == each.text


@given(st.lists(words, min_size=1, max_size=6), st.integers(1, 7), st.sampled_from(["\n", "\r\n", "\r"]))
def test_events_are_the_same_however_they_are_cut(said: list[str], size: int, end: str) -> None:
    wanted = [json.dumps({"text": each}) for each in said]
    stream = "".join(f"event: x{end}data: {each}{end}{end}" for each in wanted).encode() + b":end\n\n"
    events = Events()
    found = [event for at in range(0, len(stream), size) for event in events.feed(stream[at : at + size])]
    assert [each.data.decode() for each in found] == wanted
    assert not events.rest


@pytest.mark.parametrize("depth", [65, 500, 5_000, 100_000])
def test_a_deep_body_is_refused(depth: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed(b'{"a": ' + b"[" * depth + b"]" * depth + b"}")
    assert refused.value.code == "call-body-too-deep"
