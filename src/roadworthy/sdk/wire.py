"""Between JSON as it travels and frozen values with types."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, cast

Json = Any
"""What travels; its shape is the API's description."""
Hint = Any
"""A type, as annotations write it."""

KEY = "key"
"""Metadata of a field whose name on the wire is not its own in camel case."""


def decode(kind: Hint, value: Json) -> Json:  # noqa: PLR0911 - one line per form that a type can have
    """A value of the kind. What the kind does not know is left out, so that a newer server does no harm."""
    origin: Hint = typing.get_origin(kind)
    if kind is Any or origin is Literal:
        return value
    if origin in {Union, types.UnionType}:
        return _first(typing.get_args(kind), value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, value)
    if origin is tuple:
        return tuple(decode(typing.get_args(kind)[0], item) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: decode(typing.get_args(kind)[1], item) for key, item in value.items()}
    if kind is dt.datetime:
        return dt.datetime.fromisoformat(value)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    return float(value) if kind is float and isinstance(value, int) else value


def encode(value: Json) -> Json:
    """JSON-ready values; what is None is left out, for that is how nothing is said."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            wire: encode(getattr(value, name))
            for name, (wire, _) in _fields(cast("Hint", type(value))).items()
            if getattr(value, name) is not None
        }
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value


def _object(kind: Hint, value: Json) -> Json:
    if not isinstance(value, Mapping):
        message = f"an object was expected for {kind.__name__}"
        raise TypeError(message)
    given = {
        name: decode(hint, value.get(wire))
        for name, (wire, hint) in _fields(kind).items()
        if wire in value or hint is Any or type(None) in typing.get_args(hint)
    }
    return kind(**given)


def _first(kinds: tuple[Hint, ...], value: Json) -> Json:
    """The first kind of a union that the value fits."""
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind is type(None) or not _may_be(kind, value):
            continue
        try:
            return decode(kind, value)
        except (TypeError, ValueError):
            continue  # the next kind of the union may fit
    return value


def _may_be(kind: Hint, value: Json) -> bool:
    origin: Hint = typing.get_origin(kind)
    if kind in {dt.datetime, dt.date}:
        return isinstance(value, str) and ("T" in value) is (kind is dt.datetime)
    if kind is str or origin is Literal:
        return isinstance(value, str) or origin is Literal
    if origin is tuple:
        return isinstance(value, list)
    if dataclasses.is_dataclass(kind) or (origin is not None and issubclass(origin, Mapping)):
        return isinstance(value, Mapping)
    return True


@cache
def _fields(kind: Hint) -> Mapping[str, tuple[str, Hint]]:
    """Name, name on the wire and type of each field."""
    hints = typing.get_type_hints(kind)
    return {
        each.name: (cast("str", each.metadata.get(KEY)) or camel(each.name), hints[each.name])
        for each in dataclasses.fields(kind)
    }


def camel(name: str) -> str:
    """`use_case` as it travels: `useCase`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)
