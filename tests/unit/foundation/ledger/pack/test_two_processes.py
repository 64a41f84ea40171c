"""A large pack is hashed by two processes: what is found is what one process finds, whatever becomes of the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.packs import Attacked, Members, flip, members, put_together, written
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import ledger_on, record

ENTRIES = 60
LONG = {"list": ["x" * 70] * 600}
"""Facts of an entry of 45 kB: few entries make many portions."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    folder = tmp_path_factory.mktemp("large")
    store = SqliteStore(folder / "sound.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, folder)
    record(ledger, *(Draft("thing.done", f"Thing/{number}", facts=LONG) for number in range(ENTRIES)))
    written(ledger, store, folder / "large.zip", (0, ENTRIES), proofs=0)
    store.close()
    return Attacked(folder / "large.zip", ledger.vkey, folder)


def said(attacked: Attacked, path: Path, *, alone: bool) -> Any:
    """Everything that the verifier says of a pack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "ALONE_UP_TO", 1 << 40 if alone else 0)
        try:
            report = attacked.said(path)
        except verify.UnreadableError as error:
            return str(error)
        return report.good, report.notes, report.faults


def line(number: int, change: Callable[[bytes], bytes]) -> Callable[[Members], Members]:
    """Change one of the entries, or what stands behind it."""

    def changed(content: Members) -> Members:
        lines = content["entries.jsonl"].splitlines(keepends=True)
        lines[number] = change(lines[number])
        return {**content, "entries.jsonl": b"".join(lines)}

    return changed


CHANGES: dict[str, Callable[[Members], Members]] = {
    "none": lambda content: content,
    "a bit early": line(1, lambda raw: flip(raw, 4_000)),
    "a bit late": line(ENTRIES - 1, lambda raw: flip(raw, 4_000)),
    "a line end": line(9, lambda raw: raw[:-1] + b"x"),
    "the last line end": line(ENTRIES - 1, lambda raw: raw[:-1]),
    "taken out": line(30, lambda raw: raw[:0]),
    "put in": line(40, lambda raw: raw + raw),
    "no end of a line": line(5, lambda raw: raw[:-1] * 20),
    "no entries": lambda content: {**content, "entries.jsonl": b""},
}


@pytest.mark.parametrize("change", CHANGES)
def test_two_processes_find_what_one_finds(large: Attacked, change: str) -> None:
    path = put_together(large.folder / "changed.zip", CHANGES[change](members(large.path)))
    alone = said(large, path, alone=True)
    assert said(large, path, alone=False) == alone
    assert (alone[2] == []) is (change == "none")


def test_the_other_process_does_most_of_the_hashing(large: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    here: list[int] = []
    hashes_of = verify.hashes_of

    def counted(raws: list[bytes]) -> bytes:
        here.append(len(raws))
        return hashes_of(raws)

    monkeypatch.setattr(verify, "hashes_of", counted)
    assert said(large, large.path, alone=True)[2] == []
    portions = len(here)
    assert said(large, large.path, alone=False)[2] == []
    assert portions > verify.OWN
    assert len(here) - portions == -(-portions // verify.OWN)


@pytest.mark.parametrize("does", ["import sys; sys.stdout.buffer.write(bytes(100))", "raise SystemExit(1)", None])
def test_it_goes_on_alone_where_the_other_fails(
    large: Attacked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str | None
) -> None:
    """The other writes a few bytes and ends, ends at once, or cannot be started."""
    python = tmp_path / "python"
    if does is not None:
        python.write_text(f"#!{sys.executable} -ISu\n{does}\n")
        python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    assert said(large, large.path, alone=False) == said(large, large.path, alone=True)
