"""Object storage: what lies there is fetched once into the engine's folder, since measuring reads it several times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec.registry import known_implementations

from roadworthy.foundation.errors import NotFound, Place, Refused, RoadworthyError, Unavailable
from roadworthy.measure.fingerprint.sources.formats import Found, plain_suffix

_PATTERN = "*?["
_TELLS = ("ETag", "etag", "md5", "content_hash", "LastModified", "updated", "mtime", "created", "size")
"""What of an object's description changes when it does; which of them there are depends on the storage."""


def fetched(location: str, folder: Path) -> tuple[list[Found], Callable[[], Sequence[str]]]:
    """Files at an address of object storage, fetched, and what later says which of them changed.

    Raises:
        Unavailable: a package is missing, or the storage does not answer.
        NotFound: nothing is there.
        Refused: this account may not read it.
    """
    system, root = _system(location)
    try:
        described = _described(system, root)
        target = folder / "objects"
        files = [_fetch(system, path, about, root, target) for path, about in sorted(described.items())]
    except RoadworthyError:
        raise
    except Exception as error:  # drivers raise what they like; all of it means that it cannot be read
        raise _translated(error, location) from error
    if not files:
        raise _nothing(location)

    def look() -> list[str]:
        try:
            now = _described(system, root)
        except Exception:  # noqa: BLE001 - see above; what cannot be looked at again is not what it was
            now = {}
        names = {found.name: found.version for found in files}
        return [
            name
            for path, name in ((path, _name(path, root)) for path in described)
            if path not in now or _version(now[path]) != names.get(name)
        ]

    return files, look


def _system(location: str) -> tuple[Any, str]:
    scheme = location.split("://", 1)[0]
    try:
        system, root = fsspec.core.url_to_fs(location)
    except ImportError as error:
        known = known_implementations.get(scheme, {})
        package = str(known.get("class", scheme)).split(".", 1)[0]
        raise Unavailable(
            "source-driver-missing",
            f"reading `{scheme}://` needs the package `{package}`, which is not installed",
            place=Place(source=scheme + "://"),
            remedy=f"install it beside Roadworthy: pip install {package}",
        ) from error
    except ValueError as error:
        raise Unavailable(
            "source-scheme-unknown",
            f"no package that is installed reads `{scheme}://`",
            place=Place(source=scheme + "://"),
            remedy="use a path, or an address such as `s3://bucket/folder`",
        ) from error
    return system, str(root)


def _described(system: Any, root: str) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - a file system of any driver
    if any(sign in root for sign in _PATTERN):
        found = system.glob(root, detail=True)
    elif system.isfile(root):
        found = {root: system.info(root)}
    else:
        found = system.find(root, detail=True)
    return {
        path: about
        for path, about in found.items()
        if about.get("type") == "file" and not any(each.startswith((".", "_")) for each in _name(path, root).split("/"))
    }


def _name(path: str, root: str) -> str:
    fixed = root
    while any(sign in fixed for sign in _PATTERN):
        fixed = str(PurePosixPath(fixed).parent)
    return path.removeprefix(fixed).lstrip("/") or PurePosixPath(path).name


def _fetch(system: Any, path: str, about: dict[str, Any], root: str, folder: Path) -> Found:  # noqa: ANN401 - as above
    name = _name(path, root)
    target = folder.joinpath(*(each for each in PurePosixPath(name).parts if each not in {"..", "/"}))
    target.parent.mkdir(parents=True, exist_ok=True)
    system.get_file(path, str(target))
    return Found(str(target), name, target.stat().st_size, _version(about), plain_suffix(name))


def _version(about: dict[str, Any]) -> str:
    return "-".join(str(about[key]) for key in _TELLS if about.get(key) is not None)


def _nothing(location: str) -> NotFound:
    return NotFound(
        "source-not-found",
        f"no object is at `{location}`",
        place=Place(source=location),
        remedy="check the address; an object, a folder or a pattern can stand there",
    )


def _translated(error: Exception, location: str) -> RoadworthyError:
    if isinstance(error, FileNotFoundError):
        return _nothing(location)
    if isinstance(error, PermissionError):
        return Refused(
            "source-forbidden",
            f"this account may not read `{location}`",
            place=Place(source=location),
            remedy="ask who owns the storage to let the account list and read it",
        )
    return Unavailable(
        "source-unreachable",
        f"the storage behind `{location}` does not answer as it should ({type(error).__name__})",
        place=Place(source=location),
        remedy="check the address, the credentials of this process and the network, then try again",
    )
