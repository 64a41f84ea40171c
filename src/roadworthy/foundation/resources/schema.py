"""JSON Schema of the declared kinds, for editors: draft-07, which is what the YAML language server reads.

Point an editor at one with a first line such as
`# yaml-language-server: $schema=../schemas/v1alpha1/UseCase.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from roadworthy.foundation.resources.names import LABEL, LONGEST_LABEL, LONGEST_LABEL_VALUE, LONGEST_NAME, NAME
from roadworthy.foundation.resources.registry import API_VERSION, Kind
from roadworthy.foundation.resources.shape import Shape

Schema: TypeAlias = Mapping[str, Any]

_METADATA: Schema = {
    "type": "object",
    "description": "What the resource is called.",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {
            "type": "string",
            "description": "Unique within the kind: lower-case letters, digits, `-` and `.`.",
            "pattern": f"^{NAME.pattern}$",
            "maxLength": LONGEST_NAME,
        },
        "labels": {
            "type": "object",
            "description": "Words of your own to find and group resources by.",
            "propertyNames": {"pattern": f"^{LABEL.pattern}$", "maxLength": LONGEST_LABEL},
            "additionalProperties": {"type": "string", "maxLength": LONGEST_LABEL_VALUE},
        },
    },
}


@cache
def spec_schema(model: type[Shape]) -> Schema:
    """Draft-07 schema of a shape as people write it, with `definitions`."""
    schema: dict[str, Any] = model.model_json_schema(mode="validation", ref_template="#/definitions/{model}")
    if "$defs" in schema:
        schema["definitions"] = schema.pop("$defs")
    return {key: _draft7(value) for key, value in schema.items()}


def document_schema(kind: Kind) -> Schema:
    """Draft-07 schema of one document of a kind, envelope included."""
    spec = dict(spec_schema(kind.model))
    definitions = spec.pop("definitions", None)
    schema: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": kind.name,
        "description": spec.get("description", kind.name),
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind.name},
            "metadata": _METADATA,
            "spec": spec,
        },
    }
    if definitions is not None:
        schema["definitions"] = definitions
    return schema


def write_schemas(folder: Path, kinds: Iterable[Kind]) -> list[Path]:
    """Write `<folder>/<Kind>.json` for each kind; returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in kinds:
        path = folder / f"{kind.name}.json"
        path.write_text(schema_text(kind), encoding="utf-8")
        written.append(path)
    return written


def schema_text(kind: Kind) -> str:
    """The content of the committed file."""
    return json.dumps(document_schema(kind), indent=2, ensure_ascii=False) + "\n"


def alternatives(schema: Schema, path: Sequence[str | int]) -> list[Schema]:
    """Every schema that may apply to the value at `path`, references and unions resolved."""
    definitions = schema.get("definitions", {})
    here = list(_members(schema, definitions))
    for part in path:
        here = [
            member for parent in here for child in _children(parent, part) for member in _members(child, definitions)
        ]
    return here


def _members(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _members(definitions[str(schema["$ref"]).rsplit("/", 1)[-1]], definitions)
        return
    yield schema
    for word in ("anyOf", "oneOf", "allOf"):
        for member in schema.get(word, ()):
            yield from _members(member, definitions)


def _children(schema: Schema, part: str | int) -> Iterator[Schema]:
    if isinstance(part, int):
        items = schema.get("items")
        yield from [items] if isinstance(items, Mapping) else items or ()
        return
    named = schema.get("properties", {}).get(part)
    others = schema.get("additionalProperties")
    if named is not None:
        yield named
    elif isinstance(others, Mapping):
        yield others


def _draft7(schema: object) -> Any:  # noqa: ANN401 - any JSON in, the same kind of JSON out
    """The same schema in draft-07 words: tuples by `items`, and nothing beside a `$ref`."""
    if isinstance(schema, list):
        return [_draft7(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _draft7(value) for key, value in schema.items()}
    if "prefixItems" in changed:
        changed["items"] = changed.pop("prefixItems")
    if "$ref" in changed and len(changed) > 1:
        changed["allOf"] = [{"$ref": changed.pop("$ref")}]
    return changed
