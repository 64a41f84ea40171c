"""Zip archives of data: what is in one stands in its place, as if it were a folder."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from roadworthy.measure.fingerprint.sources.formats import Found, plain_suffix

SUFFIX = ".zip"
_LOCKED = 0x1
"""Bit of a member's flags that says that it is encrypted (PKWARE's APPNOTE, 4.4.4)."""
_MOST_OF_DISK = 0.8


def unzipped(files: Sequence[Found], folder: Path) -> list[Found]:
    """The files with the members of archives in place of these. What cannot be unpacked carries the reason."""
    found: list[Found] = []
    for number, each in enumerate(files):
        if each.plain == SUFFIX and each.fault is None:
            found.extend(_members(each, folder / f"zip{number}"))
        else:
            found.append(each)
    return found


def _members(archive: Found, folder: Path) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(archive.path) as opened:
            members = [each for each in opened.infolist() if not each.is_dir() and not _hidden(each.filename)]
            folder.mkdir(parents=True, exist_ok=True)
            if sum(each.file_size for each in members) > _MOST_OF_DISK * shutil.disk_usage(folder).free:
                yield _broken(archive, "there is not enough disk to unpack it")
                return
            for number, member in enumerate(members):
                yield _member(opened, member, archive, folder / f"{number}{_ending(member.filename)}")
    except (OSError, zipfile.BadZipFile) as error:
        yield _broken(archive, f"it is no zip archive that can be read ({error})")


def _member(opened: zipfile.ZipFile, member: zipfile.ZipInfo, archive: Found, target: Path) -> Found:
    name = f"{archive.name}/{member.filename}"
    found = Found(str(target), name, member.file_size, archive.version, plain_suffix(member.filename))
    if member.flag_bits & _LOCKED:
        return replace(found, fault="it is locked with a password")
    try:
        with opened.open(member) as stream, target.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        return replace(found, fault=f"it cannot be unpacked ({error})")
    return found


def _ending(name: str) -> str:
    return "".join(Path(name.lower()).suffixes[-2:])


def _broken(archive: Found, why: str) -> Found:
    return replace(archive, plain=plain_suffix(archive.name.removesuffix(SUFFIX)) or ".csv", fault=why)


def _hidden(name: str) -> bool:
    return any(each.startswith((".", "_")) for each in name.split("/"))
