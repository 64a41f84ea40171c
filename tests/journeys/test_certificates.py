"""Certificates and stops by the command line, on a home in which one was issued."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from roadworthy.app import open_home
from roadworthy.foundation.errors import ExitCode
from roadworthy.foundation.settings import Settings
from tests.harness.issued import condition, issued
from tests.journeys.home import Home, use_case

ANA = "ana@example.org"


@pytest.fixture
def certified(home: Home) -> Home:
    """A use case with a certificate and a condition of Ana's."""
    home.write("a.yaml", use_case("triage", stage="pilot"))
    home.run("apply", "a.yaml", code=0)
    with open_home(Settings(home=home.database.parent)) as (app, _):
        ana = app.identity.local_user(ANA)
        due = app.runtime.clock.now() + dt.timedelta(days=9)
        wanted = condition(ana.person.ref, due)
        issued(app, ana.context("cli"), "triage", deciders=(ana.person.ref,), conditions=(wanted,))
    return home


def test_a_certificate_is_looked_at_narrowed_suspended_and_resumed(certified: Home) -> None:
    home = certified
    (listed,) = home.run("certificate", "list", "-o", "json", code=0).json()
    serial = listed["serial"]
    assert home.run("certificate", "list", "--state", "valid", "-o", "name", code=0).out.strip() == serial
    shown = home.run("certificate", "show", serial, "--save", "c.json", code=0)
    for word in ("triage for production", "calls per day", "not bounded: data", "Measure again.", ANA):
        assert word in shown.out + shown.err
    assert json.loads((home.folder / "c.json").read_text("utf-8"))["payloadType"] == "application/vnd.in-toto+json"
    narrowed = home.run("certificate", "narrow", serial, "--reason", "drift", "--reason-code", "drift", code=0)
    assert f"{serial}: narrowed, version 2" in narrowed.out
    home.run("certificate", "suspend", serial, "--reason", "harm", "--urgent", code=0)
    resumed = home.run("certificate", "resume", serial, "--reason", "mended", "-o", "json", code=0).json()
    assert resumed["certificate"]["state"] == "narrowed", "as it was before"
    assert "valid, version 3" in home.run("certificate", "widen", serial, "--reason", "measured anew", code=0).out
    other = home.run("certificate", "condition", serial, "c1", "--how", "done", code=ExitCode.NO)
    assert "condition-not-yours" in other.err
    home.run("certificate", "withdraw", serial, "--reason", "it ends", code=0)
    assert "withdrawn" in home.run("certificate", "list", code=0).out
    again = home.run("certificate", "resume", serial, "--reason", "no", code=ExitCode.FAILED)
    assert "certificate-change-impossible" in again.err
    home.run("ledger", "verify", code=0)


def test_a_stop_is_set_and_lifted(certified: Home) -> None:
    home = certified
    assert "nothing is stopped" in home.run("stop", "list", code=0).err
    assert "stopped: triage" in home.run("stop", "set", "triage", "--reason", "harm", code=0).out
    home.run("stop", "set", "all", "--reason", "nobody knows yet", code=0)
    assert home.run("stop", "list", "-o", "name", code=0).out.split() == ["all", "triage"]
    home.run("stop", "lift", "all", "--reason", "known now", code=0)
    assert "the stop is lifted" in home.run("stop", "lift", "triage", "--reason", "mended", code=0).out
    home.run("stop", "lift", "triage", "--reason", "again", code=ExitCode.FAILED)
    assert len(home.run("stop", "list", "--lifted", "-o", "json", code=0).json()) == 2


def test_the_policy_that_ships_can_be_declared_and_an_envelope_asked_for(home: Home) -> None:
    home.write("a.yaml", use_case("triage", stage="pilot"))
    home.write("policy.yaml", home.run("certificate", "policy", code=0).out)
    home.write(
        "envelope.yaml",
        "apiVersion: roadworthy.dev/v1alpha1\nkind: OperatingEnvelope\nmetadata: {name: triage}\n"
        "spec: {volume: {calls per day: 2000}, cohort: [handlers]}\n",
    )
    for file in ("a.yaml", "policy.yaml", "envelope.yaml"):
        home.run("apply", file, code=0)
    shown = home.run("certificate", "envelope", "triage", code=0)
    assert "at most 2,000 calls per day" in shown.out + shown.err
