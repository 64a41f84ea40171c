"""JSON Schemas in declarations: with exact numbers, as they are declared, and as programs are told.

Declarations have no floats, so a fraction in a schema is kept as text: `multipleOf: "0.01"`. Five keywords are numbers
wherever they stand in a schema, and only there is a text read as one; so nothing is lost either way. Everywhere else
a text is a text, and a fraction cannot be kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

import referencing

Json: TypeAlias = Any  # a JSON value has no smaller type

NUMERIC: Final = frozenset({"multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
"""Keywords whose value is a number (JSON Schema 2020-12, validation, section 6.2)."""
VALUES: Final = frozenset({"enum", "const", "default", "examples", "example"})
"""Keywords whose value is an instance, not a schema."""
NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose value has schemas by names that people chose; `minimum` may be one."""
REFERS: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
"""Keywords whose value is where another schema is."""
NOWHERE: Final[referencing.Registry[Json]] = referencing.Registry()
"""What validators look references up in beside the schema itself: nothing, so that none of them is fetched."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")


def exact(schema: Mapping[str, Json]) -> dict[str, Json]:
    """A declared schema with numbers where text stands for them; what validates."""
    return _mapped(schema, _to_decimal)


def kept(schema: Mapping[str, Json]) -> dict[str, Json]:
    """A schema with exact numbers as it is declared: fractions of the five keywords as text."""
    return _mapped(schema, _to_text)


def told(schema: Mapping[str, Json]) -> dict[str, Json]:
    """A declared schema as agents are told it: plain JSON, with numbers where they belong."""
    return _mapped(exact(schema), _to_plain)


def fractions(schema: Json, path: str = "") -> Iterator[str]:
    """Where fractions stand that cannot be kept: in values, where a text would be another value."""
    if isinstance(schema, Decimal | float) and not isinstance(schema, bool):
        yield path or "/"
    elif isinstance(schema, Mapping):
        for name, value in schema.items():
            inside = f"{path}/{name}"
            if name in NUMERIC and not isinstance(value, Mapping):
                continue
            yield from fractions(value, inside)
    elif isinstance(schema, list | tuple):
        for index, value in enumerate(schema):
            yield from fractions(value, f"{path}/{index}")


def outside(schema: Json, path: str = "") -> Iterator[str]:
    """Where a schema refers to another document: whoever validates with it would go and fetch that."""
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            if name in REFERS and isinstance(value, str) and not value.startswith("#"):
                yield f"{path}/{name}"
            elif name not in VALUES:
                yield from outside(value, f"{path}/{name}")
    elif isinstance(schema, list | tuple):
        for index, value in enumerate(schema):
            yield from outside(value, f"{path}/{index}")


def _mapped(schema: Mapping[str, Json], change: Callable[[Json], Json]) -> dict[str, Json]:
    """A schema with the values of the five keywords changed, in every schema within it."""
    made: dict[str, Json] = {}
    for name, value in schema.items():
        if name in NUMERIC and not isinstance(value, Mapping):
            made[name] = change(value)
        elif name in VALUES:
            made[name] = value
        elif name in NAMED and isinstance(value, Mapping):
            made[name] = {each: _within(inner, change) for each, inner in value.items()}
        else:
            made[name] = _within(value, change)
    return made


def _within(value: Json, change: Callable[[Json], Json]) -> Json:
    if isinstance(value, Mapping):
        return _mapped(value, change)
    if isinstance(value, list | tuple):
        return [_within(each, change) for each in value]
    return value


def _to_decimal(value: Json) -> Json:
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _to_text(value: Json) -> Json:
    if isinstance(value, float):
        value = Decimal(repr(value))
    return str(value) if isinstance(value, Decimal) else value


def _to_plain(value: Json) -> Json:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
