"""The jobs for GitHub and GitLab, their scripts run as the runners run them, against a server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.journeys.home import COMMAND, Home, Starter, use_case

ROOT = Path(__file__).parents[2] / "integrations"
ACTION = yaml.safe_load((ROOT / "github-gate" / "action.yml").read_text("utf-8"))
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
GITLAB = yaml.safe_load((ROOT / "gitlab" / "roadworthy-gate.gitlab-ci.yml").read_text("utf-8"))[".roadworthy-gate"]


@dataclass(frozen=True)
class Job:
    """A folder with a checkout, a program called `roadworthy`, and a server elsewhere."""

    folder: Path
    environment: Mapping[str, str]

    def bash(self, script: str, more: Mapping[str, str], shell: str = "bash") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [shell, "-e", "-c", script],
            cwd=self.folder,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def step(self, name: str, inputs: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """One step of the action, its inputs put where the runner puts them."""
        step = next(each for each in ACTION["runs"]["steps"] if each["name"] == name)
        given = {each: said.get("default", "") for each, said in ACTION["inputs"].items()} | dict(inputs)
        said = {key: re.sub(_INPUT, lambda found: given[found[1]], value) for key, value in step["env"].items()}
        return self.bash(step["run"], said)


@pytest.fixture(scope="module")
def job(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    tmp_path = tmp_path_factory.mktemp("pipelines")
    home = Home(tmp_path / "work", starter)
    home.folder.mkdir()
    home.write("a.yaml", use_case("triage", stage="pilot"))
    home.run("apply", "a.yaml", code=0)
    home.write("prompt.txt", "Be kind.")
    home.run("release", "record", "triage", "r1", "--file", "prompt/system=prompt.txt", code=0)
    made = home.run("token", "new", "ci", "--may", "read", "--may", "releases:write", "--use-case", "triage", code=0)
    folder, programs = tmp_path / "job", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (folder / "prompt.txt").write_text("Be kind.")
    program = programs / "roadworthy"
    words = " ".join(f"'{word}'" for word in COMMAND)
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    program.chmod(0o755)
    with home.served() as server:
        environment = home.environment | {
            "PATH": f"{programs}:{home.environment['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "ROADWORTHY_SERVER": server.address.rstrip("/"),
            "ROADWORTHY_TOKEN": made.out.strip().splitlines()[-1],
        }
        yield Job(folder, environment)


def test_the_action_observes_asks_and_stops_the_job(job: Job) -> None:
    tmp_path = job.folder.parent
    inputs = {
        "server": job.environment["ROADWORTHY_SERVER"],
        "token": job.environment["ROADWORTHY_TOKEN"],
        "use-case": "triage",
        "release": "r1",
        "observe": "--file prompt/system=prompt.txt\n",
        "tolerate": "observed agenda",
    }
    observed = job.step("Observe parts", inputs)
    assert observed.returncode == 0, observed.stderr
    asked = job.step("Ask the gate", inputs)
    assert asked.returncode == 3, asked.stderr
    assert "FAILED  triage at production with r1" in asked.stdout
    assert "FAILED" in (tmp_path / "summary").read_text()
    assert (tmp_path / "output").read_text() == "passed=false\njunit=roadworthy-gate.xml\n"
    assert "<testsuites" in (job.folder / "roadworthy-gate.xml").read_text()
    away = job.step("Ask the gate", {**inputs, "server": "http://127.0.0.1:9"})
    assert away.returncode == 1, "no answer is no yes"


def test_the_gitlab_job_does_the_same_in_a_plain_shell(job: Job) -> None:
    variables: dict[str, Any] = {**GITLAB["variables"], "GATE_USE_CASE": "triage", "GATE_RELEASE": "r1"}
    (job.folder / "prompt.txt").write_text("Be brief.")
    done = job.bash("\n".join(GITLAB["script"]), variables | {"GATE_OBSERVE": "--file prompt/system=prompt.txt"}, "sh")
    assert done.returncode == 3, done.stderr
    assert "Seen as something else: prompt/system." in done.stdout
    assert "<failure" in (job.folder / "roadworthy-gate.xml").read_text()


def test_no_value_of_a_job_becomes_text_of_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
