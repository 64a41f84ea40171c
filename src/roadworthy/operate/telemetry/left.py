"""What replicas left that are gone and whose folder is ours now: their calls, read to the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from roadworthy.foundation.errors import IntegrityBroken, Place
from roadworthy.foundation.ledger.segments import format as files
from roadworthy.foundation.ledger.segments.format import SALT_BYTES, Contents
from roadworthy.foundation.ledger.segments.journal import CLOSED, SEALED
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry import store as sql
from roadworthy.operate.telemetry.codec import Record, decode
from roadworthy.operate.telemetry.folders import HeldFolder
from roadworthy.operate.telemetry.indexing import STREAM
from roadworthy.operate.telemetry.model import Intent, Result
from roadworthy.operate.telemetry.rows import Finished

BEYOND: Final = 10
"""So many segments are read on behind the first that has nothing to count: results of two threads may change places."""


class Left:
    """The calls of replicas that are gone. Their segments lie in this folder, and the index has all of them.

    Args:
        store: where the index lies.
        held: the folder.
    """

    def __init__(self, store: Store, held: HeldFolder) -> None:
        self._store = store
        self._held = held

    @property
    def writers(self) -> tuple[str, ...]:
        """Who wrote here and is gone, as long as nobody said that everything of it is looked after."""
        return self._held.former

    def forget(self, writer: str) -> None:
        """Everything of a replica is looked after."""
        self._held.forget(writer)

    def calls(self, writer: str, since: int) -> list[Finished]:
        """The calls that a replica counted later than its `since`-th, and those of which nobody knows what came.

        Returns:
            Each with its result; without one where nobody knows.

        Raises:
            IntegrityBroken: a segment cannot be read, or is not here.
            OSError: the same.
        """
        begun: dict[str, Intent] = {}
        counted: dict[str, Result] = {}
        ended: set[str] = set()
        for record in chain.from_iterable(self._back_to(writer, since)):
            if isinstance(record, Intent):
                begun[record.id] = record
                continue
            ended.add(record.id)
            if record.settled is not None and record.settled > since:
                counted[record.id] = record
        with self._store.read() as connection:
            unknown = [each for each in sql.without_result(connection, writer) if each not in ended]
            missing = [each for each in (*counted, *unknown) if each not in begun]
            places = sql.places(connection, missing)
        begun |= self._intents(places, missing)
        return [Finished(begun[each], counted.get(each)) for each in (*counted, *unknown)]

    def _back_to(self, writer: str, since: int) -> Iterator[list[Record]]:
        """Records of a replica by segment, the newest first, until they say what it had counted by then."""
        beyond = 0
        for path in self._segments():
            if path.stem < writer or beyond > BEYOND:
                return  # identifiers begin with the time at which they were made
            contents = _read(path)
            if contents.header.stream != STREAM or contents.header.writer != writer:
                continue
            records = [_record(each) for each in contents.records]
            counted = [each.settled for each in records if isinstance(each, Result) and each.settled is not None]
            beyond += bool(counted) and min(counted) <= since
            yield records

    def _segments(self) -> list[Path]:
        found = (path for path in self._held.folder.iterdir() if path.suffix in {CLOSED, SEALED})
        return sorted(found, key=lambda path: path.stem, reverse=True)

    def _intents(self, places: dict[str, tuple[str, int]], wanted: Iterable[str]) -> dict[str, Intent]:
        by_segment: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for call in wanted:
            segment, index = places.get(call, ("", 0))
            by_segment[segment].append((call, index))
        found = {}
        for segment, calls in by_segment.items():
            records = _read(self._held.folder / f"{segment}{CLOSED}").records
            for call, index in calls:
                record = _record(records[index]) if index < len(records) else None
                if not isinstance(record, Intent) or record.id != call:
                    raise _lost(call)
                found[call] = record
        return found


def _read(path: Path) -> Contents:
    try:
        return files.read(path)
    except FileNotFoundError:  # sealed in between: it has another name
        return files.read(path.with_suffix(SEALED))


def _record(salted: bytes) -> Record:
    return decode(salted[SALT_BYTES:])


def _lost(call: str) -> IntegrityBroken:
    return IntegrityBroken(
        "call-record-missing",
        f"the record of call `{call}` is not where the index says",
        place=Place(field=call),
        remedy="restore the folder of the gateway's records from a backup",
    )
