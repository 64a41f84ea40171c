"""The published JSON Schemas: readable by editors, agreeing with our own reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from roadworthy.assembly.kinds import kinds
from roadworthy.foundation.resources.documents import Declared, Source, parse
from roadworthy.foundation.resources.emitting import to_yaml
from roadworthy.foundation.resources.registry import API_VERSION, Kind, Registry
from roadworthy.foundation.resources.schema import document_schema, schema_text, write_schemas
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.resources.syntax import trees
from tests.unit.foundation.resources.samples import Bicycle, bicycles, document

KIND = Kind("Bicycle", "bicycles", "bicycle", Bicycle)


class Loose(Shape):
    """Holds a float."""

    weight: float


class Hidden(Shape):
    """Holds one deep inside, and itself."""

    below: tuple[Hidden, ...] = ()
    deep: Mapping[str, tuple[Loose | str, ...]] | None = None


@pytest.mark.parametrize("kind", [*kinds(), KIND], ids=lambda kind: kind.name)
def test_a_schema_is_draft_7(kind: Kind) -> None:
    jsonschema.Draft7Validator.check_schema(document_schema(kind))
    text = schema_text(kind)
    assert "$defs" not in text
    assert "prefixItems" not in text


def plain(text: str) -> Any:
    """A document as an editor's validator sees it."""
    (tree,) = trees("a.yaml", text, [])
    return json.loads(json.dumps(tree.root.plain(), default=lambda number: float(Decimal(number))))


def accepts(text: str) -> bool:
    return jsonschema.Draft7Validator(document_schema(KIND)).is_valid(plain(text))


@given(bicycles)
def test_what_we_export_an_editor_accepts(bicycle: Bicycle) -> None:
    spec = bicycle.model_dump(mode="python", by_alias=True, exclude_defaults=True)
    content = {"apiVersion": API_VERSION, "kind": "Bicycle", "metadata": {"name": "a"}, "spec": spec}
    text = to_yaml(content)
    assert parse([Source("a.yaml", text)], Registry([KIND]))[0] == [Declared("Bicycle", "a", {}, bicycle)]
    assert accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        document("Big"),
        document() + "status: x\n",
        document(spec="  titel: x\n"),
        document(spec="  title: x\n  class: blue\n"),
        document(spec="  title: x\n  fastener: {type: bold}\n"),
        document(metadata="  labels: {a: [1]}\n"),
    ],
)
def test_what_we_refuse_an_editor_marks(text: str) -> None:
    assert accepts(document())
    assert not accepts(text)
    assert parse([Source("a.yaml", text)], Registry([KIND]))[1]


def test_schemas_are_written_one_file_for_each_kind(tmp_path: Path) -> None:
    (path,) = write_schemas(tmp_path / "v1", [KIND])
    assert json.loads(path.read_text(encoding="utf-8"))["properties"]["kind"] == {"const": "Bicycle"}


def test_a_kind_with_a_float_or_a_taken_name_is_not_registered() -> None:
    with pytest.raises(ValueError, match="weight is a float"):
        Registry([Kind("Loose", "looses", "loose", Loose)])
    with pytest.raises(ValueError, match=r"Hidden\..*weight is a float"):
        Registry([Kind("Hidden", "hiddens", "hidden", Hidden)])
    with pytest.raises(ValueError, match="registered twice"):
        Registry([KIND, KIND])
