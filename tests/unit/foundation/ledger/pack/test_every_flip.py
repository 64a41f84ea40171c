"""Each single bit of a ledger of 300 entries, of its checkpoints and of its packs turned: found, and named."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.export import verify_export
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.flips import (
    UNNOTICED,
    Judge,
    Line,
    Piece,
    Turned,
    entries,
    member,
    remembering,
    turn,
    turn_everywhere,
)
from tests.harness.packs import members, regions, written
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import draft, ledger_on, record

SIZE = 300
SIGNED = (1, 200, 256, SIZE)
RANGES = ((3, 5), (7, 10), (200, 230))
FILES = {
    "ledger.txt": tuple(range(SIZE)),
    "whole.zip": tuple(range(SIZE)),
    "some.zip": tuple(at for start, end in RANGES for at in range(start, end)),
}
"""An export with four checkpoints, a pack of everything, one of some entries with the proof of each; their entries."""
EVERY_DAY = {"ledger.txt": 3_001, "whole.zip": 3_001, "some.zip": 601}
"""One bit in so many bytes is turned on every day, all of them in the campaign."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, and the ledger's key."""
    folder = tmp_path_factory.mktemp("flips")
    store = SqliteStore(folder / "sound.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, folder)
    done = 0
    for size in SIGNED:
        record(ledger, *(draft(at, **({"reason": b"yes"} if at in {7, 9} else {})) for at in range(done, size)))
        ledger.checkpoint()
        done = size
    ledger.export(folder / "ledger.txt")
    written(ledger, store, folder / "whole.zip", (0, SIZE), proofs=0)
    written(ledger, store, folder / "some.zip", *RANGES, pairs={"use-case.applied": ("use-case.removed",)})
    store.close()
    (folder / "key").write_text(ledger.vkey)
    return folder


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with remembering():
        yield


def of_a_pack(keys: list[verify.Key], path: Path) -> str:
    try:
        faults = verify.verify(path, keys, []).faults
    except verify.UnreadableError as error:
        return "cannot be verified: " + re.sub(r"`.*`|[(].*[)]|\d+", "…", str(error), flags=re.DOTALL)
    return faults[0]["code"] if faults else UNNOTICED


def of_an_export(keys: list[VerifierKey], path: Path) -> str:
    try:
        faults = verify_export(path, keys).faults
    except RoadworthyError as error:
        return error.code
    return faults[0].code if faults else UNNOTICED


def judging(folder: Path, name: str) -> Judge:
    """The whole verifier for this file, with the key of the ledger."""
    vkey = (folder / "key").read_text()
    if name.endswith(".txt"):
        return functools.partial(of_an_export, [VerifierKey.parse(vkey)])
    return functools.partial(of_a_pack, [verify.Key(vkey)])


def lines_of(path: Path) -> list[Line]:
    """Where the entries stand in a file."""
    content = path.read_bytes()
    if path.suffix == ".zip":
        (start, end), *_ = [(start, end) for name, start, end in regions(path) if name == "entries.jsonl"]
    else:
        start, end = content.index(b"\n") + 1, len(content)
    lines = []
    for line in content[start:end].splitlines(keepends=True):
        if not line.startswith(b"="):
            lines.append(Line(start, line[:-1]))
        start += len(line)
    return lines


def pieces_of(path: Path) -> list[Piece]:
    """Entries, and members that nothing reads: all that are listed but the checkpoint and the texts."""
    pieces = entries(lines_of(path), FILES[path.name])
    if path.suffix == ".zip":
        content, listed = path.read_bytes(), json.loads(members(path)["manifest.json"])["files"]
        pieces += [
            member(start, content[start:end], listed[name])
            for name, start, end in regions(path)
            if name in listed and name != "checkpoint" and not name.startswith("payloads/")
        ]
    return pieces


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_sound_and_a_turned_bit_is_found(folder: Path, name: str) -> None:
    path, judge = folder / name, judging(folder, name)
    assert judge(path) == UNNOTICED
    assert len(lines_of(path)) == len(FILES[name])
    turned = Turned()
    size, head = path.stat().st_size, min(line.start for line in lines_of(path)) if path.suffix == ".txt" else 0
    places = [*range(0, head, 23), *range(head, size, EVERY_DAY[name]), size - 2, size - 1]
    turn(path, (8 * place + place % 8 for place in places), judge, turned)
    assert (turned.unnoticed, judge(path)) == ([], UNNOTICED)


@pytest.mark.campaign
@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("name", FILES)
def test_every_turned_bit_is_found(folder: Path, name: str, bit: int) -> None:
    path = folder / name
    turned = turn_everywhere(path, pieces_of(path), judging(folder, name), bit)
    for said, count in turned.names.most_common():
        print(f"{name} bit {bit}: {count:7} {said}")  # noqa: T201 - what a campaign is for
    assert turned.unnoticed == []
    assert turned.otherwise == {}
