"""Files between upload and import: kept in the home folder, for the person who brought them, for a day."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.runtime import Runtime

KEPT_SECONDS = 24 * 3600
_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits for its import."""

    id: str
    name: str
    content: bytes


class Uploads:
    """Files that wait. The same file of the same person is kept once, so sending it again does no harm."""

    def __init__(self, folder: Path, runtime: Runtime) -> None:
        self._folder = folder
        self._runtime = runtime

    def keep(self, person: str, name: str, content: bytes) -> str:
        """Keep a file and say under which id; what lies here for over a day goes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        upload = hashlib.sha256(b"\0".join((person.encode(), name.encode(), content))).hexdigest()[:40]
        self._write(self._name_file(person, upload), name.encode())
        self._write(self._file(person, upload), content)
        return upload

    def find(self, person: str, upload: str) -> Upload:
        """A file that this person brought.

        Raises:
            NotFound: there is none, or it went after a day.
        """
        try:
            if not _ID.fullmatch(upload):
                raise FileNotFoundError  # noqa: TRY301 - one answer for every way of not being there
            name = self._name_file(person, upload).read_bytes().decode()
            return Upload(upload, name, self._file(person, upload).read_bytes())
        except FileNotFoundError as error:
            raise NotFound(
                "upload-gone",
                "this upload is not here any more; files wait for a day",
                remedy="upload the file again",
            ) from error

    def drop(self, person: str, upload: str) -> None:
        """Let a file go."""
        for file in (self._file(person, upload), self._name_file(person, upload)):
            file.unlink(missing_ok=True)

    def _file(self, person: str, upload: str) -> Path:
        owner = hashlib.sha256(person.encode()).hexdigest()[:16]
        return self._folder / f"{owner}-{upload}"

    def _name_file(self, person: str, upload: str) -> Path:
        return self._file(person, upload).with_suffix(".name")

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        unfinished = path.with_suffix(f"{path.suffix}.part")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(path)

    def _sweep(self) -> None:
        oldest = self._runtime.clock.now().timestamp() - KEPT_SECONDS
        for file in self._folder.iterdir():
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)
