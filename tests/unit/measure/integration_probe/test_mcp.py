"""A real MCP server is tried over streamable HTTP."""

from __future__ import annotations

import pytest

from roadworthy.measure.integration_probe.model import Trial, Verdict
from tests.harness.probed_mcp import Desk, desk
from tests.harness.probed_systems import TOKEN
from tests.unit.measure.integration_probe.trying import found, integration, not_passed


def tried(server: Desk, **changed: object) -> dict[str, Trial]:
    given = {
        "protocol": "mcp",
        "operations": ["find_patient"],
        "parameters": {"patient": "p-1"},
        "grants": ["find_patient", "trail", "discharge"],
        "auditTrail": "trail",
    }
    return found(integration(server.address, **given | changed))


def test_a_sound_server_passes_everything() -> None:
    with desk() as server:
        trials = tried(server, rate="60/s")

    assert not_passed(trials) == {}
    assert trials["latency"].n == 60
    assert trials["rate"].seconds > 0.5
    assert server.writes == []


@pytest.mark.parametrize(
    ("flaw", "changed", "name"),
    [
        ({"open_to_all": True}, {}, "credential-required"),
        ({"open_to_all": True}, {}, "wrong-credential-refused"),
        ({"annotated": False}, {}, "effects-told"),
        ({}, {"grants": ["find_patient"]}, "nothing-beyond-grants"),
        ({}, {"operations": ["find_patient", "gone"]}, "operations-offered"),
        ({}, {"parameters": {"patient": "nobody"}}, "operations-allowed"),
    ],
)
def test_a_flaw_is_found(flaw: dict[str, object], changed: dict[str, object], name: str) -> None:
    with desk(**flaw) as server:
        trials = tried(server, **changed)

    assert trials[name].verdict is Verdict.FAIL
    assert server.writes == []
    assert TOKEN not in str(trials)


def test_a_tool_that_may_write_is_never_called_in_production() -> None:
    with desk() as server:
        trials = tried(server, operations=["find_patient", "discharge"])

    assert trials["operations-allowed"].verdict is Verdict.UNKNOWN
    assert any("discharge" in line for line in trials["operations-allowed"].details)
    assert server.writes == []


def test_a_tool_that_does_not_say_that_it_reads_is_not_called() -> None:
    with desk(annotated=False) as server:
        trials = tried(server)

    assert trials["operations-allowed"].verdict is Verdict.UNKNOWN
    assert server.record == []
    assert server.writes == []


def test_a_server_that_is_not_there_ends_after_the_first_trial() -> None:
    trials = found(integration("http://127.0.0.1:9/mcp", protocol="mcp", operations=["x"]))

    assert trials["answers"].verdict is Verdict.FAIL
    assert len(trials) == 1


def test_what_is_no_mcp_server_is_told() -> None:
    with desk() as server:
        trials = found(integration(server.address.replace("/mcp", "/nothing"), protocol="mcp", operations=["x"]))

    assert trials["answers"].verdict is Verdict.FAIL
    assert "404" in trials["answers"].got
