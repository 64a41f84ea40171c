"""A secret is shown to the host that the settings bind it to, and to no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadworthy.foundation.errors import InvalidInput, Refused, Unavailable
from roadworthy.foundation.logs import Secret
from roadworthy.measure.integration_probe.credentials import Credentials, header_of, in_full, wrong

ENVIRONMENT = {"EHR": "token-of-the-ehr", "EMPTY": " ", "URL": "https://api.example.org"}


def given(setting: str, home: Path = Path("/nonexistent")) -> Credentials:
    return Credentials(setting, home, ENVIRONMENT)


def test_a_bound_secret_is_read() -> None:
    found = given("api.example.org=env:EHR, other.example=env:EMPTY").secret("env:EHR", "api.example.org", 443)

    assert found is not None
    assert found.reveal() == "token-of-the-ehr"


@pytest.mark.parametrize("host", ["evil.example", "api.example.org.evil.example", "sub.api.example.org"])
def test_another_host_does_not_get_it(host: str) -> None:
    with pytest.raises(Refused, match="do not let `env:EHR` be shown") as caught:
        given("api.example.org=env:EHR").secret("env:EHR", host, 443)

    assert f"{host}=env:EHR" in caught.value.remedy


def test_another_source_is_not_read_for_the_same_host() -> None:
    with pytest.raises(Refused):
        given("api.example.org=env:EHR").secret("env:HOME", "api.example.org", 443)
    with pytest.raises(Refused):
        given("api.example.org=env:EHR").secret("file:/etc/passwd", "api.example.org", 443)


def test_a_port_can_be_bound() -> None:
    found = given("api.example.org:8443=env:EHR")

    assert found.secret("env:EHR", "api.example.org", 8443) is not None
    with pytest.raises(Refused):
        found.secret("env:EHR", "api.example.org", 443)


def test_a_secret_in_place_of_a_source_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        given("").secret("hunter2-the-secret", "api.example.org", 443)

    assert "hunter2" not in str(caught.value) + caught.value.remedy


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "ehr.txt").write_text("from-a-file\n")

    found = given("h=file:ehr.txt", tmp_path).secret("file:ehr.txt", "h", 443)

    assert found is not None
    assert found.reveal() == "from-a-file"


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(Unavailable, match="holds nothing"):
        given("h=env:EMPTY").secret("env:EMPTY", "h", 443)
    with pytest.raises(Unavailable, match="cannot be read"):
        given("h=file:nothing").secret("file:nothing", "h", 443)


def test_an_address_can_stand_in_the_environment() -> None:
    assert given("").address("env:URL") == "https://api.example.org"
    assert given("").address("https://x.example") == "https://x.example"


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        ("abc", "Authorization", "Bearer abc"),
        ("Bearer abc", "Authorization", "Bearer abc"),
        ("robot:letmein", "Authorization", "Basic cm9ib3Q6bGV0bWVpbg=="),
        ("X-Api-Key: k-1", "X-Api-Key", "k-1"),
    ],
)
def test_how_a_credential_is_shown(value: str, name: str, shown: str) -> None:
    assert header_of(Secret(value)) == (name, shown)


@pytest.mark.parametrize("value", ["abcdefgh", "robot:letmein-please", "X-Api-Key: key-12345"])
def test_a_wrong_credential_has_the_same_form_and_nothing_of_the_right_one(value: str) -> None:
    right, other = header_of(Secret(value)), header_of(wrong(Secret(value)))

    assert right[0] == other[0]
    assert right[1] != other[1]
    assert not any(part in other[1] for part in in_full(Secret(value)))
