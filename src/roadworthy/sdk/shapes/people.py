"""Types of the API: people. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import ApiFinding, Person

JoinersStep: TypeAlias = Literal["joins", "changes", "returns", "leaves", "unchanged"]
"""What a file does to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """By which account a person signs in."""

    issuer: str
    subject: str
    handle: str | None
    bound_at: dt.datetime
    signed_in_at: dt.datetime | None
    ended_at: dt.datetime | None
    """When it was taken from the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnwanted:
    """An account that is taken from its person, and why."""

    issuer: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWanted:
    """An account at an identity provider."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryHolding:
    """Something that somebody holds."""

    what: str
    resource: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    """A person or a group in a group."""

    kind: str
    ref: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffGroup:
    """A group."""

    ref: str
    name: str
    source: str
    members: int
    """People and groups in it directly."""
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMembers:
    """A group with those who are in it."""

    group: StaffGroup
    direct: tuple[GroupMember, ...]
    people: tuple[Person, ...]
    """Everybody who is here and in it, through other groups too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that somebody who left still holds."""

    person: Person
    left_at: dt.datetime
    what: str
    resource: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A person as the directory has them."""

    ref: str
    handle: str | None
    name: str | None
    employee: str | None
    """Key in the staff directory; records with one key are one human."""
    source: str | None
    """What keeps the record: `scim`, `hr`; null for people named here."""
    unit: str | None
    manager: str | None
    left_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything about one person."""

    person: Record
    signed_in_at: dt.datetime | None
    erased_at: dt.datetime | None
    accounts: tuple[Account, ...]
    groups: tuple[str, ...]
    """Those that they are in directly."""
    same: tuple[Record, ...]
    """The other records of the same human."""
    holds: tuple[DirectoryHolding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """What the API calls `Page_RecordBody_`."""

    items: tuple[Record, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameWanted:
    """Two records that are one human, and why."""

    people: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChange:
    """What a file does to a person."""

    step: JoinersStep
    handle: str
    line: int | None
    """Of the file; null for somebody whom a complete file does not name."""
    ref: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPlan:
    """What a file of staff changes."""

    columns: Mapping[str, str]
    """What was read to the header that it was found under."""
    ignored: tuple[str, ...]
    counts: Mapping[str, int]
    changes: tuple[StaffChange, ...]
    """Without those to whom nothing happens."""
    faults: tuple[ApiFinding, ...]
    notes: tuple[str, ...]
    brakes: bool
    """So many would leave that `really` has to say the number."""
