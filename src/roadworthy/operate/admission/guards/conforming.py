"""Whether an answer is JSON that keeps to a declared schema."""

from __future__ import annotations

from typing import Any, Protocol

import jsonschema
import msgspec

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.schemas import NOWHERE, outside, told


class Conforms(Protocol):
    """Whether a whole answer keeps to what is declared for it."""

    def __call__(self, text: str) -> bool:
        """True where it does."""


def conforming(endpoint: str, schema: dict[str, Any]) -> Conforms:
    """Whether an answer is JSON that keeps to a schema.

    Raises:
        InvalidInput: it is no schema.
    """
    schema = told(schema)
    validator = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise _unusable(endpoint, f"is none ({error.message[:200]})") from error
    for path in outside(schema):
        raise _unusable(endpoint, f"refers to another document at `{path}`, and none is fetched")
    reading = validator(schema, registry=NOWHERE)

    def conforms(text: str) -> bool:
        try:
            value = msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            return False
        return bool(reading.is_valid(value))

    return conforms


def _unusable(endpoint: str, why: str) -> InvalidInput:
    return InvalidInput(
        "endpoint-schema-unusable",
        f"the schema of answers of the endpoint `{endpoint}` {why}",
        place=Place(field="spec.guards.schema"),
        remedy="write a JSON Schema, draft 2020-12 if it does not say otherwise, with everything in it",
    )
