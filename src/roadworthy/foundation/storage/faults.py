"""What the engines complain about, in words that say what to do."""

from __future__ import annotations

import sqlalchemy.exc

from roadworthy.foundation.errors import IntegrityBroken, Place, RoadworthyError, Unavailable

StorageFault = sqlalchemy.exc.DBAPIError

_FULL = ("database or disk is full", "no space left", "disk full")
_LOCKED = ("database is locked", "database table is locked")
_DAMAGED = ("malformed", "not a database", "file is encrypted")
_READ_ONLY = ("readonly database", "read-only")


def explain(fault: StorageFault, where: str) -> RoadworthyError:
    """The error to raise for an engine's fault; `where` names the database without credentials."""
    text = str(fault.orig).strip()
    lowered = text.lower()
    place = Place(source=where)
    if any(sign in lowered for sign in _FULL):
        return Unavailable(
            "storage-full",
            "the disk is full, so nothing was written",
            place=place,
            remedy="free some space, then repeat the command; everything committed before is intact",
        )
    if any(sign in lowered for sign in _LOCKED):
        return Unavailable(
            "storage-locked",
            "another program holds the database",
            place=place,
            remedy="close the other program, or let it finish, then repeat the command",
        )
    if any(sign in lowered for sign in _DAMAGED):
        return IntegrityBroken(
            "storage-damaged",
            f"the database cannot be read ({text})",
            place=place,
            remedy="stop, keep the file, and restore the newest backup from the `backups` folder beside it",
        )
    if any(sign in lowered for sign in _READ_ONLY):
        return Unavailable(
            "storage-read-only",
            "the database cannot be written to",
            place=place,
            remedy="check the permissions of the folder and of the file, and that the disk is not mounted read-only",
        )
    if fault.connection_invalidated:
        return Unavailable(
            "storage-cut-off",
            f"the connection to the database was lost ({text})",
            place=place,
            remedy="look whether it was done before you repeat it: the answer to a commit may have been lost",
        )
    return Unavailable(
        "storage-failed",
        f"the database failed ({text})",
        place=place,
        remedy="run `roadworthy doctor`; nothing of this change was kept",
    )
