"""Where an upstream may say that its secret is, and to whom each is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from roadworthy.foundation.logs import Secret
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.upstreams.declared import Upstream
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.addresses import Origin, origin

HERE, ELSEWHERE = origin("https://api.openai.com/v1"), origin("https://evil.example")
SOURCE = "vault:secret/ai/openai#key"


class Kept:
    """Has every secret, so that only the binding keeps one back."""

    def find(self, source: str) -> Secret:
        return Secret(f"of {source}")

    def why_not(self, source: str) -> str:
        del source
        return ""


def declared(secret: str) -> str | None:
    spec = {"adapter": "openai", "address": "https://api.openai.com/v1", "secret": secret}
    return Upstream.model_validate(spec).secret


@pytest.mark.parametrize("secret", ["env:KEY", "file:keys/openai", "stored:openai-eu", "stored:openai.eu", SOURCE])
def test_each_way_can_be_declared(secret: str) -> None:
    assert declared(secret) == secret


@pytest.mark.parametrize(
    "secret",
    ["sk-7f2c9d41", "env:", "stored:", "stored:Open AI", "stored:../x", "vault:secret/openai", "vault:secret#key",
     "vault:a/b#", "http://keys.example/openai", "env:A,env:B"],
)  # fmt: skip
def test_what_is_no_way_is_refused_when_it_is_declared(secret: str) -> None:
    with pytest.raises(ValidationError):
        declared(secret)


def read(secrets: UpstreamSecrets, source: str, where: Origin) -> str | None:
    found = secrets.read(source, where)
    return None if found is None else found.reveal()


def test_a_secret_of_vault_goes_only_to_the_host_to_which_the_settings_bind_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, upstream_secrets=f"api.openai.com={SOURCE}, other.example:8443=vault:a/b#c")
    secrets = UpstreamSecrets(settings, vault=Kept())
    assert read(secrets, SOURCE, HERE) == f"of {SOURCE}"
    assert read(secrets, SOURCE, ELSEWHERE) is None
    assert "does not bind it to `evil.example`" in secrets.why_not(SOURCE, ELSEWHERE)
    assert read(secrets, "vault:a/b#c", origin("https://other.example")) is None
    assert read(secrets, "vault:a/b#c", origin("https://other.example:8443")) == "of vault:a/b#c"
    assert read(UpstreamSecrets(settings), SOURCE, HERE) is None
    assert "names no Vault" in UpstreamSecrets(settings).why_not(SOURCE, HERE)


def test_why_a_file_or_a_variable_is_not_there_is_said_without_what_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = "api.openai.com=file:key, api.openai.com=env:A_KEY_OF_A_TEST"
    secrets = UpstreamSecrets(Settings(home=tmp_path, upstream_secrets=bound))
    assert "cannot be read" in secrets.why_not("file:key", HERE)
    assert "nothing where it should be" in secrets.why_not("env:A_KEY_OF_A_TEST", HERE)
    (tmp_path / "key").write_bytes(b"sk-\xff-CANARY")
    assert "CANARY" not in secrets.why_not("file:key", HERE)
    (tmp_path / "key").write_text("sk-one\n")
    monkeypatch.setenv("A_KEY_OF_A_TEST", "sk-two")
    assert [secrets.why_not(each, HERE) for each in ("file:key", "env:A_KEY_OF_A_TEST")] == ["", ""]
    assert [read(secrets, each, HERE) for each in ("file:key", "env:A_KEY_OF_A_TEST")] == ["sk-one", "sk-two"]
    assert [read(secrets, each, ELSEWHERE) for each in ("file:key", "env:A_KEY_OF_A_TEST")] == [None, None]
