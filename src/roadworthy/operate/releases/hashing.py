"""Digests of what a release consists of, taken where it lies; by the same rules wherever they are taken."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roadworthy.foundation.digests import digest, digest_of
from roadworthy.foundation.errors import InvalidInput, Place, Unavailable

_CHUNK = 1024 * 1024
MOST_FILES = 100_000
_GIT_SECONDS = 60.0


def of_path(path: Path) -> tuple[str, str]:
    """Digest of a file's bytes or of a folder, and which of the two: `file` or `folder`.

    Raises:
        InvalidInput: there is no such file or folder, or it holds no file or too many.
        Unavailable: it cannot be read.
    """
    if not path.exists():
        raise _no(path, f"there is no file or folder `{path}`", "path-unknown", "check the path")
    try:
        return (of_folder(path), "folder") if path.is_dir() else (of_file(path), "file")
    except OSError as error:
        raise Unavailable(
            "file-unreadable",
            f"it cannot be read ({error.strerror})",
            place=Place(source=str(path)),
            remedy="check that it is something that you may read",
        ) from error


def of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return f"sha256:{_sha(path)[1]}"


def of_folder(folder: Path) -> str:
    """SHA-256 of the canonical JSON list of a folder's files, each with path, size and SHA-256, by path.

    It is the digest that is taken of a version in an MLflow registry, so that a downloaded model can be compared with
    the registered one. Links are followed; what is neither a file nor a folder is no part of it.

    Raises:
        InvalidInput: it holds no file or too many.
    """
    listed = []
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        size, sha = _sha(file)
        listed.append({"path": file.relative_to(folder).as_posix(), "sha256": sha, "size": size})
        if len(listed) > MOST_FILES:
            raise _no(folder, f"more than {MOST_FILES:,} files", "release-folder-unfit", "hash a smaller folder")
    if not listed:
        raise _no(folder, f"`{folder}` holds no file", "release-folder-unfit", "name the folder that holds the part")
    return digest_of(sorted(listed, key=lambda each: str(each["path"])))


def _sha(path: Path) -> tuple[int, str]:
    sha, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
            size += len(chunk)
    return size, sha.hexdigest()


def of_json(content: bytes, place: Place) -> str:
    """SHA-256 of a JSON document however it is laid out: names sorted, without white space, numbers as they are.

    The answer of an MCP server to `tools/list` is taken as its list of tools, by name: in which order and on how many
    pages a server lists them changes nothing.

    Raises:
        InvalidInput: it is no JSON.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "release-json-unreadable", "it is no JSON", place=place, remedy="save it as JSON in UTF-8"
        ) from error
    return digest(json.dumps(_tools(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode())


def _tools(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping) and isinstance(value.get("result"), Mapping) and "jsonrpc" in value:
        value = value["result"]
    if isinstance(value, Mapping) and isinstance(value.get("tools"), list):
        value = value["tools"]
    if _named(value):
        return sorted(value, key=lambda each: str(each["name"]))
    return value


def _named(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(each, Mapping) and isinstance(each.get("name"), str) for each in value)
    )


def of_git(reference: str) -> tuple[str, str]:
    """Digest of a file's bytes at a revision of the git repository that it lies in, and the commit.

    Args:
        reference: `PATH@REVISION`, or `PATH` for what is committed now. What is changed and not committed does not
            count.

    Raises:
        InvalidInput: git knows no such file at that revision.
        Unavailable: there is no git here.
    """
    said, _, revision = reference.partition("@")
    path = Path(said)
    folder, rev = path.parent, revision or "HEAD"
    if not folder.is_dir() or rev.startswith("-"):
        raise _no(path, f"there is no folder `{folder}`", "path-unknown", "check the path")
    commit = _git(folder, path, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}").decode().strip()
    content = _git(folder, path, "cat-file", "blob", f"{commit}:./{path.name}")
    return digest(content), commit


def _git(folder: Path, path: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, a checked revision, and no shell
            ["git", "-C", str(folder), *words],  # noqa: S607 - the git of the one who calls
            capture_output=True,
            check=False,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(
            "release-git-missing",
            "git does not run here",
            place=Place(source=str(path)),
            remedy="install git, or hash the file with `--file`",
        ) from error
    if done.returncode != 0:
        what = f"git knows no `{path.name}` at that revision"
        raise _no(path, what, "release-git-unknown", "commit the file, and check the revision")
    return done.stdout


def _no(path: Path, what: str, code: str, remedy: str) -> InvalidInput:
    return InvalidInput(code, what, place=Place(source=str(path)), remedy=remedy)
