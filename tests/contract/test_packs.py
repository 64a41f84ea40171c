"""What belongs into a pack, and indexes that mislead whoever asks for one, on both engines."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.documents.question.tables import mentions
from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, NotFound
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.ledger.tables import entries, payloads
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, DEPLOY, Board, governed
from tests.harness.packs import members

DANA = "dana@halden.example"


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, DEPLOY) as opened:
        opened.app.ledger.settle()
        yield opened


def pack(board: Board, folder: Path, asked: Asked) -> tuple[verify.Report, dict[str, Any], list[dict[str, Any]]]:
    """Write and verify a pack: what the verifier says, the manifest, the entries."""
    path = folder / "pack.zip"
    board.app.packs.write(board.context(DANA), asked, path)
    report = verify.verify(path, [verify.Key(board.app.ledger.vkey)], [])
    content = members(path)
    kept = [json.loads(line) for line in content["entries.jsonl"].splitlines()]
    return report, json.loads(content["manifest.json"]), kept


def decided(board: Board) -> str:
    """Id of the decision by which the rights came into force."""
    board.app.ledger.settle()
    return next(e.resource.removeprefix("Decision/") for e in board.entries("decision.used"))


def test_a_decision_comes_with_what_it_rests_on_and_what_it_did(board: Board, tmp_path: Path) -> None:
    report, manifest, kept = pack(board, tmp_path, Asked(PackOf.DECISION, decided(board)))
    assert report.faults == []
    whats = {each["what"] for each in kept}
    assert {"decision.proposed", "decision.voted", "decision.approved", "decision.used", "rights.applied"} <= whats
    assert {each["name"] for each in manifest["payloads"]} >= {"content", "reason", "spec"}
    assert all(each["salt"] for each in manifest["payloads"])
    assert (manifest["about"]["of"], board.entries("pack.made")[-1].facts["entries"]) == ("decision", len(kept))


def test_a_use_case_is_found_in_the_bytes_whatever_the_indexes_say(board: Board, store: Store, tmp_path: Path) -> None:
    board.app.consumers.tick()
    _, _, before = pack(board, tmp_path, Asked(PackOf.USE_CASE, CASE))

    def mislead(connection: sa.Connection) -> None:
        connection.execute(entries.update().values(resource="Nothing/else", what="nothing.happened"))
        connection.execute(mentions.delete())

    store.write(mislead)
    report, _, after = pack(board, tmp_path, Asked(PackOf.USE_CASE, CASE))
    assert report.faults == []
    own = {each["id"] for each in before if each["resource"] == f"UseCase/{CASE}"}
    assert own
    assert own <= {each["id"] for each in after}
    faults = board.app.ledger.verify(full=True, columns=True).faults
    assert {each.code for each in faults} == {"columns-differ"}


def test_an_index_that_leads_to_another_entry_is_refused_by_name(board: Board, store: Store) -> None:
    first, second = board.entries("")[:2]

    def swap(connection: sa.Connection) -> None:
        for old, new in ((first.id, "?"), (second.id, first.id), ("?", second.id)):
            connection.execute(entries.update().where(entries.c.id == old).values(id=new))

    store.write(swap)
    for ask in (board.app.ledger.entry, board.app.ledger.prove_inclusion):
        with pytest.raises(IntegrityBroken) as found:
            ask(first.id)
        assert found.value.code == "ledger-index-misleads"


def test_a_text_put_in_the_place_of_another_is_found_by_who_verifies(
    board: Board, store: Store, tmp_path: Path
) -> None:
    """Row against row it is consistent: only the entry knows which text it committed to."""
    request = decided(board)
    refs = [payload.ref for entry in board.entries("decision.") for payload in entry.payloads][:2]

    def swap(connection: sa.Connection) -> None:
        for old, new in ((refs[0], "?"), (refs[1], refs[0]), ("?", refs[1])):
            connection.execute(payloads.update().where(payloads.c.ref == old).values(ref=new))

    store.write(swap)
    report, _, _ = pack(board, tmp_path, Asked(PackOf.DECISION, request))
    assert {each["code"] for each in report.faults} == {"payload-differs"}


def test_a_period_is_whole_and_has_its_neighbours(board: Board, tmp_path: Path) -> None:
    everything = board.entries("")
    report, manifest, kept = pack(board, tmp_path, Asked(PackOf.PERIOD))
    assert report.faults == []
    assert len(kept) >= len(everything)
    ((start, end),) = manifest["ranges"]
    assert (start, end - start) == (0, len(kept))
    with pytest.raises(NotFound):
        pack(board, tmp_path, Asked(PackOf.PERIOD, until=dt.datetime(2001, 1, 1, tzinfo=dt.UTC)))
    now = board.deployment.clock.now()
    with pytest.raises(InvalidInput):
        pack(board, tmp_path, Asked(PackOf.PERIOD, since=now, until=now))


def test_what_began_and_did_not_end_is_told_and_numbers_are_whole(board: Board) -> None:
    request = board.deploy()
    board.app.ledger.settle()
    found = board.app.packs.completeness()
    assert (found.gaps, found.size) == ((), len(board.entries("")))
    assert ("decision.proposed", f"Decision/{request.id}") in {(each.what, each.resource) for each in found.unfinished}


def test_without_texts_nothing_is_disclosed(board: Board, tmp_path: Path) -> None:
    report, manifest, _ = pack(board, tmp_path, Asked(PackOf.DECISION, decided(board), texts=False))
    assert report.faults == []
    assert {each["salt"] for each in manifest["payloads"]} == {None}
    assert not {name for name in manifest["files"] if name.startswith("payloads/") or name == "people.json"}
