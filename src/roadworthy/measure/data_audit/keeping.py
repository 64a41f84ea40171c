"""Fingerprints of a registered source and of its parts, kept in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roadworthy.foundation.storage.store import Store
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.fingerprint.partwise import PartKey

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class KeptInStore:
    """What was measured of one side of one source."""

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

    def forget(self, keys: Sequence[PartKey]) -> None:
        """See `Keeping`."""
        names = [_short(key.part) for key in keys]
        self.store.write(
            lambda connection: rows.forget_parts(connection, self.use_case, self.source, self.side.value, names)
        )


def _short(name: str) -> str:
    """A part's name as it is kept: a path that is too long ends in its hash."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 17]}#{hashlib.sha256(name.encode()).hexdigest()[:16]}"
