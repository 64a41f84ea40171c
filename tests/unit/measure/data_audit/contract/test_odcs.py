"""Contracts of every version are read; those that are written are valid by the standard and read back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput, TooLarge
from roadworthy.measure.data_audit.contract import odcs
from roadworthy.measure.data_audit.contract.odcs import read
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
from roadworthy.measure.data_audit.contract.writing import STANDARD, write
from roadworthy.measure.fingerprint.model import Form

CONTRACT = b"""apiVersion: v3.0.2
kind: DataContract
id: orders
version: 1.0.0
status: active
servers:
  - {server: a, type: local, path: pilot/*.csv, format: csv, environment: pilot}
  - {server: b, type: s3, location: "s3://orders/live/*.parquet", environment: production}
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true, unique: true}
      - name: state
        logicalType: string
        classification: restricted
        quality:
          - {metric: invalidValues, mustBe: 0, arguments: {validValues: [open, "1e5", "007"]}}
          - {type: text, description: nobody can check this}
      - name: weight
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 70.5}
        customProperties: [{property: unit, value: kg}]
      - name: address
        logicalType: object
        properties: [{name: zip, logicalType: string}]
team:
  - {username: gone@example.org, role: steward, dateOut: "2025-01-01"}
  - {username: eva@example.org, role: Owner}
slaProperties:
  - {property: latency, value: 4, unit: h}
  - {property: frequency, value: 15m}
  - {property: retention, value: 3, unit: y}
  - {property: freshness, value: soon}
authoritativeDefinitions: [{type: canonical, url: "https://docs.example/orders"}]
"""


def test_everything_an_audit_can_use_is_read() -> None:
    found = read(CONTRACT)
    assert [(each.name, each.location, each.side) for each in found.servers] == [
        ("a", "pilot/*.csv", Side.PILOT),
        ("b", "s3://orders/live/*.parquet", Side.PRODUCTION),
    ]
    (table,) = found.tables
    assert [each.name for each in table.properties] == ["id", "state", "weight", "address", "address.zip"]
    assert table.key == ("id",)
    state, weight = table.column("state"), table.column("weight")
    assert state is not None
    assert weight is not None
    assert state.values == ("open", "1e5", "007")
    assert (weight.least, weight.greatest, weight.unit, weight.form) == (0, 70.5, "kg", Form.DECIMAL)
    assert found.steward == "eva@example.org", "who left answers for nothing"
    assert (found.refresh, found.latency, found.retention_days) == ("15m", "4h", 1095)
    assert found.source_of_truth == "https://docs.example/orders"
    assert found.unchecked == 1
    assert found.notes == ("line 33: `soon` of `freshness` is no span of time that can be read",)


def test_the_oldest_version_is_read() -> None:
    old = b"""kind: virtualDataset
apiVersion: 2.2.2
uuid: 1
datasetName: sales
dataset:
  - table: tbl
    columns:
      - {column: id, logicalType: integer, physicalType: int, isPrimaryKey: true, isNullable: false}
      - {column: at, logicalType: date, physicalType: date, isNullable: true}
stakeholders: [{username: ann, role: Data Steward}]
slaProperties: [{property: frequency, value: 1, unit: d, column: tbl.at}]
"""
    found = read(old)
    (table,) = found.tables
    assert table.key == ("id",)
    assert [each.required for each in table.properties] == [True, False]
    assert (found.steward, found.refresh, found.name) == ("ann", "1d", "sales")


def test_the_newest_version_s_enumeration_is_read() -> None:
    text = b"kind: DataContract\nschema: [{name: t, properties: [{name: c, enum: [{value: a}, {value: 7}]}]}]\n"
    column = read(text).tables[0].column("c")
    assert column is not None
    assert column.values == ("a", "7")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"kind: [DataContract\n", 1),
        (b"- a\n", 1),
        (b"kind: Elephant\n", 1),
        (b"kind: DataContract\nschema:\n  - physicalName: t\n", 3),
        (b"kind: DataContract\nschema:\n  - name: t\n    properties:\n      - logicalType: date\n", 5),
        (b"kind: DataContract\nid: a\nid: b\n", 3),
    ],
)
def test_what_is_no_contract_says_where(text: bytes, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text, "c.yaml")
    assert (caught.value.place.source, caught.value.place.line) == ("c.yaml", line)


def test_hostile_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="UTF-8"):
        read(b"\xff\xfe\x00")
    monkeypatch.setattr(odcs, "LARGEST", 10)
    with pytest.raises(TooLarge):
        read(CONTRACT)


def test_every_example_of_the_standard_is_read(shared_data: Path) -> None:
    files = sorted((shared_data / "odcs-standard" / "docs" / "examples").rglob("*.yaml"))
    assert files
    for file in files:
        assert read(file).standard, file.name


# ---------------------------------------------------------------- laws

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=12)
_NUMBERS = st.integers(-(10**6), 10**6).map(float) | st.floats(-1e6, 1e6, allow_subnormal=False)


@st.composite
def _qualities(draw: st.DrawFn) -> Quality:
    bound = draw(st.sampled_from(Bound))
    two = bound in {Bound.BETWEEN, Bound.NOT_BETWEEN}
    limits = sorted(draw(st.lists(_NUMBERS, min_size=2, max_size=2, unique=True))) if two else [draw(_NUMBERS)]
    metric = draw(st.sampled_from([each for each in METRICS if each != "invalidValues"]))
    return Quality(metric, bound, tuple(limits), percent=draw(st.booleans()), severity=draw(st.none() | _WORDS))


@st.composite
def _properties(draw: st.DrawFn, name: str, key: int | None) -> Property:
    form = draw(st.sampled_from([None, Form.INTEGER, Form.DECIMAL, Form.DATE, Form.TIMESTAMP, Form.TEXT]))
    values = draw(st.none() | st.lists(_WORDS, min_size=1, max_size=4, unique=True).map(tuple))
    quality = tuple(draw(st.lists(_qualities(), max_size=2)))
    if values is not None:
        quality += (Quality("invalidValues", Bound.BE, (0.0,), values=values),)
    numeric = form is not None and form.numeric
    return Property(
        name=name,
        form=form,
        physical=draw(st.none() | _WORDS),
        required=draw(st.booleans()),
        unique=draw(st.booleans()),
        key=key,
        values=values,
        least=draw(st.none() | _NUMBERS) if numeric else None,
        greatest=draw(st.none() | _NUMBERS) if numeric else None,
        unit=draw(st.none() | _WORDS),
        classification=draw(st.none() | _WORDS),
        critical=draw(st.booleans()),
        sources=tuple(draw(st.lists(_WORDS, max_size=2))),
        examples=tuple(draw(st.lists(_WORDS, max_size=2))),
        description=draw(st.none() | _WORDS),
        tags=tuple(draw(st.lists(_WORDS, max_size=2))),
        quality=quality,
    )


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Contracts that hold what the standard can say."""
    names = draw(st.lists(_WORDS, min_size=1, max_size=4, unique=True))
    properties = [draw(_properties(name, draw(st.none() | st.just(place + 1)))) for place, name in enumerate(names)]
    return Contract(
        id=draw(_WORDS),
        name=draw(_WORDS),
        version="1.0.0",
        status="draft",
        standard=STANDARD,
        tables=(Table(draw(_WORDS), draw(st.none() | _WORDS), tuple(properties), (draw(_qualities()),)),),
        servers=(Server("pilot", "custom", "pilot", draw(st.none() | _WORDS), Side.PILOT),),
        team=tuple(draw(st.lists(st.builds(Member, _WORDS, st.none() | _WORDS, st.just(None)), max_size=2))),
        refresh=draw(st.sampled_from([None, "15m", "1d", "36h", "90s"])),
        retention_days=draw(st.none() | st.integers(1, 4_000)),
        source_of_truth=draw(st.none() | _WORDS),
        purpose=draw(st.none() | _WORDS),
        digest=draw(st.none() | _WORDS),
        extra=draw(st.dictionaries(_WORDS.map(lambda word: f"x{word}"), _WORDS, max_size=2)),
    )


@given(contracts())
def test_a_contract_that_is_written_reads_back_the_same(contract: Contract) -> None:
    assert read(write(contract).encode()) == contract


@pytest.fixture(scope="module")
def standard(shared_data: Path) -> Any:
    """The standard's own schema of 3.1."""
    schema = json.loads((shared_data / "odcs-standard" / "schema" / "odcs-json-schema-v3.1.0.json").read_text())
    return jsonschema.Draft201909Validator(schema)


def test_what_is_written_is_valid_by_the_standard(standard: Any) -> None:
    @given(contracts())
    def holds(contract: Contract) -> None:
        standard.validate(yaml.safe_load(write(contract)))

    holds()
