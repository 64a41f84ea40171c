"""The files of a source: found once, in a steady order, with what tells whether they changed meanwhile."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from roadworthy.foundation.errors import NotFound, Place, Refused
from roadworthy.measure.fingerprint.sources.formats import Found, plain_suffix

_PATTERN = "*?["


def listed(location: str) -> list[Found]:
    """The files at a path, in a folder (with everything below it) or under a pattern, by name.

    Hidden files and those that begin with `_` are no data by the custom of the programs that write folders of files.

    Raises:
        NotFound: nothing is there.
        Refused: this account may not look.
    """
    path = Path(location).expanduser()
    if path.is_file():
        if not os.access(path, os.R_OK):
            raise _forbidden(str(path))
        return [found(path, path.name)]
    if path.is_dir():
        paths = [Path(folder) / name for folder, _, names in os.walk(path, onerror=_refuse) for name in names]
        root = path
    else:
        paths = [Path(each) for each in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - any pattern, absolute too
        root = _fixed(path)
    kept = [(each, each.relative_to(root).as_posix()) for each in paths if each.is_file() or _leads_nowhere(each)]
    files = [found(each, name) for each, name in kept if not _hidden(name)]
    if not files:
        raise NotFound(
            "source-not-found",
            f"no file is at `{location}`",
            place=Place(source=location),
            remedy="check the path; a file, a folder or a pattern such as `data/*.parquet` can stand there",
        )
    return sorted(files, key=lambda each: each.name)


def _refuse(error: OSError) -> None:
    raise _forbidden(str(error.filename)) from error


def _forbidden(path: str) -> Refused:
    return Refused(
        "source-forbidden",
        f"this account may not read `{path}`",
        place=Place(source=path),
        remedy="ask who owns it to let the account read it, or name what can be read",
    )


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.is_dir()


def found(path: Path, name: str) -> Found:
    """A file with its size and version; one that cannot be read carries the reason."""
    try:
        status = path.stat()
    except OSError:
        return Found(str(path), name, 0, "", plain_suffix(name), "it is a link that leads nowhere")
    if not os.access(path, os.R_OK):
        why = "this account may not read it"
        return Found(str(path), name, status.st_size, _version(status), plain_suffix(name), why)
    return Found(str(path), name, status.st_size, _version(status), plain_suffix(name))


def changed(files: Sequence[Found]) -> Callable[[], Sequence[str]]:
    """What to call later: names of the files that are not what they were."""

    def look() -> list[str]:
        return [each.name for each in files if each.fault is None and _now(each) != each.version]

    return look


def _now(file: Found) -> str | None:
    try:
        return _version(Path(file.path).stat())
    except OSError:
        return None


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"


def _hidden(name: str) -> bool:
    return any(each.startswith((".", "_")) for each in name.split("/"))


def _fixed(pattern: Path) -> Path:
    """The folder above the first part with a sign of a pattern."""
    fixed = Path(pattern.anchor)
    for part in pattern.parts[1 if pattern.anchor else 0 : -1]:
        if any(sign in part for sign in _PATTERN):
            break
        fixed /= part
    return fixed
