"""What was measured of a side before: kept so that a new day costs a day, and a broken run goes on where it was."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

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


class Keeping(Protocol):
    """Where fingerprints of one side of one source are kept, as text by their key."""

    def all(self) -> Mapping[PartKey, str]:
        """Everything that is kept."""

    def keep(self, key: PartKey, content: str) -> None:
        """Keep one in place of what was kept under its part."""

    def forget(self, keys: Sequence[PartKey]) -> None:
        """Let go of these."""


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
        known_as: dict[PartKey, str] = {}  # where names are kept short
        for key, content in all_.items():
            if key.plan == plan and key.part != WHOLE:
                found = from_json(content.encode(), key.part)
                whole = replace(key, part=found.parts[0].name if found.parts else key.part)
                known[whole], known_as[whole] = found, key.part
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
        there = {(known_as.get(key, key.part), key.plan) for key in done.parts}
        self.kept.forget([key for key in all_ if key.plan == plan and (key.part, key.plan) not in there])
        return done.whole

    def _keep(self, key: PartKey, found: Fingerprint, parts: int) -> None:
        self.kept.keep(key, to_json(found).decode())
        self.fresh += parts


def _version(parts: tuple[PartState, ...]) -> str | None:
    """What changes when any part does; None where that cannot be known."""
    if not parts or any(part.version is None or part.fault is not None for part in parts):
        return None
    told = "\n".join(f"{part.name}|{part.version}|{part.size}" for part in parts)
    return hashlib.sha256(told.encode()).hexdigest()
