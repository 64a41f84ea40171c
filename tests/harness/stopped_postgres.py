"""A PostgreSQL that a test stops at once and starts again, with what it acknowledged."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from tests.harness import postgres


class StoppedServer:
    """A server of its own that keeps what it acknowledged; listens on a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uid, self.gid = postgres.unprivileged()
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)
        self.programs = postgres._reachable(postgres.binaries(), self.uid, self.gid, folder)
        quick = [
            "--no-sync",
            "--no-instructions",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
        ]
        made = postgres._as(self.uid, self.gid, [self.programs / "initdb", *quick, "-D", folder / "data"], cwd=folder)
        assert made.returncode == 0, made.stderr
        self.url = f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, and wait until it answers."""
        given = {"listen_addresses": "", "fsync": "off", "max_connections": "60", "shared_buffers": "32MB"}
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        command += [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        identity: dict[str, Any] = (
            {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.gid, "extra_groups": []}
        )
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity
        )
        end = time.monotonic() + postgres.START_PATIENCE
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                assert time.monotonic() < end, "the server did not start"
                time.sleep(0.05)
            else:
                return process

    def stop_at_once(self) -> None:
        """Immediate shutdown: every session is cut off, nothing is written any more; the next start recovers."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)


@contextmanager
def stopped_server() -> Iterator[StoppedServer]:
    """One in a folder of its own, which is removed in the end; skips, saying so, where there is none to start."""
    folder = Path(tempfile.mkdtemp(prefix="rw-stops-"))
    folder.chmod(0o755)
    try:
        made = StoppedServer(folder)
        yield made
        with contextlib.suppress(Exception):
            made.stop_at_once()
    except postgres.NoPostgres as missing:
        pytest.skip(str(missing))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
