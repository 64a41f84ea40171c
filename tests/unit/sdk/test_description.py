"""The SDK holds what the API's description says, operation by operation."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import json
import types
import typing
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.interfaces.client import PREFIX
from roadworthy.sdk import shapes, wire
from roadworthy.sdk.calling import Call
from roadworthy.sdk.groups import AsyncGroups, Groups
from scripts import sdk
from tests.harness import described

DESCRIPTION = described.description()
CLASSES = sorted(
    (each for each in vars(shapes).values() if dataclasses.is_dataclass(each) and isinstance(each, type)),
    key=lambda each: each.__name__,
)


def calls() -> dict[tuple[str, str], str]:
    """Method and path of every call that the SDK can make, with the name of the method that makes it."""
    made: list[Call[Any]] = []

    def record(call: Call[Any]) -> Any:
        made.append(call)

    found = {}
    for group in vars(Groups(record)).values():
        if not type(group).__name__.endswith("Calls"):
            continue
        for name, method in inspect.getmembers(group, inspect.ismethod):
            if name.startswith("_"):
                continue
            needed = [
                "§" + each.name
                for each in inspect.signature(method).parameters.values()
                if each.kind is not each.KEYWORD_ONLY
            ]
            named = {
                each.name: "x"
                for each in inspect.signature(method).parameters.values()
                if each.kind is each.KEYWORD_ONLY and each.default is each.empty
            }
            method(*needed, **named)
            found[made[-1].method, made[-1].path] = f"{type(group).__name__}.{name}"
    return found


def test_every_operation_has_a_method_or_a_reason_for_having_none() -> None:
    reached = {(method, path.count("%C2%A7"), path.split("%C2%A7")[0]) for method, path in calls()}
    missing = [
        operation["operationId"]
        for method, path, operation in sdk.operations(DESCRIPTION)
        if (method, path.count("{"), path.split("{")[0]) not in reached and operation["operationId"] not in sdk.LEFT_OUT
    ]
    assert missing == []
    known = {operation["operationId"] for _, _, operation in sdk.operations(DESCRIPTION)}
    assert set(sdk.LEFT_OUT) | sdk.READS <= known
    assert all(sdk.LEFT_OUT.values())


def test_there_are_as_many_calls_as_operations() -> None:
    operations = [each["operationId"] for _, _, each in sdk.operations(DESCRIPTION)]
    assert len(calls()) == len(operations) - len(sdk.LEFT_OUT)


def test_what_is_written_follows_from_the_description() -> None:
    for name, source in sdk.made().items():
        assert (sdk.SDK / name).read_text("utf-8") == source, f"{name}: run `python -m scripts.sdk`"


def test_both_clients_say_the_same_words() -> None:
    async def record(call: Call[Any]) -> Any:
        return call

    blocking, awaited = Groups(lambda call: call), AsyncGroups(record)
    assert vars(blocking).keys() == vars(awaited).keys()
    for name, group in vars(blocking).items():
        other = vars(awaited)[name]
        assert _signatures(group) == _signatures(other)


def _signatures(group: object) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(group, inspect.ismethod)
        if not name.startswith("_")
    }


def test_every_type_has_the_fields_of_its_schema() -> None:
    made = sdk.Types(DESCRIPTION)
    by_name = {made.names[key]: schema for key, schema in made.schemas.items() if key in made.modules}
    for kind in CLASSES:
        fields = {wire_name for wire_name, _ in wire._fields(kind).values()}
        assert fields == set(by_name[kind.__name__].get("properties", {})), kind.__name__


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=5),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    dt.date: st.dates(),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
    Any: PLAIN,
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type that the SDK's shapes use."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([values_of(each) for each in arguments])
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(st.text(max_size=3), values_of(arguments[1]), max_size=2)
    return st.builds(hint, **{name: values_of(inner) for name, (_, inner) in wire._fields(hint).items()})


@settings(max_examples=200)
@given(st.sampled_from(CLASSES).flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind))))
def test_what_travels_comes_back_as_it_was(drawn: tuple[Any, Any]) -> None:
    kind, value = drawn
    travelled = json.loads(json.dumps(wire.encode(value)))
    assert wire.encode(wire.decode(kind, travelled)) == travelled


def test_a_newer_server_may_say_more_and_an_older_less() -> None:
    told = wire.decode(shapes.Synced, {"read": 1, "changed": 0, "queued": 0, "failed": {}, "mood": "good"})
    assert told == shapes.Synced(read=1, changed=0, queued=0, failed={})
    assert typing.get_type_hints(shapes.Ticket)["number"] == str | None


def test_the_prefix_is_the_servers() -> None:
    from roadworthy.sdk import calling

    assert calling.PREFIX == PREFIX
