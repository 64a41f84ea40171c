"""The GitHub action and the GitLab job: parsed as their runners do, and their shell run against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from roadworthy.foundation.errors import ExitCode
from tests.journeys.home import PATIENCE, Home, clean_environment, use_case

ROOT = Path(__file__).parents[2] / "integrations"
ACTION = ROOT / "github-action" / "action.yml"
JOB = ROOT / "gitlab" / "roadworthy.gitlab-ci.yml"
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
SUBMISSION = """
useCase: card-fraud
kind: evaluation
fact: governance.tested-realistically
answer: "yes"
observedFrom: 2026-05-01T08:00:00Z
observedTo: 2026-05-01T09:30:00Z
sampleSize: 20000
subject: {name: fraud-model, digest: "sha256:%s"}
result: {metric: recall, score: "0.91"}
""" % ("a" * 64)


@pytest.fixture
def runner(home: Home) -> Path:
    """A runner's folder with a submission and a registered collector's key; its home is not the server's."""
    folder = home.folder.parent / "runner"
    folder.mkdir()
    (folder / "measurement.yaml").write_text(SUBMISSION)
    for command in (
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem"],
        ["openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    home.write("a.yaml", use_case("card-fraud"))
    home.run("apply", "a.yaml", code=0)
    registered = ("--key", folder / "pub.pem", "--kind", "evaluation", "--owner", "ana@example.org")
    home.run("collector", "register", "ci", *registered, code=0)
    return folder


def shell(script: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as the runners do: bash, the step's environment, and Roadworthy on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**clean_environment(), "PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def resolve(text: str, known: Mapping[str, str]) -> str:
    return EXPRESSION.sub(lambda found: known[found[1]], text)


def run_action(
    folder: Path, inputs: Mapping[str, str]
) -> tuple[list[subprocess.CompletedProcess[str]], dict[str, str]]:
    """The steps of the action, one after the other, until one fails."""
    action = yaml.safe_load(ACTION.read_text())
    output = folder / "github-output"
    known = {f"inputs.{name}": str(spec.get("default", "")) for name, spec in action["inputs"].items()}
    known |= {f"inputs.{name}": value for name, value in inputs.items()}
    known["github.action_path"] = str(ACTION.parent)
    ran = []
    for step in action["runs"]["steps"]:
        if "if" in step:
            assert step["if"] == "${{ inputs.install == 'true' }}"
            if known["inputs.install"] != "true":
                continue
        output.write_text("")
        environment = {name: resolve(value, known) for name, value in step.get("env", {}).items()}
        files = {"RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(output)}
        ran.append(shell(step["run"], folder, {**environment, **files}))
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.{step['id']}.outputs.{name}"] = value
        if ran[-1].returncode != 0:
            break
    return ran, known


def test_the_action_signs_and_hands_in_and_leaves_no_key_behind(home: Home, runner: Path) -> None:
    with home.served() as served:
        key = (runner / "key.pem").read_text()
        inputs = {"server": served.address, "submission": "measurement.yaml", "key": key, "install": "false"}
        ran, known = run_action(runner, inputs)
        assert [each.returncode for each in ran] == [0, 0], ran[-1].stderr
        (item,) = home.run("evidence", "list", "card-fraud", "-o", "json", code=0).json()

    envelope = Path(known["steps.sign.outputs.envelope"])
    assert item["method"] == "measured"
    assert json.loads(envelope.read_text())["payloadType"] == "application/vnd.in-toto+json"
    assert list(envelope.parent.iterdir()) == [envelope]
    assert not any(key.split("\n")[1] in each.stdout + each.stderr for each in ran)


def test_the_action_fails_where_the_key_is_not_registered_and_says_what_to_do(home: Home, runner: Path) -> None:
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "other.pem"], cwd=runner, check=True)
    with home.served() as served:
        key = (runner / "other.pem").read_text()
        inputs = {"server": served.address, "submission": "measurement.yaml", "key": key, "install": "false"}
        ran, _ = run_action(runner, inputs)

    assert [each.returncode for each in ran] == [0, ExitCode.NO]
    assert "envelope-key-unknown" in ran[-1].stderr
    assert "register the collector's public key" in ran[-1].stderr


def test_the_gitlab_job_signs_and_hands_in(home: Home, runner: Path) -> None:
    job = yaml.safe_load(JOB.read_text())[".roadworthy-evidence"]
    script = "\n".join([*job["before_script"], *job["script"]])
    with home.served() as served:
        given = {"ROADWORTHY_SERVER": served.address, "EVIDENCE_KEY": str(runner / "key.pem")}
        done = shell(script, runner, {**job["variables"], **given})
        assert done.returncode == 0, done.stderr
        (item,) = home.run("evidence", "list", "card-fraud", "-o", "json", code=0).json()

    assert item["method"] == "measured"
    assert [runner / path for path in job["artifacts"]["paths"] if not (runner / path).exists()] == []


def test_no_script_of_the_action_holds_an_expression_and_all_are_bash() -> None:
    """What a runner pastes into a script can become a command; what stands in the environment cannot."""
    action: dict[str, Any] = yaml.safe_load(ACTION.read_text())

    assert action["runs"]["using"] == "composite"
    assert all(spec["description"] for spec in action["inputs"].values())
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        assert subprocess.run(["bash", "-n", "-c", step["run"]], check=False).returncode == 0
        for value in step.get("env", {}).values():
            for name in re.findall(r"inputs\.([\w-]+)", value):
                assert name in action["inputs"]
