"""Sealed segments in a backup: those that its database knows, in one member; and where they go when it is put back.

There may be one for each second, so they are packed together: a manifest that named each would outgrow its bound in a
day.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from roadworthy.foundation.errors import IntegrityBroken, Place
from roadworthy.foundation.ledger.segments.journal import CLOSED, SEALED
from roadworthy.foundation.ledger.segments.tables import segments

FIRST: Final = "0"
"""The folder that whoever starts first holds: it seals and indexes what it finds there."""
_NAME: Final = re.compile(rf"[0-9a-f-]{{36}}{re.escape(SEALED)}")


@dataclass(frozen=True, slots=True)
class Packed:
    """What was packed."""

    here: int
    elsewhere: int
    """Segments that the database knows and that lie on another machine, or nowhere."""


def known(connection: sa.Connection) -> dict[str, bool]:
    """Segments that a database knows, with whether their files should be there: those that are over have none."""
    if not sa.inspect(connection).has_table(segments.name):
        return {}  # of a version before there were any
    rows = connection.execute(sa.select(segments.c.id, segments.c.dropped_at))
    return {row.id: row.dropped_at is None for row in rows}


def pack(root: Path, kept: dict[str, bool], target: Path) -> Packed:
    """Pack what lies here of the segments that a database knows.

    Args:
        root: a folder of replicas' folders.
        kept: of the database that is copied.
        target: a new file.
    """
    wanted = {id_ for id_, there in kept.items() if there}
    found: set[str] = set()
    with tarfile.open(target, "x", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(path for state in (SEALED, CLOSED) for path in root.glob(f"*/*{state}")):
            if path.stem in wanted and path.stem not in found:
                found.add(path.stem)
                there = path if path.exists() else path.with_suffix(SEALED)  # sealed meanwhile
                tar.add(there, arcname=f"{path.stem}{SEALED}", recursive=False)
    return Packed(len(found), len(wanted) - len(found))


def put_back(member: Path, root: Path) -> int:
    """Put segments to where the first replica that starts finds them; what lies here already stays.

    Returns:
        How many came.

    Raises:
        IntegrityBroken: something in it is no segment; nothing of that was written.
    """
    here = {path.stem for state in (SEALED, CLOSED) for path in root.glob(f"*/*{state}")}
    folder, count = root / FIRST, 0
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tarfile.open(member, "r:") as tar:
        for info in tar:
            content = tar.extractfile(info)
            if not _NAME.fullmatch(info.name) or not info.isreg() or content is None:
                raise IntegrityBroken(
                    "backup-damaged",
                    f"the backup is damaged: `{info.name[:80]}` is no segment, and stands among them",
                    place=Place(source=str(member)),
                    remedy="use another copy of it, or an older backup",
                )
            if Path(info.name).stem not in here:
                _written(folder / info.name, content.read())
                count += 1
    _sync(folder)
    return count


def unseal(root: Path, kept: Collection[str]) -> int:
    """Let segments that a database does not know be sealed anew: their entries were lost, what they record was not.

    Returns:
        How many.
    """
    strangers = [path for path in sorted(root.glob(f"*/*{SEALED}")) if path.stem not in kept]
    for path in strangers:
        (root / FIRST).mkdir(exist_ok=True, mode=0o700)
        path.rename(root / FIRST / f"{path.stem}{CLOSED}")
    for folder in {path.parent for path in strangers} | ({root / FIRST} if strangers else set()):
        _sync(folder)
    return len(strangers)


def _written(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
