"""The status, the keys and the offline verification as people and programs meet them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from roadworthy.foundation.errors import ExitCode
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.interfaces.cli.main import app as commands
from roadworthy.interfaces.client import PREFIX
from tests.harness.governed import ANA
from tests.harness.homes import copied
from tests.harness.issued import RELEASE, issued
from tests.unit.interfaces.conftest import ADDRESS, Deployment, deployed
from tests.unit.interfaces.test_decisions import api, program

CASE = "claims"
ASKED = {"useCase": CASE, "stage": "production", "release": RELEASE, "action": "draft", "counts": {"calls per day": 1}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with one use case and its certificate."""
    folder = tmp_path_factory.mktemp("status") / "home"
    with deployed(folder) as deployment:
        made = api(deployment, ANA).put(
            f"/resources/UseCase/{CASE}", json={"spec": {"title": "Claims triage"}}, headers={"If-None-Match": "*"}
        )
        assert made.status_code == 200, made.text
        issued(deployment.app, by(deployment), CASE)
    return folder


@pytest.fixture
def certified(home: Path, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(copied(home, tmp_path / "home")) as deployment:
        yield deployment


def by(deployment: Deployment) -> Context:
    return Context(Actor(ActorKind.PERSON, deployment.app.identity.local_user(ANA).person.ref))


def test_the_status_is_told_in_short_and_as_it_was_signed(certified: Deployment) -> None:
    client = api(certified, ANA)
    told = client.get("/status").json()
    assert (told["seq"], told["certificates"], told["stops"], told["fault"]) == (1, 1, [], None)
    answer = client.get("/status/snapshot")
    assert answer.headers["content-type"] == "application/vnd.roadworthy.status-file+json"
    assert answer.headers["cache-control"] == "no-store"
    said = json.loads(answer.content)
    assert said["head"]["payloadType"] == "application/vnd.roadworthy.status+json"
    assert json.loads(client.get("/status/snapshot", params={"useCase": CASE}).content) == said
    other = json.loads(client.get("/status/snapshot", params={"useCase": "another"}).content)
    assert other == {"head": said["head"], "parts": {}}


def test_it_answers_what_may_go_on(certified: Deployment) -> None:
    client = api(certified, ANA)
    assert client.post("/status/verdict", json=ASKED).json()["permits"]
    told = client.post("/status/verdict", json={**ASKED, "action": "pay"}).json()
    assert (told["permits"], told["why"], told["about"]) == (False, "outside", "actions: pay")
    certified.app.operation.certificates.stops.set(by(certified), CASE, "An incident.")
    assert client.post("/status/verdict", json=ASKED).json()["why"] == "stopped"


def test_a_program_for_another_use_case_is_told_nothing(certified: Deployment) -> None:
    api(certified, ANA).put(
        "/resources/UseCase/other", json={"spec": {"title": "Other"}}, headers={"If-None-Match": "*"}
    )
    other = program(certified, "read", use_cases=["other"])
    assert other.post("/status/verdict", json=ASKED).status_code == httpx.codes.FORBIDDEN
    assert other.get("/status/snapshot").status_code == httpx.codes.FORBIDDEN
    assert (
        program(certified, "read", "evidence:submit", use_cases=[CASE])
        .post("/status/verdict", json=ASKED)
        .json()["permits"]
    )


def test_everybody_may_have_the_public_keys_and_none_is_private(certified: Deployment) -> None:
    told = certified.client().get(f"{ADDRESS}{PREFIX}/keys")
    assert told.status_code == httpx.codes.OK
    found = {each["purpose"]: each for each in told.json()["items"]}
    assert {"certificates", "status", "ledger-checkpoint"} <= set(found)
    assert found["ledger-checkpoint"]["vkey"] == certified.app.ledger.vkey
    assert all(each["state"] == "signs" for each in found.values())
    assert "PRIVATE" not in told.text


def test_a_revoked_key_is_said_to_be_one(certified: Deployment) -> None:
    client = api(certified, ANA)
    items = client.get("/keys").json()["items"]
    key = next(each["keyId"] for each in items if each["purpose"] == "certificates")
    assert client.post(f"/keys/{key}/revoke", json={"reason": "It was copied."}).status_code == httpx.codes.OK
    states = {each["keyId"]: each["state"] for each in client.get("/keys").json()["items"]}
    assert states[key] == "revoked"
    assert client.post("/status/verdict", json=ASKED).json()["why"] == "unreadable"
    assert client.post(f"/keys/{'0' * 64}/revoke", json={"reason": "?"}).status_code == httpx.codes.NOT_FOUND


# ---------------------------------------------------------------- away from the deployment


@pytest.fixture
def files(certified: Deployment, tmp_path: Path) -> Path:
    """What somebody carries away: a certificate, a snapshot, the keys."""
    folder = tmp_path / "away"
    folder.mkdir()
    client = api(certified, ANA)
    (found,) = certified.app.operation.certificates.of(CASE)
    (folder / "certificate.json").write_bytes(client.get(f"/certificates/{found.serial}/statement").content)
    (folder / "status.json").write_bytes(client.get("/status/snapshot").content)
    (folder / "keys.json").write_bytes(client.get("/keys").content)
    pem = next(each["pem"] for each in client.get("/keys").json()["items"] if each["purpose"] == "certificates")
    (folder / "key.pem").write_text(pem, "ascii")
    return folder


def verified(folder: Path, *arguments: str) -> Result:
    command = ["certificate", "verify", str(folder / "certificate.json"), "--key", str(folder / "keys.json")]
    return CliRunner().invoke(commands, [*command, *arguments])


def test_a_certificate_verifies_away_from_the_deployment(files: Path) -> None:
    alone = verified(files)
    assert (alone.exit_code, alone.stdout.splitlines()[-1]) == (0, "verified: this was decided")
    said = verified(files, "--status", str(files / "status.json"), "--release", RELEASE, "--seen", "1")
    assert said.stdout.splitlines()[-1] == "verified: it is valid, says snapshot 1"
    bare = CliRunner().invoke(
        commands, ["certificate", "verify", str(files / "certificate.json"), "--key", str(files / "key.pem")]
    )
    assert bare.exit_code == 0


def test_what_is_refused_says_why_and_ends_with_six(files: Path) -> None:
    refusals = {
        "certificate-other-release": ("--release", "sha256:" + "0" * 64),
        "certificate-expired": ("--at", "2099-01-01T00:00:00Z"),
        "certificate-foreign": ("--origin", "roadworthy.dev/ledger/else"),
        "status-replayed": ("--status", str(files / "status.json"), "--seen", "2"),
        "status-expired": ("--status", str(files / "status.json"), "--at", "2099-01-01T00:00:00Z"),
    }
    for code, arguments in refusals.items():
        said = verified(files, *arguments, "--output", "json")
        assert said.exit_code == ExitCode.INTEGRITY, code
        assert code in [each["code"] for each in json.loads(said.stdout)["faults"]]
    content = (files / "certificate.json").read_bytes()
    (files / "certificate.json").write_bytes(content.replace(b'"sig":"', b'"sig":"AAAA', 1))
    said = verified(files)
    assert said.exit_code == ExitCode.INTEGRITY
    assert "certificate-forged" in said.stderr
    assert said.stdout.splitlines()[-1] == "REFUSED"
