"""Poor man's witnesses: leave a checkpoint where this machine cannot take it back, and say where it lies.

None of them checks that the ledger only grew. They keep what it said, so that whoever compares later can see whether it
still says so. A time stamp adds that it was said not later than then, on the word of an authority.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from roadworthy.foundation.errors import IntegrityBroken, Place, Unavailable
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.notes import Note
from roadworthy.foundation.ledger.outside.wire import post, unavailable
from roadworthy.foundation.ledger.outside.witness import sync_folder
from roadworthy.foundation.reaching.reach import Reach

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

GIT_SECONDS = 60
STAMP_QUERY = "application/timestamp-query"
LARGEST_KEPT = 64 * 1024
"""Bytes at the end of a file of checkpoints that are looked at for the last one."""


@dataclass(frozen=True, slots=True)
class Left:
    """That a checkpoint was left somewhere."""

    reference: str
    at: datetime | None = None
    """When, where somebody else said so."""
    stamp: bytes | None = None


def leave_in_file(path: Path, note: str, now: datetime) -> Left:
    """Append a checkpoint to a file, one JSON object a line; nothing that stands there is touched.

    Raises:
        IntegrityBroken: the last one there covers more entries, or another state of as many.
        Unavailable: the file cannot be written.
    """
    new = Checkpoint.parse(Note.parse(note).text)
    line = json.dumps({"at": to_text(now), "note": note}, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_rewound(path, new)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise unavailable(str(path), f"the file cannot be written ({error.strerror})") from error
    return Left(str(path))


def last_kept(path: Path) -> str | None:
    """The last checkpoint of such a file; None where there is no file, or no line.

    Raises:
        IntegrityBroken: the last line is none of ours.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - LARGEST_KEPT))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    if not lines:
        return None
    try:
        return str(json.loads(lines[-1])["note"])
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityBroken(
            "witness-file-broken",
            "the last line of the file of checkpoints is not one",
            place=Place(source=str(path)),
            remedy="look at who writes to it; move it away to begin a new one, and keep it",
        ) from error


def _refuse_rewound(path: Path, new: Checkpoint) -> None:
    kept = last_kept(path)
    if kept is None:
        return
    last = Checkpoint.parse(Note.parse(kept).text)
    if last.origin == new.origin and (last.size > new.size or (last.size == new.size and last.root != new.root)):
        raise IntegrityBroken(
            "witness-ahead",
            f"a checkpoint over {last.size} entries was left there, and this one covers {new.size}",
            place=Place(source=str(path)),
            remedy="an old backup was restored, or a copy of the ledger goes on elsewhere; find out before you go on",
        )


def leave_in_git(folder: Path, name: str, note: str, *, push: bool) -> Left:
    """Commit a checkpoint to a repository, and push it where that is wanted.

    Args:
        folder: of a working tree that is there already.
        name: of the file.
        note: the checkpoint.
        push: whether to push the branch to where it is pushed to.

    Raises:
        Unavailable: there is no git, no repository, or git refuses.
    """
    new = Checkpoint.parse(Note.parse(note).text)
    try:
        (folder / name).write_text(note, "utf-8", newline="\n")
    except OSError as error:
        raise unavailable(str(folder), f"the folder cannot be written ({error.strerror})") from error
    _git(folder, "add", "--", name)
    if _git(folder, "status", "--porcelain", "--", name):
        _git(folder, "commit", "--quiet", "-m", f"{new.origin}: {new.size} entries", "--", name)
    if push:
        _git(folder, "push", "--quiet")
    return Left(f"commit {_git(folder, 'rev-parse', 'HEAD')}")


def _git(folder: Path, *arguments: str) -> str:
    """Run git without asking anybody and without running what lies in the repository."""
    program = shutil.which("git")
    if program is None:
        raise unavailable(str(folder), "git is not installed")
    fixed = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.fsmonitor=false")
    who = ("-c", "user.name=Roadworthy", "-c", "user.email=ledger@roadworthy.example")
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and arguments of which none is anybody's text
            [program, "-C", str(folder), *fixed, *who, *arguments],
            capture_output=True, check=False, timeout=GIT_SECONDS, env={**quiet, "GIT_TERMINAL_PROMPT": "0"}, text=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise unavailable(str(folder), f"git does not answer ({type(error).__name__})") from error
    if done.returncode:
        raise Unavailable(
            "witness-git-refused",
            f"`git {arguments[0]}` ended with status {done.returncode}",
            place=Place(source=str(folder)),
            remedy="run it there as the account that serves, and read what it says",
        )
    return done.stdout.strip()


def send(reach: Reach, address: str, note: str, secret: str) -> Left:
    """Send a checkpoint to a program, as text; with a secret, under an HMAC-SHA256 in `X-Checkpoint-Signature`.

    Raises:
        Unavailable: it was not taken.
    """
    content = note.encode()
    made = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    headers = {"X-Checkpoint-Signature": f"sha256={made}"} if secret else {}
    answer = post(reach, address, content, "text/plain; charset=utf-8", headers)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise unavailable(address, f"it answered with status {answer.status}")
    return Left(address)


def stamp(reach: Reach, address: str, note: str, certificates: str) -> Left:
    """Have an authority say that the checkpoint was there (RFC 3161), and believe it only with a root that is trusted.

    Args:
        reach: how far requests go.
        address: of the authority.
        note: the checkpoint.
        certificates: PEM of the roots that are trusted for time stamps.

    Raises:
        Unavailable: it gave no time stamp.
        IntegrityBroken: what it gave does not verify.
    """
    from rfc3161_client import TimestampRequestBuilder  # noqa: PLC0415 - few ledgers are stamped, and it takes a while

    request = TimestampRequestBuilder().data(note.encode()).nonce(nonce=True).cert_request(cert_request=True).build()
    answer = post(reach, address, request.as_bytes(), STAMP_QUERY)
    if answer.status != HTTPStatus.OK:
        raise unavailable(address, f"it answered with status {answer.status}")
    at, serial = check_stamp(answer.content, note, certificates, request.nonce)
    return Left(f"time stamp {serial}", at, answer.content)


def check_stamp(content: bytes, note: str, certificates: str, nonce: int | None = None) -> tuple[datetime, int]:
    """When an authority stamped this checkpoint, and the number of the stamp.

    Args:
        content: the authority's answer, byte for byte.
        note: the checkpoint.
        certificates: PEM of the roots that are trusted.
        nonce: of the request, where it is known.

    Raises:
        IntegrityBroken: it did not, or the stamp does not verify.
    """
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415 - see above

    found = _granted(content)
    try:
        verifier = VerifierBuilder(nonce=nonce)
        for root in roots_of(certificates):
            verifier = verifier.add_root_certificate(root)
        verifier.build().verify_message(found, note.encode())
    except (VerificationError, ValueError) as error:
        raise _wrong_stamp("it does not verify with the roots that are trusted") from error
    return found.tst_info.gen_time.astimezone(UTC), found.tst_info.serial_number


def _granted(content: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 - see above

    try:
        found = decode_timestamp_response(content)
    except ValueError as error:
        raise _wrong_stamp("what was answered is none") from error
    if found.status not in {0, 1}:  # PKIStatus: granted, granted with modifications
        raise _wrong_stamp(f"the authority refused it (status {found.status})")
    return found


def _wrong_stamp(why: str) -> IntegrityBroken:
    return IntegrityBroken(
        "time-stamp-wrong",
        f"this is no time stamp of the checkpoint: {why}",
        remedy="take the authority's root certificate from its own publication, and the checkpoint byte for byte",
    )


def roots_of(certificates: str) -> Sequence[x509.Certificate]:
    """Certificates out of PEM text.

    Raises:
        ValueError: there is none.
    """
    return x509.load_pem_x509_certificates(certificates.encode())
