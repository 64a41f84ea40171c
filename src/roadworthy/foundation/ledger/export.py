"""The ledger as one text file that anybody can verify without this program's database.

Line 1 is a JSON object: `format`, `origin`, `size`, `vkey` and `checkpoints` (signed notes, the smallest first).
Then come the entries, byte for byte, one a line; after every 256 of them, and after the last, a line of `=` and
the base64 of their leaf hashes (the tile of level 0). The tiles only serve to name the entry that was changed;
what convinces is the last checkpoint, whose root follows from the entries.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError, Unavailable
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.checkpoint import open_checkpoint
from roadworthy.foundation.ledger.entry import LARGEST_ENTRY
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.recount import Fault, Mark, Recount, Verification, batches
from roadworthy.foundation.ledger.tiles import TILE_WIDTH
from roadworthy.foundation.ledger.tree import HASH_BYTES

FORMAT = "roadworthy-ledger-export/1"

_LARGEST_HEADER = 64 * 1024 * 1024
_LONGEST_LINE = LARGEST_ENTRY + 2


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export contains."""

    path: Path
    size: int
    """Entries."""
    bytes: int


def write_export(connection: sa.Connection, path: Path, origin: str, key: VerifierKey) -> Exported:
    """Write the entries up to the newest checkpoint; the file appears whole or not at all.

    Raises:
        Unavailable: the file cannot be written.
    """
    issued = sql.all_checkpoints(connection)
    size = issued[-1].size if issued else 0
    header = {
        "checkpoints": [checkpoint.note for checkpoint in issued],
        "format": FORMAT,
        "origin": origin,
        "size": size,
        "vkey": str(key),
    }
    tiles = sql.tile_reader(connection)
    fresh = path.with_name(f"{path.name}.new")
    try:
        with fresh.open("wb") as file:
            file.write(canonical_bytes(header) + b"\n")
            for rows in batches(sql.stream(connection, size)):
                file.write(b"".join([raw + b"\n" for _, raw in rows]))
                stored = tiles(0, rows[0][0] // TILE_WIDTH) or b""  # as stored: it names an entry changed since
                file.write(b"=" + base64.b64encode(stored[: len(rows) * HASH_BYTES]) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise Unavailable(
            "export-not-written",
            f"the export cannot be written ({error})",
            place=Place(source=str(path)),
            remedy="choose a folder that exists, can be written to and has room",
        ) from error
    return Exported(path, size, path.stat().st_size)


def verify_export(path: Path, trusted: Sequence[VerifierKey] = ()) -> Verification:
    """Verify an export with nothing but the file.

    Args:
        path: the file.
        trusted: keys that you got from somewhere else than the file. Without any, the key in the file is used:
            that finds accidents, but whoever made the file may have made the key; `signed_by` is then empty.

    Raises:
        InvalidInput: the file is not an export.
        Unavailable: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _verify(file, path, tuple(trusted))
    except OSError as error:
        raise Unavailable(
            "export-not-read",
            f"the file cannot be read ({error})",
            place=Place(source=str(path)),
            remedy="check the path",
        ) from error


def _verify(file: IO[bytes], path: Path, trusted: tuple[VerifierKey, ...]) -> Verification:
    header = _read_header(file, path)
    faults: list[Fault] = []
    marks = []
    for note in header.checkpoints:
        try:
            checkpoint = open_checkpoint(note, header.origin, trusted or (header.key,))
        except RoadworthyError as error:
            faults.append(Fault("checkpoint-unsound", error.message))
            continue
        marks.append(Mark(checkpoint.size, checkpoint.root, f"the signed checkpoint over {checkpoint.size} entries"))
    if max((mark.size for mark in marks), default=0) < header.size:
        message = f"no signed checkpoint covers the {header.size} entries that the file claims to have"
        faults.append(Fault("checkpoint-missing", message))
    tile = _Tile()
    recount = Recount(marks, tile.read, upper=False)
    fault = _recount(file, path, recount, tile) or recount.finish()
    if fault is not None:
        faults.insert(0, fault)
    elif recount.frontier.size != header.size:
        message = f"the file ends before it and claims to have {header.size} entries"
        faults.insert(0, Fault("entry-missing", message, recount.frontier.size))
    return Verification(
        mode="file",
        size=header.size,
        root=recount.frontier.root(),
        checked=recount.frontier.size,
        confirmed=recount.confirmed,
        checkpoints=len(marks),
        signed_by=tuple(map(str, trusted)),
        faults=(*faults, *recount.writers.faults()),
    )


@dataclass(slots=True)
class _Tile:
    """The tile that follows the entries just read."""

    hashes: bytes | None = None

    def read(self, _level: int, _index: int) -> bytes | None:
        """The tile, whichever is asked for: there is only ever one."""
        return self.hashes


def _recount(file: IO[bytes], path: Path, recount: Recount, tile: _Tile) -> Fault | None:
    raws: list[bytes] = []
    line = 1
    while content := file.readline(_LONGEST_LINE):
        line += 1
        if not content.endswith(b"\n"):
            return Fault("entry-malformed", f"line {line} is cut off or too long", recount.frontier.size + len(raws))
        if not content.startswith(b"="):
            raws.append(content[:-1])
            if len(raws) <= 2 * TILE_WIDTH:  # too many are left for the tile to sort out: it names the one too many
                continue
            return Fault("entry-malformed", f"no tile follows up to line {line}", recount.frontier.size)
        tile.hashes = _read_tile_line(content, path, line)
        if recount.frontier.size % TILE_WIDTH:
            return Fault("entry-malformed", f"line {line} is a tile too many", recount.frontier.size)
        fault = recount.take(raws)
        if fault is not None:
            return fault
        raws = []
    if raws:
        return Fault(
            "entry-missing", "the file ends before it, in the middle of a tile", recount.frontier.size + len(raws)
        )
    return None


@dataclass(frozen=True, slots=True)
class _Header:
    origin: str
    size: int
    key: VerifierKey
    checkpoints: tuple[str, ...]


def _read_header(file: IO[bytes], path: Path) -> _Header:
    line = file.readline(_LARGEST_HEADER)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _no_export(path, "its first line is not JSON") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _no_export(path, f"its first line does not name the format `{FORMAT}`")
    origin, size, vkey, notes = (value.get(name) for name in ("origin", "size", "vkey", "checkpoints"))
    if not isinstance(origin, str) or type(size) is not int or not isinstance(vkey, str) or not isinstance(notes, list):
        raise _no_export(path, "its first line lacks origin, size, vkey or checkpoints")
    if size < 0 or not all(isinstance(note, str) for note in notes):
        raise _no_export(path, "its first line has a negative size or a checkpoint that is not text")
    return _Header(origin, size, VerifierKey.parse(vkey), tuple(notes))


def _read_tile_line(line: bytes, path: Path, number: int) -> bytes:
    try:
        hashes = base64.b64decode(line[1:-1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_export(path, "a tile is not base64", number) from error
    if base64.b64encode(hashes) != line[1:-1]:  # its last letter has bits that say nothing: they must not differ either
        raise _no_export(path, "a tile is not in the one form that base64 has", number)
    return hashes


def _no_export(path: Path, why: str, line: int = 1) -> InvalidInput:
    return InvalidInput(
        "export-unreadable",
        f"this is not an export of a ledger: {why}",
        place=Place(source=str(path), line=line),
        remedy="give a file that `roadworthy ledger export` wrote",
    )
