"""What a backup says of itself: one tar file whose first member describes the others."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place

FORMAT = "roadworthy-backup/v1"
MANIFEST = "manifest.json"
EMBEDDED = "database.db"
"""A whole SQLite file."""
SHARED = "database.dump"
"""What `pg_dump --format=custom` wrote."""
SEGMENTS = "segments.tar"
"""Sealed segments of calls."""
MARK = "last-signed"
"""The last checkpoint that the signer had signed when the copy began."""
_KEY = re.compile(r"^keys/[a-z0-9-]+/[A-Za-z0-9-]+\.(pem|pub)$")
LARGEST_MANIFEST = 10_000_000
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup."""

    made: str
    version: str
    revision: str
    origin: str
    engine: str
    """`sqlite` or `postgresql`."""
    size: int
    """Entries in the ledger."""
    root: str
    """Base64 of the ledger's root."""
    waiting: int
    """Entries that had no place yet; they are in the copy as well."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Name to digest of every other member."""
    segments: int = 0
    """Sealed segments of calls that are in it."""
    elsewhere: int = 0
    """Those that its database knows and that are not: they lie on another machine."""

    @property
    def database(self) -> str:
        """The member that holds the database."""
        return EMBEDDED if self.engine == "sqlite" else SHARED

    @property
    def root_bytes(self) -> bytes:
        """The root itself."""
        return base64.b64decode(self.root)

    def encoded(self) -> bytes:
        """As it stands in the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()


def digest_of_file(path: Path) -> str:
    """The digest of a file that may not fit into memory."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def write(path: Path, manifest: Manifest, members: Mapping[str, Path]) -> None:
    """Write a backup to a new file; `members` are the files behind the names of the manifest."""
    with (
        path.open("xb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        _add(tar, MANIFEST, manifest.encoded())
        for name in sorted(members):
            tar.add(members[name], arcname=name, recursive=False, filter=_plain)
    path.chmod(0o600)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def read(path: Path) -> Manifest:
    """What a backup says of itself; its members are not looked at yet.

    Raises:
        InvalidInput: it is no backup, or one of a format that this version does not know.
    """
    with _opened(path) as tar:
        return _manifest(tar, path)


def unpack(path: Path, folder: Path) -> Manifest:
    """Unpack a backup into an empty folder and check every member against the manifest.

    Raises:
        InvalidInput: it is no backup.
        IntegrityBroken: a member is missing, damaged, or does not belong there.
    """
    with _opened(path) as tar:
        manifest = _manifest(tar, path)
        found = set()
        for at, info in enumerate(tar):
            if not at:
                continue  # the manifest, read before
            if info.name not in manifest.files or info.name in found or not info.isreg() or not _may(info.name):
                raise _damaged(path, f"it holds `{info.name}`, which does not belong there")
            target = folder / info.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            member = tar.extractfile(info)
            if member is None:
                raise _damaged(path, f"`{info.name}` cannot be read")
            _copy(member, target)
            if digest_of_file(target) != manifest.files[info.name]:
                raise _damaged(path, f"`{info.name}` is not what was put into it")
            found.add(info.name)
    missing = sorted(set(manifest.files) - found)
    if missing:
        raise _damaged(path, f"`{missing[0]}` is missing")
    return manifest


def _may(name: str) -> bool:
    return name in {EMBEDDED, SHARED, MARK, SEGMENTS} or _KEY.match(name) is not None


def _copy(source: IO[bytes], target: Path) -> None:
    with open(target, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        while piece := source.read(_PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r|gz") as tar:
            yield tar
    except FileNotFoundError as error:
        raise InvalidInput(
            "path-unknown", f"there is no file `{path}`", place=Place(source=str(path)), remedy="check the path"
        ) from error
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise _damaged(path, f"it cannot be read to its end ({error})") from error


def _manifest(tar: tarfile.TarFile, path: Path) -> Manifest:
    first = tar.next()
    is_one = first is not None and first.name == MANIFEST and first.size <= LARGEST_MANIFEST
    member = tar.extractfile(first) if first is not None and is_one else None
    try:
        said: dict[str, Any] = json.loads(member.read()) if member is not None else {}
        manifest = Manifest(**{name: value for name, value in said.items() if (name, value) != ("format", FORMAT)})
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            "backup-unreadable",
            "this is no backup that this version can read",
            place=Place(source=str(path)),
            remedy="give a file that `roadworthy backup` wrote, or use the version that wrote it",
        ) from error
    if manifest.database not in manifest.files:
        raise _damaged(path, "it holds no database")
    return manifest


def _damaged(path: Path, why: str) -> IntegrityBroken:
    return IntegrityBroken(
        "backup-damaged",
        f"the backup is damaged: {why}",
        place=Place(source=str(path)),
        remedy="nothing was changed; use another copy of it, or an older backup",
    )
