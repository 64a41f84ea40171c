"""Reads Open Data Contract Standard files, versions 2.2 to 3.2, as they are and not as they should be.

Strict is only what cannot be understood at all: no YAML, no contract, a column without a name. Whatever else is odd
becomes a note with its line, and the rest is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from roadworthy.foundation import spans
from roadworthy.foundation.errors import Finding, InvalidInput, Place, TooLarge, Unavailable
from roadworthy.foundation.resources.nodes import Node
from roadworthy.foundation.resources.syntax import trees
from roadworthy.measure.data_audit.contract import nodes
from roadworthy.measure.data_audit.contract.shape import (
    METRICS,
    Bound,
    Contract,
    Member,
    Property,
    Quality,
    Server,
    Side,
    Table,
)
from roadworthy.measure.fingerprint.model import Form

LARGEST = 8_000_000
"""Bytes of a contract; the largest that we know of has a few hundred thousand."""
DIGEST = "roadworthyFingerprint"
"""Custom property that carries the digest of the fingerprint a contract was inferred from."""
UNIT = "unit"
_DAY = 86_400

_FORMS: Final = {
    **dict.fromkeys(("integer", "int", "bigint", "smallint", "long", "short"), Form.INTEGER),
    **dict.fromkeys(("number", "decimal", "numeric", "double", "float", "real"), Form.DECIMAL),
    **dict.fromkeys(("boolean", "bool"), Form.BOOLEAN),
    "date": Form.DATE,
    **dict.fromkeys(("timestamp", "datetime", "timestamp_tz", "timestamp_ntz"), Form.TIMESTAMP),
    **dict.fromkeys(("string", "text", "varchar", "char", "uuid", "time"), Form.TEXT),
    **dict.fromkeys(("binary", "bytes", "blob"), Form.BINARY),
    **dict.fromkeys(("object", "array", "struct", "map", "record", "json"), Form.NESTED),
}
_SIDES: Final = {
    **dict.fromkeys(("prod", "production", "live", "prd"), Side.PRODUCTION),
    **dict.fromkeys(("pilot", "poc", "trial", "sandbox", "dev", "development", "test", "uat"), Side.PILOT),
}
_AUTHORITY: Final = frozenset({"canonical", "sourceoftruth", "systemofrecord", "implementation", "source"})
_ABSOLUTE: Final = ("location", "path", "endpointUrl")
_LATENCY, _REFRESH, _FRESHNESS, _RETENTION = (
    ("latency", "ly"), ("frequency", "fy", "refresh", "updatefrequency"), ("freshness",), ("retention", "re")
)  # fmt: skip


def read(given: Path | bytes, name: str = "contract") -> Contract:
    """Read a contract.

    Args:
        given: a file, or its content.
        name: of the content, for errors.

    Raises:
        Unavailable: the file cannot be read.
        TooLarge: over `LARGEST`.
        InvalidInput: it is no contract, with the line.
    """
    source = str(given) if isinstance(given, Path) else name
    root = _parsed(source, _content(given, source))
    return _Reading(source).contract(root)


def _content(given: Path | bytes, source: str) -> bytes:
    if isinstance(given, Path):
        try:
            given = given.read_bytes()
        except OSError as error:
            raise Unavailable(
                "contract-unreadable",
                f"the contract cannot be read ({error.strerror})",
                place=Place(source=source),
                remedy="check the path, and that you may read the file",
            ) from error
    if len(given) > LARGEST:
        raise TooLarge(
            "contract-too-large",
            f"the contract has more than {LARGEST:,} bytes",
            place=Place(source=source),
            remedy="give the file of one contract",
        )
    return given


def _parsed(source: str, content: bytes) -> Node:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "contract-not-text", "the contract is not UTF-8 text", place=Place(source=source), remedy="save it as UTF-8"
        ) from error
    findings: list[Finding] = []
    found = [tree.root for tree in trees(source, text, findings)]
    if findings:
        raise InvalidInput.of(findings, source)
    if len(found) != 1 or not isinstance(found[0].value, dict):
        raise _no_contract(source, 1, "it does not hold one mapping")
    return found[0]


def _no_contract(source: str, line: int, why: str) -> InvalidInput:
    return InvalidInput(
        "contract-unreadable",
        f"this is no data contract: {why}",
        place=Place(source, line),
        remedy="give a file of the Open Data Contract Standard, version 2.2 to 3.2",
    )


class _Reading:
    """One contract being read; gathers what was doubtful."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._notes: list[str] = []
        self._unchecked = 0

    def contract(self, root: Node) -> Contract:
        """The whole."""
        kind, standard = nodes.text(root, "kind"), nodes.text(root, "apiVersion")
        if kind not in {None, "DataContract", "virtualDataset"} or (kind is None and standard is None):
            raise _no_contract(self._source, root.line, "`kind` is not `DataContract`")
        tables = [self._table(each) for each in (*nodes.items(root, "schema"), *nodes.items(root, "dataset"))]
        sla = self._sla(nodes.items(root, "slaProperties"))
        extra = _custom(root)
        return Contract(
            id=nodes.text(root, "id") or nodes.text(root, "uuid") or "",
            name=nodes.text(root, "name") or nodes.text(root, "datasetName") or nodes.text(root, "dataProduct") or "",
            version=nodes.text(root, "version") or "",
            status=nodes.text(root, "status") or "",
            standard=standard or "",
            tables=tuple(tables),
            servers=tuple(_servers(root)),
            team=tuple(_team(root)),
            refresh=sla.get("refresh"),
            latency=sla.get("latency"),
            freshness=sla.get("freshness"),
            retention_days=None if "retention" not in sla else math.ceil((spans.seconds(sla["retention"]) or 0) / _DAY),
            source_of_truth=_authority(root, [*nodes.items(root, "schema"), *nodes.items(root, "dataset")]),
            purpose=_purpose(root),
            digest=extra.pop(DIGEST, None),
            notes=tuple(self._notes),
            unchecked=self._unchecked,
            extra=extra,
        )

    def _note(self, node: Node, what: str) -> None:
        self._notes.append(f"line {node.line}: {what}")

    def _table(self, node: Node) -> Table:
        name = nodes.text(node, "name") or nodes.text(node, "table")
        if name is None:
            raise _no_contract(self._source, node.line, "a schema object has no `name`")
        properties = list(self._properties(node, ""))
        return Table(
            name=name,
            physical=nodes.text(node, "physicalName"),
            properties=tuple(properties),
            quality=tuple(self._quality(node)),
            description=nodes.text(node, "description"),
        )

    def _properties(self, node: Node, path: str) -> Iterator[Property]:
        """Columns, and the fields of nested ones under their dotted path."""
        place = 0
        for each in (*nodes.items(node, "properties"), *nodes.items(node, "columns")):
            name = nodes.text(each, "name") or nodes.text(each, "column")
            if name is None:
                raise _no_contract(self._source, each.line, "a property has no `name`")
            found = self._property(each, f"{path}{name}", place)
            place += found.key is not None
            yield found
            yield from self._properties(each, f"{path}{name}.")
            inner = nodes.value(each, "items")
            if inner is not None and isinstance(inner.value, dict):
                yield from self._properties(inner, f"{path}{name}.")

    def _property(self, node: Node, name: str, keyed: int) -> Property:
        logical = nodes.text(node, "logicalType")
        form = _FORMS.get((logical or "").lower())
        if logical is not None and form is None:
            self._note(node, f"`{logical}` of `{name}` is no logical type; the column's type is not checked")
        options = nodes.value(node, "logicalTypeOptions")
        nullable = nodes.truth(node, "isNullable")
        quality = tuple(self._quality(node))
        enum = nodes.value(node, "enum")
        values = tuple(_enum(enum)) if enum is not None else _valid(quality)
        is_key = nodes.truth(node, "primaryKey") or nodes.truth(node, "isPrimaryKey")
        position = nodes.number(node, "primaryKeyPosition")
        return Property(
            name=name,
            form=form,
            physical=nodes.text(node, "physicalType"),
            required=bool(nodes.truth(node, "required")) or nullable is False,
            unique=bool(nodes.truth(node, "unique") or nodes.truth(node, "isUnique")),
            key=None if not is_key else int(position) if position is not None and position > 0 else keyed + 1,
            values=values,
            least=None if options is None else nodes.number(options, "minimum"),
            greatest=None if options is None else nodes.number(options, "maximum"),
            unit=_custom(node).get(UNIT),
            classification=nodes.text(node, "classification"),
            critical=bool(nodes.truth(node, "criticalDataElement") or nodes.truth(node, "criticalDataElementStatus")),
            sources=tuple(nodes.texts(node, "transformSourceObjects") or nodes.texts(node, "transformSourceTables")),
            examples=tuple(nodes.texts(node, "examples") or nodes.texts(node, "sampleValues")),
            description=nodes.text(node, "description"),
            tags=tuple(nodes.texts(node, "tags")),
            quality=quality,
            references=tuple(_references(node)),
        )

    def _quality(self, node: Node) -> Iterator[Quality]:
        for each in nodes.items(node, "quality"):
            metric = nodes.text(each, "metric") or nodes.text(each, "rule")
            found = None if metric not in METRICS else _rule(each, metric)
            if found is None:
                self._unchecked += 1
            else:
                yield found

    def _sla(self, items: Sequence[Node]) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in items:
            said = (nodes.text(each, "property") or "").replace("_", "").replace("-", "").lower()
            for key, words in (
                ("latency", _LATENCY), ("refresh", _REFRESH), ("freshness", _FRESHNESS), ("retention", _RETENTION)
            ):  # fmt: skip
                if said not in words or key in found:
                    continue
                value, unit = nodes.text(each, "value"), nodes.text(each, "unit")
                span = None if value is None else spans.seconds(value, unit)
                if span is None:
                    self._note(
                        each,
                        f"`{' '.join(filter(None, (value, unit)))}` of `{said}` is no span of time that can be read",
                    )
                else:
                    found[key] = spans.written(span)
        return found


# ---------------------------------------------------------------- parts


def _rule(node: Node, metric: str) -> Quality | None:
    """A rule of the library; None where it has no limit that can be checked."""
    for bound in Bound:
        given = nodes.value(node, bound.value)
        if given is None:
            continue
        limits = [nodes.as_number(each) for each in nodes.members(given) or [given]]
        numbers = tuple(each for each in limits if each is not None)
        wanted = 2 if bound in {Bound.BETWEEN, Bound.NOT_BETWEEN} else 1
        if len(numbers) != wanted or len(limits) != wanted:
            return None
        arguments = nodes.value(node, "arguments")
        values = (
            ()
            if arguments is None
            else (*nodes.texts(arguments, "validValues"), *nodes.texts(arguments, "missingValues"))
        )
        return Quality(
            metric=metric,
            bound=bound,
            limits=numbers,
            percent=(nodes.text(node, "unit") or "").lower() in {"percent", "%", "percentage"},
            values=tuple(values),
            columns=() if arguments is None else tuple(nodes.texts(arguments, "properties")),
            severity=nodes.text(node, "severity"),
        )
    return None


def _valid(quality: Sequence[Quality]) -> tuple[str, ...] | None:
    """The values that a rule allows and nothing else; before 3.2 an enumeration could only be said like this."""
    for each in quality:
        if each.metric == "invalidValues" and each.values and each.bound is Bound.BE and not any(each.limits):
            return each.values
    return None


def _enum(node: Node) -> Iterator[str]:
    """Values, plain or (3.2) each a mapping with `value`."""
    for each in nodes.members(node):
        text = nodes.text(each, "value") if isinstance(each.value, dict) else nodes.as_text(each)
        if text is not None:
            yield text


def _references(node: Node) -> Iterator[str]:
    for each in nodes.items(node, "relationships"):
        single = nodes.text(each, "to")
        yield from nodes.texts(each, "to") if single is None else [single]


def _servers(root: Node) -> Iterator[Server]:
    for position, each in enumerate(nodes.items(root, "servers")):
        kind = nodes.text(each, "type") or ""
        environment = nodes.text(each, "environment")
        name = nodes.text(each, "server") or nodes.text(each, "id") or str(position + 1)
        said = environment or name
        location = next((found for key in _ABSOLUTE if (found := nodes.text(each, key)) is not None), None)
        yield Server(name, kind, environment, location, _side(said))


def _side(said: str) -> Side | None:
    words = said.lower().replace("_", "-").split("-")
    return next((_SIDES[word] for word in words if word in _SIDES), None)


def _team(root: Node) -> Iterator[Member]:
    team = nodes.value(root, "team")
    members = [*nodes.items(root, "stakeholders")]
    if team is not None:
        members += nodes.items(root, "team") if isinstance(team.value, list) else nodes.items(team, "members")
    for each in members:
        username = nodes.text(each, "username") or nodes.text(each, "name")
        if username is not None:
            yield Member(username, nodes.text(each, "role"), nodes.text(each, "dateOut"))


def _authority(root: Node, tables: Sequence[Node]) -> str | None:
    for node in (root, *tables):
        for each in nodes.items(node, "authoritativeDefinitions"):
            kind = (nodes.text(each, "type") or "").replace("-", "").replace("_", "").replace(" ", "").lower()
            if kind in _AUTHORITY:
                return nodes.text(each, "url")
    return None


def _purpose(root: Node) -> str | None:
    said = nodes.value(root, "description")
    if said is None:
        return None
    return nodes.text(said, "purpose") if isinstance(said.value, dict) else nodes.as_text(said)


def _custom(node: Node) -> dict[str, str]:
    found = {}
    for each in nodes.items(node, "customProperties"):
        name, value = nodes.text(each, "property"), nodes.text(each, "value")
        if name is not None and value is not None:
            found[name] = value
    return found
