"""The shape of an evidence kind: which questions it answers, how long it stays fresh, and what its result holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import jsonschema
from pydantic import Field, StringConstraints

from roadworthy.evidence.model import Method
from roadworthy.evidence.rules import FRESHNESS
from roadworthy.foundation.errors import Finding, Place, closest
from roadworthy.foundation.resources.shape import Shape

_NUMBER = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"
_LONGEST_TEXT = 20_000
_MOST_TEXTS = 1_000

Days = Annotated[int, Field(ge=1, le=3_660)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class FieldType(StrEnum):
    """What a field of a result holds."""

    TEXT = "text"
    TEXTS = "texts"
    """A list of texts."""
    INTEGER = "integer"
    NUMBER = "number"
    """With a fraction; kept as it was written, as a decimal string."""
    FLAG = "flag"
    """True or false."""
    DAY = "day"


class ResultField(Shape):
    """One field of what a kind of evidence finds."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9]{0,59}$")] = Field(
        description="As it stands in `result`, such as `casesTried`."
    )
    type: FieldType
    unit: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description="What it counts or is measured in, such as `cases` or `milliseconds`."
    )
    required: bool = Field(default=False, description="Whether a result without it is refused.")
    description: Text
    least: Decimal | None = Field(default=None, description="Smallest number that can be meant.")
    most: Decimal | None = Field(default=None, description="Largest number that can be meant.")


class Freshness(Shape):
    """Days for which a claim of this kind holds after the last instant that it speaks of, by method."""

    measured: Days | None = None
    documented: Days | None = None
    attested: Days | None = None
    reported: Days | None = None


class EvidenceKind(Shape):
    """What an item of evidence is: its questions, its freshness, and what has to be told about what was found."""

    title: Text
    description: Text = Field(description="What was done to get it, in a sentence or two.")
    facts: tuple[Text, ...] = Field(default=(), description="Claims that it may answer; all where none is listed.")
    freshness: Freshness = Field(
        default=Freshness(),
        description="A weaker method never holds longer than a stronger one; what is left out has the usual days.",
    )
    least_sample: Annotated[int, Field(ge=1, le=10**12)] | None = Field(
        default=None, description="Fewest observations; what rests on fewer counts as doubtful."
    )
    fields: tuple[ResultField, ...] = Field(default=(), description="What `result` holds.")


_STRONGEST_FIRST = sorted(FRESHNESS, key=FRESHNESS.__getitem__, reverse=True)


def days_of(kind: EvidenceKind | None) -> Mapping[Method, int]:
    """Days of freshness by method, from the strongest down; what the kind leaves out is cut to the stronger one's."""
    given = kind.freshness if kind is not None else Freshness()
    days: dict[Method, int] = {}
    longest = given.measured or FRESHNESS[Method.MEASURED].days
    for method in _STRONGEST_FIRST:
        longest = getattr(given, method.value) or min(FRESHNESS[method].days, longest)
        days[method] = longest
    return days


def result_schema(name: str, kind: EvidenceKind) -> Mapping[str, Any]:
    """The JSON Schema (draft-07) of what `result` holds in this kind."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Result of {name}",
        "description": kind.description,
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in kind.fields if field.required],
        "properties": {field.name: _property(field) for field in kind.fields},
    }


def _property(field: ResultField) -> dict[str, Any]:
    described = field.description if field.unit is None else f"{field.description} In {field.unit}."
    forms: Mapping[FieldType, dict[str, Any]] = {
        FieldType.TEXT: {"type": "string", "maxLength": _LONGEST_TEXT},
        FieldType.TEXTS: {
            "type": "array",
            "maxItems": _MOST_TEXTS,
            "items": {"type": "string", "maxLength": _LONGEST_TEXT},
        },
        FieldType.INTEGER: {"type": "integer", "minimum": -(2**53) + 1, "maximum": 2**53 - 1},
        FieldType.NUMBER: {"type": ["number", "string"], "pattern": _NUMBER},
        FieldType.FLAG: {"type": "boolean"},
        FieldType.DAY: {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    }
    bounds = {"minimum": field.least, "maximum": field.most}
    given = {word: _plain(bound) for word, bound in bounds.items() if bound is not None}
    return {"description": described, **forms[field.type], **given}


def _plain(bound: Decimal) -> int | float:
    return int(bound) if bound == bound.to_integral_value() else float(bound)


def result_faults(name: str, kind: EvidenceKind, result: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with a result, in the words of its kind."""
    known = {field.name: field for field in kind.fields}
    checker = jsonschema.Draft7Validator(result_schema(name, kind))
    found = [
        finding
        for error in sorted(checker.iter_errors(dict(result)), key=lambda error: list(map(str, error.absolute_path)))
        for finding in _explained(name, known, error, result)
    ]
    for each, value in result.items():
        field = known.get(each)
        if field is not None and field.type is FieldType.NUMBER and not any(each in str(old.place) for old in found):
            found.extend(_off_the_scale(field, value))
    return found


def _explained(
    name: str, known: Mapping[str, ResultField], error: jsonschema.ValidationError, result: Mapping[str, Any]
) -> Iterator[Finding]:
    if error.validator == "additionalProperties":
        for each in sorted(set(result) - known.keys()):
            near = closest(each, known)
            yield Finding(
                "evidence-result-unknown-field",
                f"a `{name}` has no field `{each[:60]}`",
                Place(field=f"result.{each[:60]}"),
                f"did you mean `{near}`?" if near else _fields_of(name, known),
            )
        return
    if error.validator == "required":
        for each in sorted(field.name for field in known.values() if field.required and field.name not in result):
            if f"'{each}'" in error.message:
                yield Finding(
                    "evidence-result-incomplete",
                    f"a `{name}` says `{each}`, and this one does not",
                    Place(field=f"result.{each}"),
                    known[each].description,
                )
        return
    path = [str(part) for part in error.absolute_path]
    field = known.get(path[0]) if path else None
    yield Finding(
        "evidence-result-unusable",
        f"`{str(error.instance)[:60]}` cannot stand under `{'.'.join(path)}`",
        Place(field=".".join(("result", *path))),
        f"{field.type}: {field.description}" if field is not None else _fields_of(name, known),
    )


def _fields_of(name: str, known: Mapping[str, ResultField]) -> str:
    return f"use one of: {', '.join(sorted(known))}" if known else f"leave the result of a `{name}` empty"


def _off_the_scale(field: ResultField, value: object) -> Iterator[Finding]:
    number = Decimal(str(value))
    low, high = field.least, field.most
    if not number.is_finite() or (low is not None and number < low) or (high is not None and number > high):
        yield Finding(
            "evidence-result-unusable",
            f"`{str(value)[:60]}` cannot stand under `{field.name}`",
            Place(field=f"result.{field.name}"),
            f"{field.type}: {field.description}",
        )


def canonical_result(kind: EvidenceKind, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """A result without faults in the form that is kept and signed: numbers with a fraction as decimal strings."""
    types = {field.name: field.type for field in kind.fields}
    return {name: _canonical(types[name], value) for name, value in sorted(result.items())}


def _canonical(field: FieldType, value: Any) -> Any:  # noqa: ANN401 - any JSON value in, one without floats out
    if field is FieldType.NUMBER:
        number = Decimal(str(value))
        return format(number.normalize(), "f") if number else "0"
    if field is FieldType.INTEGER:
        return math.trunc(value)
    return list(value) if field is FieldType.TEXTS else value
