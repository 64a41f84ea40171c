"""Types of the API: ledger. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Person

WitnessType: TypeAlias = Literal["cosigner", "file", "git", "webhook", "timestamp"]
"""What a witness does with a checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWitnesses:
    """Which witnesses are asked now."""

    witnesses: tuple[str, ...] | None = None
    """Names; all of them where none is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The signed state of the ledger."""

    origin: str
    size: int
    root: str
    """Base64 of the root hash."""
    at: dt.datetime
    note: str
    """The checkpoint as a signed note (C2SP)."""
    vkey: str
    """The key to check it with; compare it with one that you got another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of comparing the ledger with a checkpoint that somebody kept."""

    continues: bool
    """Whether the ledger of today begins with what the checkpoint covers."""
    message: str
    kept: int
    size: int
    misbehaviour: str | None
    """A file that proves that two histories were signed, where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that does not verify."""

    code: str
    message: str
    index: int | None
    """The first entry that is affected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Something that began and has no end on record."""

    id: str
    position: int
    at: dt.datetime
    what: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What can be seen to be missing, which no proof of what is there answers."""

    size: int
    """Entries that were looked at."""
    gaps: tuple[Fault, ...]
    """Numbers of writers that are missing or stand twice."""
    unfinished: tuple[Unfinished, ...]
    """The oldest first, at most 1,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """The proof that a larger ledger begins with a smaller one (RFC 6962)."""

    old: int
    new: int
    hashes: tuple[str, ...]
    """Base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry with its place."""

    position: int
    id: str
    at: dt.datetime
    what: str
    resource: str
    decision: str | None
    actor: Person
    via: str
    entry: Mapping[str, Any]
    """The whole entry."""
    bytes: str
    """Base64 of the exact bytes that stand in the ledger and are hashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """What the API calls `Page_EntryBody_`."""

    items: tuple[Entry, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """A checkpoint that somebody kept."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How far the ledger is signed."""

    size: int
    signed: int
    behind: int
    """Entries that no checkpoint covers."""
    unsigned_since: dt.datetime | None
    late: bool
    """Whether that is longer ago than the policy bears."""
    fault: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """How it stands with one witness."""

    name: str
    type: WitnessType
    address: str
    size: int
    """Entries that the newest checkpoint covers that it has; 0 for none."""
    at: dt.datetime | None
    reference: str
    failing_since: dt.datetime | None
    code: str
    message: str
    remedy: str
    broken: bool
    """Whether it holds something against the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How it stands with the ledger towards the outside."""

    signing: Signing
    witnesses: tuple[Witness, ...]
    needed: int
    """How many cosigners must have seen a checkpoint; 0 where none is declared."""
    witnessed: int
    """Up to how many entries enough cosigners have seen it."""
    unwitnessed_since: dt.datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification looked at and found."""

    ok: bool
    mode: str
    size: int
    root: str
    checked: int
    confirmed: int
    checkpoints: int
    signed_by: tuple[str, ...]
    faults: tuple[Fault, ...]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """How thoroughly to verify."""

    mode: Literal["quick", "full", "columns"] | None = None
    """`quick` looks at the edges, `full` at every byte, `columns` at the indexes too."""
