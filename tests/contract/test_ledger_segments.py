from __future__ import annotations

import asyncio
import itertools
import resource
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, NotFound, TooLarge, Unavailable
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.segments import format as files
from roadworthy.foundation.ledger.segments.format import LARGEST_RECORD, SALT_BYTES
from roadworthy.foundation.ledger.segments.journal import CLOSED, OPEN, SEALED, Journal
from roadworthy.foundation.ledger.segments.proofs import RecordProof
from roadworthy.foundation.ledger.segments.service import Segments
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.ledger.tree import leaf_hash
from roadworthy.foundation.runtime import Runtime, simulated
from roadworthy.foundation.storage.store import Store
from tests.unit.foundation.ledger.outside.parts import LOG_KEY
from tests.unit.foundation.ledger.samples import CONTEXT, ORIGIN, ledger_on

SEAL = Filter(what="segment.sealed")


@pytest.fixture
def ledger(store: Store, tmp_path: Path) -> Iterator[Ledger]:
    found = ledger_on(store, tmp_path)
    yield found
    found.close()


def segments(ledger: Ledger, store: Store, tmp_path: Path, runtime: Runtime | None = None) -> Segments:
    return Segments(store, ledger, runtime or Runtime(), tmp_path / "segments")


def started_and_stopped(kept: Segments) -> None:
    kept.start()
    kept.close()


def test_a_record_is_proven_by_its_place_in_the_segment_and_the_segments_in_the_ledger(
    ledger: Ledger, store: Store, tmp_path: Path
) -> None:
    kept = segments(ledger, store, tmp_path)
    receipts = [kept.journal("calls").append(f"call {number}".encode()) for number in range(5)]
    assert kept.seal() == 1
    ledger.settle()
    (sealed,) = ledger.entries(SEAL).entries
    assert (sealed.entry.facts["records"], sealed.entry.facts["stream"]) == (5, "calls")
    for number, receipt in enumerate(receipts):
        record, proof = kept.prove(receipt.segment, receipt.index)
        assert record == f"call {number}".encode()
        again = RecordProof.parse(str(proof))
        assert again.check(record, ORIGIN, [LOG_KEY]).size == 1
        for wrong in (b"another", f"call {(number + 1) % 5}".encode()):
            with pytest.raises(IntegrityBroken):
                again.check(wrong, ORIGIN, [LOG_KEY])
    assert kept.seal() == 0, "nothing came since"
    with pytest.raises(NotFound):
        kept.prove(receipts[0].segment, 5)
    kept.close()


def test_what_a_dead_process_left_is_sealed_once(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    dead = segments(ledger, store, tmp_path)
    dead.journal("calls").append(b"before the end")
    left = next((tmp_path / "segments").glob(f"*{OPEN}"))
    with left.open("ab") as file:
        file.write(b"\x00\x00\x00\x30torn")
    started_and_stopped(segments(ledger, store, tmp_path))
    ledger.settle()
    (sealed,) = ledger.entries(SEAL).entries
    assert (sealed.entry.facts["records"], sealed.entry.facts["torn"]) == (1, 8)
    name = next((tmp_path / "segments").glob(f"*{SEALED}"))
    name.rename(name.with_suffix(CLOSED))  # as if the process had died between the commit and the new name
    started_and_stopped(segments(ledger, store, tmp_path))
    ledger.settle()
    assert len(ledger.entries(SEAL).entries) == 1


def test_a_changed_segment_is_not_what_was_sealed(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    kept = segments(ledger, store, tmp_path)
    receipt = kept.journal("calls").append(b"what happened")
    kept.seal()
    ledger.settle()
    path = next((tmp_path / "segments").glob(f"*{SEALED}"))
    header = bytes(files.read(path).header)
    path.write_bytes(header + files.framed(bytes(SALT_BYTES) + b"what did not"))
    with pytest.raises(IntegrityBroken, match="not what was sealed"):
        kept.prove(receipt.segment, receipt.index)


def test_segments_go_when_their_time_is_over_and_leave_no_guess_behind(
    ledger: Ledger, store: Store, tmp_path: Path
) -> None:
    kept = segments(ledger, store, tmp_path)
    receipt = kept.journal("calls").append(b"yes")
    kept.seal()
    ledger.settle()
    now = ledger.entries(SEAL).entries[0].entry.at
    assert kept.due(Retention.CALLS, now) == []
    assert kept.due(Retention.RECORD, now + timedelta(days=1)) == []
    assert kept.due(Retention.CALLS, now + timedelta(days=1)) == [receipt.segment]
    assert ledger.units.run(CONTEXT, lambda tx: kept.drop(tx, receipt.segment))
    assert not ledger.units.run(CONTEXT, lambda tx: kept.drop(tx, receipt.segment))
    assert (kept.sweep(), kept.sweep()) == (1, 0)
    assert not list((tmp_path / "segments").glob("*"))
    with pytest.raises(NotFound):
        kept.prove(receipt.segment, receipt.index)
    root = ledger.entries(SEAL).entries[0].entry.facts["root"]
    assert root != leaf_hash(b"yes").hex(), "the true value does not lead to the root without its salt"
    assert ledger.verify(full=True).ok


def test_many_writers_share_syncs_and_each_record_stands_where_its_receipt_says(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "calls", "w", Retention.CALLS, Runtime())
    found: dict[bytes, tuple[str, int]] = {}

    def write(name: int) -> None:
        for number in range(20):
            record = f"{name}/{number}".encode()
            receipt = journal.append(record)
            found[record] = (receipt.segment, receipt.index)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    rotated = [journal.rotate() for _ in range(3)]
    for thread in threads:
        thread.join()
    journal.rotate()
    journal.close()
    assert len(rotated) == 3
    kept = {path.stem: files.read(path).records for path in tmp_path.glob(f"*{CLOSED}")}
    assert sum(map(len, kept.values())) == len(found) == 160
    assert all(kept[segment][index][SALT_BYTES:] == record for record, (segment, index) in found.items())


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.data())
def test_wherever_a_file_is_cut_the_whole_records_before_are_there(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    journal = Journal(folder, "calls", "w", Retention.CALLS, simulated())
    for record in records:
        journal.append(record)
    path = journal.rotate()
    assert path is not None
    content, header = path.read_bytes(), len(bytes(files.read(path).header))
    ends = list(itertools.accumulate((8 + SALT_BYTES + len(each) for each in records), initial=header))
    cut = data.draw(st.integers(header, len(content)))
    path.write_bytes(content[:cut])
    found = files.read(path)
    whole = max(number for number, end in enumerate(ends) if end <= cut)
    assert [each[SALT_BYTES:] for each in found.records] == records[:whole]
    assert found.torn == cut - ends[whole]


def test_a_disk_that_refuses_is_told_to_whoever_waits(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / "file", "calls", "w", Retention.CALLS, simulated())
    with pytest.raises(Unavailable, match="cannot be kept"):
        journal.append(b"record")
    with pytest.raises(TooLarge):
        journal.append(bytes(LARGEST_RECORD + 1))


def test_a_file_that_is_no_segment_is_told_and_holds_up_no_other(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    kept = segments(ledger, store, tmp_path, simulated())
    kept.journal("calls").append(b"one")
    (tmp_path / "segments" / f"0alien{CLOSED}").write_bytes(b"no segment")
    kept.start()
    assert isinstance(kept.fault, IntegrityBroken)
    ledger.settle()
    assert len(ledger.entries(SEAL).entries) == 1
    with pytest.raises(IntegrityBroken, match="no segment of records"):
        kept.seal()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format":1}'])
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        RecordProof.parse(text)


def test_records_that_came_together_are_on_the_disk_before_anybody_is_told_of_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "calls", "w", Retention.CALLS, Runtime())
    order: list[tuple[bytes, int]] = []

    def on_the_disk() -> tuple[bytes, ...]:
        (path,) = tmp_path.glob(f"*{OPEN}")
        return files.read(path).records

    async def keep(record: bytes) -> int:
        receipt = await journal.submit(record, lambda kept: order.append((record, kept.result().index)))
        assert on_the_disk()[receipt.index][SALT_BYTES:] == record
        return receipt.index

    async def together() -> list[int]:
        return list(await asyncio.gather(*(keep(b"%d" % number) for number in range(100))))

    assert asyncio.run(together()) == list(range(100))
    assert order == [(b"%d" % number, number) for number in range(100)]
    journal.close()


def test_a_disk_that_refuses_is_told_to_everybody_of_the_batch_and_to_who_comes_after(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    journal = Journal(folder, "calls", "w", Retention.CALLS, Runtime())
    journal.append(b"before")
    told: list[bool] = []

    async def together() -> list[object]:
        async def keep(number: int) -> object:
            return await journal.submit(b"%d" % number, lambda kept: told.append(kept.error is not None))

        return list(await asyncio.gather(*(keep(number) for number in range(20)), return_exceptions=True))

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # less than the header of the segment has
    try:
        found = asyncio.run(together())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert all(isinstance(each, Unavailable) for each in found)
    assert told == [True] * 20
    with pytest.raises(Unavailable, match="an earlier record"):
        journal.append(b"after")
    assert journal.rotate() is not None
    assert journal.append(b"in another segment").index == 0
    journal.close()


def test_one_that_raises_when_it_is_told_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "calls", "w", Retention.CALLS, Runtime())

    def raises(_kept: object) -> None:
        raise ValueError

    assert journal.submit(b"one", raises).result().index == 0
    assert journal.append(b"two").index == 1
    journal.close()
