"""Joiners, movers and leavers out of a file of staff: first what would change, then the change, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, Place, Refused, RoadworthyError
from roadworthy.foundation.identity import groups as grouping
from roadworthy.foundation.identity.directory import PERSON
from roadworthy.foundation.identity.groups import HR, SCIM, Group, Member
from roadworthy.foundation.identity.leaving import Leavers
from roadworthy.foundation.identity.provisioning import Provisioning, Record, Wanted, record_of, selecting
from roadworthy.foundation.identity.staff_file import StaffFile, StaffRow
from roadworthy.foundation.identity.tables import group_members, groups, people
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store

BRAKE_PEOPLE = 20
BRAKE_PERCENT = 10
BRAKE_FROM = 3
"""So few may leave at once without asking twice, however small the organisation is."""


class Step(StrEnum):
    """What a file does to a person."""

    JOINS = "joins"
    CHANGES = "changes"
    RETURNS = "returns"
    LEAVES = "leaves"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One person's change."""

    step: Step
    handle: str
    line: int | None
    """Of the file; None for somebody whom a complete file does not name."""
    ref: str | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """What a file would do."""

    changes: tuple[Change, ...]
    faults: tuple[Finding, ...]
    notes: tuple[str, ...]
    here: int
    """How many people of the file's own keeping are here now."""

    def count(self, step: Step) -> int:
        """How many people this happens to."""
        return sum(change.step is step for change in self.changes)

    @property
    def brakes(self) -> bool:
        """Whether so many would leave that somebody has to say the number."""
        leaving = self.count(Step.LEAVES)
        many = leaving >= BRAKE_FROM and leaving * 100 > self.here * BRAKE_PERCENT
        return leaving > BRAKE_PEOPLE or many


@dataclass(slots=True)
class _Known:
    """People as they are, found by what a row may say."""

    by_handle: dict[str, Record] = field(default_factory=dict)
    by_employee: dict[str, list[Record]] = field(default_factory=dict)
    kept_here: dict[str, Record] = field(default_factory=dict)
    """Those whom files of staff keep and who are here, by reference."""
    within: dict[str, set[str]] = field(default_factory=dict)
    """Reference to names of the groups that files of staff keep, of which the person is a member."""
    others: dict[str, str] = field(default_factory=dict)
    """Folded name to source of groups that something else keeps."""


class Joiners:
    """Brings files of staff in.

    Args:
        store: where to read.
        units: runs what changes.
        provisioning: writes people.
        leavers: ends what opens for those who leave.
    """

    def __init__(self, store: Store, units: Units, provisioning: Provisioning, leavers: Leavers) -> None:
        self._store = store
        self._units = units
        self._provisioning = provisioning
        self._leavers = leavers

    def plan(self, file: StaffFile, *, complete: bool = False) -> StaffPlan:
        """What bringing the file in would change.

        Args:
            file: as it was read.
            complete: whether it names everybody, so that those whom it does not name have left.

        Raises:
            InvalidInput: it is said to be complete, and some of its rows name nobody.
        """
        with self._store.read() as connection:
            return _plan(_known(connection), file, complete=complete)[0]

    def apply(
        self, context: Context, file: StaffFile, *, complete: bool = False, really: int | None = None
    ) -> StaffPlan:
        """Bring the file in.

        Args:
            context: who does it.
            file: as it was read.
            complete: as in `plan`.
            really: how many people may leave, where that is more than the brake lets pass.

        Raises:
            InvalidInput: as in `plan`.
            Refused: more people would leave than the brake lets pass, and nobody said exactly how many.
        """

        def work(tx: Transaction) -> StaffPlan:
            known = _known(tx.connection)
            plan, rows = _plan(known, file, complete=complete)
            _refuse_many(plan, really)
            faults = list(plan.faults)
            refs: dict[int, str] = {}
            for row, record in rows:
                try:
                    refs[row.line] = self._bring(tx, row, record)
                except RoadworthyError as error:
                    place = Place(source=file.source, line=row.line)
                    faults.append(Finding(error.code, error.message, place, error.remedy))
            self._leavers.leave(tx, [each.ref for each in plan.changes if each.step is Step.LEAVES and each.ref], HR)
            if "groups" in file.columns:
                _move(tx, known, [(row, refs[row.line]) for row, _ in rows if row.line in refs])
            counts = Counter(change.step.value for change in plan.changes)
            facts = {**{step.value: counts.get(step.value, 0) for step in Step}, "faults": len(faults)}
            tx.record(Draft("staff.imported", "Staff/file", facts={**facts, "complete": complete}))
            return replace(plan, faults=tuple(faults))

        return self._units.run(context, work)

    def _bring(self, tx: Transaction, row: StaffRow, record: Record | None) -> str:
        if record is None:
            return self._provisioning.create(tx, _wanted(row, None), HR)
        self._provisioning.write(tx, record, _wanted(row, record), HR)
        return record.ref


def _known(connection: sa.Connection) -> _Known:
    known = _Known()
    for row in connection.execute(selecting().where(people.c.erased_at.is_(None)).order_by(people.c.ref)):
        record = record_of(row)
        if record.handle is not None:
            known.by_handle[record.handle] = record
        if record.employee is not None:
            known.by_employee.setdefault(record.employee, []).append(record)
        if record.source == HR and record.left_at is None:
            known.kept_here[record.ref] = record
    for folded, source in connection.execute(sa.select(groups.c.folded, groups.c.source)):
        if source != HR:
            known.others[folded] = source
    of_hr = (
        sa.select(group_members.c.member_ref, groups.c.folded)
        .join(groups, groups.c.ref == group_members.c.group_ref)
        .where(groups.c.source == HR, group_members.c.kind == PERSON)
    )
    for ref, folded in connection.execute(of_hr):
        known.within.setdefault(ref, set()).add(folded)
    return known


def _plan(known: _Known, file: StaffFile, *, complete: bool) -> tuple[StaffPlan, list[tuple[StaffRow, Record | None]]]:
    if complete and file.unnamed:
        raise InvalidInput(
            "staff-file-not-complete",
            f"{file.unnamed} of its rows name nobody, so it cannot be said who is absent",
            place=Place(source=file.source),
            remedy="mend those rows, or bring the file in without saying that it is complete",
            findings=file.faults[:20],
        )
    changes: list[Change] = []
    faults = list(file.faults)
    rows: list[tuple[StaffRow, Record | None]] = []
    notes: dict[str, None] = {}
    for row in file.rows:
        try:
            record = _match(known, row)
        except Conflict as error:
            faults.append(Finding(error.code, error.message, Place(source=file.source, line=row.line), error.remedy))
            continue
        if record is None and not row.here:
            continue  # somebody who is gone and was never known is nobody's business here
        rows.append((row, record))
        changes.append(_change(known, row, record, with_groups="groups" in file.columns))
        for name in row.groups:
            if (source := known.others.get(name.casefold())) is not None:
                notes[f"`{name}` is kept by {source}, so the file does not change who is in it"] = None
    if complete:
        changes += _absent(known, file, changes)
    return StaffPlan(tuple(changes), tuple(faults), tuple(notes), len(known.kept_here)), rows


def _match(known: _Known, row: StaffRow) -> Record | None:
    """Whom a row is about: by the employee key, else by the handle.

    Raises:
        Conflict: the handle is somebody's who is here under another key.
    """
    holder = known.by_handle.get(row.handle)
    same_key = known.by_employee.get(row.employee, []) if row.employee is not None else []
    if holder is not None and any(record.ref == holder.ref for record in same_key):
        return holder
    if holder is not None and holder.left_at is None:
        if same_key or (row.employee is not None and holder.employee not in {None, row.employee}):
            raise Conflict(
                "staff-key-differs",
                f"`{row.handle[:100]}` is known here under another employee key",
                remedy="mend the key or the address in the personnel system; two people cannot share an address",
            )
        return holder
    if same_key:
        return next((record for record in same_key if record.source != SCIM), same_key[0])
    # The address is nobody's, or that of somebody who left: the same human only where neither has a key to tell by.
    keyless = holder is not None and holder.employee is None and row.employee is None
    return holder if keyless or not row.here else None


def _change(known: _Known, row: StaffRow, record: Record | None, *, with_groups: bool) -> Change:
    if record is None:
        return Change(Step.JOINS, row.handle, row.line, None)
    wanted = _wanted(row, record)
    pairs: Mapping[str, tuple[object, object]] = {
        "handle": (record.handle, wanted.handle),
        "name": (record.name, wanted.name),
        "employee": (record.employee, wanted.employee),
        "unit": (record.unit, wanted.unit),
        "manager": (record.manager, wanted.manager),
        "directory": (record.kept, True),
    }
    changed = [name for name, (before, after) in pairs.items() if before != after]
    if with_groups:
        now = known.within.get(record.ref, set())
        if now != {name.casefold() for name in row.groups if name.casefold() not in known.others}:
            changed.append("groups")
    gone = record.left_at is not None
    if gone and row.here:
        step = Step.RETURNS
    elif not gone and not row.here:
        step = Step.LEAVES
    else:
        step = Step.CHANGES if changed else Step.UNCHANGED
    return Change(step, row.handle, row.line, record.ref, tuple(changed))


def _wanted(row: StaffRow, record: Record | None) -> Wanted:
    """What a row says of a person. It says nothing of what it leaves out, and less of people whom SCIM keeps."""
    if record is None:
        return Wanted(row.handle, row.name, row.employee, unit=row.unit, manager=row.manager, active=row.here)
    scim = record.source == SCIM
    return Wanted(
        handle=record.handle or row.handle if scim else row.handle,
        name=record.name if scim else row.name or record.name,
        employee=row.employee or record.employee,
        external_id=record.external_id,
        unit=row.unit or record.unit,
        manager=row.manager or record.manager,
        document=record.document,
        active=row.here,
    )


def _absent(known: _Known, file: StaffFile, changes: Iterable[Change]) -> list[Change]:
    named = {change.ref for change in changes}
    return [
        Change(Step.LEAVES, record.handle or "", None, ref)
        for ref, record in sorted(known.kept_here.items())
        if ref not in named and record.handle not in file.named and record.employee not in file.named
    ]


def _refuse_many(plan: StaffPlan, really: int | None) -> None:
    leaving = plan.count(Step.LEAVES)
    if plan.brakes and really != leaving:
        raise Refused(
            "staff-many-leave",
            f"{leaving} of {plan.here} people would leave at once",
            remedy=f"check that the file is whole; if it is right, say so with `--really {leaving}`",
        )


def _move(tx: Transaction, known: _Known, rows: Sequence[tuple[StaffRow, str]]) -> None:
    """Bring everybody of the file into exactly the groups that it names for them, among those that files keep."""
    coming: dict[str, set[Member]] = {}
    going: dict[str, set[Member]] = {}
    called: dict[str, str] = {}
    for row, ref in rows:
        wanted = {name.casefold(): name for name in row.groups if name.casefold() not in known.others}
        called.update({folded: called.get(folded, name) for folded, name in wanted.items()})
        now = known.within.get(ref, set())
        for folded in wanted.keys() - now:
            coming.setdefault(folded, set()).add(Member(PERSON, ref))
        for folded in now - wanted.keys():
            going.setdefault(folded, set()).add(Member(PERSON, ref))
    existing: dict[str, Group] = {
        row.folded: grouping.group_of(row)
        for row in tx.connection.execute(sa.select(groups).where(groups.c.source == HR))
    }
    for folded in sorted(coming.keys() | going.keys()):
        group = existing.get(folded) or grouping.create(tx, called[folded], HR)
        grouping.add_and_remove(tx, group, coming.get(folded, ()), going.get(folded, ()))
