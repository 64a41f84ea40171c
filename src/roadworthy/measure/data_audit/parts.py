"""What was measured of a side before: kept so that a new day costs a day, and a broken run goes on where it was."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from roadworthy.foundation.storage.store import Store
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.fingerprint.codec import from_json, to_json
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Fingerprint, PartState
from roadworthy.measure.fingerprint.partwise import PartKey, measure_parts, plan_of
from roadworthy.measure.fingerprint.progress import Progress
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.terms import Declared

APART = 256 * 1024 * 1024
"""Bytes from which a source of several parts is measured in batches of them. Below it a pass over the whole costs
seconds, and only a whole tells of rows that repeat in two files."""
WHOLE = "*"
"""Name under which a side is kept that was measured in one."""
_LONGEST = 300


class Keeping(Protocol):
    """Where fingerprints of one side of one source are kept, as text by their key."""

    def all(self) -> Mapping[PartKey, str]:
        """Everything that is kept."""

    def keep(self, key: PartKey, content: str) -> None:
        """Keep one in place of what was kept under its part."""

    def forget(self, parts: Sequence[str]) -> None:
        """Let go of these parts."""


@dataclass(frozen=True, slots=True)
class KeptInStore:
    """Of a registered source: in the database."""

    store: Store
    use_case: str
    source: str
    side: Side

    def all(self) -> Mapping[PartKey, str]:
        """See `Keeping`."""
        with self.store.read() as connection:
            kept = rows.parts_of(connection, self.use_case, self.source, self.side.value)
        return {PartKey(name, version, plan): content for name, (version, plan, content) in kept.items()}

    def keep(self, key: PartKey, content: str) -> None:
        """See `Keeping`."""
        part = {"part": _short(key.part), "version": key.version[:120], "plan": key.plan, "content": content}
        self.store.write(
            lambda connection: rows.keep_part(connection, self.use_case, self.source, self.side.value, part)
        )

    def forget(self, parts: Sequence[str]) -> None:
        """See `Keeping`."""
        names = [_short(name) for name in parts]
        self.store.write(
            lambda connection: rows.forget_parts(connection, self.use_case, self.source, self.side.value, names)
        )


@dataclass(slots=True)
class Shelf:
    """Measures one side of one source, and keeps what it measured."""

    kept: Keeping
    side: Side
    apart: int = APART
    taken: int = 0
    """Parts that were not read again."""
    fresh: int = 0
    """Parts that were measured, and are kept."""

    def measure(
        self, opened: Opened, engine: Engine, declared: Declared, *, now: dt.datetime, progress: Progress
    ) -> Fingerprint:
        """The fingerprint of the side. What did not change since it was measured is not read again.

        Raises:
            Cancelled: somebody asked for an end; parts that are finished are kept.
            RoadworthyError: it cannot be read.
        """
        plan = plan_of(opened, engine, declared)
        readable = [part for part in opened.parts if part.fault is None]
        if len(readable) > 1 and (opened.size or 0) >= self.apart:
            return self._in_parts(opened, engine, declared, plan, now, progress)
        version = _version(opened.parts)
        key = None if version is None else PartKey(WHOLE, version, plan)
        content = None if key is None else self.kept.all().get(key)
        if content is not None:
            progress.step("unchanged since it was measured", 1.0, 1.0)
            self.taken = len(readable)
            found = from_json(content.encode(), opened.name)
            return found if self.side is Side.PILOT else replace(found, measured_at=now)
        found = measure(opened, engine, declared, now=now, progress=progress)
        if key is not None and not opened.still_same():
            self._keep(key, found, len(readable))
        return found

    def _in_parts(
        self, opened: Opened, engine: Engine, declared: Declared, plan: str, now: dt.datetime, progress: Progress
    ) -> Fingerprint:
        all_ = self.kept.all()
        known: dict[PartKey, Fingerprint] = {}
        for key, content in all_.items():
            if key.plan == plan and key.part != WHOLE:
                found = from_json(content.encode(), key.part)
                known[replace(key, part=found.parts[0].name if found.parts else key.part)] = found
        done = measure_parts(
            opened,
            engine,
            declared,
            known=known,
            now=now,
            progress=progress,
            keep=lambda key, found: self._keep(key, found, len(found.parts)),
        )
        self.taken = done.taken
        present = {_short(key.part) for key in done.parts}
        self.kept.forget(sorted(key.part for key in all_ if _short(key.part) not in present))
        return done.whole

    def _keep(self, key: PartKey, found: Fingerprint, parts: int) -> None:
        self.kept.keep(key, to_json(found).decode())
        self.fresh += parts


def _short(name: str) -> str:
    """A part's name as it is kept: a path that is too long ends in its hash."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 17]}#{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _version(parts: tuple[PartState, ...]) -> str | None:
    """What changes when any part does; None where that cannot be known."""
    if not parts or any(part.version is None or part.fault is not None for part in parts):
        return None
    told = "\n".join(f"{part.name}|{part.version}|{part.size}" for part in parts)
    return hashlib.sha256(told.encode()).hexdigest()
