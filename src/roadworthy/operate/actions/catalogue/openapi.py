"""Drafts of actions from an OpenAPI document, 3.0 or 3.1: one for each operation that JSON over HTTP can carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.operate.actions.catalogue.drafting import (
    Draft,
    Notes,
    described,
    digest_of,
    distinct,
    draft,
    title_of,
)
from roadworthy.operate.actions.catalogue.exacting import exact_numbers
from roadworthy.operate.actions.catalogue.references import References

MOST: Final = 2_000
METHODS: Final = ("get", "post", "put", "patch", "delete")
"""Those in which an action can be done; `head`, `options` and `trace` do nothing for anybody."""
_JSON: Final = ("application/json", "*/*")
_ANSWERS: Final = ("200", "201", "202", "2XX", "default")
"""Where the schema of a result is looked for, in this order."""


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    path: str
    said: Mapping[str, Any]
    shared: Sequence[Any]
    """Parameters of all operations of the path."""

    @property
    def called(self) -> str:
        """What the document calls it; method and path where it has no name."""
        named = self.said.get("operationId")
        return named if isinstance(named, str) and named else f"{self.method} {self.path}"


def of_document(system: str, use_cases: Sequence[str], document: object) -> list[Draft]:
    """A draft of each operation.

    Args:
        system: name of the declared system, which speaks `http`.
        use_cases: whose agents may do it.
        document: as it was read from JSON or YAML.

    Raises:
        InvalidInput: it is no OpenAPI document of version 3.0 or 3.1.
    """
    if not isinstance(document, Mapping) or not str(document.get("openapi", "")).startswith(("3.0", "3.1")):
        raise _unfit("it is no OpenAPI document of version 3.0 or 3.1")
    operations = list(_operations(document))
    if len(operations) > MOST:
        raise _unfit(f"it has {len(operations):,} operations, more than {MOST:,}")
    return distinct(_of_operation(system, use_cases, each, document) for each in operations)


def _operations(document: Mapping[str, Any]) -> Iterator[_Operation]:
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        if isinstance(item, Mapping):
            shared = item.get("parameters")
            for method in METHODS:
                said = item.get(method)
                if isinstance(said, Mapping):
                    yield _Operation(method.upper(), str(path), said, shared if isinstance(shared, list) else ())


def _of_operation(system: str, use_cases: Sequence[str], operation: _Operation, document: Mapping[str, Any]) -> Draft:
    found, references = Notes(), References(document)
    arguments = _Arguments(operation, references, found)
    schema = references.with_definitions(arguments.schema(), found)
    output = _output(operation, references, found)
    said = operation.said
    effect = "read" if operation.method == "GET" else "write"
    found.notes.append(
        f"`effect: {effect}` and `tier: medium` are guesses (from the method {operation.method}); confirm both"
    )
    if said.get("deprecated") is True:
        found.notes.append("the document says that it is deprecated")
    spec: dict[str, Any] = {}
    title, description = title_of(said.get("summary")), described(said.get("description"), found)
    if title is not None:
        spec["title"] = title
    if description is not None:
        spec["description"] = description
    http: dict[str, Any] = {"method": operation.method, "path": operation.path}
    if arguments.query:
        http["query"] = arguments.query
    spec |= {"useCases": list(use_cases), "system": system, "http": http, "input": exact_numbers(schema, found)}
    if output is not None:
        spec["output"] = exact_numbers(references.with_definitions(output, found), found)
    found.faults += references.faults
    pin = {
        "schema": digest_of({"input": schema, "output": output}),
        "description": digest_of({"title": said.get("summary"), "description": said.get("description")}),
        "annotations": digest_of([operation.method, operation.path, said.get("deprecated")]),
    }
    spec |= {"effect": effect, "tier": "medium", "pin": pin}
    return draft(system, operation.called, spec, found)


class _Arguments:
    """Parameters and body of an operation as one object."""

    def __init__(self, operation: _Operation, references: References, found: Notes) -> None:
        self.query: list[str] = []
        self._properties: dict[str, Any] = {}
        self._required: list[str] = []
        self._open = False
        self._found = found
        self._references = references
        for each in self._parameters(operation):
            self._take(each)
        self._body(operation)
        for name in _in_path(operation.path):
            if name not in self._properties:
                found.faults.append(f"the path names `{name}`, and no parameter is called so")

    def schema(self) -> dict[str, Any]:
        """The schema of all of them; what is not named is refused unless the document says otherwise."""
        made: dict[str, Any] = {"type": "object", "properties": self._properties}
        if self._required:
            made["required"] = sorted(set(self._required))
        made["additionalProperties"] = self._open
        return made

    def _parameters(self, operation: _Operation) -> list[Mapping[str, Any]]:
        """Those of the operation, before those of its path that it does not say otherwise."""
        own = operation.said.get("parameters")
        by: dict[tuple[object, object], Mapping[str, Any]] = {}
        for each in (*operation.shared, *(own if isinstance(own, list) else ())):
            found = self._references.target(each)
            if isinstance(found, Mapping):
                by[found.get("name"), found.get("in")] = found
        return list(by.values())

    def _take(self, said: Mapping[str, Any]) -> None:
        name, place = str(said.get("name", "")), said.get("in")
        required = said.get("required") is True
        if place in {"header", "cookie"}:
            if required:
                self._found.faults.append(f"it needs the {place} `{name[:60]}`, which no argument can set")
            else:
                self._found.notes.append(f"the {place} `{name[:60]}` is left out")
            return
        content = said.get("content")
        schema = said.get("schema")
        if schema is None and isinstance(content, Mapping):
            self._found.faults.append(f"the parameter `{name[:60]}` is written in a form of its own")
            return
        if place == "query":
            self.query.append(name)
        elif place != "path":
            self._found.faults.append(f"the parameter `{name[:60]}` is in `{str(place)[:20]}`")
            return
        self._put(name, self._references.inlined(schema or {}), said.get("description"))
        if required or place == "path":
            self._required.append(name)

    def _body(self, operation: _Operation) -> None:
        body = self._references.target(operation.said.get("requestBody"))
        if not isinstance(body, Mapping):
            return
        schema = _json_of(body)
        if schema is None:
            if body.get("required") is True or body.get("content"):
                kinds = ", ".join(map(str, body.get("content") or ()))[:80]
                self._found.faults.append(f"its body is not JSON ({kinds or 'nothing is said of it'})")
            return
        made = self._references.inlined(schema, leaves_out="readOnly")
        properties = made.get("properties")
        if made.get("type", "object") != "object" or not isinstance(properties, Mapping):
            if made.get("type", "object") == "object" and not any(each in made for each in ("allOf", "oneOf", "anyOf")):
                self._open = made.get("additionalProperties") is not False
                return
            self._found.faults.append("its body is no object with named fields")
            return
        for name, each in properties.items():
            self._put(str(name), each, None)
        self._open = self._open or made.get("additionalProperties") not in {None, False}
        if body.get("required") is True:
            self._required += [each for each in made.get("required") or () if each in properties]
        elif made.get("required"):
            self._found.notes.append("its body may be left out; which fields go together is not said in the schema")

    def _put(self, name: str, schema: object, description: object) -> None:
        if name in self._properties:
            self._found.faults.append(f"`{name[:60]}` stands twice, as a parameter and in the body")
            return
        made = dict(schema) if isinstance(schema, Mapping) else {}
        if isinstance(description, str) and "description" not in made:
            made["description"] = description[:1_000]
        self._properties[name] = made


def _in_path(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _json_of(said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of JSON content."""
    content = said.get("content")
    for kind, each in content.items() if isinstance(content, Mapping) else ():
        name = str(kind).partition(";")[0].strip().lower()
        if (name in _JSON or name.endswith("+json")) and isinstance(each, Mapping):
            schema = each.get("schema")
            return schema if isinstance(schema, Mapping) else {}
    return None


def _output(operation: _Operation, references: References, found: Notes) -> dict[str, Any] | None:
    answers = operation.said.get("responses")
    if not isinstance(answers, Mapping):
        return None
    by_status = {str(status): each for status, each in answers.items()}
    for status in _ANSWERS:
        answer = references.target(by_status.get(status))
        schema = _json_of(answer) if isinstance(answer, Mapping) else None
        if schema:
            return references.inlined(schema, leaves_out="writeOnly")
    del found
    return None


def _unfit(message: str) -> InvalidInput:
    return InvalidInput(
        "action-import-unreadable",
        message,
        place=Place(source="OpenAPI"),
        remedy="give an OpenAPI document of version 3.0 or 3.1, as JSON or YAML",
    )
