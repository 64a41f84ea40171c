"""A described system is held against its description."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.integration_probe.declared import operation
from roadworthy.measure.integration_probe.described import Description, read
from roadworthy.measure.integration_probe.model import Trial, Verdict
from tests.harness.probed_systems import Clinic, clinic
from tests.unit.measure.integration_probe.trying import found, integration, not_passed


def tried(system: Clinic, **changed: object) -> dict[str, Trial]:
    declared = integration(system.address, **{"protocol": "openapi"} | changed)
    return found(declared.model_copy(update={"direction": "reads"}))


def test_a_sound_system_passes_everything() -> None:
    with clinic() as system:
        trials = tried(system, rate="60/s")

    assert not_passed(trials) == {}
    assert trials["nothing-beyond-grants"].got == "1 of 1 were refused", "the description names another operation"
    assert system.writes == []


@pytest.mark.parametrize(
    ("flaw", "name", "detail"),
    [
        ({"wrong_shape": True}, "answers-as-described", "properties/id/type"),
        ({"open_to_all": True}, "security-as-described", "everybody is let in"),
        ({"shows_everything": True}, "nothing-beyond-grants", "GET /salaries"),
    ],
)
def test_a_flaw_is_found(flaw: dict[str, object], name: str, detail: str) -> None:
    with clinic(**flaw) as system:
        trial = tried(system)[name]

    assert trial.verdict is Verdict.FAIL
    assert any(detail in line for line in trial.details)


def test_an_operation_that_is_not_described_is_found() -> None:
    with clinic() as system:
        trials = tried(system, operations=["GET /notes", "GET /undescribed", "POST /orders"])

    assert trials["operations-described"].details == ("GET /undescribed",)
    assert trials["reading-is-enough"].verdict is Verdict.FAIL
    assert system.writes == []


def test_a_missing_description_is_a_finding_and_the_rest_goes_on() -> None:
    with clinic(described=False) as system:
        trials = tried(system)

    assert trials["description-found"].verdict is Verdict.FAIL
    assert trials["credential-accepted"].verdict is Verdict.PASS


def test_a_description_on_another_host_is_not_fetched() -> None:
    with clinic() as system:
        trials = tried(system, description="https://elsewhere.example/openapi.json")

    assert trials["description-found"].verdict is Verdict.UNKNOWN


def test_yaml_is_read_and_nullable_is_understood() -> None:
    text = b"""
openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /x:
    get:
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {a: {type: string, nullable: true}}}}}
"""
    description = read(text)
    assert isinstance(description, Description)
    said = description.of(operation("GET /x"))
    assert said is not None

    assert description.faults_of(said, 200, "application/json", b'{"a": null}') == ()
    assert description.faults_of(said, 200, "application/json", b'{"a": 7}') != ()
    assert description.faults_of(said, 200, "text/html", b"<p>") is None


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_description_or_told_why_not(content: bytes) -> None:
    assert isinstance(read(content), str | Description)


def test_a_schema_that_leads_to_itself_is_read() -> None:
    content = (
        b'{"openapi":"3.1.0","components":{"schemas":{"N":{"type":"object","properties":{"next":{"$ref":'
        b'"#/components/schemas/N"}}}}},"paths":{"/n":{"get":{"responses":{"200":{"content":{"application/json":'
        b'{"schema":{"$ref":"#/components/schemas/N"}}}}}}}}}'
    )
    description = read(content)
    assert isinstance(description, Description)
    said = description.of(operation("GET /n"))
    assert said is not None

    assert description.faults_of(said, 200, "application/json", b'{"next": {}}') == ()
    assert description.faults_of(said, 200, "application/json", b"7") != ()
