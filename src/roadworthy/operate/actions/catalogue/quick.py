"""Arguments that keep to a plain schema, told in a few steps; what is not surely so is left to the whole validator.

Nearly every call keeps to its schema, and the whole validator takes a quarter of a decision to say so. Pure.
Only keywords that are known here are compiled; a schema with any other is not quick at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from roadworthy.operate.actions.catalogue.validating import pattern_of

Keeps: TypeAlias = Callable[[Any], bool]
"""Whether a value, as `arguments.read` gives it, surely keeps to a schema."""
_SILENT: Final = frozenset(
    {"$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
     "format"}
)  # fmt: skip
"""Keywords that refuse nothing."""


def quick_of(schema: Any) -> Keeps | None:  # noqa: ANN401 - any schema
    """What tells that a value keeps to a schema; None where that takes the whole validator.

    Raises:
        ValueError: a pattern is none of RE2.
    """
    if not isinstance(schema, Mapping):
        return None
    parts: list[Keeps] = []
    for name, said in schema.items():
        if name in _SILENT or name in {"additionalProperties", "properties", "required"}:
            continue
        made = _KEYWORDS[name](said) if name in _KEYWORDS else None
        if made is None:
            return None
        parts.append(made)
    if schema.keys() & {"additionalProperties", "properties", "required"}:
        inside = _object(schema)
        if inside is None:
            return None
        parts.append(inside)
    return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)


def _object(schema: Mapping[str, Any]) -> Keeps | None:
    said, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    required = frozenset(schema.get("required", ()))
    known = {name: quick_of(each) for name, each in said.items()}
    if more not in (True, False) or not all(known.values()):
        return None
    checks: dict[str, Keeps] = {name: each for name, each in known.items() if each is not None}

    def keeps(value: Any) -> bool:  # noqa: ANN401 - any JSON
        if type(value) is not dict:
            return not isinstance(value, Mapping)
        for name, each in value.items():
            check = checks.get(name)
            if check is None:
                if more is False:
                    return False
            elif not check(each):
                return False
        return required <= value.keys()

    return keeps


def _types(said: Any) -> Keeps | None:  # noqa: ANN401 - what stands in a schema
    kinds = tuple(said) if isinstance(said, list | tuple) else (said,)
    if not all(isinstance(each, str) and each in _TYPES for each in kinds):
        return None
    if len(kinds) == 1:
        return _TYPES[kinds[0]]
    wanted = [_TYPES[each] for each in kinds]
    return lambda value: any(each(value) for each in wanted)


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_TYPES: Final[dict[str, Keeps]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def _enum(said: Any) -> Keeps | None:  # noqa: ANN401 - what stands in a schema
    """Texts only: of numbers and truth values JSON and Python have other notions of what is the same."""
    if not isinstance(said, list | tuple) or not all(isinstance(each, str) for each in said):
        return None
    allowed = frozenset(said)
    return lambda value: isinstance(value, str) and value in allowed


def _bound(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Keeps | None]:
    def made(said: Any) -> Keeps | None:  # noqa: ANN401 - what stands in a schema
        return (lambda value: not _is_number(value) or compare(value, said)) if _is_number(said) else None

    return made


def _size(kind: type[Sequence[Any]], compare: Callable[[int, int], bool]) -> Callable[[Any], Keeps | None]:
    def made(said: Any) -> Keeps | None:  # noqa: ANN401 - what stands in a schema
        return (lambda value: not isinstance(value, kind) or compare(len(value), said)) if type(said) is int else None

    return made


def _pattern(said: Any) -> Keeps | None:  # noqa: ANN401 - what stands in a schema
    if not isinstance(said, str):
        return None
    fits = pattern_of(said)
    return lambda value: not isinstance(value, str) or fits(value)


def _items(said: Any) -> Keeps | None:  # noqa: ANN401 - what stands in a schema
    each = quick_of(said)
    return None if each is None else lambda value: not isinstance(value, list) or all(map(each, value))


_KEYWORDS: Final[dict[str, Callable[[Any], Keeps | None]]] = {
    "type": _types, "enum": _enum, "pattern": _pattern, "items": _items,
    "minimum": _bound(lambda value, bound: value >= bound), "maximum": _bound(lambda value, bound: value <= bound),
    "exclusiveMinimum": _bound(lambda value, bound: value > bound),
    "exclusiveMaximum": _bound(lambda value, bound: value < bound),
    "minLength": _size(str, lambda size, bound: size >= bound),
    "maxLength": _size(str, lambda size, bound: size <= bound),
    "minItems": _size(list, lambda size, bound: size >= bound),
    "maxItems": _size(list, lambda size, bound: size <= bound),
}  # fmt: skip
