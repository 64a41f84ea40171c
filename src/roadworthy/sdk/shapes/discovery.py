"""Types of the API: discovery. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Person

ProposalState: TypeAlias = Literal["open", "accepted", "linked", "dismissed"]
"""What a person decided about a proposed use case."""


Scheme: TypeAlias = Literal["app", "key", "team", "model", "vendor"]
"""By what a proposal is recognised again, from the best to the weakest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """How the use case is called; made of what was seen where nothing is said."""

    name: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided."""

    state: ProposalState
    use_case: str | None
    reason: str | None
    at: dt.datetime
    by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryBodiesReading:
    """What was understood of a file or a registry."""

    source: str
    digest: str | None
    form: str
    columns: Mapping[str, str]
    """Which column was read as what."""
    unread: tuple[str, ...]
    """Columns that were left alone."""
    rows: int
    counted: int
    notes: tuple[str, ...]
    sightings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryBodiesRelease:
    """A version of a registered model."""

    version: str
    aliases: tuple[str, ...]
    run: str | None
    digest: str | None
    digest_of: str
    """What the digest was taken of: `artefacts`, `model id`, or nothing."""
    created: dt.datetime | None
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """Which registered use case it is."""

    use_case: str
    add_components: bool | None = None
    """Declare the models and vendors seen as its components."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What looking led to."""

    upload: str | None
    """Null where nothing was kept: a dry run, or the very same file again."""
    reading: DiscoveryBodiesReading
    new: tuple[str, ...]
    open: tuple[str, ...]
    decided: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A registered use case that it may be."""

    use_case: str
    title: str
    score: int
    """0 to 100."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Calls added up."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost: Mapping[str, str]
    """Amount by currency; the currency is empty where the file names none."""
    people: int
    """How many different people; who they are is never kept."""
    more_people: bool
    """Whether that number is a lower bound."""
    first_seen: dt.datetime | None
    last_seen: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Calls of one combination of vendor, model, host and caller."""

    vendor: str | None
    spellings: Mapping[str, int]
    model: str | None
    host: str | None
    app: str | None
    team: str | None
    key: str | None
    usage: Usage
    release: DiscoveryBodiesRelease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A use case that may exist."""

    id: str
    state: ProposalState
    scheme: Scheme
    value: str
    title: str
    vendors: tuple[str, ...]
    models: tuple[str, ...]
    usage: Usage
    uploads: int
    overlapping: bool
    """Uploads of overlapping times were added up; calls may be counted twice."""
    sightings: tuple[Sighting, ...]
    matches: tuple[Match, ...]
    decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """A part of the list of proposals."""

    items: tuple[Proposal, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """Why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """An MLflow server."""

    address: str | None = None
    """The one of the setting `mlflow` where it is empty."""
    dry_run: bool | None = None
    """Only say what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file or registry that was looked at."""

    id: str
    source: str
    digest: str | None
    form: str
    rows: int
    counted: int
    notes: tuple[str, ...]
    at: dt.datetime
    by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor, as logs and inventory know it."""

    name: str
    title: str
    known: bool
    standing: str
    used: Mapping[str, int]
    declared: Mapping[str, int]
    use_cases: int
    proposals: int
    usage: Usage
    approved: bool | None
