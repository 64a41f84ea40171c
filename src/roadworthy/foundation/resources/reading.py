"""From rows to values."""

from __future__ import annotations

import json
from collections.abc import Sequence

from roadworthy.foundation.resources.changes import State, state_changes
from roadworthy.foundation.resources.model import Action, Change, Stored, Version
from roadworthy.foundation.resources.registry import Kind
from roadworthy.foundation.storage.prepared import Row


def stored_from(row: Row, kind: Kind) -> Stored:
    """A row of the current state."""
    return Stored(
        kind=kind.name,
        name=row.name,
        uid=row.uid,
        generation=row.generation,
        labels_json=row.labels,
        spec_json=row.spec,
        digest=row.digest,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        entry_id=row.entry_id,
        model=kind.model,
    )


def versions_from(rows: Sequence[Row]) -> list[Version]:
    """The history, newest first, from its rows, oldest first: each row is compared with the one before it."""
    versions: list[Version] = []
    before: State | None = None
    for row in rows:
        after = None if row.spec is None else (row.labels, row.spec)
        changes: tuple[Change, ...] = (
            () if after is None else state_changes(before, json.loads(after[0]), json.loads(after[1]))
        )
        versions.append(
            Version(
                generation=row.generation,
                uid=row.uid,
                action=Action(row.action),
                changes=changes,
                digest=row.digest,
                at=row.at,
                actor=row.actor,
                via=row.via,
                source=row.source,
                entry_id=row.entry_id,
            )
        )
        before = after
    versions.reverse()
    return versions
