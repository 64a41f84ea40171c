"""What a command works with: the settings as seen from here, and a client of the home."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from roadworthy.foundation.errors import InvalidInput, Place, Unavailable

if TYPE_CHECKING:
    from roadworthy.foundation.resources.documents import Source
    from roadworthy.foundation.settings import Settings
    from roadworthy.interfaces.client import Client

STDIN = "-"
YAML_ENDINGS = frozenset({".yaml", ".yml"})


def settings_here() -> Settings:
    """The settings of the current folder and environment; logs of a command begin at warnings."""
    from roadworthy.foundation import logs
    from roadworthy.foundation.settings import load

    settings = load(Path.cwd())
    logs.configure("warning" if settings.log_level in {"debug", "info"} else settings.log_level, settings.log_format)
    return settings


@contextmanager
def api(*, login: bool = True) -> Iterator[Client]:
    """A client of the API of this home, as whoever logged in here, or as the account on this machine."""
    from roadworthy.interfaces.client import connect

    with connect(settings_here(), login=login) as client:
        yield client


def quoted(part: str) -> str:
    """A name or an id as one part of an address."""
    from urllib.parse import quote

    return quote(part, safe="")


def read_sources(paths: list[Path]) -> list[Source]:
    """Every YAML file under these paths, named as the person would name it.

    Raises:
        InvalidInput: a path does not exist, or is no text.
        Unavailable: a file cannot be read.
    """
    from roadworthy.foundation.resources.documents import Source

    sources = []
    for path in paths:
        if str(path) == STDIN:
            sources.append(Source("standard input", sys.stdin.read()))
            continue
        if not path.exists():
            raise InvalidInput(
                "path-unknown",
                f"there is no file or folder `{path}`",
                place=Place(source=str(path)),
                remedy="check the path; `roadworthy init` makes a starter folder",
            )
        sources += [Source(str(file), read_text(file)) for file in _files(path)]
    return sources


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix.lower() in YAML_ENDINGS and file.is_file())
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def read_text(path: Path) -> str:
    """A file as text.

    Raises:
        InvalidInput: it is not UTF-8.
        Unavailable: it cannot be read.
    """
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "file-not-text",
            "the file is not UTF-8 text",
            place=Place(source=str(path)),
            remedy="save it as UTF-8, or leave it out",
        ) from error


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        InvalidInput: there is none.
        Unavailable: it cannot be read.
    """
    place = Place(source=str(path))
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InvalidInput(
            "path-unknown", f"there is no file `{path}`", place=place, remedy="check the path"
        ) from error
    except OSError as error:
        raise Unavailable(
            "file-unreadable",
            f"the file cannot be read ({error.strerror})",
            place=place,
            remedy="check that it is a file that you may read",
        ) from error


def write_new(path: Path, content: bytes, *, overwrite: bool = False, secret: bool = False) -> None:
    """Write a result to a file; a secret one can be read by its owner only.

    Raises:
        InvalidInput: it exists and `overwrite` is off.
        Unavailable: it cannot be written.
    """
    place = Place(source=str(path))
    try:
        rights = 0o600 if secret else 0o666
        with open(path, "wb" if overwrite else "xb", opener=lambda name, flags: os.open(name, flags, rights)) as file:
            file.write(content)
    except FileExistsError as error:
        raise InvalidInput(
            "file-exists", f"`{path}` exists", place=place, remedy="choose another name, or remove it first"
        ) from error
    except OSError as error:
        raise Unavailable(
            "file-unwritable",
            f"the file cannot be written ({error.strerror})",
            place=place,
            remedy="choose a folder that exists, can be written to and has room",
        ) from error
