"""Mapping files: YAML in which a person says what the columns of a table mean.

sheet: Inventory 2025          # where the file has several
header: 4                      # the row of the column names, as the spreadsheet shows it
columns:
  Use Case Name: title
  column F: keep
constants:
  organisation: Department of Examples
"""

from __future__ import annotations

import json

from roadworthy.foundation.errors import Finding, InvalidInput, Place, did_you_mean
from roadworthy.foundation.resources.nodes import Node
from roadworthy.foundation.resources.syntax import trees
from roadworthy.inventory.importing.mapping import CONSTANTS, TARGETS
from roadworthy.inventory.importing.model import ColumnMapping

_KEYS = ("sheet", "header", "columns", "constants")


def parse_mapping(name: str, text: str) -> ColumnMapping:
    """Read a mapping file; whether its columns exist is checked against the table, see `mapping.propose`.

    Raises:
        InvalidInput: not YAML, an unknown key, or a target that does not exist, each with its line.
    """
    findings: list[Finding] = []
    documents = [tree.root for tree in trees(name, text, findings)]
    root = documents[0] if documents else Node({}, 1, 1)
    if findings:
        raise InvalidInput.of(findings, "the mapping file")
    fields = _fields(name, root, _KEYS, findings)
    columns = _texts(name, fields.get("columns"), TARGETS, findings)
    constants = _texts(name, fields.get("constants"), None, findings)
    for key in constants:
        if key not in CONSTANTS:
            place = _place(name, fields["constants"], key)
            what = f"`{key}` cannot be given one value for the whole file"
            findings.append(Finding("mapping-unknown-constant", what, place, did_you_mean(key, CONSTANTS)))
    sheet, header = fields.get("sheet"), fields.get("header")
    if header is not None and (not isinstance(header.value, int) or header.value < 1):
        what = f"`{header.plain()}` is no row"
        findings.append(
            Finding("mapping-bad-header", what, Place(name, header.line, header.column), "write its number, from 1")
        )
    if findings:
        raise InvalidInput.of(findings, "the mapping file")
    return ColumnMapping(
        columns=columns,
        constants=constants,
        sheet=None if sheet is None else str(sheet.plain()),
        header=header.value if header is not None and isinstance(header.value, int) else None,
    )


def _fields(name: str, node: Node, known: tuple[str, ...] | None, findings: list[Finding]) -> dict[str, Node]:
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        place = Place(name, node.line, node.column)
        remedy = "write `name: value`, one in a line"
        findings.append(Finding("mapping-not-a-mapping", "here stand no names with values", place, remedy))
        return {}
    fields: dict[str, Node] = {}
    for key, value in node.value.items():
        if known is not None and key not in known:
            what = f"`{key}` is nothing a mapping file says"
            findings.append(Finding("mapping-unknown-key", what, _place(name, node, key), did_you_mean(key, known)))
        elif isinstance(value, Node):
            fields[key] = value
    return fields


def _texts(name: str, node: Node | None, known: frozenset[str] | None, findings: list[Finding]) -> dict[str, str]:
    if node is None:
        return {}
    texts: dict[str, str] = {}
    for key, value in _fields(name, node, None, findings).items():
        text = "" if value.value is None else str(value.plain())
        place = Place(name, value.line, value.column, field=key)
        if not text or isinstance(value.value, dict | list):
            findings.append(Finding("mapping-no-value", f"`{key}` has no value", place, "write it behind the colon"))
        elif known is not None and text not in known:
            what = f"`{text}` is nothing a column can be mapped to"
            findings.append(Finding("mapping-unknown-target", what, place, did_you_mean(text, known)))
        else:
            texts[key] = text
    return texts


def _place(name: str, node: Node, key: str) -> Place:
    line, column = node.keys.get(key, (node.line, node.column))
    return Place(name, line, column, field=key)


def write_mapping(mapping: ColumnMapping) -> str:
    """A mapping as a file that reads back the same; JSON text is YAML text."""
    lines = []
    if mapping.sheet is not None:
        lines.append(f"sheet: {json.dumps(mapping.sheet)}")
    if mapping.header is not None:
        lines.append(f"header: {mapping.header}")
    for key, values in (("columns", mapping.columns), ("constants", mapping.constants)):
        if values:
            lines.append(f"{key}:")
            lines += [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"
