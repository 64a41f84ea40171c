"""The container files, held against what they name: no container runs where these tests do."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.settings import PREFIX, Settings
from roadworthy.interfaces.cli.main import app
from scripts.wheelhouse import SUMS, finish

DEPLOY = Path(__file__).parents[2] / "deploy"
OURS = ("migrate", "signer", "publish", "worker", "serve", "witness")
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file as it is read."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return read


def refuse_unknown(words: list[str]) -> None:
    """Every command and option of a command line is one that we have."""
    at: Any = typer.main.get_command(app)
    while words and hasattr(at, "commands"):
        assert words[0] in at.commands, f"there is no command `{words[0]}`"
        at, words = at.commands[words[0]], words[1:]
    options = {name for parameter in at.params for name in parameter.opts}
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in options, f"`{at.name}` has no option `{word}`"


@pytest.mark.parametrize("name", OURS)
def test_what_a_container_runs_is_a_command_of_ours(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    if "entrypoint" in service:
        [script] = service["command"]
        for line in script.split("&&"):
            words = shlex.split(line)
            assert words[0] == "roadworthy"
            refuse_unknown(words[1:])
    else:
        refuse_unknown(service["command"])
    check = service.get("healthcheck", {}).get("test")
    if check:
        assert check[:2] == ["CMD", "roadworthy"]
        refuse_unknown(check[2:])
        assert ProcessRole(check[check.index("--expect") + 1]) == name


def test_every_name_in_it_leads_somewhere(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for other, how in service.get("depends_on", {}).items():
            assert other in compose["services"], name
            assert how["condition"] in CONDITIONS, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][other], name
        for part in ("networks", "secrets"):
            assert set(service.get(part, ())) <= set(compose[part]), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in compose["volumes"], name
        for each in service.get("configs", ()):
            assert each["source"] in compose["configs"]
        for variable in service.get("environment", {}):
            if variable.startswith(PREFIX):
                assert variable.removeprefix(PREFIX).lower() in Settings.model_fields, variable


def test_containers_can_do_little_and_are_reached_from_this_machine_only(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for name, service in compose["services"].items():
        assert "privileged" not in service, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        assert ":latest" not in service["image"], name
    assert compose["networks"]["inside"]["internal"]


def test_the_ledgers_key_is_with_the_signer_alone(compose: dict[str, Any]) -> None:
    holders = [
        name
        for name, service in compose["services"].items()
        if any(volume.startswith("signer:") for volume in service.get("volumes", ()))
    ]
    assert holders == ["signer", "publish"]
    assert any(volume == "signer:/var/lib/roadworthy:ro" for volume in compose["services"]["publish"]["volumes"])
    for name in ("serve", "worker"):
        assert compose["services"][name]["environment"]["ROADWORTHY_SIGNER"] == "apart"
    for name in ("serve", "worker", "signer"):
        address = compose["services"][name]["environment"]["ROADWORTHY_DATABASE"]
        assert address.startswith(f"postgresql://roadworthy_{name}@"), "an account of its own, and no password here"


def test_the_image_needs_no_network_and_runs_as_nobody_in_particular() -> None:
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text("utf-8"))
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    known = {
        "ARG",
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "VOLUME",
        "USER",
        "EXPOSE",
        "STOPSIGNAL",
        "ENTRYPOINT",
        "CMD",
    }
    assert {word for word, _ in steps} <= known
    runs = " ".join(rest for word, rest in steps if word == "RUN")
    assert "--no-index" in runs
    assert "--require-hashes" in runs
    assert not re.search(r"\b(curl|wget|apt-get|apk|git)\b", runs)
    users = [rest for word, rest in steps if word == "USER"]
    assert users == ["10001:10001"]
    assert [word for word, _ in steps].index("USER") > [word for word, _ in steps].index("VOLUME")


@pytest.mark.parametrize("name", ["accounts.sh", "install.sh"])
def test_shell_scripts_can_be_read_by_a_plain_shell(name: str) -> None:
    subprocess.run(["sh", "-n", str(DEPLOY / name)], check=True)


def test_a_wheelhouse_that_was_changed_on_its_way_is_not_installed(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    own = wheels / "roadworthy-0.1.0-py3-none-any.whl"
    own.write_bytes(b"a wheel")
    finish(tmp_path, own)
    assert (
        (tmp_path / "requirements.txt")
        .read_text("utf-8")
        .splitlines()[-1]
        .startswith("roadworthy==0.1.0 --hash=sha256:")
    )
    subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=tmp_path, check=True)
    own.write_bytes(b"another wheel")
    done = subprocess.run(
        ["sh", "install.sh", str(tmp_path / "there")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert "FAILED" in done.stdout
    assert not (tmp_path / "there").exists()
