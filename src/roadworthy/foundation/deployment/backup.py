"""Copying a deployment while it runs, and checking the copy before it is called a backup."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from roadworthy import __version__
from roadworthy.foundation.deployment import segments
from roadworthy.foundation.deployment.manifest import (
    EMBEDDED,
    MARK,
    SEGMENTS,
    SHARED,
    Manifest,
    digest_of_file,
    write,
)
from roadworthy.foundation.deployment.places import Places
from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place, Unavailable
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.keys import PUBLIC_SUFFIX, SUFFIX
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.verifier import StoreVerifier
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.engines import postgres_engine, sqlite_engine
from roadworthy.foundation.storage.faults import StorageFault, explain
from roadworthy.foundation.storage.migrate import revision_of

PATIENCE_SECONDS = 6 * 3600
"""After so long a dump hangs."""
_STEP_PAGES = 2_000
"""Of the embedded database that are copied before others may write again."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a ledger is in a database."""

    revision: str
    size: int
    root: bytes
    waiting: int


def back_up(places: Places, target: Path, clock: Clock, *, keys: bool) -> Manifest:
    """Write a backup; the deployment may run meanwhile.

    Args:
        places: what is copied.
        target: a file that is not there yet.
        clock: of the machine.
        keys: put the private keys into it as well. Whoever has database and keys can sign another history.

    Raises:
        InvalidInput: the target is there, or there is nothing to copy.
        IntegrityBroken: the ledger in the copy does not verify; nothing was written.
        Unavailable: it cannot be read or written.
    """
    if target.exists():
        raise InvalidInput(
            "file-exists", f"`{target}` exists", place=Place(source=str(target)), remedy="choose another name"
        )
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=target.parent) as name:
            folder = Path(name)
            members = _remembered(places, folder)  # first: what was signed before is in what is copied after
            state, sealed = _embedded(places, folder, clock) if not places.url else _shared(places, folder)
            packed = segments.pack(places.segments, sealed, folder / SEGMENTS)
            members[SEGMENTS] = folder / SEGMENTS
            members[SHARED if places.url else EMBEDDED] = folder / "database"
            if keys:
                members |= _keys(places)
            manifest = Manifest(
                made=to_text(clock.now()),
                version=__version__,
                revision=state.revision,
                origin=places.origin,
                engine="postgresql" if places.url else "sqlite",
                size=state.size,
                root=base64.b64encode(state.root).decode(),
                waiting=state.waiting,
                files={member: digest_of_file(path) for member, path in members.items()},
                segments=packed.here,
                elsewhere=packed.elsewhere,
            )
            write(fresh, manifest, members)
        _sync(fresh)
        fresh.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise Unavailable(
            "backup-unwritable",
            f"the backup cannot be written ({error.strerror})",
            place=Place(source=str(target)),
            remedy="choose a folder that exists, can be written to and has room for twice the database",
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def state_of(connection: sa.Connection) -> State:
    """How far the ledger is."""
    frontier = sql.load_frontier(connection)
    return State(revision_of(connection) or "", frontier.size, frontier.root(), sql.waiting(connection))


@contextmanager
def opened(database: Path) -> Iterator[sa.Connection]:
    """A connection to an embedded database that nobody writes to.

    Raises:
        Unavailable, IntegrityBroken: it cannot be read.
    """
    engine = sqlite_engine(database, writer=True)
    try:
        with engine.begin() as connection:
            yield connection
    except StorageFault as fault:
        raise explain(fault, str(database)) from fault
    finally:
        engine.dispose()


def _remembered(places: Places, folder: Path) -> dict[str, Path]:
    if not places.mark.exists():
        return {}
    shutil.copyfile(places.mark, folder / MARK)
    return {MARK: folder / MARK}


def _keys(places: Places) -> Mapping[str, Path]:
    files = [path for suffix in (SUFFIX, PUBLIC_SUFFIX) for path in sorted(places.keys_folder.glob(f"*/*{suffix}"))]
    return {f"keys/{path.parent.name}/{path.name}": path for path in files}


def _embedded(places: Places, folder: Path, clock: Clock) -> tuple[State, dict[str, bool]]:
    if not places.database.exists():
        raise InvalidInput(
            "nothing-to-back-up",
            "there is no database here yet",
            place=Place(source=str(places.database)),
            remedy="run it in the folder of the settings, or name the home with `ROADWORTHY_HOME`",
        )
    copy = folder / "database"
    source, target = sqlite3.connect(places.database), sqlite3.connect(copy)
    try:
        source.backup(target, pages=_STEP_PAGES)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise Unavailable(
            "storage-failed",
            f"the database cannot be copied ({error})",
            place=Place(source=str(places.database)),
            remedy="look at the disk and its free space, then run it again",
        ) from error
    finally:
        target.close()
        source.close()
    with opened(copy) as connection:
        refuse_unsound(StoreVerifier(connection, places.origin, places.trusted(clock)), str(places.database))
        state, sealed = state_of(connection), segments.known(connection)
    with sqlite3.connect(copy) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
    plain.close()
    return state, sealed


def refuse_unsound(verifier: StoreVerifier, where: str) -> None:
    """Refuse a database whose ledger does not verify.

    Raises:
        IntegrityBroken: names the first fault.
    """
    found = verifier.full()
    if found.faults:
        raise IntegrityBroken(
            "backup-unsound",
            f"the ledger in it does not verify: {found.faults[0].message}",
            place=Place(source=where),
            remedy="run `roadworthy ledger verify`, and keep every older backup until you know what happened",
        )


def _shared(places: Places, folder: Path) -> tuple[State, dict[str, bool]]:
    """Dump the very snapshot in which the ledger is measured."""
    program = tool("pg_dump")
    engine = postgres_engine(places.url, pool_size=1)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            state, sealed = state_of(connection), segments.known(connection)
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            run([program, *options, f"--file={folder / 'database'}"], places.url)
    except StorageFault as fault:
        raise explain(fault, engine.url.render_as_string(hide_password=True)) from fault
    finally:
        engine.dispose()
    return state, sealed


def tool(name: str) -> str:
    """A program of PostgreSQL.

    Raises:
        Unavailable: it is not installed here.
    """
    found = shutil.which(name)
    if found is None:
        raise Unavailable(
            "postgresql-tools-missing",
            f"`{name}` is not on the PATH",
            remedy="install the client programs of PostgreSQL, of the server's version or newer, where this runs",
        )
    return found


def run(command: list[str], url: str) -> None:
    """Run a program of PostgreSQL on a database; the password goes by the environment, which others cannot see.

    Raises:
        Unavailable: it failed, in its own words.
    """
    address = sa.make_url(url)
    environment = dict(os.environ)
    if address.password is not None:
        environment["PGPASSWORD"] = str(address.password)
    named = address.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with our own arguments, without a shell
        [*command, f"--dbname={named}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise Unavailable(
            "postgresql-tool-failed",
            f"`{Path(command[0]).name}` failed ({lines[0]})",
            place=Place(source=named),
            remedy="mend what it says; a program that is older than the server refuses it",
        )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
