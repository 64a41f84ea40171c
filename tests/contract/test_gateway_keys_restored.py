"""After a restore that may have lost their revocation no gateway key opens anything, also one that was to end later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.keys.restoring import revoke_all
from tests.harness.governed import CASE, Board, governed

BY = "dana@halden.example"


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        opened.deployment.declare({CASE: {"title": "Claims triage", "stage": "production"}})
        yield opened
        opened.app.admitting.close()


def test_every_key_that_opens_something_is_revoked_and_on_record(board: Board) -> None:
    keys, by = board.app.admitting.keys, board.context(BY)
    keys.new(by, Wanted("app", CASE))
    keys.rotate(by, "app", dt.timedelta(days=1))
    keys.new(by, Wanted("other", CASE))
    keys.revoke(by, "other", "It leaked.")
    now = board.deployment.clock.now()
    assert [each.name for each in keys.listed() if each.usable(now)] == ["app", "app"]
    assert board.app.units.run(by, lambda tx: revoke_all(tx, "The database was put back.")) == 2
    assert not [each for each in keys.listed() if each.usable(now)]
    recorded = board.entries("gateway-key.revoked")
    assert [each.facts["name"] for each in recorded][-2:] == ["app", "app"]
    assert board.app.units.run(by, lambda tx: revoke_all(tx, "The database was put back.")) == 0
