"""The base of everything that people declare: strict, closed and camel-cased on the outside."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """A declared value: unknown keys are refused, values are frozen, YAML and JSON keys are camelCase.

    Where text is asked for a number is taken as it was written, so `version: 1.20` needs no quotes.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        str_strip_whitespace=True,
        coerce_numbers_to_str=True,
    )
