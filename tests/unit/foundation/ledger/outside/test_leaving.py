"""Poor man's witnesses, each with what it really is: a file, git, a program, OpenSSL's authority."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roadworthy.foundation.errors import IntegrityBroken, Unavailable
from roadworthy.foundation.ledger.outside import leaving
from tests.harness import loopback
from tests.harness.time_stamps import authority
from tests.unit.foundation.ledger.outside.parts import AT, Log, leaves

LOG = Log(leaves(9))


def test_a_file_keeps_every_checkpoint_and_notices_a_rewound_ledger(tmp_path: Path) -> None:
    path = tmp_path / "far away" / "checkpoints.jsonl"
    for size in (2, 5, 5, 9):
        assert leaving.leave_in_file(path, LOG.note(size), AT).reference == str(path)
    assert leaving.last_kept(path) == LOG.note(9)
    assert len(path.read_text().splitlines()) == 4
    fork = Log([*leaves(8), b"another"])
    for note in (LOG.note(8), fork.note(9)):
        with pytest.raises(IntegrityBroken) as caught:
            leaving.leave_in_file(path, note, AT)
        assert caught.value.code == "witness-ahead"
    with path.open("a") as file:
        file.write("not a checkpoint\n")
    with pytest.raises(IntegrityBroken, match="not one"):
        leaving.leave_in_file(path, LOG.note(9), AT)
    assert leaving.last_kept(tmp_path / "nowhere") is None


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be written"):
        leaving.leave_in_file(tmp_path / "file" / "deeper", LOG.note(), AT)


def test_a_repository_keeps_each_checkpoint_as_a_commit(tmp_path: Path) -> None:
    upstream, clone = tmp_path / "upstream.git", tmp_path / "clone"
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", upstream], check=True)
    subprocess.run(["git", "clone", "--quiet", upstream, clone], check=True, capture_output=True)
    hook = clone / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o700)
    subprocess.run(["git", "-C", clone, "config", "push.autoSetupRemote", "true"], check=True)
    first = leaving.leave_in_git(clone, "checkpoint.txt", LOG.note(2), push=False).reference
    assert leaving.leave_in_git(clone, "checkpoint.txt", LOG.note(2), push=False).reference == first, "nothing is new"
    leaving.leave_in_git(clone, "checkpoint.txt", LOG.note(9), push=True)
    shown = ["git", "-C", str(upstream), "log", "--format=%s", "main"]
    said = subprocess.run(shown, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said == [f"{LOG.key.name}: 9 entries", f"{LOG.key.name}: 2 entries"]
    kept = ["git", "-C", str(upstream), "show", "main~1:checkpoint.txt"]
    assert subprocess.run(kept, check=True, capture_output=True, text=True).stdout == LOG.note(2)
    with pytest.raises(Unavailable, match="ended with status"):
        leaving.leave_in_git(tmp_path, "checkpoint.txt", LOG.note(9), push=False)


def test_a_program_gets_the_checkpoint_under_the_seal_of_the_secret() -> None:
    got: list[tuple[bytes, str]] = []

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((content, self.headers.get("X-Checkpoint-Signature", "")))
            self.send_response(204 if self.path == "/taken" else 302)
            self.send_header("Location", "/taken")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with loopback.running(http.server.HTTPServer(loopback.ANYWHERE, Taking)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        leaving.send(loopback.HERE, f"{address}/taken", LOG.note(), "s3cret")
        leaving.send(loopback.HERE, f"{address}/taken", LOG.note(), "")
        with pytest.raises(Unavailable, match="status 302"):
            leaving.send(loopback.HERE, f"{address}/elsewhere", LOG.note(), "s3cret")
    seal = hmac.new(b"s3cret", LOG.note().encode(), hashlib.sha256).hexdigest()
    assert got[:2] == [(LOG.note().encode(), f"sha256={seal}"), (LOG.note().encode(), "")]
    assert len(got) == 3, "a redirect is not followed"


def test_an_authoritys_stamp_counts_only_under_a_root_that_is_trusted(tmp_path: Path) -> None:
    note = LOG.note()
    with authority(tmp_path / "one") as tsa, authority(tmp_path / "other") as stranger:
        left = leaving.stamp(loopback.HERE, tsa.address, note, tsa.root)
        with pytest.raises(IntegrityBroken, match="roots that are trusted"):
            leaving.stamp(loopback.HERE, tsa.address, note, stranger.root)
    assert left.stamp is not None
    assert left.at is not None
    assert abs(left.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert leaving.check_stamp(left.stamp, note, tsa.root)[0] == left.at
    with pytest.raises(IntegrityBroken):
        leaving.check_stamp(left.stamp, LOG.note(5), tsa.root)
    with pytest.raises(IntegrityBroken, match="what was answered is none"):
        leaving.check_stamp(b"no stamp", note, tsa.root)
    (tmp_path / "stamp").write_bytes(left.stamp)
    (tmp_path / "note").write_text(note)
    (tmp_path / "root.pem").write_text(tsa.root)
    judged = ["openssl", "ts", "-verify", "-in", "stamp", "-data", "note", "-CAfile", "root.pem"]
    assert b"Verification: OK" in subprocess.run(judged, cwd=tmp_path, check=True, capture_output=True).stdout
