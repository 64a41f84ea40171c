"""Each single bit of a stored ledger of 300 entries turned in its database: entries, tiles, frontier, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.verifier import StoreVerifier
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.flips import DIFFERS, UNNOTICED, Line, Turned, entries_by_path, remembering
from tests.harness.packs import flip
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import ORIGIN, draft, ledger_on, record

SIZE = 300
SIGNED = (1, 200, 256, SIZE)
PLACES = {
    "ledger_tiles": "hashes",
    "ledger_frontier": "peaks",
    "ledger_checkpoints": "root",
    "ledger_checkpoints ": "note",
}
"""Tables and columns; the blank makes two of one table."""
EVERY_DAY = 487
"""One bit of so many is turned on every day, all of them in the campaign."""


class Stored:
    """A sound ledger in a database file, and somebody who can write to it."""

    def __init__(self, folder: Path) -> None:
        store = SqliteStore(folder / "sound.db", Runtime())
        store.write(all_tables().create_all)
        ledger = ledger_on(store, folder)
        done = 0
        for size in SIGNED:
            record(ledger, *map(draft, range(done, size)))
            ledger.checkpoint()
            done = size
        self.trusted = [VerifierKey.parse(ledger.vkey)]
        store.close()
        self.engine = sa.create_engine(f"sqlite:///{folder / 'sound.db'}")

    def said(self, connection: sa.Connection) -> str:
        """What the full verification says first."""
        try:
            faults = StoreVerifier(connection, ORIGIN, self.trusted).full().faults
        except RoadworthyError as error:
            return error.code
        return faults[0].code if faults else UNNOTICED

    def cells(self, table: str, column: str) -> list[tuple[int, bytes]]:
        """Row and content of each cell of a column."""
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT rowid, CAST({column} AS BLOB) FROM {table} ORDER BY 1")
            return [(row, content) for row, content in found]

    def turned(self, table: str, column: str, row: int, content: bytes) -> str:
        """What is said after a cell was given other content, which is taken back at once."""
        changed = "CAST(? AS TEXT)" if column == "note" else "?"
        with self.engine.connect() as connection, connection.begin() as transaction:
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = {changed} WHERE rowid = ?", (content, row))
            try:
                return self.said(connection)
            finally:
                transaction.rollback()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    found = Stored(tmp_path_factory.mktemp("stored"))
    with remembering():
        yield found
    found.engine.dispose()


def turn(stored: Stored, table: str, column: str, every: int) -> Turned:
    """Turn one bit of so many in each cell of a column."""
    turned, at = Turned(), 0
    for row, content in stored.cells(table, column):
        for bit in range(8 * len(content)):
            if (at := at + 1) % every == 0:
                turned.note(bit, stored.turned(table, column, row, flip(content, bit)))
    return turned


@pytest.mark.parametrize("table", PLACES)
def test_a_turned_bit_beside_the_entries_is_found(stored: Stored, table: str) -> None:
    assert turn(stored, table.strip(), PLACES[table], EVERY_DAY).unnoticed == []


@pytest.mark.campaign
@pytest.mark.parametrize("table", PLACES)
def test_every_turned_bit_beside_the_entries_is_found(stored: Stored, table: str) -> None:
    turned = turn(stored, table.strip(), PLACES[table], 1)
    print(f"{table} {PLACES[table]}: {dict(turned.names)}")  # noqa: T201 - what a campaign is for
    assert turned.unnoticed == []


@pytest.mark.campaign
def test_every_turned_bit_of_every_entry_is_found(stored: Stored) -> None:
    """By its hash and its path, and some bits of each by the whole verification."""
    cells = stored.cells("ledger_entries", "bytes")
    lines = [Line(0, content) for _, content in cells]
    turned = Turned()
    for (row, raw), named in zip(cells, entries_by_path(lines, range(SIZE)), strict=True):
        for bit in range(8 * len(raw)):
            whole = bit % 509 == row % 509
            changed = flip(raw, bit)
            turned.note(bit, stored.turned("ledger_entries", "bytes", row, changed) if whole else named(changed))
    print(f"ledger_entries bytes: {dict(turned.names)}")  # noqa: T201 - what a campaign is for
    assert set(turned.names) == {DIFFERS}
