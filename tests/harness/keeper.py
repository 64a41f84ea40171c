"""Keeps one PostgreSQL server alive exactly as long as the test run that asked for it, then tidies up.

Runs as `python -m tests.harness.keeper PID FOLDER CLUSTER UID GID COMMAND...`: a process of its own, because the worker
that needs the server first is not the one that ends last, and because a killed run must not leave a server behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

LOOK_EVERY = 0.2
"""Seconds between two looks at whether the run is still there."""
PATIENCE = 15
"""Seconds for a fast shutdown before the server is killed; its data is thrown away in any case."""


def alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def keep(run: int, folders: tuple[Path, Path], identity: tuple[int, int], command: list[str]) -> None:
    """Run the server until the run ends or asks for the end with SIGTERM, then remove the run's folder and its own."""
    asked: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: asked.append(number))
    uid, gid = identity
    other: dict[str, object] = {"user": uid, "group": gid, "extra_groups": []} if uid != os.geteuid() else {}
    folder, cluster = folders
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, **other)  # type: ignore[call-overload]  # the keywords are optional
        while alive(run) and server.poll() is None and not asked:
            time.sleep(LOOK_EVERY)
        if server.poll() is None:
            server.send_signal(signal.SIGINT)  # PostgreSQL: fast shutdown
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(PATIENCE)
        if server.poll() is None:
            server.kill()
            server.wait()
    shutil.rmtree(cluster, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    run, folder, cluster, uid, gid = sys.argv[1:6]
    keep(int(run), (Path(folder), Path(cluster)), (int(uid), int(gid)), sys.argv[6:])
