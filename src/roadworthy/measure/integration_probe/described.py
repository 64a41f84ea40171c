"""An OpenAPI description as far as a probe reads it: operations, their answers and who may call them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema
import referencing
import referencing.exceptions
from jsonschema.exceptions import SchemaError

from roadworthy.foundation.errors import Finding
from roadworthy.foundation.resources.syntax import trees
from roadworthy.measure.integration_probe.declared import Operation
from roadworthy.measure.integration_probe.probes.ways import shape_of

Json = Any
"""Part of a description; each use checks what it reads."""
_METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
_DEEPEST = 60
"""Levels of a schema that are read; a reference back to itself stays a reference."""
_WHOLE = "urn:description"


@dataclass(frozen=True, slots=True)
class Described:
    """What a description says of one operation."""

    operation: Operation
    responses: Mapping[str, Json]
    secured: bool
    """Whether it asks for a credential."""


@dataclass(frozen=True, slots=True)
class Description:
    """A description."""

    version: str
    operations: tuple[Described, ...]
    document: Json

    def of(self, wanted: Operation) -> Described | None:
        """What it says of an operation, whatever its parameters are called."""
        return next((each for each in self.operations if shape_of(each.operation) == shape_of(wanted)), None)

    def faults_of(self, described: Described, status: int, media_type: str, body: bytes) -> tuple[str, ...] | None:
        """Where an answer is not as described: places of its schema, never its values.

        Returns:
            None where the description gives no schema of such an answer.
        """
        schema = self._schema(described, status, media_type)
        if schema is None:
            return None
        try:
            answer = json.loads(body)
        except ValueError:
            return ("it is not JSON",)
        registry: referencing.Registry[Any] = referencing.Registry().with_resource(
            _WHOLE, referencing.Resource.opaque(self.document)
        )
        checker = jsonschema.Draft202012Validator(schema, registry=registry)
        try:
            # The path in the schema says where; the one in the answer could hold what somebody is called.
            found = {"/".join(map(str, error.absolute_schema_path)) for error in checker.iter_errors(answer)}
        except (referencing.exceptions.Unresolvable, SchemaError, RecursionError):
            return ("its schema cannot be read",)
        return tuple(sorted(found)[:10])

    def _schema(self, described: Described, status: int, media_type: str) -> Json:
        response = self.resolved(_chosen(described.responses, status))
        content = response.get("content", {}) if isinstance(response, Mapping) else {}
        if isinstance(response, Mapping) and "schema" in response:  # Swagger 2.0
            return _as_json_schema(response["schema"])
        bare = media_type.partition(";")[0].strip().lower()
        entry = content.get(bare) if isinstance(content, Mapping) else None
        return _as_json_schema(entry["schema"]) if isinstance(entry, Mapping) and "schema" in entry else None

    def resolved(self, value: Json) -> Json:
        """What a reference leads to; another value is itself."""
        for _ in range(_DEEPEST):
            if not isinstance(value, Mapping) or not isinstance(value.get("$ref"), str):
                return value
            value = _at(self.document, value["$ref"])
        return None


def read(content: bytes) -> Description | str:
    """A description in JSON or YAML.

    Returns:
        The description, or in words why it is none.
    """
    try:
        document = json.loads(content)
    except ValueError:
        findings: list[Finding] = []  # our reader lets no alias blow a small file up
        found = [tree.root.plain() for tree in trees("description", content.decode("utf-8", "replace"), findings)]
        if findings or len(found) != 1:
            return "it is neither JSON nor plain YAML"
        document = found[0]
    if not isinstance(document, Mapping):
        return "it is no object"
    version = str(document.get("openapi") or document.get("swagger") or "")
    if not version.startswith(("3.", "2.")):
        return "it does not say which version of OpenAPI it is"
    if not isinstance(document.get("paths"), Mapping):
        return "it has no paths"
    bare = Description(version, (), document)
    return Description(version, tuple(_operations(bare, document)), document)


def _operations(bare: Description, document: Mapping[str, Json]) -> Iterator[Described]:
    general = document.get("security")
    for path, item in document["paths"].items():
        held = bare.resolved(item)
        if not isinstance(held, Mapping) or not str(path).startswith("/"):
            continue
        for method in _METHODS:
            operation = held.get(method)
            if isinstance(operation, Mapping):
                responses = operation.get("responses")
                yield Described(
                    Operation(method.upper(), str(path)),
                    {str(key): value for key, value in responses.items()} if isinstance(responses, Mapping) else {},
                    _asks(operation.get("security", general)),
                )


def _asks(security: Json) -> bool:
    """Whether a credential is needed: some requirement, and none that is empty, which would make it optional."""
    return (
        isinstance(security, Sequence)
        and bool(security)
        and all(isinstance(each, Mapping) and each for each in security)
    )


def documented(described: Described, status: int) -> bool:
    """Whether a status stands among the responses."""
    return _chosen(described.responses, status) is not None


def _chosen(responses: Mapping[str, Json], status: int) -> Json:
    for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if key in responses:
            return responses[key]
    return None


def _at(document: Json, ref: str) -> Json:
    """The part of a description that a local reference names (RFC 6901)."""
    here = document
    for step in ref.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def _as_json_schema(schema: Json, depth: int = 0) -> Json:
    """A schema of OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, references lead into the document."""
    if depth > _DEEPEST:
        return {}
    if isinstance(schema, list):
        return [_as_json_schema(each, depth + 1) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {name: _as_json_schema(value, depth + 1) for name, value in schema.items() if name != "nullable"}
    if isinstance(made.get("$ref"), str) and made["$ref"].startswith("#"):
        return {**made, "$ref": f"{_WHOLE}{made['$ref']}"}
    if schema.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made
