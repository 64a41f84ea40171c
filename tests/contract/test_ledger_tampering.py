"""Whoever can write to the database changes its history: each way is found, with the index of the first bad entry."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.ledger.export import verify_export
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.recount import Verification
from roadworthy.foundation.ledger.tiles import Growth
from roadworthy.foundation.ledger.tree import leaf_hash
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import Key, draft, ledger_on, record

SIZE = 600
SIGNED = (300, 580)
"""Sizes at which a checkpoint was signed; what lies beyond the last is covered by tiles and frontier only."""

indexes = st.integers(0, SIZE - 1)


class Victim:
    """A ledger whose database file is put back before each attack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "attacked.db"
        self.export = folder / "ledger.txt"
        store = SqliteStore(folder / "sound.db", Runtime())
        store.write(all_tables().create_all)
        ledger = ledger_on(store, folder)
        done = 0
        for size in (*SIGNED, SIZE):
            record(ledger, *map(draft, range(done, size)))
            done = size
            if size in SIGNED:
                ledger.checkpoint()
        self.trusted = [VerifierKey.parse(ledger.vkey)]
        shutil.copyfile(folder / "signed.note", folder / "kept.note")
        exporting = ledger_on(store, folder)
        exporting.export(self.export)
        store.write(lambda connection: connection.exec_driver_sql("DELETE FROM ledger_checkpoints WHERE size = 600"))
        shutil.copyfile(folder / "kept.note", folder / "signed.note")
        store.close()

    def attacked(
        self, *statements: tuple[str, tuple[object, ...]], full: bool = True, columns: bool = False
    ) -> Verification:
        """What the verification says after the statements ran."""
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.folder / "sound.db", self.path)
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement, values in statements:
                connection.execute(statement, values)
        store = SqliteStore(self.path, Runtime())
        try:
            return ledger_on(store, self.folder).verify(full=full, columns=columns)
        finally:
            store.close()

    def raw(self, index: int) -> bytes:
        """An entry's bytes."""
        with closing(sqlite3.connect(self.folder / "sound.db")) as connection:
            found: bytes = connection.execute(
                "SELECT bytes FROM ledger_entries WHERE position = ?", (index,)
            ).fetchone()[0]
        return found

    def reexported(self, change: Callable[[list[bytes]], None]) -> Verification:
        """What the verification says of the export after its lines were changed."""
        lines = self.export.read_bytes().splitlines(keepends=True)
        change(lines)
        path = self.folder / "attacked.txt"
        path.write_bytes(b"".join(lines))
        return verify_export(path, self.trusted)

    @staticmethod
    def line(index: int) -> int:
        """Where an entry stands among the export's lines: behind the header and the tiles before it."""
        return 1 + index + index // 256


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Victim:
    """A sound ledger."""
    return Victim(tmp_path_factory.mktemp("victim"))


def flipped(content: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[place % len(changed)] ^= 1 << bit
    return bytes(changed)


SET_BYTES = "UPDATE ledger_entries SET bytes = ? WHERE position = ?"
DELETE = "DELETE FROM ledger_entries WHERE position = ?"
MOVE = "UPDATE ledger_entries SET position = ? WHERE position = ?"


def test_the_untouched_ledger_verifies(victim: Victim) -> None:
    for full in (True, False):
        result = victim.attacked(full=full)
        assert result.faults == ()
        assert (result.size, result.confirmed, result.checkpoints) == (SIZE, SIGNED[-1], 2 if full else 1)
    assert victim.reexported(lambda _: None).faults == ()


@given(indexes, st.integers(0, 2_000), st.integers(0, 7))
def test_a_flipped_bit(victim: Victim, index: int, place: int, bit: int) -> None:
    result = victim.attacked((SET_BYTES, (flipped(victim.raw(index), place, bit), index)))
    assert (result.faults[0].code, result.faults[0].index) == ("entry-differs", index)


@given(indexes)
def test_a_deleted_entry(victim: Victim, index: int) -> None:
    result = victim.attacked((DELETE, (index,)))
    assert (result.faults[0].code, result.faults[0].index) == ("entry-missing", index)


@given(indexes)
def test_a_deleted_entry_with_the_others_moved_up(victim: Victim, index: int) -> None:
    moves = [(MOVE, (at - 1, at)) for at in range(index + 1, SIZE)]
    result = victim.attacked((DELETE, (index,)), *moves)
    assert result.faults[0].index == index
    assert not result.ok


@given(st.lists(indexes, min_size=2, max_size=2, unique=True))
def test_two_swapped_entries(victim: Victim, pair: list[int]) -> None:
    one, other = pair
    result = victim.attacked((MOVE, (-1, one)), (MOVE, (one, other)), (MOVE, (other, -1)))
    assert (result.faults[0].code, result.faults[0].index) == ("entry-differs", min(pair))


@given(indexes, indexes)
def test_a_repeated_entry(victim: Victim, source: int, target: int) -> None:
    result = victim.attacked((SET_BYTES, (victim.raw(source), target)))
    assert result.ok is (source == target)
    if source != target:
        assert result.faults[0].index == target


@given(indexes)
def test_a_cut_off_end(victim: Victim, size: int) -> None:
    result = victim.attacked(("DELETE FROM ledger_entries WHERE position >= ?", (size,)))
    assert (result.ok, result.faults[0].index) == (False, size)


@given(st.integers(0, 400), st.booleans())
def test_added_entries(victim: Victim, number: int, quick: bool) -> None:
    statement = "INSERT INTO ledger_entries SELECT position + ?, id || '-', at, what, resource, actor_ref, bytes"
    result = victim.attacked((f"{statement} FROM ledger_entries WHERE position <= ?", (SIZE, number)), full=not quick)
    assert SIZE in {fault.index for fault in result.faults}


@given(st.integers(0, 2), st.integers(0, 10_000), st.integers(0, 7))
def test_a_flipped_bit_in_a_tile(victim: Victim, tile: int, place: int, bit: int) -> None:
    with closing(sqlite3.connect(victim.folder / "sound.db")) as connection:
        statement = "SELECT hashes FROM ledger_tiles WHERE level = 0 AND tile = ?"
        hashes = connection.execute(statement, (tile,)).fetchone()[0]
    changed = flipped(hashes, place, bit)
    result = victim.attacked(("UPDATE ledger_tiles SET hashes = ? WHERE level = 0 AND tile = ?", (changed, tile)))
    assert result.faults[0].index == tile * 256 + place % len(hashes) // 32


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM ledger_tiles WHERE level = 0 AND tile = 1", "tile-missing"),
        ("UPDATE ledger_tiles SET hashes = zeroblob(64) WHERE level = 1", "tile-differs"),
        ("UPDATE ledger_frontier SET size = 599", "ledger-frontier-broken"),
        ("UPDATE ledger_frontier SET peaks = zeroblob(length(peaks))", "frontier-differs"),
        ("DELETE FROM ledger_frontier", "ledger-frontier-missing"),
        ("UPDATE ledger_checkpoints SET note = replace(note, '580', '581')", "checkpoint-unsound"),
        ("UPDATE ledger_checkpoints SET size = 590 WHERE size = 580", "checkpoint-unsound"),
        ("UPDATE ledger_checkpoints SET root = zeroblob(32) WHERE size = 580", "checkpoint-unsound"),
    ],
)
def test_what_is_stored_about_the_tree(victim: Victim, statement: str, code: str) -> None:
    assert code in {fault.code for fault in victim.attacked((statement, ())).faults}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET bytes = CAST('{}' AS BLOB) WHERE position = 599",
        "DELETE FROM ledger_entries WHERE position = 550",
        "DELETE FROM ledger_entries WHERE position = 599",
        "DELETE FROM ledger_tiles WHERE level = 0 AND tile = 2",
        "UPDATE ledger_tiles SET hashes = zeroblob(64) WHERE level = 1",
        "UPDATE ledger_frontier SET peaks = zeroblob(length(peaks))",
        "DELETE FROM ledger_frontier",
        "UPDATE ledger_checkpoints SET note = replace(note, '580', '581')",
    ],
)
def test_the_quick_verification_watches_the_edges(victim: Victim, statement: str) -> None:
    assert not victim.attacked((statement, ()), full=False).ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET id = 'other' WHERE position = 7",
        "UPDATE ledger_entries SET at = '2026-01-01T00:00:00.000000Z' WHERE position = 7",
        "UPDATE ledger_entries SET what = 'other' WHERE position = 7",
        "UPDATE ledger_entries SET resource = 'other' WHERE position = 7",
        "UPDATE ledger_entries SET actor_ref = 'other' WHERE position = 7",
    ],
)
def test_an_index_column_that_lies(victim: Victim, statement: str) -> None:
    lie: tuple[str, tuple[object, ...]] = (statement, ())
    assert victim.attacked(lie).ok, "columns are only looked at when asked, because every entry has to be parsed for it"
    assert [(fault.code, fault.index) for fault in victim.attacked(lie, columns=True).faults] == [("columns-differ", 7)]


@given(indexes)
def test_a_rewritten_tree_contradicts_the_signed_checkpoints(victim: Victim, index: int) -> None:
    """Entry, tiles and frontier are all made to fit; the first bad entry is bounded by what was signed."""
    rewritten = Rewritten(victim, index)
    result = victim.attacked(*rewritten.statements)
    if index >= SIGNED[-1]:
        assert result.ok, "what nobody signed yet, whoever owns the database can change"
        return
    bound = 0 if index < SIGNED[0] else SIGNED[0]
    assert (result.faults[0].code, result.faults[0].index) == ("ledger-rewritten", bound)
    assert result.confirmed == bound


class Rewritten:
    """Statements that change an entry and everything the database holds about it."""

    def __init__(self, victim: Victim, index: int) -> None:
        raw = victim.raw(index).replace(b'"accepted"', b'"rejected"')
        with closing(sqlite3.connect(victim.folder / "sound.db")) as connection:
            found = connection.execute("SELECT bytes FROM ledger_entries ORDER BY position")
            raws = [row[0] for row in found]
        raws[index] = raw
        growth = Growth()
        tiles = growth.extend(map(leaf_hash, raws))
        self.statements: list[tuple[str, tuple[object, ...]]] = [
            (SET_BYTES, (raw, index)),
            ("UPDATE ledger_frontier SET peaks = ?", (growth.frontier.pack(),)),
        ]
        self.statements += [
            ("UPDATE ledger_tiles SET hashes = ? WHERE level = ? AND tile = ?", (hashes, level, tile))
            for (level, tile), hashes in tiles.items()
        ]


@given(indexes, st.integers(0, 2_000), st.integers(0, 7))
def test_a_flipped_bit_in_an_export(victim: Victim, index: int, place: int, bit: int) -> None:
    def change(lines: list[bytes]) -> None:
        at = victim.line(index)
        lines[at] = flipped(lines[at][:-1], place, bit) + b"\n"

    assert victim.reexported(change).faults[0].index == index


@given(indexes)
def test_an_entry_taken_out_of_an_export(victim: Victim, index: int) -> None:
    def change(lines: list[bytes]) -> None:
        del lines[victim.line(index)]

    assert victim.reexported(change).faults[0].index == index


@given(st.lists(indexes, min_size=2, max_size=2, unique=True))
def test_two_entries_swapped_in_an_export(victim: Victim, pair: list[int]) -> None:
    def change(lines: list[bytes]) -> None:
        one, other = map(victim.line, pair)
        lines[one], lines[other] = lines[other], lines[one]

    assert victim.reexported(change).faults[0].index == min(pair)


@given(st.integers(1, SIZE + 2))
def test_an_export_cut_off(victim: Victim, keep: int) -> None:
    def change(lines: list[bytes]) -> None:
        del lines[keep:]

    result = victim.reexported(change)
    assert not result.ok
    assert result.faults[0].index == min(keep - 1 - (keep - 1) // 257, SIZE)


def test_an_export_believed_only_with_the_right_key(victim: Victim) -> None:
    stranger = VerifierKey("stranger.example", Key().public)
    result = verify_export(victim.export, [stranger])
    assert [fault.code for fault in result.faults] == ["checkpoint-unsound"] * 3 + ["checkpoint-missing"]
