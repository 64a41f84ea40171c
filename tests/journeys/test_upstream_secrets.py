"""A secret of an upstream, from the command line to the model, and nowhere else.

The canary goes every way that a text can go: commands, answers, errors, logs, the ledger's export, packs, backups.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from tests.harness.gateway import Running, gateway
from tests.harness.upstream import ANSWER, wait_for
from tests.harness.vault import NAMESPACE, ROLE, SECRET_ID, FakeVault, fake_vault
from tests.journeys.home import Home, use_case

CANARY = "sk-CANARY-5d1f6a2b9c"
DEBUG = {"ROADWORTHY_LOG_LEVEL": "debug"}
MESSAGES: Any = [{"role": "user", "content": "It hurts."}]


def unpacked(path: Path) -> Iterator[bytes]:
    """A file's bytes, and those of what is packed in it."""
    content = path.read_bytes()
    yield content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def test_from_the_command_line_no_secret_comes_back_by_any_way(home: Home) -> None:
    said = []

    def run(*arguments: str, stdin: str = "", code: int | None = 0) -> str:
        ran = home.run(*arguments, stdin=stdin, environment=DEBUG, code=code)
        said.append(f"{ran.out}\n{ran.err}")
        return f"{ran.out}\n{ran.err}"

    home.write("case.yaml", use_case("triage", stage="pilot"))
    run("apply", "case.yaml")
    made = run("upstream", "secret", "set", "openai", "--host", "api.openai.com", stdin=f"{CANARY}-1\n")
    assert "shown to api.openai.com alone" in made
    first = json.loads(home.run("upstream", "secret", "list", "-o", "json", code=0).out)["items"][0]
    assert (first["name"], first["host"], first["state"], first["lastUsedAt"]) == (
        "openai", "api.openai.com", "in-use", None,
    )  # fmt: skip
    assert re.fullmatch("[0-9a-f]{12}", first["fingerprint"])
    run("upstream", "secret", "rotate", "openai", "--grace", "24", stdin=f"{CANARY}-6")
    assert "former value again" in run("upstream", "secret", "back", "openai")
    run("ledger", "export", "ledger.txt")
    run("backup", "the.backup")
    run("pack", "write", "the.zip", "--use-case", "triage")
    assert "sk-CANARY" not in "".join(said)
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert {"the.backup", "the.zip", "ledger.txt", "roadworthy.db"} <= {path.name for path in files}
    for path in files:
        for content in unpacked(path):
            assert CANARY.encode() not in content, path
    assert (home.folder / ".roadworthy" / "keys" / "upstream-secrets").is_dir(), "the key lies beside, not in it"


@pytest.fixture(scope="module")
def vault() -> Iterator[FakeVault]:
    with fake_vault() as running:
        yield running


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, vault: FakeVault) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("secrets") / "home"
    home.mkdir(mode=0o700)
    (home / "secret-id").write_text(SECRET_ID)
    vault.put("secret/ai/openai", key="sk-vault-one")
    with gateway(
        home,
        upstream_secrets="127.0.0.1=env:TEST_UPSTREAM_SECRET, 127.0.0.1=vault:secret/ai/openai#key",
        vault_address=vault.address,
        vault_namespace=NAMESPACE,
        vault_login=f"approle {ROLE} file:secret-id",
        vault_refresh_seconds=1,
    ) as running:
        yield running


@pytest.fixture
def running(whole: Running) -> Running:
    whole.heal()
    return whole


@pytest.fixture
def client(running: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.address}/v1", api_key=running.key, max_retries=0) as made:
        yield made


def declare(running: Running, secret: str) -> None:
    """The first upstream, with this secret."""
    spec = {"adapter": "openai", "address": f"{running.first.address}/v1", "secret": secret}
    running.declare(Declaration, openai=spec)


def keys_seen(running: Running) -> list[str]:
    return [each.headers["authorization"].removeprefix("Bearer ") for each in running.first.requests]


def test_a_stored_secret_reaches_its_upstream_and_a_new_one_follows_without_a_restart(
    running: Running, client: openai.OpenAI
) -> None:
    stored = running.app.gateway.secrets.stored
    by = running.app.identity.local_user("keeper").context("tests")
    declare(running, "stored:openai")
    wait_for(lambda: running.app.gateway.fleet.why_not("openai") == "no stored secret of this name is in use")
    ready = httpx.get(f"{running.address}/readyz", trust_env=False, timeout=60).json()
    assert (ready["ready"], ready["withoutSecret"]) == (True, ["openai"]), (
        "the owner sees which; clients see none of why"
    )
    answer = client.chat.completions.with_raw_response.create(model="gpt", messages=MESSAGES)
    shown = running.record(answer.headers["roadworthy-call"])
    assert [(each.upstream, each.error) for each in shown.result.attempts] == [
        ("openai", "secret-missing"), ("azure", None),
    ], "it is skipped, and the next target answers"  # fmt: skip
    with pytest.raises(openai.APIStatusError, match="its key cannot be read"):
        client.chat.completions.create(model="alone", messages=MESSAGES)

    stored.set(by, "openai", "127.0.0.1", f"{CANARY}-1")
    wait_for(lambda: not running.app.gateway.fleet.why_not("openai"))
    running.first.pause = 0.05
    stream = client.chat.completions.create(model="alone", messages=MESSAGES, stream=True)
    next(iter(stream))
    stored.rotate(by, "openai", f"{CANARY}-2")
    text = "".join(each.choices[0].delta.content or "" for each in stream if each.choices)
    assert text in ANSWER, "a call under way keeps its own and ends as it began"
    running.first.pause = 0.0

    def turned() -> bool:
        client.chat.completions.create(model="alone", messages=MESSAGES)
        return keys_seen(running)[-1] == f"{CANARY}-2"

    wait_for(turned)
    assert set(keys_seen(running)) == {f"{CANARY}-1", f"{CANARY}-2"}
    running.app.gateway.secrets.uses.take()
    (listed,) = stored.listed()
    assert listed.any.last_used_at is not None
    stored.remove(by, "openai")
    wait_for(lambda: running.app.gateway.fleet.why_not("openai"))
    with pytest.raises(openai.APIStatusError, match="its key cannot be read"):
        client.chat.completions.create(model="alone", messages=MESSAGES)


def test_a_stored_secret_is_not_sent_to_another_port_of_its_host(running: Running, client: openai.OpenAI) -> None:
    stored = running.app.gateway.secrets.stored
    by = running.app.identity.local_user("keeper").context("tests")
    stored.set(by, "bound", running.second.address.removeprefix("http://"), CANARY)
    declare(running, "stored:bound")
    wait_for(lambda: "bound to" in running.app.gateway.fleet.why_not("openai"))
    with pytest.raises(openai.APIStatusError, match="its key cannot be read"):
        client.chat.completions.create(model="alone", messages=MESSAGES)
    assert not running.first.requests


def test_a_secret_of_vault_reaches_its_upstream_and_a_newer_version_follows(
    running: Running, client: openai.OpenAI, vault: FakeVault
) -> None:
    declare(running, "vault:secret/ai/openai#key")

    def reached() -> bool:
        with contextlib.suppress(openai.InternalServerError):  # until Vault was asked
            client.chat.completions.create(model="alone", messages=MESSAGES)
        return bool(keys_seen(running))

    wait_for(reached)
    assert keys_seen(running) == ["sk-vault-one"]
    vault.put("secret/ai/openai", key="sk-vault-two")

    def turned() -> bool:
        client.chat.completions.create(model="alone", messages=MESSAGES)
        return keys_seen(running)[-1] == "sk-vault-two"

    wait_for(turned)
    vault.sealed = True
    client.chat.completions.create(model="alone", messages=MESSAGES)
    assert keys_seen(running)[-1] == "sk-vault-two", "while Vault is away the last value is used"
