"""Writes evidence packs: a zip file of members stored as they are, so that every byte of it can be checked.

| member | holds |
|---|---|
| `__main__.py`, `verify.py` | the verifier, so that `python3 PACK` runs it |
| `checkpoint` | the signed state of the ledger (C2SP tlog-checkpoint), with the signatures of witnesses |
| `entries.jsonl` | the entries, byte for byte, one a line |
| `leaves.bin` | their hashes as the ledger's tiles keep them: they name the entry that was changed |
| `cover.bin` | the hashes that stand for all other entries; see `covering` |
| `proofs/POSITION.tlog-proof` | the same for one entry, for other people's tools (C2SP tlog-proof) |
| `payloads/REF` | texts that entries commit to; their salts stand in the manifest |
| `manifest.json` | what it is about, ranges, payloads, documents, digests of what does not follow from the root |
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical, canonical_bytes, digest
from roadworthy.foundation.errors import IntegrityBroken, NotFound, Place, TooLarge, Unavailable
from roadworthy.foundation.ledger import payloads
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.pack.covering import Range, cover
from roadworthy.foundation.ledger.pack.model import FORMAT, Selection, Written
from roadworthy.foundation.ledger.proofs import InclusionProof
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.ledger.tiles import TILE_WIDTH, NodeReader, ReadTile
from roadworthy.foundation.ledger.tree import HASH_BYTES, inclusion_proof

VERIFIER = Path(__file__).with_name("verify.py")
_MAIN = b"from verify import main\n\nraise SystemExit(main())\n"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip file can say: when a pack was made stands in its manifest."""
_MODE = 0o100644 << 16
_NO_PAYLOADS = b'"payloads":[]'


@dataclass(frozen=True, slots=True)
class Source:
    """What a pack is made from.

    Attributes:
        connection: a consistent snapshot of the ledger.
        signed: a checkpoint that covers every entry of the pack.
        origin: the ledger's name.
        vkey: its public key; whoever verifies gets it another way.
        note: the checkpoint's note with the signatures of witnesses; the stored one where none is given.
    """

    connection: sa.Connection
    signed: StoredCheckpoint
    origin: str
    vkey: str
    note: str | None = None


def write_pack(source: Source, path: Path, wanted: Selection) -> Written:
    """Write a pack; the file appears whole or not at all.

    Raises:
        TooLarge: it would be over what a plain zip file holds.
        IntegrityBroken: the ledger has no entry at one of the positions.
        Unavailable: the file cannot be written.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        with fresh.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
                pack = _Pack(archive)
                _fill(pack, source, wanted)
            file.flush()
            os.fsync(file.fileno())
        size = fresh.stat().st_size
        with fresh.open("rb") as file:
            found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        fresh.replace(path)
    except zipfile.LargeZipFile as error:
        raise TooLarge(
            "pack-too-large",
            "the pack would be larger than 2 GB, or have more than 65,535 files",
            place=Place(source=str(path)),
            remedy="choose a shorter period, or leave the texts out",
        ) from error
    except OSError as error:
        raise Unavailable(
            "pack-not-written",
            f"the pack cannot be written ({error})",
            place=Place(source=str(path)),
            remedy="choose a folder that exists, can be written to and has room",
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return Written(
        path=path,
        bytes=size,
        entries=sum(end - start for start, end in wanted.ranges),
        size=source.signed.size,
        payloads=sum(each["salt"] is not None for each in pack.payloads),
        erased=sum(each["erased"] is True for each in pack.payloads),
        documents=len(wanted.documents),
        digest=found,
    )


@dataclass(slots=True)
class _Pack:
    """The file while it is being written."""

    archive: zipfile.ZipFile
    files: dict[str, str] = field(default_factory=dict)
    """Digests of what does not follow from the root."""
    payloads: list[dict[str, Canonical]] = field(default_factory=list)

    def put(self, name: str, content: bytes, *, listed: bool = True) -> None:
        """Put a member in."""
        self.archive.writestr(_member(name), content)
        if listed:
            self.files[name] = digest(content).removeprefix("sha256:")


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system, info.external_attr = 3, _MODE
    return info


def _fill(pack: _Pack, source: Source, wanted: Selection) -> None:
    verifier = VERIFIER.read_bytes()
    pack.put("__main__.py", _MAIN)
    pack.put("verify.py", verifier)
    for name, content in wanted.extras.items():
        pack.put(name, content)
    note = source.note or source.signed.note
    pack.put("checkpoint", note.encode())
    committed: list[tuple[int, str, str]] = []
    with pack.archive.open(_member("entries.jsonl"), "w") as file:
        for position, raws in _runs(source.connection, wanted.ranges):
            file.write(b"".join([raw + b"\n" for raw in raws]))
            committed += [
                (position + at, payload["name"], payload["ref"])
                for at, raw in enumerate(raws)
                if _NO_PAYLOADS not in raw
                for payload in json.loads(raw)["payloads"]
            ]
    tiles = sql.tile_reader(source.connection)
    nodes = NodeReader(tiles)
    pack.put("leaves.bin", _leaves(tiles, wanted.ranges), listed=False)
    pack.put("cover.bin", cover(nodes, wanted.ranges, source.signed.size), listed=False)
    _prove(pack, nodes, source.signed.size, note, wanted)
    _disclose(pack, source.connection, committed, disclosing=wanted.disclosing)
    for document in wanted.documents:
        pack.put(document.file, document.content)
    manifest: dict[str, Canonical] = {
        "about": dict(wanted.about),
        "apart": dict(wanted.apart),
        "documents": [{"entry": each.entry, "file": each.file} for each in wanted.documents],
        "files": pack.files,
        "format": FORMAT,
        "origin": source.origin,
        "pairs": {begun: list(ends) for begun, ends in wanted.pairs.items()},
        "payloads": pack.payloads,
        "ranges": [list(each) for each in wanted.ranges],
        "vkey": source.vkey,
    }
    pack.put("manifest.json", canonical_bytes(manifest), listed=False)


def _runs(connection: sa.Connection, ranges: tuple[Range, ...]) -> Iterator[tuple[int, list[bytes]]]:
    """The entries of the ranges in portions, each with the position of its first."""
    for start, end in ranges:
        at = start
        for rows in sql.stream(connection, end, start):
            last = min(at + sql.STREAM_ROWS, end) - 1
            if not rows or (rows[0][0], rows[-1][0], len(rows)) != (at, last, last - at + 1):
                raise IntegrityBroken(
                    "pack-entry-missing",
                    f"the ledger lacks an entry between position {at} and {last}",
                    remedy="run `roadworthy ledger verify`; it names the first that is missing",
                )
            yield at, [bytes(raw) for _, raw in rows]
            at = last + 1


def _leaves(tiles: ReadTile, ranges: tuple[Range, ...]) -> bytes:
    """The entries' hashes as stored: they name an entry that was changed since."""
    found = []
    for start, end in ranges:
        for tile in range(start // TILE_WIDTH, (end - 1) // TILE_WIDTH + 1):
            first = tile * TILE_WIDTH
            hashes = tiles(0, tile) or b""
            found.append(hashes[max(0, start - first) * HASH_BYTES : (end - first) * HASH_BYTES])
    return b"".join(found)


def _prove(pack: _Pack, nodes: NodeReader, size: int, note: str, wanted: Selection) -> None:
    if sum(end - start for start, end in wanted.ranges) > wanted.proofs:
        return
    for start, end in wanted.ranges:
        for position in range(start, end):
            proof = InclusionProof(position, tuple(inclusion_proof(nodes, position, size)), note)
            pack.put(f"proofs/{position}.tlog-proof", str(proof).encode())


def _disclose(
    pack: _Pack, connection: sa.Connection, committed: list[tuple[int, str, str]], *, disclosing: bool
) -> None:
    """Put the payloads in, each with its salt; what was erased is listed without."""
    for position, name, ref in committed:
        salt, erased = None, False
        try:
            found = payloads.disclose(connection, ref)
        except NotFound:  # its row is gone: the pack says that nothing is there, and the commitment stands
            erased = True
        else:
            erased = found.erased_at is not None
            if disclosing and found.content is not None and found.salt is not None:
                salt = found.salt.hex()
                pack.put(f"payloads/{ref}", found.content)
        pack.payloads.append({"entry": position, "erased": erased, "name": name, "ref": ref, "salt": salt})
