from __future__ import annotations

import json
from pathlib import Path

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.settings import FILE, HOME, Settings, load


def test_without_a_file_the_home_is_beside_the_caller(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings.home == tmp_path / HOME
    assert settings.database_file.parent == settings.home
    assert settings.keys_folder.is_relative_to(settings.home)
    assert settings.backups_folder.is_relative_to(settings.home)


def test_the_file_of_a_parent_counts_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('port = 9000\norganisation = "acme"\n', encoding="utf-8")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    settings = load(below, {"ROADWORTHY_PORT": "9001", "ROADWORTHY_DATA": "/elsewhere", "UNRELATED": "x"})
    assert (settings.port, settings.organisation, settings.home) == (9001, "acme", tmp_path / HOME)


def test_a_home_from_the_environment_is_relative_to_the_caller(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("", encoding="utf-8")
    below = tmp_path / "a"
    below.mkdir()
    assert load(below, {"ROADWORTHY_HOME": "state"}).home == below / "state"


def test_every_setting_can_be_given_in_the_environment_and_what_tests_are_told_is_none(tmp_path: Path) -> None:
    given = {
        "ROADWORTHY_DATABASE": "postgresql://here/db",
        "ROADWORTHY_DATA_FOLDER": "data",
        "ROADWORTHY_DATA": "x",
        "ROADWORTHY_TEST_RUN": "7",
    }
    settings = load(tmp_path, given)
    assert (settings.database, settings.data_folder) == ("postgresql://here/db", tmp_path / "data")


def test_every_fault_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text('\nprot = 1\nlog_level = "loud"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, {"ROADWORTHY_PORT": "high"})
    findings = {finding.place.source: finding for finding in caught.value.findings}
    faults = {(str(finding.place), finding.code) for finding in caught.value.findings}
    assert faults == {
        (f"{path}:2 (prot)", "setting-unknown"),
        (f"{path}:3 (log_level)", "setting-unusable"),
        ("ROADWORTHY_PORT", "setting-unusable"),
    }
    assert findings["ROADWORTHY_PORT"].remedy
    assert any("did you mean `port`?" in finding.remedy for finding in caught.value.findings)


@pytest.mark.parametrize("content", [b"port = [", b"\xff\xfe"])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, {})
    assert caught.value.code == "settings-unreadable"
    assert caught.value.place.source == str(tmp_path / FILE)


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_token_comes_from_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, {"ROADWORTHY_SERVER": "http://127.0.0.1:8470", "ROADWORTHY_TOKEN": "rw_secret"})
    assert (settings.server, settings.token) == ("http://127.0.0.1:8470", "rw_secret")
    assert "rw_secret" not in repr(settings)


def test_a_token_in_the_settings_file_is_refused_without_repeating_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('port = 9000\ntoken = "rw_secret"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, {})
    assert caught.value.code == "setting-secret-in-file"
    assert caught.value.place.line == 2
    assert "rw_secret" not in f"{caught.value} {caught.value.remedy}"


@pytest.mark.parametrize("server", ["127.0.0.1:8470", "ftp://x", "http://", "http://a b", "http://x/api"])
def test_a_server_is_an_address(tmp_path: Path, server: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, {"ROADWORTHY_SERVER": server})
    assert caught.value.code == "setting-unusable"


PROVIDER = """
[[provider]]
name = "staff"
issuer = "https://id.example.org"
client_id = "roadworthy"
client_secret = "env:CLIENT_SECRET"
trust_email = true
"""


def test_providers_come_from_tables_or_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(PROVIDER, encoding="utf-8")
    (one,) = load(tmp_path, {}).provider
    assert (one.name, one.shown, one.trust_email, one.scopes) == ("staff", "staff", True, "openid profile email")
    given = json.dumps([{"name": "other", "issuer": "http://127.0.0.1:1", "client_id": "x"}])
    (other,) = load(tmp_path, {"ROADWORTHY_PROVIDER": given}).provider
    assert (other.name, other.client_secret) == ("other", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('client_secret = "hunter2 hunter2"', "provider.0.client_secret"),
        ('issuer = "http://id.example.org"', "https"),
        ('algorithms = ["HS256"]', "RS256"),
        ('algorithms = ["none"]', "RS256"),
        ('scopes = "profile"', "provider.0.scopes"),
        ('colour = "red"', "provider.0.colour"),
        ('name = "Staff"', "provider.0.name"),
    ],
)
def test_a_provider_that_cannot_be_used_is_named_without_its_secret(tmp_path: Path, line: str, said: str) -> None:
    key = line.split(" ", maxsplit=1)[0]
    kept = "\n".join(each for each in PROVIDER.splitlines() if not each.startswith(f"{key} ="))
    (tmp_path / FILE).write_text(f"{kept}\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, {})
    assert caught.value.code == "setting-unusable"
    assert said in caught.value.message
    assert "hunter2" not in f"{caught.value} {caught.value.remedy}"
    assert caught.value.place.line in {1, 2}


def test_two_providers_differ_in_name_and_issuer(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(PROVIDER + PROVIDER, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, {})
    assert "same name" in caught.value.message
    with pytest.raises(InvalidInput):
        load(tmp_path, {"ROADWORTHY_PROVIDER": "{not json"})
