"""Attachments on both engines: kept by digest in portions, refused by size and type, and really destroyed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.evidence.tables import attachment_chunks
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, RoadworthyError, TooLarge
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from tests.harness.evidence import NOW, PIPELINE, Desk, desk, submission

LONG = b"a line of a log that is long enough\n" * 20_000
DIGEST = f"sha256:{hashlib.sha256(LONG).hexdigest()}"


@pytest.fixture
def at(store: Store, tmp_path: Path) -> Desk:
    """A desk that takes one megabyte."""
    return desk(store, tmp_path)


def test_a_file_is_kept_once_by_its_digest_and_read_back_in_portions(at: Desk) -> None:
    pieces = [LONG[start : start + 10_000] for start in range(0, len(LONG), 10_000)]
    kept = at.attachments.keep(PIPELINE, "C:\\reports\\../probe\u202e.log", iter(pieces))
    again = at.attachments.keep(at.person("dana@example.org"), "other.log", [LONG])

    assert (kept.digest, kept.size, kept.media_type, kept.name) == (DIGEST, len(LONG), "text/plain", "probe.log")
    assert again == kept == at.attachments.find(DIGEST)
    read = list(at.attachments.open(DIGEST))
    assert b"".join(read) == LONG
    assert len(read) > 1
    assert at.events() == ["attachment.kept"]


def test_two_gigabytes_are_refused_without_being_read(at: Desk) -> None:
    taken = 0

    def flood() -> Iterator[bytes]:
        nonlocal taken
        piece = b"\x00" * 65_536
        for _ in range(2**31 // len(piece)):
            taken += len(piece)
            yield piece

    with pytest.raises(TooLarge) as refused:
        at.attachments.keep(PIPELINE, "dump.csv", flood())
    assert "1 MB" in refused.value.message
    assert taken <= 1024 * 1024 + 65_536
    assert at.events() == []


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "attachment-empty"),
        ("report.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "attachment-type-lies"),
        ("report.pdf", b"\x7fELF\x02\x01\x01" + b"\x00" * 60, "attachment-runnable"),
    ],
    ids=["empty", "lies", "runs"],
)
def test_what_is_refused_leaves_nothing(at: Desk, name: str, content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        at.attachments.keep(PIPELINE, name, [content])

    assert refused.value.code == code
    assert at.events() == []
    with at.store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(attachment_chunks)).scalar_one() == 0


def test_an_erased_file_leaves_its_digest_and_does_not_come_back(at: Desk) -> None:
    at.declare()
    kept = at.attachments.keep(PIPELINE, "probe.log", [LONG])
    item = at.evidence.submit(PIPELINE, "triage", submission(attachments=[DIGEST]))
    with pytest.raises(InvalidInput):
        at.attachments.erase(PIPELINE, DIGEST, " ")

    erased = at.attachments.erase(PIPELINE, DIGEST, "It names patients.")

    assert (erased.digest, erased.size, erased.media_type) == (kept.digest, kept.size, kept.media_type)
    assert (erased.erased_at, erased.erased_reason) == (NOW, "It names patients.")
    assert at.item(item).attachments == (erased,)
    refusals: list[tuple[type[RoadworthyError], Callable[[], object]]] = [
        (NotFound, lambda: list(at.attachments.open(DIGEST))),
        (Conflict, lambda: at.attachments.erase(PIPELINE, DIGEST, "Again.")),
        (Conflict, lambda: at.attachments.keep(PIPELINE, "probe.log", [LONG])),
        (InvalidInput, lambda: at.evidence.submit(PIPELINE, "triage", submission(attachments=[DIGEST]))),
    ]
    for error, act in refusals:
        with pytest.raises(error):
            act()
    assert at.events()[-1] == "attachment.erased"


def test_erased_bytes_are_gone_from_the_file_of_the_database(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    at = desk(sqlite_store, tmp_path)
    needle = b"patient 4711 of ward 9\n"
    kept = at.attachments.keep(PIPELINE, "ward.txt", [needle * 30_000])
    at.attachments.erase(PIPELINE, kept.digest, "It names patients.")
    sqlite_store.close()  # a connection that still reads would keep the log from being taken over
    with closing(sqlite3.connect(sqlite_store.path)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    assert not busy
    assert needle not in sqlite_store.path.read_bytes()


def test_bytes_that_were_changed_are_found_out(at: Desk) -> None:
    at.attachments.keep(PIPELINE, "probe.log", [LONG])
    change = attachment_chunks.update().where(attachment_chunks.c.position == 1).values(content=b"other")
    at.store.write(lambda connection: connection.execute(change))

    with pytest.raises(IntegrityBroken):
        list(at.attachments.open(DIGEST))
    with pytest.raises(NotFound):
        at.attachments.find("sha256:" + "0" * 64)
