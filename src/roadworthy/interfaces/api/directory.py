"""People and groups of the directory, files of staff, and what people who left still hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import File, Form, Path, Query, UploadFile
from pydantic import Field

from roadworthy.app import App
from roadworthy.foundation.identity.groups import Group
from roadworthy.foundation.identity.joiners import Change, StaffPlan, Step
from roadworthy.foundation.identity.leaving import Holding
from roadworthy.foundation.identity.provisioning import Record
from roadworthy.foundation.identity.roster import Page as Wanted
from roadworthy.foundation.identity.roster import Profile
from roadworthy.foundation.identity.staff_file import StaffFile, read_staff
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import (
    Application,
    Cursor,
    FindingBody,
    Limit,
    Page,
    Signed,
    Wire,
    decode_cursor,
    encode_cursor,
)
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.importing.reading import read

router = Routes(tags=["people"])

Who = Annotated[str, Path(max_length=400, description="Reference or handle.")]
Staffed = Annotated[UploadFile, File(description="CSV, XLSX, XLS, ODS or HTML; what it is is told by its content.")]
Complete = Annotated[bool, Form(description="It names everybody; whom it does not name has left.")]
Line = Annotated[str, Field(min_length=1, max_length=320)]


class RecordBody(Wire):
    """A person as the directory has them."""

    ref: str
    handle: str | None
    name: str | None
    employee: str | None = Field(description="Key in the staff directory; records with one key are one human.")
    source: str | None = Field(description="What keeps the record: `scim`, `hr`; null for people named here.")
    unit: str | None
    manager: str | None
    left_at: datetime | None


class AccountBody(Wire):
    """By which account a person signs in."""

    issuer: str
    subject: str
    handle: str | None
    bound_at: datetime
    signed_in_at: datetime | None
    ended_at: datetime | None = Field(description="When it was taken from the person.")


class HoldingBody(Wire):
    """Something that somebody holds."""

    what: str
    resource: str
    message: str
    remedy: str


class ProfileBody(Wire):
    """Everything about one person."""

    person: RecordBody
    signed_in_at: datetime | None
    erased_at: datetime | None
    accounts: list[AccountBody]
    groups: list[str] = Field(description="Those that they are in directly.")
    same: list[RecordBody] = Field(description="The other records of the same human.")
    holds: list[HoldingBody]


class LeftoverBody(Wire):
    """Something that somebody who left still holds."""

    person: PersonBody
    left_at: datetime
    what: str
    resource: str
    message: str
    remedy: str


class StaffGroup(Wire):
    """A group."""

    ref: str
    name: str
    source: str
    members: int = Field(description="People and groups in it directly.")
    changed_at: datetime


class GroupMember(Wire):
    """A person or a group in a group."""

    kind: str
    ref: str
    shown: str


class GroupMembers(Wire):
    """A group with those who are in it."""

    group: StaffGroup
    direct: list[GroupMember]
    people: list[PersonBody] = Field(description="Everybody who is here and in it, through other groups too.")


class AccountWanted(Wire):
    """An account at an identity provider."""

    issuer: Line
    subject: Line


class AccountUnwanted(AccountWanted):
    """An account that is taken from its person, and why."""

    reason: Annotated[str, Field(max_length=20_000)]


class SameWanted(Wire):
    """Two records that are one human, and why."""

    people: Annotated[list[Line], Field(min_length=2, max_length=2)]
    reason: Annotated[str, Field(max_length=20_000)]


class StaffChange(Wire):
    """What a file does to a person."""

    step: Step
    handle: str
    line: int | None = Field(description="Of the file; null for somebody whom a complete file does not name.")
    ref: str | None
    fields: list[str]


class StaffPlanBody(Wire):
    """What a file of staff changes."""

    columns: dict[str, str] = Field(description="What was read to the header that it was found under.")
    ignored: list[str]
    counts: dict[Step, int]
    changes: list[StaffChange] = Field(description="Without those to whom nothing happens.")
    faults: list[FindingBody]
    notes: list[str]
    brakes: bool = Field(description="So many would leave that `really` has to say the number.")


@router.get("/people")
def listed(
    app: Application,
    _caller: Signed,
    search: Annotated[str | None, Query(max_length=320)] = None,
    left: Annotated[bool | None, Query(description="Only those who left, or only those who are here.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[RecordBody]:
    """People in the order in which they became known, without those who were erased."""
    found = app.staff.roster.list(Wanted(decode_cursor(cursor), limit, search, left))
    after = encode_cursor(found[-1].ref) if len(found) == limit else None
    return Page(items=[_record(each) for each in found], next=after)


@router.get("/people/findings")
def findings(app: Application, _caller: Signed) -> list[LeftoverBody]:
    """What people who left still hold, the longest gone first."""
    found = app.staff.leavers.findings()
    who = people.shown(app, {each.holding.person for each in found})
    return [
        LeftoverBody(person=who[each.holding.person], left_at=each.left_at, **_held(each.holding)) for each in found
    ]


@router.post("/people/same")
def same(given: SameWanted, app: Application, caller: Signed) -> ProfileBody:
    """Say that two records are one human; whoever may not decide under one of them may not under the other."""
    first, second = given.people
    app.staff.roster.same(caller.context, first, second, given.reason)
    return _profile(app.staff.roster.profile(first))


@router.post("/people/unbind")
def unbind(given: AccountUnwanted, app: Application, caller: Signed) -> ProfileBody:
    """Take an account from its person; its sessions end, and its next sign-in is refused."""
    return _profile(app.staff.roster.profile(app.staff.roster.unbind(caller.context, **given.model_dump())))


@router.post("/people/import/plan")
def plan_import(
    app: Application,
    _caller: Signed,
    file: Staffed,
    *,
    complete: Complete = False,
) -> StaffPlanBody:
    """What a file of staff would change."""
    read_file = _read(app, file)
    return _planned(read_file, app.staff.joiners.plan(read_file, complete=complete))


@router.post("/people/import")
def bring_in(
    app: Application,
    caller: Signed,
    file: Staffed,
    *,
    complete: Complete = False,
    really: Annotated[int | None, Form(description="How many may leave, where the brake asks.")] = None,
) -> StaffPlanBody:
    """Bring a file of staff in, whole but for rows with faults, which are told."""
    read_file = _read(app, file)
    return _planned(read_file, app.staff.joiners.apply(caller.context, read_file, complete=complete, really=really))


@router.get("/people/{who}")
def get(who: Who, app: Application, _caller: Signed) -> ProfileBody:
    """Everything about one person."""
    return _profile(app.staff.roster.profile(who))


@router.post("/people/{who}/leave")
def leave(who: Who, given: Reason, app: Application, caller: Signed) -> ProfileBody:
    """Say that somebody has left: what opens for them ends at once, and what they hold is found."""
    return _profile(app.staff.roster.profile(app.staff.roster.leave(caller.context, who, given.reason)))


@router.post("/people/{who}/return")
def come_back(who: Who, given: Reason, app: Application, caller: Signed) -> ProfileBody:
    """Say that somebody is here again."""
    return _profile(app.staff.roster.profile(app.staff.roster.come_back(caller.context, who, given.reason)))


@router.post("/people/{who}/bind")
def bind(who: Who, given: AccountWanted, app: Application, caller: Signed) -> ProfileBody:
    """Bind an account at an identity provider to a person."""
    ref = app.staff.roster.bind(caller.context, who, given.issuer, given.subject)
    return _profile(app.staff.roster.profile(ref))


@router.post("/people/{who}/different")
def different(who: Who, given: Reason, app: Application, caller: Signed) -> ProfileBody:
    """Say that a record is another human than those it was joined with."""
    return _profile(app.staff.roster.profile(app.staff.roster.different(caller.context, who, given.reason)))


@router.post("/people/{who}/erase")
def erase(who: Who, given: Reason, app: Application, caller: Signed) -> ProfileBody:
    """Erase what names a person; what they did stays provable. Not while they hold a duty or an open vote."""
    return _profile(app.staff.roster.profile(app.staff.roster.erase(caller.context, who, given.reason)))


@router.get("/groups")
def groups(app: Application, _caller: Signed) -> list[StaffGroup]:
    """Every group by name."""
    return [_group(group, members) for group, members in app.staff.roster.groups()]


@router.get("/groups/{name}")
def group(name: Annotated[str, Path(max_length=400)], app: Application, _caller: Signed) -> GroupMembers:
    """A group with those who are in it."""
    found, direct, called = app.staff.roster.group(name)
    with app.store.read() as connection:
        everybody = app.staff.directory.members(connection, found.name)
    who = people.shown(app, everybody)
    return GroupMembers(
        group=_group(found, len(direct)),
        direct=[GroupMember(kind=each.kind, ref=each.ref, shown=called.get(each.ref, each.ref)) for each in direct],
        people=sorted(who.values(), key=lambda each: each.shown.casefold()),
    )


def _read(app: App, file: UploadFile) -> StaffFile:
    name = file.filename or "the file"
    book = read(name, file.file.read())
    return read_staff(name, book.sheets[0].rows, app.runtime.clock.now().date())


def _planned(file: StaffFile, plan: StaffPlan) -> StaffPlanBody:
    return StaffPlanBody(
        columns=dict(file.columns),
        ignored=list(file.ignored),
        counts={step: plan.count(step) for step in Step},
        changes=[_change(each) for each in plan.changes if each.step is not Step.UNCHANGED],
        faults=[FindingBody.model_validate(fault.to_dict()) for fault in plan.faults],
        notes=list(plan.notes),
        brakes=plan.brakes,
    )


def _change(change: Change) -> StaffChange:
    return StaffChange(
        step=change.step, handle=change.handle, line=change.line, ref=change.ref, fields=list(change.fields)
    )


def _record(record: Record) -> RecordBody:
    return RecordBody.model_validate(record)


def _held(holding: Holding) -> dict[str, str]:
    return {
        "what": holding.what,
        "resource": holding.resource,
        "message": holding.message,
        "remedy": holding.remedy,
    }


def _group(found: Group, members: int) -> StaffGroup:
    return StaffGroup(ref=found.ref, name=found.name, source=found.source, members=members, changed_at=found.changed_at)


def _profile(profile: Profile) -> ProfileBody:
    return ProfileBody(
        person=_record(profile.record),
        signed_in_at=profile.signed_in_at,
        erased_at=profile.erased_at,
        accounts=[AccountBody.model_validate(each) for each in profile.accounts],
        groups=list(profile.groups),
        same=[_record(each) for each in profile.same],
        holds=[HoldingBody(**_held(each)) for each in profile.holds],
    )
