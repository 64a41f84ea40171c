"""Declarations: `apiVersion`, `kind`, `metadata`, `spec`, read from YAML with every fault at its line."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from roadworthy.foundation.errors import Finding, InvalidInput, Place, did_you_mean
from roadworthy.foundation.resources.encoding import Encoded, encode
from roadworthy.foundation.resources.faults import explain, shown
from roadworthy.foundation.resources.names import check_labels, check_name
from roadworthy.foundation.resources.nodes import Node
from roadworthy.foundation.resources.registry import API_VERSION, Kind, Registry
from roadworthy.foundation.resources.schema import spec_schema
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.resources.syntax import trees

_ENVELOPE = ("apiVersion", "kind", "metadata", "spec")
_METADATA = ("name", "labels")
_ABOUT_KEYS = frozenset({"resource-unknown-key", "resource-missing-field"})
_PART = re.compile(r"[^.\[\]]+")
"""Parts of a dotted path; items of a list may stand as `data[2]` or `data.2`."""


@dataclass(frozen=True, slots=True)
class Source:
    """Text to read, with the name under which faults in it are reported: a path, an upload."""

    name: str
    text: str


@dataclass(frozen=True)
class Declared:
    """What somebody says a resource should be."""

    kind: str
    name: str
    labels: Mapping[str, str]
    spec: Shape
    place: Place = dataclasses.field(default_factory=Place, compare=False)

    @property
    def key(self) -> str:
        """`Kind/name`."""
        return f"{self.kind}/{self.name}"

    @cached_property
    def encoded(self) -> Encoded:
        """As it is kept.

        Raises:
            InvalidInput: something in it cannot be kept exactly.
        """
        return encode(self.spec, self.labels, self.place)


def parse(sources: Iterable[Source], registry: Registry) -> tuple[list[Declared], list[Finding]]:
    """Read declarations.

    Returns:
        What could be read whole, and every fault found; apply the first only when there is none of the second.
        A source without documents is fine and gives neither, see `without_documents`.
    """
    declared: list[Declared] = []
    findings: list[Finding] = []
    first: dict[str, Place] = {}
    for source in sources:
        start = len(findings)
        for root, intact in trees(source.name, source.text, findings):
            read = _Document(source.name, root, registry, findings).read()
            if read is None or not intact:
                continue
            if read.key in first:
                message = f"{read.key} is declared twice; the first is at {first[read.key]}"
                findings.append(
                    Finding("resource-declared-twice", message, read.place, "keep one of the two, or rename one")
                )
                continue
            first[read.key] = read.place
            declared.append(read)
        findings[start:] = sorted(findings[start:], key=lambda found: (found.place.line or 0, found.place.column or 0))
    return declared, findings


def read_whole(source: Source, kinds: Sequence[Kind], what: str) -> list[Declared]:
    """Read declarations of a few kinds outside any deployment, such as those that ship.

    Args:
        source: their text.
        kinds: all that may stand in it.
        what: it is, in the words of the error.

    Raises:
        InvalidInput: with every fault at its line.
    """
    declared, findings = parse([source], Registry(kinds))
    if findings:
        raise InvalidInput.of(findings, what)
    return declared


def without_documents(sources: Iterable[Source]) -> list[Finding]:
    """A note for each source that declares nothing; not a fault."""
    notes = []
    for source in sources:
        lines = (line.strip() for line in source.text.removeprefix("\ufeff").splitlines())
        if all(not line or line.startswith("#") or line in {"---", "..."} for line in lines):
            notes.append(Finding("resource-nothing-declared", "nothing is declared here", Place(source.name)))
    return notes


def declare(
    kind: Kind,
    name: str,
    spec: Shape | Mapping[str, Any],
    labels: Mapping[str, str] | None = None,
    place: Place | None = None,
) -> Declared:
    """A declaration from values, as forms, the API and imports make them.

    Raises:
        InvalidInput: with every fault; `Place.field` is the path, the rest of the place is `place`.
    """
    at = place or Place()
    findings = [finding for finding in (check_name(name), *check_labels(labels or {})) if finding is not None]
    shape: Shape | None = None
    if isinstance(spec, Shape):
        shape = spec
    else:
        try:
            shape = kind.model.model_validate(spec, by_alias=True, by_name=False)
        except ValidationError as error:
            findings += [finding for _, finding in explain(error, spec, spec_schema(kind.model))]
    if shape is not None:
        findings += kind.check(name, shape)
    if findings or shape is None:
        placed = [
            dataclasses.replace(found, place=dataclasses.replace(at, field=found.place.field)) for found in findings
        ]
        raise InvalidInput.of(placed, f"{kind.name} {shown(name)}")
    return Declared(kind.name, name, dict(labels or {}), shape, at)


class _Document:
    """Reads one document; gathers its faults."""

    def __init__(self, source: str, root: Node, registry: Registry, findings: list[Finding]) -> None:
        self._source = source
        self._root = root
        self._registry = registry
        self._findings = findings

    def read(self) -> Declared | None:
        """The declaration, or None when anything in it is wrong."""
        faults = len(self._findings)
        envelope = self._fields(self._root, (), _ENVELOPE)
        if envelope is None:
            return None
        self._api_version(envelope)
        kind = self._kind(envelope)
        name, labels = self._metadata(envelope)
        spec = self._spec(kind, name, envelope) if kind is not None else None
        if kind is None or spec is None or len(self._findings) > faults:
            return None
        declared = Declared(kind.name, name, labels, spec, Place(self._source, self._root.line, self._root.column))
        try:
            _ = declared.encoded
        except InvalidInput as refused:
            self._findings.append(Finding(refused.code, refused.message, refused.place, refused.remedy))
            return None
        return declared

    def _fields(self, node: Node, path: tuple[str, ...], known: Sequence[str]) -> dict[str, Node] | None:
        """The fields of a mapping, unknown ones reported."""
        what = f"`{'.'.join(path)}`" if path else "a document"
        if not isinstance(node.value, dict):
            self._add(
                "resource-not-a-mapping",
                f"{what} needs fields",
                path,
                f"write {', '.join(f'`{key}:`' for key in known)}",
            )
            return None
        for key in node.value:
            if key not in known:
                remedy = (
                    "delete it; status is worked out, never declared" if key == "status" else did_you_mean(key, known)
                )
                self._add("resource-unknown-key", f"{shown(key)} is not a field of {what}", (*path, key), remedy)
        return node.value

    def _api_version(self, envelope: Mapping[str, Node]) -> None:
        if "apiVersion" not in envelope:
            self._add("resource-missing-field", "`apiVersion` is missing", (), f"add `apiVersion: {API_VERSION}`")
        elif (value := envelope["apiVersion"].value) != API_VERSION:
            message = f"{shown(value)} is not an API version known here"
            self._add("resource-unknown-api-version", message, ("apiVersion",), f"write `apiVersion: {API_VERSION}`")

    def _kind(self, envelope: Mapping[str, Node]) -> Kind | None:
        names = [kind.name for kind in self._registry.all()]
        if "kind" not in envelope:
            self._add("resource-missing-field", "`kind` is missing", (), f"add `kind:` with one of: {', '.join(names)}")
            return None
        value = envelope["kind"].plain()
        if value in names:
            return self._registry.get(str(value))
        self._add(
            "resource-unknown-kind", f"there is no kind {shown(value)}", ("kind",), did_you_mean(str(value), names)
        )
        return None

    def _metadata(self, envelope: Mapping[str, Node]) -> tuple[str, dict[str, str]]:
        if "metadata" not in envelope:
            self._add("resource-missing-field", "`metadata` is missing", (), "add `metadata: {name: …}`")
            return "", {}
        fields = self._fields(envelope["metadata"], ("metadata",), _METADATA)
        if fields is None:
            return "", {}
        name = fields["name"].plain() if "name" in fields else None
        if name is None:
            self._add(
                "resource-missing-field", "`name` is missing", ("metadata",), "add `name:`, unique within the kind"
            )
        elif (wrong := check_name(name)) is not None:
            self._add(wrong.code, wrong.message, ("metadata", "name"), wrong.remedy)
        labels: Any = fields["labels"].plain() if "labels" in fields else {}
        if labels is not None and not isinstance(labels, dict):
            self._add(
                "resource-bad-label", "`labels` needs fields", ("metadata", "labels"), "write each as `name: value`"
            )
            labels = {}
        for wrong in check_labels(labels or {}):
            path = str(wrong.place.field).split(".", 2)
            self._add(wrong.code, wrong.message, tuple(path), wrong.remedy)
        return str(name), labels or {}

    def _spec(self, kind: Kind, name: str, envelope: Mapping[str, Node]) -> Shape | None:
        if "spec" not in envelope:
            self._add("resource-missing-field", "`spec` is missing", (), "add `spec:` with its fields")
            return None
        data = envelope["spec"].plain()
        data = {} if data is None else data
        try:
            spec = kind.model.model_validate(data, by_alias=True, by_name=False)
        except ValidationError as error:
            for path, finding in explain(error, data, spec_schema(kind.model)):
                place = self._place(("spec", *path), finding.place.field, at_key=finding.code in _ABOUT_KEYS)
                self._findings.append(dataclasses.replace(finding, place=place))
            return None
        for finding in kind.check(name, spec):
            field = finding.place.field or "spec"
            path = _PART.findall(field)
            self._findings.append(dataclasses.replace(finding, place=self._place(path, field)))
        return spec

    def _add(self, code: str, message: str, path: tuple[str | int, ...], remedy: str) -> None:
        field = ".".join(map(str, path)) or None
        place = self._place(path, field, at_key=code in _ABOUT_KEYS)
        self._findings.append(Finding(code, message, place, remedy))

    def _place(self, path: Sequence[str | int], field: str | None, *, at_key: bool = False) -> Place:
        """Where the value at `path` (or its key) stands, or the nearest thing above it that is written."""
        node = self._root
        line, column = node.line, node.column
        for part in path:
            match node.value:
                case dict() as fields if part in fields:
                    key = node.keys[str(part)]
                    node = fields[str(part)]
                    line, column = key if at_key else (node.line, node.column)
                case list() as items if str(part).isdecimal() and int(part) < len(items):
                    node = items[int(part)]
                    line, column = node.line, node.column
                case _:
                    break
        return Place(self._source, line, column, field=field)
