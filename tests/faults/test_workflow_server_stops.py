"""PostgreSQL is stopped at once, again and again, while processes work on it."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.faults.test_workflow_crash import check, workers
from tests.harness import postgres
from tests.harness.schema import all_tables

pytestmark = [pytest.mark.campaign, pytest.mark.postgres]


class Server:
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


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="rw-stops-"))
    folder.chmod(0o755)
    made = Server(folder)
    yield made
    with contextlib.suppress(Exception):
        made.stop_at_once()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_server_that_is_stopped_at_once_under_load_loses_and_doubles_nothing(server: Server) -> None:
    store = PostgresStore(server.url, Runtime())
    store.write(all_tables().create_all)
    moments = random.Random(7)
    stops = 12

    def stop_again_and_again() -> None:
        for _ in range(stops):
            time.sleep(moments.uniform(0.3, 1.2))
            server.stop_at_once()
            server.process = server.start()

    stopping = threading.Thread(target=stop_again_and_again)
    with workers(server.url) as running:
        stopping.start()
        running.run(25)
        stopping.join()
        running.run(1)
        words = check(store, running.acknowledged)
        assert words >= len(running.acknowledged) > stops
    store.close()
