"""Putting declarations in force: rows, history, ledger entries and the owning layer's index in one unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, Place
from roadworthy.foundation.ledger.authority import Grounds
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources import store as rows
from roadworthy.foundation.resources.changes import state_changes
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.encoding import Encoded
from roadworthy.foundation.resources.model import Action, Applied, Change
from roadworthy.foundation.resources.registry import Kind
from roadworthy.foundation.storage.prepared import Row

MOST_PATHS = 100
"""Changed paths named in a ledger entry; the history has all of them."""

Known = Mapping[str, Row]
_NONE = Grounds()


def refuse_double_claims(declared: Sequence[Declared]) -> None:
    """Raises InvalidInput when two declarations claim one resource."""
    first: dict[str, Declared] = {}
    findings = []
    for one in declared:
        other = first.setdefault(one.key, one)
        if other is not one:
            message = f"{one.key} is declared twice" + (f"; the first is at {other.place}" if str(other.place) else "")
            findings.append(
                Finding("resource-declared-twice", message, one.place, "keep one of the two, or rename one")
            )
    if findings:
        raise InvalidInput.of(findings, "the declarations")


def refuse_stale(declared: Sequence[Declared], known: Mapping[str, Known], expected: Mapping[str, int]) -> None:
    """Raises Conflict when a resource is not at the generation that the caller saw; names each."""
    findings = []
    for one in declared:
        wanted = expected.get(one.key)
        row = known[one.kind].get(one.name)
        there = 0 if row is None else row.generation
        if wanted is not None and wanted != there:
            findings.append(Finding("resource-changed-meanwhile", _moved(one.key, wanted, row), one.place))
    if findings:
        names = ", ".join(finding.message for finding in findings[:3])
        raise Conflict(
            "resource-changed-meanwhile",
            names if len(findings) <= len(findings[:3]) else f"{names} and {len(findings) - 3} more",
            place=findings[0].place,
            remedy="look at what changed, then plan and apply again; nothing of this was applied",
            findings=findings if len(findings) > 1 else (),
        )


def _moved(key: str, wanted: int, row: Row | None) -> str:
    if row is None:
        return f"{key} was removed since it was at generation {wanted}"
    if wanted == 0:
        return f"{key} exists by now, at generation {row.generation}"
    return f"{key} changed since: generation {wanted} then, {row.generation} now"


@dataclass(slots=True)
class _Writes:
    """The rows that one bulk write gathers."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)


class Putting:
    """Puts declarations of one kind in force, in bulk."""

    def __init__(self, tx: Transaction, kind: Kind, source: str, grounds: Mapping[str, Grounds]) -> None:
        self._tx = tx
        self._kind = kind
        self._source = source
        self._grounds = grounds
        self._writes = _Writes()

    def put(self, declared: Sequence[Declared], known: Known) -> list[Applied]:
        """Write what differs from `known`; one value per declaration, the unchanged included."""
        connection = self._tx.connection
        missing = [one.name for one in declared if one.name not in known]
        # A name used before goes on counting, so that a generation never means two things.
        last = rows.last_generations(connection, self._kind.name, missing) if missing else {}
        applied = [self._one(one, known.get(one.name), last.get(one.name, 0)) for one in declared]
        try:
            rows.insert(connection, self._writes.new)
            rows.update(connection, self._writes.changed)
            rows.add_versions(connection, self._writes.versions)
        except sa.exc.IntegrityError as error:
            raise Conflict(
                "resource-changed-meanwhile",
                f"a {self._kind.name} of the same name was made at the same moment",
                remedy="plan and apply again; nothing of this was applied",
            ) from error
        touched = [one for one in applied if one.action is not Action.UNCHANGED]
        if touched:
            self._kind.project(self._tx, touched)
        return applied

    def _one(self, declared: Declared, row: Row | None, last: int) -> Applied:
        encoded = declared.encoded
        if row is not None and row.digest == encoded.digest:
            return _applied(declared, row.uid, row.generation, Action.UNCHANGED, encoded)
        action = Action.CREATE if row is None else Action.UPDATE
        generation = last + 1 if row is None else row.generation + 1
        uid = self._tx.new_id() if row is None else row.uid
        before = None if row is None else (row.labels, row.spec)
        changes = state_changes(before, declared.labels, encoded.values)
        grounds = self._grounds.get(declared.key, _NONE)
        entry_id = self._tx.record(_draft(declared.key, self._kind, generation, changes, encoded, grounds))
        self._gather(declared.name, uid, generation, action, encoded, entry_id)
        return _applied(declared, uid, generation, action, encoded, changes, entry_id)

    def _gather(self, name: str, uid: str, generation: int, action: Action, encoded: Encoded, entry_id: str) -> None:
        both = {
            "kind": self._kind.name,
            "name": name,
            "uid": uid,
            "generation": generation,
            "labels": encoded.labels,
            "spec": encoded.spec,
            "digest": encoded.digest,
            "entry_id": entry_id,
        }
        actor = self._tx.context.actor
        current = {**both, "changed_at": self._tx.now, "changed_by": actor.ref}
        (self._writes.new if action is Action.CREATE else self._writes.changed).append(current)
        self._writes.versions.append(
            {
                **both,
                "action": action.value,
                "at": self._tx.now,
                "actor": actor.ref,
                "via": actor.via,
                "source": self._source,
            }
        )


def refuse_moved(key: str, row: Row | None, generation: int) -> None:
    """Raises Conflict when the current row of a resource is not at the generation that the caller saw."""
    there = 0 if row is None else row.generation
    if there != generation:
        raise Conflict(
            "resource-changed-meanwhile",
            _moved(key, generation, row),
            place=Place(source=key),
            remedy="look at what changed, then try again",
        )


def take_away(tx: Transaction, kind: Kind, row: Row, source: str, grounds: Grounds) -> Applied:
    """Remove the resource whose current row is `row`."""
    key = f"{kind.name}/{row.name}"
    generation = row.generation
    draft = Draft(
        what=f"{kind.event}.removed",
        resource=key,
        basis=grounds.basis,
        oversight=grounds.oversight,
        facts={"generation": generation + 1},
    )
    entry_id = tx.record(draft)
    rows.delete(tx.connection, kind.name, row.name)
    actor = tx.context.actor
    version = {
        "kind": kind.name,
        "name": row.name,
        "generation": generation + 1,
        "uid": row.uid,
        "action": Action.REMOVE.value,
        "labels": row.labels,
        "spec": None,
        "digest": row.digest,
        "at": tx.now,
        "actor": actor.ref,
        "via": actor.via,
        "source": source,
        "entry_id": entry_id,
    }
    rows.add_versions(tx.connection, [version])
    gone = Applied(kind.name, row.name, row.uid, generation + 1, Action.REMOVE, {}, None, row.digest, entry_id=entry_id)
    kind.project(tx, [gone])
    return gone


def _draft(
    key: str, kind: Kind, generation: int, changes: Sequence[Change], encoded: Encoded, grounds: Grounds
) -> Draft:
    paths = [change.path for change in changes]
    facts: dict[str, Any] = {"generation": generation, "changed": paths[:MOST_PATHS]}
    if len(paths) > MOST_PATHS:
        facts["changedInAll"] = len(paths)
    # The spec may name people: only a salted commitment to it enters the entry.
    return Draft(
        what=f"{kind.event}.applied",
        resource=key,
        basis=grounds.basis,
        oversight=grounds.oversight,
        facts=facts,
        texts={"spec": encoded.spec.encode()},
    )


def _applied(
    declared: Declared,
    uid: str,
    generation: int,
    action: Action,
    encoded: Encoded,
    changes: tuple[Change, ...] = (),
    entry_id: str | None = None,
) -> Applied:
    return Applied(
        declared.kind,
        declared.name,
        uid,
        generation,
        action,
        declared.labels,
        declared.spec,
        encoded.digest,
        changes,
        entry_id,
    )
