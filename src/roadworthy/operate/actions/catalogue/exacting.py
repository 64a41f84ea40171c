"""Foreign schemas made fit to be declared: exact numbers, local references, the draft that is in use here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from roadworthy.foundation.resources.schemas import NAMED, NUMERIC, VALUES, fractions
from roadworthy.operate.actions.catalogue.drafting import DEEPEST, Notes

_ANNOTATIONS: Final = ("default", "examples", "example")
"""Say something to people and bind nobody, so that one that cannot be kept is left out."""


def exact_numbers(schema: Mapping[str, Any], found: Notes) -> dict[str, Any]:
    """A schema with exact numbers, without examples that cannot be kept; what draft 7 says otherwise is put right."""
    made = _walked(schema, found, 0)
    return made if isinstance(made, dict) else {}


def _walked(value: object, found: Notes, depth: int) -> object:
    if depth > DEEPEST:
        return value  # a fault of the whole schema, which is told once
    if isinstance(value, list | tuple):
        return [_walked(each, found, depth + 1) for each in value]
    if not isinstance(value, Mapping):
        return value
    made: dict[str, Any] = {}
    for name, inner in value.items():
        if name in _ANNOTATIONS and any(fractions(inner)):
            found.notes.append(f"`{name}` of an argument has a fraction and is left out")
        else:
            made[name] = _said(name, inner, found, depth)
    return _renewed(made)


def _said(name: str, inner: object, found: Notes, depth: int) -> object:
    """The value of one keyword."""
    if name in NUMERIC and not isinstance(inner, Mapping):
        return Decimal(repr(inner)) if isinstance(inner, float) else inner
    if name in VALUES:
        return inner
    if name in NAMED and isinstance(inner, Mapping):
        return {str(each): _walked(one, found, depth + 1) for each, one in inner.items()}
    if name == "$ref":
        return _local(str(inner), found)
    return _walked(inner, found, depth + 1)


def _local(ref: str, found: Notes) -> str:
    if not ref.startswith("#"):
        found.faults.append(f"it refers to another document (`{ref[:80]}`)")
    return ref


def _renewed(schema: dict[str, Any]) -> dict[str, Any]:
    """Tuples and bounds as draft 2020-12 writes them."""
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        rest = schema.pop("additionalItems", None)
        if rest is not None:
            schema["items"] = rest
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)  # draft 4, which OpenAPI 3.0 has, says it beside the bound
    return schema
