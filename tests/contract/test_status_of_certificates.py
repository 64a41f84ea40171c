"""What is signed is what the database says, after every change of any certificate or stop switch, on both engines."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadworthy.app import App
from roadworthy.decide.certificate.deciding import Asked as Wish
from roadworthy.decide.certificate.deciding import Change
from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.model import CERTIFICATES, PURPOSE
from roadworthy.decide.certificate.status.standing import standing
from roadworthy.decide.certificate.status.verdicts import Why
from roadworthy.foundation.errors import Conflict, RoadworthyError
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, Board, governed
from tests.harness.issued import RELEASE, issued

BY = "dana@halden.example"
FITS = Asked(action="draft", counts={"calls per day": 1})


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        yield opened


def why(board: Board) -> Why | None:
    return board.app.operation.status.verdict(CASE, "production", RELEASE, FITS).why


def test_a_certificate_permits_from_the_commit_that_issues_it_to_the_one_that_suspends_it(board: Board) -> None:
    certificates, by = board.app.operation.certificates, board.context(BY)
    assert why(board) is Why.NO_STATUS
    made = issued(board.app, by, CASE)
    assert why(board) is None
    status = board.app.operation.status
    assert status.verdict(CASE, "production", "sha256:" + "9" * 64, FITS).why is Why.OTHER_RELEASE
    assert status.verdict(CASE, "pilot", RELEASE, FITS).why is Why.NO_CERTIFICATE
    assert status.verdict(CASE, "production", RELEASE).why is Why.OUTSIDE
    certificates.change(by, Wish(Change.SUSPEND, made.serial, "An incident."))
    assert why(board) is Why.SUSPENDED
    certificates.change(by, Wish(Change.RESUME, made.serial, "It is over.", whole=True))
    assert why(board) is None
    certificates.stops.set(by, CASE, "Another one.")
    assert why(board) is Why.STOPPED
    certificates.change(by, Wish(Change.LIFT_STOP, CASE, "It is over."))
    assert why(board) is None
    certificates.change(by, Wish(Change.WITHDRAW, made.serial, "Nobody uses it."))
    assert why(board) is Why.WITHDRAWN


def anything(app: App, by: Context, draw: random.Random) -> Callable[[], object]:
    """Some change, whether or not it is possible just now."""
    certificates = app.operation.certificates
    live = [each.serial for each in certificates.listed()] or ["oc-none"]
    wish = Wish(draw.choice(list(Change)), draw.choice(live), "Tried.", whole=draw.random() < 0.5)
    scope = draw.choice([ALL, CASE])
    stage = draw.choice(["pilot", "production"])
    return draw.choice(
        [
            lambda: issued(app, by, CASE, stage=stage),
            lambda: certificates.change(by, wish),
            lambda: certificates.change(by, wish),
            lambda: certificates.stops.set(by, scope, "Tried."),
            lambda: certificates.change(by, Wish(Change.LIFT_STOP, scope, "Tried.")),
        ]
    )


def agrees(app: App) -> None:
    """The newest snapshot says what the database says."""
    app.operation.status.look()
    snapshot, _ = app.operation.status.snapshot()
    now = app.runtime.clock.now()
    with app.store.read() as connection:
        stands = standing(connection, now)
    assert set(snapshot.standing.certificates) == set(stands.certificates)
    assert set(snapshot.standing.stops) == set(stands.stops)
    stopped = bool(stands.stops)
    for each in app.operation.certificates.listed():
        if each.stage == "production" and each.permits(now):
            assert (why_of(app) is None) == (not stopped)


def why_of(app: App) -> Why | None:
    held = app.operation.status.verdict(CASE, "production", RELEASE, Asked(effect=False, counts={"calls per day": 1}))
    return held.why


def test_after_any_changes_the_snapshot_says_what_the_database_says(board: Board) -> None:
    by, draw = board.context(BY), random.Random(6)
    issued(board.app, by, CASE)
    for _ in range(20):
        try:
            anything(board.app, by, draw)()
        except RoadworthyError:
            continue  # not possible just now; then nothing may have changed either
        finally:
            agrees(board.app)


def test_changes_at_once_are_signed_one_after_the_other(board: Board) -> None:
    certificates, by = board.app.operation.certificates, board.context(BY)
    made = [issued(board.app, by, CASE, stage=stage) for stage in ("pilot", "candidate", "production")]
    failed: list[BaseException] = []

    def work(serial: str) -> None:
        try:
            for number in range(4):
                change = Change.RESUME if number % 2 else Change.SUSPEND
                certificates.change(by, Wish(change, serial, "Tried.", whole=True))
        except Exception as error:  # noqa: BLE001 - raised again by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(each.serial,)) for each in made]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    agrees(board.app)
    snapshot, _ = board.app.operation.status.snapshot()
    assert 3 < snapshot.seq <= 3 + 12, "what commits together is signed together"


def test_nothing_is_believed_any_more_that_a_revoked_key_signed(board: Board) -> None:
    by, keyring = board.context(BY), board.app.operation.keyring
    issued(board.app, by, CASE)
    board.later(seconds=1)
    old = {each.purpose: each.key_id for each in keyring.all()}
    keyring.revoke(by, old[CERTIFICATES], "The file was copied.")
    assert why(board) is Why.UNREADABLE
    keyring.revoke(by, old[PURPOSE], "That one as well.")
    assert board.app.operation.status.health().fault is None
    assert [(each.what, each.resource) for each in board.entries("key.")] == [
        ("key.revoked", "Key/certificates"),
        ("key.revoked", "Key/status"),
    ]
    with pytest.raises(Conflict):
        keyring.revoke(by, old[PURPOSE], "Again.")
    issued(board.app, by, CASE)
    assert why(board) is None


def test_the_policy_says_how_old_a_snapshot_may_get(board: Board) -> None:
    issued(board.app, board.context(BY), CASE)
    snapshot, content = board.app.operation.status.snapshot()
    assert (snapshot.ages.most, snapshot.ages.grace) == (dt.timedelta(seconds=60), dt.timedelta(minutes=15))
    assert json.loads(content)["payloadType"] == "application/vnd.roadworthy.status+json"
