"""What the rows of a file change in the inventory as it stands; pure, so that a preview and a run say the same."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roadworthy.foundation.errors import Place
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.model import Stored
from roadworthy.inventory.importing.merging import WHOLE, FieldConflict, complete, covered, merge
from roadworthy.inventory.importing.model import PlacedRow
from roadworthy.inventory.importing.report import Effects
from roadworthy.inventory.importing.settling import settle
from roadworthy.inventory.importing.store import Baseline
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.inventory.store import ReportedAnswer

Answered = tuple[str, str, PlacedRow]
"""Use case, fact, and the row that answers it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the inventory knows about the use cases of a file."""

    specs: Mapping[str, Stored]
    baselines: Mapping[str, Baseline]
    answers: Mapping[str, Mapping[str, ReportedAnswer]]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a file changes."""

    declared: tuple[Declared, ...]
    """Only what differs from what stands."""
    remembered: Mapping[str, Mapping[str, Any]]
    """Specs to keep as imported last, for those that differ from what was."""
    answers: tuple[Answered, ...]
    """New or changed ones."""
    withdrawn: tuple[tuple[str, str], ...]
    """Answers that the file no longer gives: use case and fact."""
    effects: Effects

    @property
    def changes(self) -> bool:
        """Whether anything is left to write."""
        return bool(self.declared or self.remembered or self.answers or self.withdrawn)


@dataclass(slots=True)
class _Gathered:
    declared: list[Declared] = field(default_factory=list)
    remembered: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    conflicts: list[FieldConflict] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    updated: set[str] = field(default_factory=set)
    set_aside: set[str] = field(default_factory=set)
    """Rows that change nothing until a person decides."""


def compare(
    rows: Sequence[PlacedRow], targets: frozenset[str], standing: Standing, file: str, take: Collection[str] = ()
) -> Merged:
    """Compare the rows of a file with what stands.

    Args:
        rows: placed, each with a name of its own.
        targets: what the file has columns for.
        standing: what is known about these use cases.
        file: its name, to tell whose use cases they were.
        take: keys of conflicts that a person decided for the file.
    """
    gathered = _Gathered()
    about = covered(targets)
    for row in rows:
        before = standing.baselines.get(row.name)
        if row.by_title_alone and before is not None and before.file != file and f"{row.name}:{WHOLE}" not in take:
            _claim(gathered, row, before, file)
        else:
            _compare_row(gathered, row, targets, about, standing, take)
    placed = [row for row in rows if row.name not in gathered.set_aside]
    answers = tuple(_new_answers(placed, standing))
    withdrawn = tuple(
        (row.name, fact)
        for row in placed
        for fact in standing.answers.get(row.name, {})
        if fact in targets and fact not in row.answers
    )
    created = set(gathered.created)
    changed = {*created, *gathered.updated, *(name for name, _, _ in answers), *(name for name, _ in withdrawn)}
    effects = Effects(
        created=tuple(gathered.created),
        updated=tuple(row.name for row in rows if row.name in changed - created),
        unchanged=len(rows) - len(changed) - len(gathered.set_aside),
        conflicts=tuple(gathered.conflicts),
        claimed={name: before.file for name, before in standing.baselines.items() if before.file != file},
    )
    return Merged(tuple(gathered.declared), gathered.remembered, answers, withdrawn, effects)


def _claim(gathered: _Gathered, row: PlacedRow, before: Baseline, file: str) -> None:
    """Two files with use cases of one title and nothing else to tell them apart: the one that is there stays."""
    gathered.conflicts.append(FieldConflict(row.name, WHOLE, before.file, before.file, file))
    gathered.set_aside.add(row.name)


def _compare_row(
    gathered: _Gathered,
    row: PlacedRow,
    targets: frozenset[str],
    about: frozenset[str],
    standing: Standing,
    take: Collection[str],
) -> None:
    there, before = standing.specs.get(row.name), standing.baselines.get(row.name)
    new = row.use_case.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if there is None and before is not None and f"{row.name}:{WHOLE}" not in take:
        gathered.conflicts.append(FieldConflict(row.name, WHOLE, "imported", "removed", "in the file"))
        gathered.set_aside.add(row.name)
        return
    if there is None:
        gathered.declared.append(_declared(row, row.use_case, {}))
        gathered.remembered[row.name] = new
        gathered.created.append(row.name)
        return
    stands = json.loads(there.spec_json)
    base = None if before is None else before.spec
    whole = complete(base if base is not None else stands, new, targets)
    merged, kept, conflicts = merge(row.name, base, stands, whole, about=about, take=take)
    gathered.conflicts += conflicts
    if kept != base:
        gathered.remembered[row.name] = kept
    if merged != stands:
        _, use_case, _ = settle(merged)
        gathered.declared.append(_declared(row, use_case, there.labels))
        gathered.updated.add(row.name)


def _new_answers(rows: Sequence[PlacedRow], standing: Standing) -> list[Answered]:
    found = []
    for row in rows:
        known = standing.answers.get(row.name, {})
        for fact, reported in row.answers.items():
            if fact not in known or known[fact].answer is not reported.answer:
                found.append((row.name, fact, row))
    return found


def _declared(row: PlacedRow, use_case: UseCase, labels: Mapping[str, str]) -> Declared:
    return Declared(USE_CASE, row.name, dict(labels), use_case, Place(sheet=row.sheet or None, cell=f"A{row.row}"))
