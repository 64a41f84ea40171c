from __future__ import annotations

import json
from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation import logs
from roadworthy.foundation.errors import IntegrityBroken, Unavailable
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import SimulatedClock


def test_a_key_is_made_once_and_survives_a_restart(tmp_path: Path) -> None:
    clock = SimulatedClock()
    first = Keys(tmp_path, clock).signing("checkpoint")
    again = Keys(tmp_path, clock).signing("checkpoint")
    assert first.public == again.public
    assert Keys(tmp_path, clock).signing("certificate").public != first.public
    assert Keys(tmp_path, clock).exposed() == []


def test_rotation_signs_with_the_new_key_and_keeps_the_old_one(tmp_path: Path) -> None:
    clock = SimulatedClock()
    keys = Keys(tmp_path, clock)
    old = keys.signing("checkpoint")
    clock.advance(timedelta(seconds=1))
    new = keys.rotate("checkpoint")
    assert keys.signing("checkpoint").name == new.name
    assert [key.name for key in keys.all("checkpoint")] == [old.name, new.name]
    signature = new.sign(b"content")
    new.private.public_key().verify(signature, b"content")
    with pytest.raises(InvalidSignature):
        old.private.public_key().verify(signature, b"content")


def test_a_key_file_that_others_can_read_is_reported(tmp_path: Path) -> None:
    keys = Keys(tmp_path, SimulatedClock())
    keys.signing("checkpoint")
    (path,) = tmp_path.glob("checkpoint/*")
    path.chmod(0o644)
    assert keys.exposed() == [path]


def test_a_damaged_key_is_never_replaced(tmp_path: Path) -> None:
    keys = Keys(tmp_path, SimulatedClock())
    keys.signing("checkpoint")
    (path,) = tmp_path.glob("checkpoint/*")
    path.write_text("not a key", encoding="utf-8")
    with pytest.raises(IntegrityBroken) as caught:
        keys.signing("checkpoint")
    assert caught.value.place.source == str(path)
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(other)
    with pytest.raises(IntegrityBroken):
        keys.signing("checkpoint")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(Unavailable) as caught:
        Keys(tmp_path / "keys", SimulatedClock()).signing("checkpoint")
    assert caught.value.remedy


def test_a_secret_can_be_used_and_not_printed() -> None:
    secret = logs.Secret("hunter2")
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"


@given(st.text(st.characters(codec="ascii", exclude_characters=" @&\n\r\t"), min_size=6, max_size=20))
def test_nothing_secret_reaches_a_log_line(canary: str) -> None:
    canary = f"canary{canary.encode().hex()}"
    told = logs.redact(
        {
            "session_token": canary,
            "nested": {"password": canary, "list": [logs.Secret(canary), {"Api-Key": canary}]},
            "header": f"Authorization: Bearer {canary}",
            "address": f"https://roadworthy.example/sign-in?token={canary}&next=/",
            "database": f"postgresql://writer:{canary}@host/db",
            "harmless": 3,
        }
    )
    assert canary not in json.dumps(told)
    assert json.loads(json.dumps(told))["harmless"] == 3


def test_logs_are_one_json_object_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    with redirect_stderr(StringIO()) as elsewhere:
        logs.log("storage").warning("said elsewhere")
    assert "said elsewhere" in elsewhere.getvalue()
    logs.log("storage").info("opened", revision="0001", password="hunter2")
    logs.log("storage").debug("not shown")
    captured = capsys.readouterr()
    line = json.loads(captured.err)
    assert not captured.out
    assert (line["event"], line["part"], line["level"]) == ("opened", "storage", "info")
    assert line["password"] == logs.REDACTED
