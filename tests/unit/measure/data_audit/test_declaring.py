"""What a use case says goes before what its contract says; what neither says stays unsaid."""

from __future__ import annotations

import datetime as dt
from typing import Any

from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit.contract.odcs import read
from roadworthy.measure.data_audit.contract.shape import Contract
from roadworthy.measure.data_audit.declaring import context_of, declared_of, sides_of, source_of
from roadworthy.measure.data_audit.model import Context

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
CONTRACT = read(
    b"""kind: DataContract
apiVersion: v3.1.0
id: c-1
name: claims
version: 1.0.0
status: active
servers:
- {server: a, type: custom, environment: poc, location: pilot.csv}
- {server: b, type: custom, environment: live, location: live/}
authoritativeDefinitions: [{type: source of truth, url: "https://wiki.example/claims"}]
team: {members: [{username: eva@x.example, role: data steward}]}
slaProperties:
- {property: frequency, value: 1, unit: d}
- {property: retention, value: 2, unit: y}
schema:
- name: claims
  properties:
  - {name: claim, primaryKey: true, primaryKeyPosition: 2, transformSourceObjects: [core.claims, core.history]}
  - {name: region, primaryKey: true, primaryKeyPosition: 1, transformSourceObjects: [core.claims]}
  - {name: weight, customProperties: [{property: unit, value: kg}]}
  - {name: mail, tags: [personal-email, personal-, other]}
"""
)


def _source(**given: Any) -> DataSource:
    return DataSource.model_validate({"name": "claims", **given})


def _context(source: DataSource, contract: Contract | None, **spec: Any) -> Context:
    return context_of(UseCase.model_validate({"title": "t", **spec}), source, contract, NOW)


def test_a_contract_fills_what_the_use_case_leaves_open() -> None:
    declared = declared_of(_source(), CONTRACT)
    assert declared.key == ("region", "claim"), "in the order of their positions"
    assert declared.units == {"weight": "kg"}
    assert declared.personal == ("email",)
    sides = sides_of(_source(), CONTRACT)
    assert (sides.pilot, sides.production) == ("pilot.csv", "live/")
    context = _context(_source(), CONTRACT)
    assert (context.steward, context.refresh, context.source_of_truth) == ("eva@x.example", "1d", True)
    assert context.retention_days == 730


def test_what_the_use_case_says_goes_first() -> None:
    source = _source(
        pilot="mine.csv", steward="omar@x.example", refresh="15m", sourceOfTruth=False, retentionDays=30,
        personalKinds=["phone"], units={"weight": "lb"}, columns={"key": ["id"], "decisionTime": "5m"},
    )  # fmt: skip
    assert sides_of(source, CONTRACT).pilot == "mine.csv"
    declared = declared_of(source, CONTRACT)
    assert (declared.key, declared.units, declared.personal) == (("id",), {"weight": "lb"}, ("phone",))
    context = _context(source, CONTRACT, **{"class": "agentic", "owners": {"product": "pat@x.example"}})
    assert (context.steward, context.refresh, context.retention_days) == ("omar@x.example", "15m", 30)
    assert context.source_of_truth is False
    assert (context.use_case_class, context.decision_after) == ("agentic", "5m")
    assert context.owners["product"] == "pat@x.example"
    assert context.owners["platform"] is None


def test_what_nobody_says_stays_unsaid() -> None:
    context = _context(_source(), None)
    assert context.registered
    assert (context.steward, context.refresh, context.source_of_truth, context.origins) == (None, None, None, None)
    assert declared_of(_source(), None).personal is None
    assert declared_of(_source(personalData=False), None).personal == (), "none is expected"
    assert sides_of(_source(), None).production is None
    column = _context(_source(columns={"decisionTime": "decided_at"}), None)
    assert column.decision_after is None, "a column is no span of time"


def test_origins_are_those_of_the_contract_and_what_it_leaves_out_is_a_hole() -> None:
    origins = _context(_source(), CONTRACT).origins
    assert origins == {"claim": "core.claims, core.history", "region": "core.claims", "weight": "", "mail": ""}
    silent = read(b"kind: DataContract\napiVersion: v3.1.0\nid: c\nversion: 1.0.0\nstatus: active\n"
                  b"schema: [{name: claims, properties: [{name: claim}]}]\n")  # fmt: skip
    assert _context(_source(), silent).origins is None, "a contract that names no origin leaves the question open"


def test_a_contract_becomes_the_declaration_of_a_source() -> None:
    source = source_of(CONTRACT, path="claims.odcs.yaml")
    assert (source.name, source.pilot, source.production) == ("claims", "pilot.csv", "live/")
    assert source.columns.key == ("region", "claim")
    assert (source.personal_kinds, source.units) == (("email",), {"weight": "kg"})
    assert (source.contract, source.source_of_truth, source.retention_days) == ("claims.odcs.yaml", True, 730)
    assert declared_of(source, None) == declared_of(_source(), CONTRACT)
