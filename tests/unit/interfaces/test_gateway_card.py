"""Where the gateway of a home listens, as commands in it find out."""

from __future__ import annotations

import json
from pathlib import Path

from roadworthy.interfaces.gateway import card


def test_a_gateway_is_found_while_it_listens(tmp_path: Path) -> None:
    assert card.announced(tmp_path) is None
    card.announce(tmp_path, "http://127.0.0.1:5")
    assert card.announced(tmp_path) == "http://127.0.0.1:5"
    assert (tmp_path / "gateway.json").stat().st_mode & 0o077 == 0
    card.withdraw(tmp_path)
    assert card.announced(tmp_path) is None


def test_nobody_takes_down_the_card_of_another_and_a_spoilt_one_says_nothing(tmp_path: Path) -> None:
    said = tmp_path / "gateway.json"
    said.write_text(json.dumps({"pid": 1, "address": "http://127.0.0.1:6"}), "utf-8")
    card.withdraw(tmp_path)
    assert card.announced(tmp_path) == "http://127.0.0.1:6"
    for spoilt in ("", "[]", '{"address": 3}', "\x00"):
        said.write_text(spoilt, "utf-8")
        assert card.announced(tmp_path) is None
