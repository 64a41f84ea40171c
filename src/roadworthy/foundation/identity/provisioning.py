"""People as a staff directory keeps them: made, changed, gone and back, whether SCIM says so or a file of HR.

Two rules protect identities. A record is never handed to another human: an address that somebody who left had is given
to a new record, unless the directory's employee key says that it is the same human. And no record is ever deleted
here; entries name it, and only `erasing` empties it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, Place
from roadworthy.foundation.identity.groups import leave_groups
from roadworthy.foundation.identity.humans import note_employee
from roadworthy.foundation.identity.leaving import Holding, Leavers
from roadworthy.foundation.identity.model import MOST_HANDLE, fold, unknown_person
from roadworthy.foundation.identity.tables import directory_records, former_handles, people
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.statements import upsert

MOST_EMPLOYEE_KEY = 200


@dataclass(frozen=True, slots=True)
class Record:
    """A person as a directory keeps them."""

    ref: str
    handle: str | None
    """Folded."""
    name: str | None = None
    employee: str | None = None
    source: str | None = None
    left_at: datetime | None = None
    external_id: str | None = None
    unit: str | None = None
    manager: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    created_at: datetime | None = None
    changed_at: datetime | None = None
    kept: bool = False
    """Whether a directory said anything of them; else they were named here."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a directory says of a person. It says all of it: what is None is nothing."""

    handle: str
    name: str | None
    employee: str | None
    external_id: str | None = None
    unit: str | None = None
    manager: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    active: bool = True


_COLUMNS = (
    people.c.ref,
    people.c.handle,
    people.c.name,
    people.c.employee,
    people.c.source,
    people.c.left_at,
    people.c.created_at.label("made_at"),
    directory_records.c.external_id,
    directory_records.c.unit,
    directory_records.c.manager,
    directory_records.c.document,
    directory_records.c.version,
    directory_records.c.created_at,
    directory_records.c.changed_at,
)
SHOWN = sa.and_(
    people.c.erased_at.is_(None),
    sa.or_(people.c.left_at.is_(None), directory_records.c.person_ref.is_not(None)),
)
"""Of the join: who is in the directory. Somebody who left and whose directory forgot them is not."""


def selecting(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """A query over people and what a directory keeps of them; all columns of `Record` by default."""
    joined = people.outerjoin(directory_records, directory_records.c.person_ref == people.c.ref)
    return sa.select(*(columns or _COLUMNS)).select_from(joined)


def record_of(row: sa.Row[Any]) -> Record:
    """A record out of a row of `selecting`."""
    kept = row.version is not None
    return Record(
        ref=row.ref,
        handle=row.handle,
        name=row.name,
        employee=row.employee,
        source=row.source,
        left_at=row.left_at,
        external_id=row.external_id,
        unit=row.unit,
        manager=row.manager,
        document=json.loads(row.document) if kept else {},
        version=row.version or 0,
        created_at=row.created_at or row.made_at,
        changed_at=row.changed_at or row.made_at,
        kept=kept,
    )


def find(connection: sa.Connection, ref: str) -> Record:
    """A person of the directory.

    Raises:
        NotFound: there is none of this reference, or they were erased.
    """
    row = connection.execute(selecting().where(people.c.ref == ref, SHOWN)).one_or_none()
    if row is None:
        raise unknown_person(ref)
    return record_of(row)


class Provisioning:
    """Writes people on a directory's word.

    Args:
        leavers: ends what opens for those who leave.
    """

    def __init__(self, leavers: Leavers) -> None:
        self._leavers = leavers

    def create(self, tx: Transaction, wanted: Wanted, source: str) -> str:
        """A new person; or the same human back again, where the employee key says so.

        Returns:
            Their reference.

        Raises:
            Conflict: somebody who is in the directory has the handle or the directory's key.
            InvalidInput: a value cannot be used.
        """
        _check(wanted)
        folded = fold(wanted.handle)
        known = _of_handle(tx.connection, folded)
        if known is not None and _is_back(known, wanted):
            self.write(tx, known, wanted, source)
            return known.ref
        self._make_room(tx, known, wanted, None)
        ref = tx.new_id()
        made = {"ref": ref, "handle": folded, "issuer": source, "source": source, "created_at": tx.now}
        tx.connection.execute(people.insert(), made)
        tx.record(Draft("person.created", f"Person/{ref}", facts={"issuer": source}))
        self.write(tx, Record(ref, folded, source=source), wanted, source)
        return ref

    def write(self, tx: Transaction, known: Record, wanted: Wanted, source: str) -> bool:
        """Bring a person to what a directory says of them; writes and records only differences.

        Args:
            tx: the unit.
            known: as they were read in this unit.
            wanted: all that is said of them.
            source: what says so.

        Returns:
            Whether anything changed.

        Raises:
            Conflict: somebody else has the handle or the directory's key.
            InvalidInput: a value cannot be used.
        """
        _check(wanted)
        folded = fold(wanted.handle)
        fields = _differences(known, wanted, folded)
        if fields:
            self._save(tx, known, wanted, folded, source)
        if note_employee(tx, known.ref, wanted.employee):
            fields.append("employee")
        if fields and known.version:
            facts: dict[str, Canonical] = {"source": source, "fields": sorted(fields)}
            tx.record(Draft("person.changed", f"Person/{known.ref}", facts=facts))
        moved = self._leavers.come_back if wanted.active else self._leavers.leave
        return bool(moved(tx, [known.ref], source)) or bool(fields)

    def forget(self, tx: Transaction, known: Record, source: str) -> None:
        """The directory took a person out: they left, and what it said of them is gone from here too."""
        self._leavers.leave(tx, [known.ref], source)
        tx.connection.execute(directory_records.delete().where(directory_records.c.person_ref == known.ref))
        left = leave_groups(tx, known.ref)
        tx.record(Draft("person.dropped", f"Person/{known.ref}", facts={"source": source, "groups": left}))

    def _save(self, tx: Transaction, known: Record, wanted: Wanted, folded: str, source: str) -> None:
        if wanted.external_id is not None and wanted.external_id != known.external_id:
            _refuse_taken_key(tx.connection, wanted.external_id, known.ref)
        if folded != known.handle:
            self._make_room(tx, _of_handle(tx.connection, folded), wanted, known)
            if known.handle is not None:
                former = {"handle": known.handle, "person_ref": known.ref, "until": tx.now}
                upsert(tx.connection, former_handles, [former])
        changed = {"handle": folded, "name": wanted.name, "source": known.source or source}
        tx.connection.execute(people.update().where(people.c.ref == known.ref).values(**changed))
        row_kept = {
            "person_ref": known.ref,
            "external_id": wanted.external_id,
            "unit": wanted.unit,
            "manager": wanted.manager,
            "document": json.dumps(wanted.document, ensure_ascii=False, sort_keys=True),
            "version": known.version + 1,
            "created_at": known.created_at or tx.now,
            "changed_at": tx.now,
        }
        upsert(tx.connection, directory_records, [row_kept])

    def _make_room(self, tx: Transaction, holder: Record | None, wanted: Wanted, taker: Record | None) -> None:
        """See to it that a handle is nobody's, where it may become somebody else's.

        Args:
            tx: the unit.
            holder: who has it now; it is freed where they left, and the directory forgot them or means another human.
            wanted: what a directory says of whoever takes it.
            taker: whoever takes it; None for somebody new.

        Raises:
            Conflict: its holder is here, or may be the same human; or it was somebody else's, and declarations give
                something to it.
        """
        folded = fold(wanted.handle)
        if holder is not None:
            another = holder.employee is not None and wanted.employee is not None and holder.employee != wanted.employee
            if holder.left_at is None or (holder.kept and not another):
                raise _taken(wanted.handle)
        before = sa.select(former_handles.c.person_ref).where(former_handles.c.handle == folded)
        had = tx.connection.execute(before).scalar() if holder is None else holder.ref
        if had is not None and (taker is None or taker.ref != had):
            named = self._leavers.named(tx.connection, had, folded)
            if named:
                raise _still_named(wanted.handle, named[0])
        if holder is not None:
            retire_handle(tx, holder)
        tx.connection.execute(former_handles.delete().where(former_handles.c.handle == folded))


def retire_handle(tx: Transaction, known: Record) -> None:
    """Free the handle of somebody who left, for whoever has the address now; they stay shown by it."""
    change = {"handle": None, "name": known.name or known.handle}
    tx.connection.execute(people.update().where(people.c.ref == known.ref).values(**change))
    tx.record(Draft("person.handle-retired", f"Person/{known.ref}"))


def _of_handle(connection: sa.Connection, folded: str) -> Record | None:
    row = connection.execute(selecting().where(people.c.handle == folded)).one_or_none()
    return None if row is None else record_of(row)


def _is_back(known: Record, wanted: Wanted) -> bool:
    """Whether somebody who left and was forgotten is who a directory brings again."""
    gone = known.left_at is not None and not known.kept
    return gone and wanted.employee is not None and known.employee == wanted.employee


def _differences(known: Record, wanted: Wanted, folded: str) -> list[str]:
    pairs = {
        "handle": (known.handle, folded),
        "name": (known.name, wanted.name),
        "externalId": (known.external_id, wanted.external_id),
        "unit": (known.unit, wanted.unit),
        "manager": (known.manager, wanted.manager),
        "details": (known.document, wanted.document),
        "directory": (known.kept, True),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _check(wanted: Wanted) -> None:
    limits = {
        "externalId": (wanted.external_id, MOST_HANDLE),
        "displayName": (wanted.name, MOST_HANDLE),
        "department": (wanted.unit, MOST_HANDLE),
        "manager": (wanted.manager, MOST_HANDLE),
        "employeeNumber": (wanted.employee, MOST_EMPLOYEE_KEY),
    }
    for name, (value, most) in limits.items():
        if value is not None and len(value) > most:
            raise InvalidInput(
                "directory-value-too-long",
                f"`{name}` takes at most {most} characters, this one has {len(value)}",
                place=Place(field=name),
                remedy="shorten it in the directory",
            )


def _refuse_taken_key(connection: sa.Connection, external_id: str, apart_from: str) -> None:
    same = sa.select(directory_records.c.person_ref).where(
        directory_records.c.external_id == external_id, directory_records.c.person_ref != apart_from
    )
    if connection.execute(same).first() is not None:
        raise Conflict(
            "scim-external-id-taken",
            "the directory's key belongs to another person here",
            place=Place(field="externalId"),
            remedy="look for the person with a filter on externalId, and change that one",
        )


def _taken(handle: str) -> Conflict:
    return Conflict(
        "handle-taken",
        f"`{handle[:100]}` is somebody else's",
        place=Place(field="userName"),
        remedy="look for the person with a filter on userName, and change that one",
    )


def _still_named(handle: str, named: Holding) -> Conflict:
    return Conflict(
        "handle-still-named",
        f"`{handle[:100]}` was somebody else's, who {named.message}, and nobody takes that over by an address",
        place=Place(source=named.resource, field="userName"),
        remedy=f"first {named.remedy}; then bring the new person in",
    )
