"""Putting a backup back: what would be lost is said first, and nothing is lost that was not declared."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from roadworthy.foundation.deployment import segments
from roadworthy.foundation.deployment.backup import State, opened, refuse_unsound, run, state_of, tool
from roadworthy.foundation.deployment.guards import guard_database
from roadworthy.foundation.deployment.manifest import MARK, SEGMENTS, Manifest, read, unpack
from roadworthy.foundation.deployment.places import Places
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, Place, Refused, RoadworthyError
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.checkpoints import prove
from roadworthy.foundation.ledger.signer import check_continues
from roadworthy.foundation.ledger.verifier import StoreVerifier
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.engines import postgres_engine

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What putting a backup back would take away."""

    signed: int = 0
    """Entries over which the signer signed a checkpoint, or a process saw one."""
    witnessed: int = 0
    """Entries over which somebody outside holds a checkpoint."""
    recorded: int = 0
    """Entries of the database that is there now, signed or not."""
    compared: bool = False
    """False where there is no present database to compare with, so that nobody can say what is lost beside."""

    @property
    def anything(self) -> bool:
        """Whether it must be declared."""
        return bool(self.signed or self.witnessed or self.recorded)

    def __str__(self) -> str:
        said = (
            (self.recorded, "are in the present database"),
            (self.signed, "were signed"),
            (self.witnessed, "were witnessed"),
        )
        return ", ".join(f"{count} that {what}" for count, what in said if count)


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back: what has to be recorded as soon as the database is opened."""

    made: str
    at: str
    size: int
    root: str
    signed: int
    witnessed: int
    recorded: int
    compared: bool
    reason: str
    by: str = ""
    """Account of whoever put it back, who becomes the actor of what is recorded; empty where nobody said."""

    @property
    def lossless(self) -> bool:
        """Nothing can have been lost: there was a present database, and it held no more."""
        return self.compared and not (self.signed or self.witnessed or self.recorded)


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody says about a loss."""

    loss: bool = False
    reason: str = ""
    witnessed: Sequence[str] = ()
    """Checkpoints that are known outside, as signed notes."""
    by: str = ""
    """Account of the operating system that says it."""


def loss_of(places: Places, manifest: Manifest, declared: Declared, clock: Clock) -> Loss:
    """What putting this backup back takes away.

    Raises:
        Refused: the backup is of another ledger.
        IntegrityBroken: what is remembered here was changed, or a checkpoint is not this ledger's.
    """
    if manifest.origin != places.origin:
        raise Refused(
            "backup-of-another-ledger",
            f"the backup is of `{manifest.origin}`, and this is `{places.origin}`",
            remedy="put it back where its settings are: `organisation` names the ledger",
        )
    held = manifest.size + manifest.waiting
    present = _present(places)
    signed = max((mark.size for mark in marks_here(places, clock)), default=0)
    outside = max((each.size for each in _outside(places, declared, clock)), default=0)
    return Loss(
        signed=max(0, signed - manifest.size),
        witnessed=max(0, outside - manifest.size),
        recorded=0 if present is None else max(0, present.size + present.waiting - held),
        compared=present is not None,
    )


def marks_here(places: Places, clock: Clock) -> list[Checkpoint]:
    """Checkpoints that are remembered here."""
    return [mark for each in places.remembered(clock) if (mark := each.read()) is not None]


def restore(places: Places, source: Path, declared: Declared, clock: Clock) -> tuple[Manifest, Restored]:
    """Put a backup back. The home must be this process's own, and no other may use the database.

    Raises:
        Refused: something would be lost and nobody declared it; or the backup is of another ledger.
        IntegrityBroken: backup or ledger do not verify, or the backup is of another history. Nothing was changed.
        Conflict: a PostgreSQL database is not empty.
    """
    loss = loss_of(places, read(source), declared, clock)
    if loss.anything and not declared.loss:
        raise Refused(
            "restore-loses-entries",
            f"this backup would take entries away: {loss}",
            place=Place(source=str(source)),
            remedy="find a newer backup; or declare it with `--declare-loss --reason TEXT`, and tell who holds "
            "checkpoints",
        )
    if loss.anything and not declared.reason.strip():
        raise InvalidInput(
            "reason-missing", "a loss is declared with a reason", remedy="add `--reason TEXT`; it goes on record"
        )
    places.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=places.home) as name:
        folder = Path(name)
        manifest = unpack(source, folder)
        restored = _told(manifest, loss, declared, clock)
        if manifest.engine == "sqlite":
            _embedded(places, folder, manifest, restored, clock)
        else:
            _shared(places, folder, manifest, restored)
    return manifest, restored


def pending(places: Places, state: State) -> Restored | None:
    """What has to be recorded about a restore of this very database; None where there was none, or it never came."""
    try:
        said = Restored(**json.loads(places.pending.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise IntegrityBroken(
            "restore-note-unreadable",
            "what has to be recorded about a restore cannot be read",
            place=Place(source=str(places.pending)),
            remedy="put the backup back once more",
        ) from error
    happened = (said.size, base64.b64decode(said.root)) == (state.size, state.root)
    if not happened:
        settled(places)
    return said if happened else None


def settled(places: Places) -> None:
    """A restore is on record."""
    places.pending.unlink(missing_ok=True)


def _told(manifest: Manifest, loss: Loss, declared: Declared, clock: Clock) -> Restored:
    return Restored(
        made=manifest.made,
        at=to_text(clock.now()),
        size=manifest.size,
        root=manifest.root,
        signed=loss.signed,
        witnessed=loss.witnessed,
        recorded=loss.recorded,
        compared=loss.compared,
        reason=declared.reason.strip(),
        by=declared.by,
    )


def _present(places: Places) -> State | None:
    """How far the embedded database is that stands here; None where there is none that can be read."""
    if places.url or not places.database.exists():
        return None
    try:
        with opened(places.database) as connection:
            return state_of(connection)
    except RoadworthyError:
        return None


def _outside(places: Places, declared: Declared, clock: Clock) -> list[Checkpoint]:
    trusted = places.trusted(clock)
    return [open_checkpoint(note, places.origin, trusted) for note in declared.witnessed]


def _embedded(places: Places, folder: Path, manifest: Manifest, restored: Restored, clock: Clock) -> None:
    if places.url:
        raise Refused(
            "backup-of-another-engine",
            "the backup holds an embedded database, and the settings name PostgreSQL",
            remedy="take `database` out of the settings, or use a backup of the PostgreSQL database",
        )
    fresh = folder / manifest.database
    known = places.trusted(clock) or replace(places, keys_folder=folder / "keys").trusted(clock)
    with opened(fresh) as connection:
        refuse_unsound(StoreVerifier(connection, places.origin, known), str(fresh))
        state, sealed = state_of(connection), segments.known(connection)
        if (state.size, state.root) != (manifest.size, manifest.root_bytes):
            raise IntegrityBroken(
                "backup-unsound",
                "the database in it is not the one that it describes",
                place=Place(source=str(fresh)),
                remedy="nothing was changed; use another backup",
            )
        for mark in marks_here(places, clock):
            if mark.size <= state.size:
                new = Checkpoint(places.origin, state.size, state.root)
                check_continues(mark, new, lambda old, new: prove(connection, old, new))
    for suffix in BESIDE:
        Path(f"{fresh}{suffix}").unlink(missing_ok=True)
    _put_segments(places, folder, manifest)
    _note(places, restored)
    _settle_memory(places, folder, manifest, restored)
    _put_away(places, clock)
    fresh.replace(places.database)
    _sync(places.home)
    segments.unseal(places.segments, sealed)


def _shared(places: Places, folder: Path, manifest: Manifest, restored: Restored) -> None:
    if not places.url:
        raise Refused(
            "backup-of-another-engine",
            "the backup holds a PostgreSQL database, and the settings name none",
            remedy="name an empty one as `database` in the settings",
        )
    engine = postgres_engine(places.url, pool_size=1)
    try:
        with engine.connect() as connection:
            there = connection.exec_driver_sql("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").first()
    finally:
        engine.dispose()
    if there is not None:
        raise Conflict(
            "restore-target-not-empty",
            "the database is not empty, and nothing is ever put over what is there",
            place=Place(source=engine.url.render_as_string(hide_password=True)),
            remedy="create an empty database, name it in the settings, and keep the old one",
        )
    _put_segments(places, folder, manifest)
    _note(places, restored)
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    run([tool("pg_restore"), *options, str(folder / manifest.database)], places.url)
    guard_database(places.url)
    _settle_memory(places, folder, manifest, restored)
    engine = postgres_engine(places.url, pool_size=1)
    try:
        with engine.connect() as connection:
            segments.unseal(places.segments, segments.known(connection))
    finally:
        engine.dispose()


def _put_segments(places: Places, folder: Path, manifest: Manifest) -> None:
    """Before the database that knows them: a segment too many does no harm."""
    if SEGMENTS in manifest.files:
        segments.put_back(folder / SEGMENTS, places.segments)


def _note(places: Places, restored: Restored) -> None:
    """First of all, so that whatever happens next it will be recorded."""
    with open(places.pending, "w", encoding="utf-8", opener=_privately) as file:
        json.dump(asdict(restored), file)
        file.flush()
        os.fsync(file.fileno())
    _sync(places.home)


def _put_away(places: Places, clock: Clock) -> None:
    """Keep what was there; there is no moment at which no database is in its place."""
    if not places.database.exists():
        return
    kept = places.home / "backups" / f"{clock.now():%Y%m%dT%H%M%S%f}Z-before-restore"
    kept.mkdir(parents=True, mode=0o700)
    os.link(places.database, kept / places.database.name)
    for suffix in BESIDE:  # it would be taken for the log of the new one
        log = places.database.with_name(f"{places.database.name}{suffix}")
        if log.exists():
            log.replace(kept / log.name)


def _settle_memory(places: Places, folder: Path, manifest: Manifest, restored: Restored) -> None:
    """Keys that are missing here, and what the signer remembers: the backup's where a loss was declared.

    Done before the database is put in place: a signer that remembers less than the database holds goes on all the same.
    """
    for name in manifest.files:
        if name.startswith("keys/"):
            target = places.keys_folder / name.removeprefix("keys/")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                (folder / name).replace(target)
    if restored.signed or restored.witnessed:
        for path in (places.mark, places.seen):
            if path.exists():
                path.replace(path.with_name(f"{path.name}-before-{restored.at.replace(':', '')}"))
    if MARK in manifest.files and not places.mark.exists():
        places.mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / MARK).replace(places.mark)


def _privately(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
