"""The OpenAPI 3.1 document of a system, made of what it offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from roadworthy.demo.systems.offered import Json, Operation

IDEMPOTENCY: Final = "Idempotency-Key"
_PART: Final = re.compile(r"\{(\w+)\}")
_PROBLEM: Final[Json] = {
    "type": "object",
    "required": ["title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}
_REFUSED: Final = {"400": "Not what is expected.", "401": "No key, or another one.", "404": "There is none.",
                   "409": "Not as things stand.", "422": "Not these values."}  # fmt: skip


def describe(name: str, title: str, operations: Sequence[Operation], *, keys: bool) -> Json:
    """The document.

    Args:
        name: of the system.
        title: for people.
        operations: what it offers.
        keys: whether it honours `Idempotency-Key`.
    """
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, keys=keys)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1.0.0", "summary": f"{name} of Halden's shop; invented."},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM},
        },
    }


def _operation(operation: Operation, *, keys: bool) -> Json:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(operation.path)
    ]
    writes = operation.method != "GET"
    if keys and writes:
        parameters.append({"name": IDEMPOTENCY, "in": "header", "required": False,
                           "description": "The same key with the same request is answered with the same receipt.",
                           "schema": {"type": "string", "minLength": 1, "maxLength": 255}})  # fmt: skip
    shape = {"type": "object", "properties": dict(operation.returns), "required": list(operation.returns)}
    said: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            str(operation.status): {"description": "As asked.", "content": {"application/json": {"schema": shape}}},
            **{
                status: {
                    "description": words,
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, words in _REFUSED.items()
            },
        },
    }
    if operation.body is not None:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": dict(operation.body)}}}
    return said
