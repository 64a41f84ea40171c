"""From a declared use case to its failure modes, and a rule of one's own, on the command line."""

from __future__ import annotations

import json

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import Home, use_case
from tests.unit.decide.diagnosis.test_modes import mode


def rule(**changed: object) -> str:
    """A document with a rule; YAML reads JSON."""
    return json.dumps(
        {
            "apiVersion": "roadworthy.dev/v1alpha1",
            "kind": "FailureMode",
            "metadata": {"name": "not-watched"},
            "spec": mode(**changed),
        }
    )


def test_from_a_use_case_to_what_to_ask_and_a_rule_of_ones_own(home: Home) -> None:
    home.write("a.yaml", use_case("a", stage="pilot"))
    home.run("apply", "a.yaml", code=0)

    said = home.run("diagnose", "a", code=0)
    assert "Cannot tell yet" in said.out
    assert "Ask this, the most telling first" in said.out
    found = home.run("diagnose", "a", "--at", "2030-01-31", "-o", "json", code=0).json()
    assert found["at"].startswith("2030-01-31")
    assert "no-data-pipeline" in home.run("diagnose", code=0).out

    tests = mode()["tests"]
    home.write("bad.yaml", rule(tests=[{**tests[0], "then": "absent"}, tests[1], tests[2], tests[0]]))
    refused = home.run("apply", "bad.yaml", code=ExitCode.FAILED)
    assert "failure-mode-test-failed" in refused.err

    home.write("mine.yaml", rule(signs={"not": {"named": "platform"}}, tests=NAMED))
    home.run("apply", "mine.yaml", code=0)
    home.write("a.yaml", use_case("a", stage="pilot", owners={"product": "ana@example.org"}))
    home.run("apply", "a.yaml", code=0)
    assert "a not-watched" in home.run("diagnose", "--all", "-o", "name", code=0).out

    assert "retired" in _retired(home)
    home.run("diagnose", "--at", "2030-01-31", code=ExitCode.USAGE)


NAMED = [
    {"name": "nobody", "useCase": {"owners": {"product": "ana@example.org"}}, "then": "present"},
    {"name": "somebody", "useCase": {"owners": {"platform": "ana@example.org"}}, "then": "absent"},
    {"name": "silence", "then": "cannot-tell"},
]


def _retired(home: Home) -> str:
    home.write("a.yaml", use_case("a", stage="retired"))
    home.run("apply", "a.yaml", code=0)
    return home.run("diagnose", "a", code=0).out
