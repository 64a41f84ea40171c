"""What was measured of a side before: kept so that a new day costs a day, and a broken run goes on where it was."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
"""Bytes from which a source of several parts is measured part by part. Below it a pass over the whole costs seconds,
and only a whole tells of rows that repeat in two files."""
WHOLE = "*"
"""Name under which a side is kept that was measured in one."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is kept of one side of one source."""

    store: Store
    use_case: str
    source: str
    side: Side
    apart: int = APART

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
        known = self._known()
        if version is not None and (key := PartKey(WHOLE, version, plan)) in known:
            progress.step("unchanged since it was measured", 1.0, 1.0)
            found = known[key]
            return found if self.side is Side.PILOT else replace(found, measured_at=now)
        found = measure(opened, engine, declared, now=now, progress=progress)
        if version is not None and not opened.still_same():
            self._keep(PartKey(WHOLE, version, plan), found)
        return found

    def _in_parts(
        self,
        opened: Opened,
        engine: Engine,
        declared: Declared,
        plan: str,
        now: dt.datetime,
        progress: Progress,
    ) -> Fingerprint:
        known = {key: found for key, found in self._known().items() if key.plan == plan}
        done = measure_parts(opened, engine, declared, known=known, now=now, progress=progress, keep=self._keep)
        present = {_short(part.name) for part in opened.parts}
        with self.store.read() as connection:
            kept = rows.parts_of(connection, self.use_case, self.source, self.side.value)
        gone = sorted(kept.keys() - present)
        if gone:
            self.store.write(
                lambda connection: rows.forget_parts(connection, self.use_case, self.source, self.side.value, gone)
            )
        return done.whole

    def _known(self) -> Mapping[PartKey, Fingerprint]:
        with self.store.read() as connection:
            kept = rows.parts_of(connection, self.use_case, self.source, self.side.value)
        found = {}
        for name, (version, plan, content) in kept.items():
            read = from_json(content.encode(), name)
            whole = read.parts[0].name if name != WHOLE and read.parts else name
            found[PartKey(whole, version, plan)] = read
        return found

    def _keep(self, key: PartKey, found: Fingerprint) -> None:
        part = {
            "part": _short(key.part),
            "version": key.version[:120],
            "plan": key.plan,
            "content": to_json(found).decode(),
        }
        self.store.write(
            lambda connection: rows.keep_part(connection, self.use_case, self.source, self.side.value, part)
        )


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
