"""Types of the API: resources. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import ApiFinding, Person, Source

Action: TypeAlias = Literal["create", "update", "unchanged", "remove"]
"""What happens to a resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field that differs; null where it is not there."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of one resource."""

    kind: str
    name: str
    action: Action
    generation: int
    changes: tuple[Change, ...]
    entry_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedAll:
    """What became of every resource of a plan."""

    changed: int
    applied: tuple[Applied, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """A plan to be applied."""

    plan: str
    source: str | None = None
    """What brings the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """Files with declarations, read together."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind that can be declared."""

    name: str
    plural: str
    api_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a resource is called."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a plan does to one resource."""

    kind: str
    name: str
    action: Action
    base_generation: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying would change."""

    digest: str
    pending: int
    steps: tuple[Step, ...]
    plan: str
    """The plan itself; send it unchanged to apply it, now or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A resource that is to be taken out of force."""

    kind: str
    """Name or plural of a kind: `UseCase`, `use-cases`."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A declared resource as it is now; the first four fields are what a file has."""

    kind: str
    metadata: Metadata
    spec: Mapping[str, Any]
    uid: str
    generation: int
    digest: str
    changed_at: dt.datetime
    changed_by: Person
    entry_id: str
    api_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePage:
    """What the API calls `Page_ResourceBody_`."""

    items: tuple[Resource, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceWrite:
    """What a resource is to be from now on."""

    spec: Mapping[str, Any]
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """What is wrong with the declarations; nothing where `findings` is empty."""

    declared: int
    findings: tuple[ApiFinding, ...]
    notes: tuple[ApiFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionBody:
    """One version in the history of a resource."""

    generation: int
    action: Action
    at: dt.datetime
    actor: Person
    via: str
    source: str
    changes: tuple[Change, ...]
    digest: str
    entry_id: str
