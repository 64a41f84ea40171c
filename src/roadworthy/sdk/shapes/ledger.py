"""Types of the API: ledger. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from roadworthy.sdk.shapes.shared import Person


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
class Fault:
    """One thing that does not verify."""

    code: str
    message: str
    index: int | None
    """The first entry that is affected."""


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
