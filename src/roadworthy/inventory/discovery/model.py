"""What discovery finds: sightings added up from logs, and the use cases that they propose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from roadworthy.foundation.resources.shape import Shape

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class VendorSpec(Shape):
    """The spec of a declared `Vendor`: by what its service is recognised in logs and in declarations."""

    title: Word = Field(description="What the vendor is called in lists.")
    aliases: tuple[Word, ...] = Field(
        default=(), description="Other names and products; case, punctuation and legal forms do not matter."
    )
    hosts: tuple[Word, ...] = Field(
        default=(), description="Hosts of its services; `*.example.com` stands for every host below it."
    )
    models: tuple[Word, ...] = Field(
        default=(), description="Begins of model names, used only where neither a vendor nor a host is given."
    )
    source: Word | None = Field(default=None, description="Where these facts were taken from.")


class ProposalState(StrEnum):
    """What a person decided about a proposed use case."""

    OPEN = "open"
    """Nobody has decided."""
    ACCEPTED = "accepted"
    """It was registered as a use case of its own."""
    LINKED = "linked"
    """It belongs to a use case that was registered before."""
    DISMISSED = "dismissed"
    """It is no use case, for the reason that was given."""


class Scheme(StrEnum):
    """By what a proposal is recognised again, from the best to the weakest."""

    APP = "app"
    """An application or project that a gateway or a provider names."""
    KEY = "key"
    """A named or numbered access key."""
    TEAM = "team"
    """A team, department or workspace."""
    MODEL = "model"
    """A registered model of a model registry."""
    VENDOR = "vendor"
    """Only the vendor is known: the traffic names nobody."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls added up. Nothing of what was asked or answered is in it."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Mapping[str, Decimal] = field(default_factory=dict)
    """Amount by currency; the currency is empty where the file names none."""
    people: int = 0
    """Different people seen in one upload; the largest number of any upload."""
    more_people: bool = False
    """Whether `people` is a lower bound, because counting stopped."""
    first_seen: datetime | None = None
    last_seen: datetime | None = None

    def plus(self, other: Usage) -> Usage:
        """Both together. People of two uploads cannot be told apart, so the larger number stands."""
        cost = dict(self.cost)
        for currency, amount in other.cost.items():
            cost[currency] = cost.get(currency, Decimal(0)) + amount
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            cost,
            max(self.people, other.people),
            self.more_people or other.more_people,
            min((at for at in (self.first_seen, other.first_seen) if at), default=None),
            max((at for at in (self.last_seen, other.last_seen) if at), default=None),
        )


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a registered model."""

    version: str
    aliases: tuple[str, ...] = ()
    run: str | None = None
    """Id of the run that made it."""
    digest: str | None = None
    """`sha256:` and 64 hexadecimal digits."""
    digest_of: str = ""
    """What the digest was taken of: `artefacts`, or `model id` where the artefacts could not be read."""
    created: datetime | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where something was seen: one combination of vendor, model, host and whoever calls."""

    vendor: str | None
    """Name of a known vendor, or the spelling's own key where nobody knows it; None where nothing says."""
    spellings: Mapping[str, int]
    """How the vendor was written, with the rows that did."""
    model: str | None = None
    host: str | None = None
    app: str | None = None
    team: str | None = None
    key: str | None = None
    usage: Usage = Usage()
    release: Release | None = None

    @property
    def caller(self) -> tuple[Scheme, str]:
        """By what the proposed use case is recognised: the first that is known of app, key, team and vendor."""
        if self.release is not None:
            return Scheme.MODEL, f"{self.host}/{self.model}"
        for scheme, value in ((Scheme.APP, self.app), (Scheme.KEY, self.key), (Scheme.TEAM, self.team)):
            if value:
                return scheme, value
        return Scheme.VENDOR, self.vendor or "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a file or a registry."""

    source: str
    """The file's name, or the registry's address."""
    digest: str | None
    """Of the file's bytes as they came; None for a registry."""
    form: str
    """What it was recognised as."""
    columns: Mapping[str, str]
    """Which column was read as what; no other column was read."""
    unread: tuple[str, ...]
    """Columns that were left alone."""
    rows: int
    counted: int
    """Rows that became part of a sighting."""
    notes: tuple[str, ...]
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A registered use case that a proposal may already be."""

    use_case: str
    title: str
    score: int
    """0 to 100; see `matching` for what counts how much."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file or registry that was looked at."""

    id: str
    source: str
    digest: str | None
    form: str
    rows: int
    counted: int
    notes: tuple[str, ...]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a proposal."""

    state: ProposalState
    use_case: str | None
    reason: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A use case that may exist, with everything that was seen of it."""

    id: str
    scheme: Scheme
    value: str
    """The app, key, team, model or vendor as it was written."""
    title: str
    sightings: tuple[Sighting, ...]
    usage: Usage
    uploads: int
    """In how many uploads it was seen."""
    overlapping: bool
    """Whether uploads of overlapping times were added up, so that calls may be counted twice."""
    decision: Decision | None = None
    matches: tuple[Match, ...] = ()

    @property
    def state(self) -> ProposalState:
        """What was decided."""
        return ProposalState.OPEN if self.decision is None else self.decision.state

    @property
    def models(self) -> tuple[str, ...]:
        """The models seen, by name."""
        return tuple(sorted({sighting.model for sighting in self.sightings if sighting.model}))

    @property
    def vendors(self) -> tuple[str, ...]:
        """The vendors seen, by name."""
        return tuple(sorted({sighting.vendor for sighting in self.sightings if sighting.vendor}))


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at a source led to."""

    upload: str | None
    """None where the very same file was looked at before, so that nothing was recorded."""
    reading: Reading
    new: tuple[str, ...]
    """Ids of proposals that were not known."""
    open: tuple[str, ...]
    """Ids of proposals known before and still undecided."""
    decided: Mapping[ProposalState, int]
    """How many of what was seen is decided already, by decision."""


@dataclass(frozen=True, slots=True)
class VendorLine:
    """One vendor, as the logs and as the inventory know it."""

    name: str
    title: str
    known: bool
    """Whether it is a shipped or declared vendor; False for a spelling that nobody knows."""
    used: Mapping[str, int]
    """Spellings in logs, with the rows that had them."""
    declared: Mapping[str, int]
    """Spellings in the inventory, with the use cases that have them."""
    use_cases: int
    """Use cases that declare it."""
    proposals: int
    """Undecided proposals that use it."""
    usage: Usage
    approved: bool | None
    """Whether the platform profile lists it; None where the profile lists no vendors."""

    @property
    def standing(self) -> str:
        """How both sides agree, in words."""
        if self.used and self.use_cases:
            return "declared and seen"
        return "seen, declared by nobody" if self.used else "declared, never seen"
