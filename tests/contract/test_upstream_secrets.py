"""Stored secrets on both engines: who may, what is recorded, what a copy of the database tells, and by which key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.assembly.secrets import SecretsOfUpstreams
from roadworthy.decide.approvals.requests import Proposal
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, Unavailable
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.calls.secrets.model import State
from roadworthy.operate.calls.secrets.service import SUBJECT, content_of
from roadworthy.operate.calls.secrets.tables import upstream_secrets
from roadworthy.operate.calls.secrets.wrapping import PURPOSE
from roadworthy.operate.calls.wire.addresses import origin
from tests.harness.governed import CHANGE_RIGHTS, FIRST, Board, ask, governed

BY = "dana@halden.example"
CANARY = "sk-CANARY-5d1f6a2b9c"
HERE = origin("https://api.openai.com/v1")


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path) as opened:
        yield opened
        opened.app.admitting.close()


def secrets(board: Board) -> SecretsOfUpstreams:
    return board.app.gateway.secrets


def shown(board: Board, name: str = "openai") -> str | None:
    """What would be shown to the host now."""
    board.app.admitting.reloading.look()
    found = secrets(board).upstreams.read(f"stored:{name}", HERE)
    return None if found is None else found.reveal()


def everything(store: Store) -> bytes:
    """Every value of every row of every table, as bytes."""
    found = sa.MetaData()
    parts: list[bytes] = []
    with store.read() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            for row in connection.execute(sa.select(table)):
                parts += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(parts)


def test_a_secret_is_shown_to_its_host_alone_and_a_copy_of_the_database_tells_nothing(
    board: Board, store: Store
) -> None:
    stored = secrets(board).stored
    version, waits = stored.set(board.context(BY), "openai", "API.openai.com", f"{CANARY}\n")
    assert (waits, version.state, version.bound.authority) == (None, State.IN_USE, "api.openai.com")
    assert shown(board) == CANARY
    assert secrets(board).upstreams.read("stored:openai", origin("https://api.openai.com.evil.example")) is None
    assert "bound to `api.openai.com`" in secrets(board).upstreams.why_not(
        "stored:openai", origin("https://evil.example")
    )
    kept = everything(store)
    assert CANARY.encode() not in kept
    assert CANARY[3:12].encode() not in kept
    (entry,) = board.entries("upstream-secret.")
    assert (entry.what, entry.facts["host"], entry.facts["fingerprint"]) == (
        "upstream-secret.set",
        "api.openai.com",
        version.fingerprint,
    )
    assert CANARY not in f"{entry} {version!r} {stored.listed()!r}"


def test_a_name_is_taken_once_and_what_is_unfit_is_refused(board: Board) -> None:
    stored, by = secrets(board).stored, board.context(BY)
    stored.set(by, "openai", "api.openai.com", CANARY)
    with pytest.raises(Conflict, match="there is a stored secret"):
        stored.set(by, "openai", "evil.example", "mine")
    for name, host, value in (("Open AI", "h", "v"), ("a", "https://h", "v"), ("a", "h", "two\nlines")):
        with pytest.raises(InvalidInput):
            stored.set(by, name, host, value)
    with pytest.raises(NotFound):
        stored.rotate(by, "other", "v")
    assert shown(board) == CANARY


def test_a_replaced_one_can_come_back_while_its_grace_lasts(board: Board) -> None:
    stored, by = secrets(board).stored, board.context(BY)
    stored.set(by, "openai", "api.openai.com", CANARY)
    stored.rotate(by, "openai", "sk-two", dt.timedelta(hours=1))
    assert shown(board) == "sk-two"
    (listed,) = stored.listed()
    assert listed.former is not None
    stored.back(by, "openai")
    assert shown(board) == CANARY
    with pytest.raises(Conflict, match="no former value"):
        stored.back(by, "openai")
    stored.rotate(by, "openai", "sk-three", dt.timedelta(hours=1))
    board.deployment.clock.advance(dt.timedelta(hours=1))
    with pytest.raises(Conflict, match="no former value"):
        stored.back(by, "openai")
    stored.used({})
    assert [each.former for each in stored.listed()] == [None], "what nobody can go back to is not kept"
    for what in ("set", "rotated", "put-back", "rotated"):
        assert f"upstream-secret.{what}" in [entry.what for entry in board.entries("upstream-secret.")]


def test_replaced_at_once_the_former_one_is_gone_and_removed_nothing_is_left(board: Board, store: Store) -> None:
    stored, by = secrets(board).stored, board.context(BY)
    first, _ = stored.set(by, "openai", "api.openai.com", CANARY)
    stored.rotate(by, "openai", "sk-two")
    with store.read() as connection:
        kept = connection.execute(sa.select(upstream_secrets.c.id)).scalars().all()
    assert first.id not in kept
    assert len(kept) == 1
    stored.remove(by, "openai")
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(upstream_secrets)).scalar() == 0
    assert shown(board) is None
    assert "no stored secret of this name" in secrets(board).upstreams.why_not("stored:openai", HERE)
    with pytest.raises(NotFound):
        stored.remove(by, "openai")


def test_a_row_that_was_moved_to_another_host_by_hand_opens_to_nothing(board: Board, store: Store) -> None:
    stored = secrets(board).stored
    stored.set(board.context(BY), "openai", "api.openai.com", CANARY)
    moved = upstream_secrets.update().values(host="evil.example")
    store.write(lambda connection: connection.execute(moved))
    board.app.admitting.reloading.look()
    assert secrets(board).upstreams.read("stored:openai", origin("https://evil.example")) is None
    assert [each.why for each in secrets(board).listed()] == ["it is not as it was sealed"]
    assert shown(board) is None


def test_a_newer_key_seals_what_comes_and_rewrapping_brings_the_rest_along(board: Board) -> None:
    stored, by, keys = secrets(board).stored, board.context(BY), board.app.keys
    stored.set(by, "openai", "api.openai.com", CANARY)
    former = keys.signing(PURPOSE)
    board.deployment.clock.advance(dt.timedelta(seconds=1))
    newer = keys.rotate(PURPOSE)
    assert shown(board) == CANARY
    assert stored.rewrap(by) == 1
    assert stored.rewrap(by) == 0, "what is wrapped by the newest stays as it is"
    (listed,) = stored.listed()
    assert listed.any.sealed.key == f"files:{newer.name}"
    (board.app.settings.keys_folder / PURPOSE / f"{former.name}.pem").unlink()
    assert shown(board) == CANARY
    stored.set(by, "other", "api.openai.com", "sk-two")
    assert shown(board, "other") == "sk-two"
    (board.app.settings.keys_folder / PURPOSE / f"{newer.name}.pem").unlink()
    with pytest.raises(Unavailable, match="cannot be opened"):
        stored.rewrap(by)
    rewrapped = board.entries("upstream-secret.rewrapped")
    assert [entry.facts["to"] for entry in rewrapped] == [f"files:{newer.name}"]


def test_when_it_was_used_is_known_and_looking_is_no_use(board: Board) -> None:
    stored, opened = secrets(board).stored, secrets(board).opened
    version, _ = stored.set(board.context(BY), "openai", "api.openai.com", CANARY)
    board.app.admitting.reloading.look()
    found = secrets(board).upstreams.read("stored:openai", HERE)
    assert opened.take_used() == {}, "that a gateway has it does not mean that it was shown"
    assert found is not None
    assert found.reveal() == CANARY
    used = opened.take_used()
    assert list(used) == [version.id]
    stored.used(used)
    assert [each.any.last_used_at for each in stored.listed()] == list(used.values())
    assert opened.take_used() == {}


# ---------------------------------------------------------------- under decision rights


def test_under_rights_a_secret_waits_for_a_decision_and_is_shown_to_nobody_before(board: Board, store: Store) -> None:
    board.signed(CHANGE_RIGHTS, ask("policy", ["change-policy"], {"person": FIRST}))
    stored, by = secrets(board).stored, board.context(BY)
    with pytest.raises(Refused, match="needs a decision") as caught:
        stored.set(by, "openai", "api.openai.com", CANARY)
    assert "--reason" in caught.value.remedy
    assert stored.listed() == []
    version, waits = stored.set(by, "openai", "api.openai.com", CANARY, "The pilot needs it.")
    assert waits is not None
    assert shown(board) is None
    assert [each.any.state for each in stored.listed()] == [State.WAITING]
    assert CANARY.encode() not in everything(store)
    request = board.app.approvals.standing(waits).request
    told = f"{request} {board.app.approvals.shown(request)}"
    assert "api.openai.com" in told
    assert CANARY not in told
    board.approve(FIRST, request)
    assert shown(board) == CANARY
    stored.rotate(by, "openai", "sk-two")
    assert shown(board) == "sk-two", "a leaked one is replaced without waiting: where it may go stays the same"
    with pytest.raises(Conflict):
        board.app.approvals.propose(by, Proposal(SUBJECT, content_of(version), "Once more."))
