"""Releases on both engines: recorded once, held against what is seen, moved each under its right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.releases.model import Doing, Known, Part, PartKind, Recorded, Sighting
from roadworthy.operate.releases.rules import facts_of
from roadworthy.operate.releases.service import Releases
from roadworthy.operate.releases.view import KnownReleases
from tests.harness.governed import CASE, FIRST, Board, ask, governed

BY = "dana@halden.example"
_K = PartKind


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        yield opened


def hashed(text: str) -> str:
    return digest(text.encode())


def part(kind: PartKind, name: str, text: str, known: Known = Known.OBSERVED) -> Part:
    return Part(kind, name, hashed(text), known, "file" if known is Known.OBSERVED else "said")


def parts(version: str) -> list[Part]:
    return [part(_K.MODEL, "triage", version), part(_K.PROMPT, "system", "Be kind.", Known.ASSERTED)]


def releases(board: Board) -> Releases:
    return board.app.operation.releases


def recorded(board: Board, name: str = "r1", version: str = "v1") -> Recorded:
    return releases(board).record(board.context(BY), CASE, name, parts(version))


def seen(kind: PartKind, name: str, text: str, source: str = "", how: str = "running") -> Sighting:
    return Sighting(kind, name, hashed(text), how, source)


def observe(board: Board, *sightings: Sighting, **more: Any) -> Recorded:
    return releases(board).observe(board.context(BY), CASE, sightings, **more)


def move(board: Board, does: Doing, **more: Any) -> Any:
    content = {"does": does.value, "useCase": CASE, "stage": "pilot", "reason": "it is time", **more}
    return releases(board).move(board.context(BY), content)


def pilot(board: Board) -> None:
    board.deployment.declare({CASE: {"title": "Claims triage", "stage": "pilot"}})


def test_a_release_is_recorded_once_and_said_in_the_ledger(board: Board) -> None:
    first = recorded(board)
    again = recorded(board)
    assert again == first
    (entry,) = board.entries("release.")
    assert entry.what == "release.recorded"
    assert entry.resource == f"Release/{first.digest.removeprefix('sha256:')}"
    assert entry.facts == {
        "asserted": ["prompt/system"],
        "name": "r1",
        "observed": ["model/triage"],
        "release": first.digest,
        "useCase": CASE,
    }
    assert releases(board).listed(CASE) == [first]
    for called in ("r1", first.digest, first.digest[7:15]):
        assert releases(board).get(CASE, called) == first
    with board.app.store.read() as connection:
        view = KnownReleases()
        assert view.facts(connection, CASE, first.digest) == facts_of(first)
        assert view.facts(connection, "another", first.digest) is None
        assert view.newest(connection, CASE) == first.digest


def test_a_name_stands_for_one_release_and_a_release_has_one_name(board: Board) -> None:
    recorded(board)
    with pytest.raises(Conflict) as taken:
        recorded(board, "r1", "v2")
    assert taken.value.code == "release-name-taken"
    with pytest.raises(Conflict) as known:
        recorded(board, "r2", "v1")
    assert known.value.code == "release-known"
    with pytest.raises(NotFound):
        releases(board).record(board.context(BY), "nowhere", "r1", parts("v1"))
    with pytest.raises(InvalidInput):
        releases(board).record(board.context(BY), CASE, "r 3", [])


def test_what_was_said_counts_as_seen_only_when_somebody_saw_it(board: Board) -> None:
    recorded(board)
    found = observe(board, seen(_K.PROMPT, "system", "Be kind."), release="r1")
    assert facts_of(found).asserted == ()
    assert facts_of(found).observed == ("model/triage", "prompt/system")
    assert [each.what for each in board.entries("release.")] == ["release.recorded", "release.observed"]


def test_another_hash_is_a_mismatch_until_the_same_source_sees_the_right_one(board: Board) -> None:
    first = recorded(board)
    found = observe(board, seen(_K.MODEL, "triage", "other", "replica-1"))
    for _ in range(2):
        found = observe(board, seen(_K.MODEL, "triage", "other", "replica-1"))
    observe(board, seen(_K.MODEL, "triage", "v1", "replica-2"))
    assert facts_of(found).mismatched == ("model/triage",)
    (entry,) = board.entries("release.mismatched")
    assert entry.facts == {
        "expected": hashed("v1"),
        "how": "running",
        "part": "model/triage",
        "release": first.digest,
        "seen": hashed("other"),
        "stage": "production",
        "useCase": CASE,
    }
    assert facts_of(releases(board).get(CASE, "r1")).mismatched == ("model/triage",), "one replica is still wrong"
    ended = observe(board, seen(_K.MODEL, "triage", "v1", "replica-1"))
    assert facts_of(ended).mismatched == ()
    assert board.entries("release.observed")[-1].facts["endsMismatch"] is True


def test_a_part_that_no_release_lists_is_a_mismatch(board: Board) -> None:
    recorded(board)
    found = observe(board, seen(_K.TOOLS, "mail", "send"), release="r1")
    assert facts_of(found).mismatched == ("tools/mail",)
    assert board.entries("release.mismatched")[0].facts["expected"] is None


def test_a_part_that_was_only_said_can_be_recorded_again_as_seen(board: Board) -> None:
    first = recorded(board)
    again = releases(board).record(
        board.context(BY), CASE, "r1", [part(_K.MODEL, "triage", "v1"), part(_K.PROMPT, "system", "Be kind.")]
    )
    assert again.digest == first.digest
    assert facts_of(again).asserted == ()
    worse = recorded(board)
    assert facts_of(worse).asserted == (), "what was seen is not forgotten"


def test_what_runs_follows_the_moves(board: Board) -> None:
    pilot(board)
    first, second = recorded(board), recorded(board, "r2", "v2")
    assert move(board, Doing.DEPLOY, release="r1").move.before is None
    with pytest.raises(Conflict) as runs:
        move(board, Doing.DEPLOY, release="r1")
    assert runs.value.code == "release-runs-already"
    done = move(board, Doing.DEPLOY, release=second.digest[:20]).move
    assert (done.before, done.release) == (first.digest, second.digest)
    assert releases(board).running(CASE) == {"pilot": second.digest}
    assert [each.release for each in releases(board).history(CASE)] == [second.digest, first.digest]
    (entry, _) = reversed(board.entries("release.deployed"))
    assert (entry.decision, entry.facts["before"], entry.facts["useCase"]) == ("deploy", first.digest, CASE)
    found = observe(board, seen(_K.MODEL, "triage", "v1"), stage="pilot")
    assert found.digest == second.digest, "it is held against what is to run there"
    assert facts_of(found).mismatched == ("model/triage",)


def test_nothing_uncertified_goes_to_production_unless_it_is_an_emergency(board: Board) -> None:
    board.deployment.declare({CASE: {"title": "Claims triage", "stage": "production"}})
    recorded(board)
    with pytest.raises(Conflict) as refused:
        move(board, Doing.DEPLOY, release="r1", stage="production")
    assert refused.value.code == "release-not-certified"
    done = move(board, Doing.DEPLOY, release="r1", stage="production", emergency=True).move
    assert done.certificate is None
    assert board.entries("release.deployed")[0].facts["emergency"] is True
    with pytest.raises(Conflict) as nothing:
        move(board, Doing.ROLL_BACK, stage="production")
    assert nothing.value.code == "release-none-certified"


def test_deploying_does_not_promote_and_promoting_does_both(board: Board) -> None:
    pilot(board)
    recorded(board)
    with pytest.raises(Conflict) as ahead:
        move(board, Doing.DEPLOY, release="r1", stage="candidate")
    assert ahead.value.code == "release-stage-ahead"
    move(board, Doing.PROMOTE, release="r1", stage="candidate")
    assert board.app.inventory.subject(CASE).spec.stage == "candidate"
    assert releases(board).running(CASE)["candidate"] == releases(board).get(CASE, "r1").digest


def test_training_anew_is_kept_beside(board: Board) -> None:
    pilot(board)
    recorded(board)
    move(board, Doing.DEPLOY, release="r1")
    done = move(board, Doing.RETRAIN, model="triage", trigger="drift", newSources=["claims-2026"]).move
    assert releases(board).running(CASE)["pilot"] == done.release
    assert board.entries("release.retrained")[0].facts["trigger"] == "drift"


# ---------------------------------------------------------------- under decision rights


@pytest.fixture
def under_rights(store: Store, tmp_path: Path) -> Iterator[Board]:
    rules = [
        ask("deploy", ["deploy"], {"group": "risk"}),
        ask("promote", ["promote"], {"person": FIRST}),
        {"name": "retrain", "decides": ["retrain"], "decision": "approve"},
    ]
    with governed(store, tmp_path) as opened:
        pilot(opened)
        recorded(opened)
        opened.signed(ask("rights", ["change-rights"], {"person": FIRST}), *rules)
        yield opened


def test_each_move_asks_for_its_own_right(under_rights: Board) -> None:
    board = under_rights
    waits = move(board, Doing.DEPLOY, release="r1")
    assert waits.move is None
    assert waits.request is not None
    assert waits.request.title == f"Deploy r1 of {CASE} to pilot"
    assert releases(board).running(CASE) == {}
    board.approve("rita@halden.example", waits.request)
    digest_of_first = releases(board).get(CASE, "r1").digest
    assert releases(board).running(CASE) == {"pilot": digest_of_first}
    (done,) = releases(board).history(CASE)
    assert done.request == waits.request.id
    (entry,) = board.entries("release.deployed")
    assert entry.oversight.given == (board.ref("rita@halden.example"),)
    at_once = move(board, Doing.RETRAIN, model="triage", trigger="schedule")
    assert at_once.move is not None


def test_a_promotion_takes_one_request_for_the_release_and_the_stage(under_rights: Board) -> None:
    board = under_rights
    waits = move(board, Doing.PROMOTE, release="r1", stage="candidate").request
    assert waits is not None
    assert {act.resource.partition("/")[0] for act in waits.acts} == {"Release", "UseCase"}
    board.approve(FIRST, waits)
    assert board.app.inventory.subject(CASE).spec.stage == "candidate"
    assert list(releases(board).running(CASE)) == ["candidate"]


def test_a_mismatch_that_comes_up_meanwhile_voids_what_waits(under_rights: Board) -> None:
    board = under_rights
    waits = move(board, Doing.DEPLOY, release="r1").request
    assert waits is not None
    observe(board, seen(_K.MODEL, "triage", "other"), release="r1")
    with pytest.raises(Conflict) as voided:
        board.approve("rita@halden.example", waits)
    assert voided.value.code == "request-voided"
    assert releases(board).running(CASE) == {}


def test_nobody_moves_a_release_past_the_rights(under_rights: Board) -> None:
    board = under_rights
    from roadworthy.operate.releases.asked import Asked

    asked = Asked(Doing.DEPLOY, CASE, "pilot", "r1", "quickly")
    moving = releases(board).moving
    with pytest.raises(Refused) as refused:
        board.app.units.run(board.context(BY), lambda tx: moving.carry_out(tx, moving.wanted(tx.connection, asked)))
    assert refused.value.code == "decision-needed"
    board.deployment.clock.advance(dt.timedelta(minutes=1))
    assert releases(board).running(CASE) == {}
