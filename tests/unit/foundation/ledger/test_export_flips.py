"""One turned bit anywhere in an exported ledger of 300 entries, its tiles and its checkpoints is found."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger import notes
from roadworthy.foundation.ledger.export import verify_export
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.packs import flip
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import draft, ledger_on, record

SIZE = 300
SIGNED = (1, 200, 256, SIZE)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VerifierKey]:
    """A sound export with several checkpoints."""
    folder = tmp_path_factory.mktemp("export")
    store = SqliteStore(folder / "sound.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, folder)
    done = 0
    for size in SIGNED:
        record(ledger, *map(draft, range(done, size)))
        ledger.checkpoint()
        done = size
    ledger.export(folder / "ledger.txt")
    store.close()
    return folder / "ledger.txt", VerifierKey.parse(ledger.vkey)


@pytest.fixture(scope="module", autouse=True)
def quick() -> object:
    """The same signature is over the same text in nearly every attack: it is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notes, "verifies", functools.lru_cache(maxsize=10_000)(notes.verifies))
        yield


def found(exported: tuple[Path, VerifierKey], content: bytes, bit: int) -> bool:
    path = exported[0].with_name("flipped.txt")
    path.write_bytes(flip(content, bit))
    try:
        return not verify_export(path, [exported[1]]).ok
    except RoadworthyError:
        return True


def test_turned_bits_of_the_first_line_and_of_every_line_after_it(exported: tuple[Path, VerifierKey]) -> None:
    content = exported[0].read_bytes()
    head = content.index(b"\n")
    places = [*range(0, head + 1, 23), *range(head + 1, len(content), 1_501), len(content) - 1, len(content) - 2]
    assert verify_export(exported[0], [exported[1]]).ok
    for place in places:
        assert found(exported, content, 8 * place + place % 8), f"bit {place % 8} of byte {place}"


@pytest.mark.campaign
@pytest.mark.parametrize("bit", range(8))
def test_every_turned_bit(exported: tuple[Path, VerifierKey], bit: int) -> None:
    content = exported[0].read_bytes()
    for place in range(len(content)):
        assert found(exported, content, 8 * place + bit), f"bit {bit} of byte {place}"
