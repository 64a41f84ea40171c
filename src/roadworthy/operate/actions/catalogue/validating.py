"""Arguments held against a declared schema: exact numbers, and nothing that a client could make take for ever. Pure.

Patterns come from systems as often as from people, and texts from agents. Patterns are matched by RE2, in time that is
linear in the text, and `$` is the end of the text alone: with Python's own, one text could stand still the gateway, and
a line end after an identifier would pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import jsonschema
import re2

from roadworthy.foundation.resources.schemas import NOWHERE
from roadworthy.operate.actions.arguments import written

_MOST_MEMORY: Final = 1 << 22
"""Bytes that one pattern may use."""
Faults = Iterator[jsonschema.ValidationError]


def validator_of(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of a class that the library makes
    """What holds arguments against a schema, as `arguments.read` gives them."""
    return _VALIDATOR(schema, registry=NOWHERE)


@lru_cache(maxsize=4_096)
def pattern_of(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern stands in a text.

    Raises:
        ValueError: it is no pattern of RE2, which has no look-around and no references back.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        search = re2.compile(pattern, options).search
    except re2.error as error:
        raise ValueError(str(error)) from error
    return lambda text: search(text) is not None


def patterns(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a schema
    """Every pattern of a schema."""
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            if name == "pattern" and isinstance(value, str):
                yield value
            elif name == "patternProperties" and isinstance(value, Mapping):
                yield from value
                yield from patterns(list(value.values()))
            elif name not in {"enum", "const", "default", "examples"}:
                yield from patterns(value)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from patterns(each)


# ------------------------------------------------------------ keywords


def _is_number(_checker: object, value: object) -> bool:
    """Whole and exact numbers; `True` is none."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Faults:  # noqa: ANN401 - the library's own types
    if isinstance(instance, str) and not pattern_of(pattern)(instance):
        yield jsonschema.ValidationError("it does not fit the pattern")


def _pattern_properties(validator: Any, said: Mapping[str, Any], instance: Any, _schema: Any) -> Faults:  # noqa: ANN401 - see above
    if not isinstance(instance, Mapping):
        return
    for pattern, schema in said.items():
        for name, value in instance.items():
            if pattern_of(pattern)(name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional(validator: Any, said: Any, instance: Any, schema: Mapping[str, Any]) -> Faults:  # noqa: ANN401 - see above
    if not isinstance(instance, Mapping):
        return
    fits = [pattern_of(each) for each in schema.get("patternProperties", {})]
    known = schema.get("properties", {})
    extras = [name for name in instance if name not in known and not any(fit(name) for fit in fits)]
    if isinstance(said, Mapping):
        for name in extras:
            yield from validator.descend(instance[name], said, path=name)
    elif said is False and extras:
        yield jsonschema.ValidationError("there is too much")


def _unique(_validator: Any, said: bool, instance: Any, _schema: Any) -> Faults:  # noqa: ANN401, FBT001 - see above
    """By their one form, so that a long list does not have each of its items compared with each other."""
    if said and isinstance(instance, list) and len({written(each) for each in instance}) < len(instance):
        yield jsonschema.ValidationError("something stands there twice")


_VALIDATOR: Final = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # the library says nothing of its types
    jsonschema.Draft202012Validator,
    validators={
        "pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional,
        "uniqueItems": _unique,
    },
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number).redefine(
        "integer", _is_integer
    ),
)  # fmt: skip
