"""Evidence packs to attack: a ledger with texts, its pack, and packs put together again as an attacker would."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.ledger.pack.covering import Range
from roadworthy.foundation.ledger.pack.model import Document, Selection, Written
from roadworthy.foundation.ledger.pack.writer import Source, write_pack
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.storage.store import Store

Members = dict[str, bytes]
BY_TREE = {"entries.jsonl", "cover.bin", "leaves.bin"}


def written(ledger: Ledger, store: Store, path: Path, *ranges: Range, **more: Any) -> Written:
    """Write a pack of these entries under the state of now."""
    signed = ledger.checkpoint()
    with store.read() as connection:
        source = Source(connection, signed, ledger.origin, ledger.vkey)
        return write_pack(source, path, Selection({"of": "test"}, ranges, **more))


def members(path: Path) -> Members:
    """What is in a pack, in order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put_together(path: Path, content: Members, *, honest: bool = True) -> Path:
    """Write a pack again with other content; `honest` leaves the manifest's digests as they were."""
    if not honest:
        manifest = json.loads(content["manifest.json"])
        listed = {name for name in content if name not in {*BY_TREE, "manifest.json"}}
        manifest["files"] = {name: hashlib.sha256(content[name]).hexdigest() for name in sorted(listed)}
        content = {**content, "manifest.json": json.dumps(manifest).encode()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, each in content.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, each)
    return path


@dataclass(frozen=True, slots=True)
class Attacked:
    """A pack that somebody with the whole file in hand changes."""

    path: Path
    vkey: str
    folder: Path

    def said(self, path: Path | None = None, **more: Any) -> verify.Report:
        """What the verifier says, with the ledger's key."""
        return verify.verify(path or self.path, [verify.Key(self.vkey)], **{"witnesses": [], **more})

    def after(self, change: Callable[[Members], Mapping[str, bytes]], **more: Any) -> verify.Report:
        """What it says of a pack in which an attacker replaced members and mended every digest of the manifest."""
        content = members(self.path)
        content.update(change(content))
        return self.said(put_together(self.folder / "attacked.zip", content, honest=False), **more)

    def with_lines(self, change: Callable[[list[bytes]], object]) -> verify.Report:
        """The same, with the lines of the entries changed."""

        def changed(content: Members) -> Mapping[str, bytes]:
            lines = content["entries.jsonl"].splitlines(keepends=True)
            change(lines)
            return {"entries.jsonl": b"".join(lines)}

        return self.after(changed)

    def with_manifest(self, change: Callable[[dict[str, Any]], object]) -> verify.Report:
        """The same, with the manifest changed."""

        def changed(content: Members) -> Mapping[str, bytes]:
            manifest = json.loads(content["manifest.json"])
            change(manifest)
            return {"manifest.json": json.dumps(manifest).encode()}

        return self.after(changed)


def first(report: verify.Report) -> tuple[str, int | None]:
    """Code and entry of the first fault."""
    return report.faults[0]["code"], report.faults[0]["entry"]


def flip(content: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def regions(path: Path) -> list[tuple[str, int, int]]:
    """What lies where in a pack: member or structure, first byte, byte behind the last."""
    content = path.read_bytes()
    found: list[tuple[str, int, int]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            begins = info.header_offset + 30 + len(info.filename)
            found.append((f"header of {info.filename}", info.header_offset, begins))
            found.append((info.filename, begins, begins + info.file_size))
        found.append(("directory", archive.start_dir, len(content)))
    return found


__all__ = ["Attacked", "Document", "first", "flip", "members", "put_together", "regions", "written"]
