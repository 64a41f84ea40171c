"""Releases and the gate by the command line: recorded, seen as something else, refused with an exit code and JUnit."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from roadworthy.app import open_home
from roadworthy.foundation.errors import ExitCode
from roadworthy.foundation.settings import Settings
from tests.harness.issued import issued
from tests.journeys.home import Home, use_case


@pytest.fixture
def piloted(home: Home) -> Home:
    """A use case at the stage of a pilot, with what its release consists of beside it."""
    home.write("a.yaml", use_case("triage", stage="pilot"))
    home.run("apply", "a.yaml", code=0)
    home.write("prompt.txt", "Be kind.")
    home.write("model/weights.bin", "1234")
    home.write("tools.json", json.dumps({"tools": [{"name": "send"}, {"name": "read"}]}))
    return home


PARTS = (
    "--file", "model/drafter=model", "--file", "prompt/system=prompt.txt", "--json", "tools/mail=tools.json",
)  # fmt: skip


def test_from_a_folder_to_a_release_that_runs_and_is_seen_to_run(piloted: Home) -> None:
    home = piloted
    home.run("release", "record", "triage", "r1", *PARTS, "--said", f"policy/limits=sha256:{'0' * 64}", code=0)
    shown = home.run("release", "show", "triage", "r1", "-o", "json", code=0).json()
    assert shown["observed"] == ["model/drafter", "prompt/system", "tools/mail"]
    assert shown["asserted"] == ["policy/limits"]
    done = home.run("release", "deploy", "triage", "r1", "--stage", "pilot", "--reason", "first", code=0)
    assert "deploy: r1 at pilot" in done.out
    home.write("tools.json", json.dumps([{"name": "read"}, {"name": "send"}]))
    home.run("release", "observe", "triage", "--stage", "pilot", *PARTS, "--source", "web", code=0)
    home.write("prompt.txt", "Be brief.")
    other = home.run(
        "release", "observe", "triage", "--stage", "pilot", "--running", "prompt/system=prompt.txt", code=ExitCode.NO
    )
    assert "prompt/system at prompt.txt is sha256:" in other.err
    assert "mismatched" in home.run("release", "list", "triage", code=0).out.lower()
    home.run("release", "record", "triage", "r2", "--git", "prompt/system=prompt.txt", code=ExitCode.FAILED)
    home.run("release", "record", "triage", "r2", "--file", "prompt/system=prompt.txt", "--like", "r1", code=0)
    home.run("release", "deploy", "triage", "r2", "--stage", "pilot", "--reason", "shorter", code=0)
    history = home.run("release", "history", "triage", "-o", "json", code=0).json()
    assert [(each["releaseName"], each["beforeName"], each["about"]) for each in history] == [
        ("r2", "r1", "shorter"),
        ("r1", None, "first"),
    ]
    home.run("ledger", "verify", code=0)


def test_the_gate_answers_by_exit_code_text_json_and_junit(piloted: Home) -> None:
    home = piloted
    home.run("release", "record", "triage", "r1", *PARTS, code=0)
    refused = home.run("gate", "triage", "--stage", "production", "--junit", "gate.xml", code=ExitCode.NO)
    assert refused.out.startswith("FAILED  triage at production with r1\n")
    assert "There is no certificate for production." in refused.out
    assert "next: have it reviewed: `roadworthy review open triage" in refused.out
    root = ET.fromstring((home.folder / "gate.xml").read_text("utf-8"))  # noqa: S314 - our own file
    suite = root.find("testsuite")
    assert suite is not None
    failures = [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None]
    assert "an operating certificate permits it" in failures
    assert (suite.get("tests"), suite.get("failures")) == (str(len(suite.findall("testcase"))), str(len(failures)))
    found = home.run("gate", "triage", "--stage", "production", "-o", "json", code=ExitCode.NO).json()
    assert found["passed"] is False
    assert [check["name"] for check in found["checks"]][:4] == ["stop", "release", "matches", "observed"]
    home.run("gate", "nowhere", "--stage", "production", code=ExitCode.FAILED)
    nothing = home.run("rollback", "triage", "--reason", "it got worse", code=ExitCode.FAILED)
    assert "release-none-certified" in nothing.err


def certified(home: Home, release: str) -> str:
    """A certificate of a release, as a review would have brought it; its serial."""
    with open_home(Settings(home=home.folder / ".roadworthy")) as (app, _):
        found = app.operation.releases.get("triage", release)
        by = app.identity.local_user("rita").context("test")
        return issued(app, by, "triage", release=found.digest, items={}).serial


def test_one_command_goes_back_and_names_the_certificate_that_holds_again(piloted: Home) -> None:
    home = piloted
    home.write("a.yaml", use_case("triage", stage="production"))
    home.run("apply", "a.yaml", code=0)
    home.run("release", "record", "triage", "r1", "--file", "model/drafter=model", code=0)
    home.run("release", "record", "triage", "r2", "--file", "prompt/system=prompt.txt", code=0)
    first = certified(home, "r1")
    home.run("release", "deploy", "triage", "r1", "--reason", "first", code=0)
    certified(home, "r2")
    home.run("release", "deploy", "triage", "r2", "--reason", "second", code=0)
    went = home.run("rollback", "triage", "--reason", "It got worse.", "--urgent", code=0)
    assert "roll-back: r1 at production" in went.out
    (live,) = [
        each for each in home.run("certificate", "list", "-o", "json", code=0).json() if each["state"] == "valid"
    ]
    assert live["serial"] in went.err
    assert live["serial"] != first, "it is one of its own, which ends when the former would have"
    nothing = home.run("rollback", "triage", "--reason", "Once more.", code=ExitCode.FAILED)
    assert "release-none-certified" in nothing.err
