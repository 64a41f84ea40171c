"""A pilot is reviewed from the command line: its agenda, a no, a release, a conditional go, and a stop that is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import Home, use_case

SAID = ("--said", f"model/drafter=sha256:{'a' * 64}")


@pytest.fixture
def pilot(home: Home) -> Home:
    """A pilot with a release."""
    home.write("a.yaml", use_case("triage", stage="pilot"))
    home.run("apply", "a.yaml", code=0)
    home.run("release", "record", "triage", "r1", *SAID, code=0)
    return home


def opened(home: Home, *more: str, stage: str = "production") -> str:
    made = home.run("review", "open", "triage", "--stage", stage, "--why", "The pilot is over.", *more, code=0)
    return made.out.strip()


def test_a_newcomer_reviews_a_pilot_until_it_may_go_and_until_it_is_stopped(pilot: Home) -> None:
    assert "no review was opened yet" in pilot.run("review", "list", code=0).err
    first = opened(pilot)
    agenda = pilot.run("review", "agenda", first, "-o", "json", code=ExitCode.NO).json()
    assert agenda[0]["blocks"] is True
    assert "No release is named" in {each["title"] for each in agenda}
    refused = pilot.run("review", "decide", first, "go", "--reason", "Why not.", code=ExitCode.FAILED)
    assert "review-release-missing" in refused.err
    no = ("--reason", "There is no release.", "--changes", "Record one.")
    assert "no-go" in pilot.run("review", "decide", first, "no-go", *no, code=0).out

    blocked = opened(pilot, "--release", "r1")
    refused = pilot.run("review", "decide", blocked, "go", "--reason", "Why not.", code=ExitCode.NO)
    assert "review-blocked" in refused.err

    second = opened(pilot, "--release", "r1", stage="candidate")
    draft = pilot.run("review", "show", second, "--draft", code=0).json()
    Path(pilot.folder / "envelope.json").write_text(json.dumps(draft), "utf-8")
    person = pilot.run("whoami", "-o", "json", code=0).json()["person"]["ref"]
    wanted = (
        "--condition",
        f"2099-01-31:{person}:Try it with dialects",
        "--lasts",
        "90d",
        "--envelope",
        "envelope.json",
    )
    done = pilot.run("review", "decide", second, "conditional-go", "--reason", "Good enough.", *wanted, code=0).out
    assert "Try it with dialects" in done
    assert "certificate: oc-" in done
    assert pilot.run("get", "use-case", "triage", "-o", "json", code=0).json()["spec"]["stage"] == "candidate"

    third = opened(pilot, "--release", "r1", stage="candidate")
    stop = ("--reason", "It costs more than it saves.", "--learned", "Letters are too short.")
    pilot.run("review", "decide", third, "stop", *stop, code=0)
    assert "Letters are too short." in pilot.run("review", "notice", third, code=0).out
    assert "1 person in all" in pilot.run("review", "notice", third, "--to", person, code=0).err
    lessons = pilot.run("review", "lessons", code=0).out
    assert "Letters are too short." in lessons
    assert "Record one." in lessons
    listed = pilot.run("review", "list", "--state", "decided", "-o", "json", code=0).json()
    assert [each["verdict"] for each in listed] == ["stop", "conditional-go", "no-go"]
    assert "review-over" in pilot.run("review", "close", third, "--reason", "x", code=ExitCode.FAILED).err
