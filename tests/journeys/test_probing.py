"""Integrations probed from the command line, against a real system, with exit codes that a pipeline can use."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from roadworthy.foundation.errors import ExitCode
from tests.harness.probed_systems import TOKEN, clinic
from tests.journeys.home import Home

BOUND = {"ROADWORTHY_PROBE_SECRETS": "127.0.0.1=env:EHR_TOKEN", "EHR_TOKEN": TOKEN}


def target(address: str, **changed: object) -> dict[str, object]:
    """How the clinic is tried."""
    probe: dict[str, object] = {
        "protocol": "openapi",
        "address": address,
        "credential": "env:EHR_TOKEN",
        "operations": ["GET /patients/{id}", "GET /notes"],
        "parameters": {"id": "p-1"},
        "grants": ["GET /patients/{id}", "GET /notes"],
        "rate": "60/s",
        "latency": "5s",
        "auditTrail": "GET /audit?correlation={correlation}",
    }
    return {"system": "EHR", "direction": "reads", "probe": probe | changed}


def declare(home: Home, *integrations: dict[str, object]) -> None:
    """A use case that talks to these systems."""
    spec = {"title": "Notes", "integrations": list(integrations)}
    document = {
        "apiVersion": "roadworthy.dev/v1alpha1",
        "kind": "UseCase",
        "metadata": {"name": "notes"},
        "spec": spec,
    }
    home.write("notes.yaml", json.dumps(document))
    home.run("apply", "notes.yaml", code=0)


def test_a_pipeline_probes_and_learns_from_the_exit_code(home: Home) -> None:
    with clinic() as system:
        declare(home, target(system.address))
        sound = home.run("integration", "probe", "notes", environment=BOUND, code=0)
        assert "EHR (openapi): pass" in sound.out
        assert "evidence:" in sound.err

        system.open_to_all = True
        broken = home.run("integration", "probe", "notes", "EHR", "-o", "junit", environment=BOUND)
        assert broken.code == ExitCode.NO
        suite = ET.fromstring(broken.out)  # noqa: S314 - our own output
        failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}
        assert {"credential-required", "wrong-credential-refused"} <= failed

        listed = home.run("integration", "list", "notes", "-o", "json", environment=BOUND, code=0).json()
        assert [each["verdict"] for each in listed] == ["fail", "pass"]
        shown = home.run("integration", "show", listed[0]["id"], "-o", "json", environment=BOUND, code=0).json()
        assert shown[0] == listed[0] if isinstance(shown, list) else shown == listed[0]
        items = home.run("evidence", "list", "notes", "-o", "json", environment=BOUND, code=0)
        assert "integration.probed" in items.out
        said = sound.out + sound.err + broken.out + broken.err + items.out
        assert TOKEN not in said + home.database.read_bytes().decode("latin-1")
    assert system.writes == []


def test_a_secret_that_is_not_bound_is_refused_with_what_to_set(home: Home) -> None:
    with clinic() as system:
        declare(home, target(system.address))
        refused = home.run("integration", "probe", "notes", environment={"EHR_TOKEN": TOKEN})

    assert refused.code == ExitCode.NO
    assert "127.0.0.1=env:EHR_TOKEN" in refused.err
    assert system.asked == []


def test_a_file_is_tried_without_registering_anything(home: Home) -> None:
    with clinic() as system:
        home.write("probe.yaml", json.dumps({"integrations": [target(system.address)]}))
        tried = home.run("integration", "probe", "--file", "probe.yaml", "-o", "json", environment=BOUND, code=0).json()
        home.write("broken.yaml", "system: [")
        broken = home.run("integration", "probe", "--file", "broken.yaml", environment=BOUND)
        home.write("wrong.yaml", json.dumps(target(system.address, protocol="carrier pigeon")))
        wrong = home.run("integration", "probe", "--file", "wrong.yaml", environment=BOUND)

    assert [each["verdict"] for each in tried] == ["pass"]
    assert tried[0]["useCase"] is None
    assert (broken.code, wrong.code) == (ExitCode.FAILED, ExitCode.FAILED)
    assert "broken.yaml:1" in broken.err
    assert "protocol" in wrong.err


def test_one_of_the_two_has_to_be_named(home: Home) -> None:
    assert home.run("integration", "probe").code == ExitCode.USAGE
    assert home.run("integration", "probe", "notes", "--file", "x.yaml").code == ExitCode.USAGE
