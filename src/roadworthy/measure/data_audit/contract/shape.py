"""What a data contract says, of whatever version of the standard it is written in.

The Open Data Contract Standard (bitol-io.github.io/open-data-contract-standard) is read from 2.2 on; what stands here
is the part that an audit can use. What a contract says beyond that is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.measure.fingerprint.model import Form


class Side(StrEnum):
    """Which of the two sides of an audit a server is."""

    PILOT = "pilot"
    PRODUCTION = "production"


class Bound(StrEnum):
    """How a quality metric is held against its limit; named as in the standard."""

    BE = "mustBe"
    NOT_BE = "mustNotBe"
    GREATER = "mustBeGreaterThan"
    AT_LEAST = "mustBeGreaterOrEqualTo"
    LESS = "mustBeLessThan"
    AT_MOST = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"
    NOT_BETWEEN = "mustNotBeBetween"


METRICS = ("rowCount", "nullValues", "missingValues", "invalidValues", "duplicateValues")
"""Quality metrics that can be checked against a fingerprint."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A rule of the contract that can be checked; texts, SQL and vendors' own rules are only counted."""

    metric: str
    """One of `METRICS`."""
    bound: Bound
    limits: tuple[float, ...]
    """One number, or two for a range."""
    percent: bool = False
    """Whether the limits are percentages of the rows instead of rows."""
    values: tuple[str, ...] = ()
    """Valid values of `invalidValues`, or values that stand for missing of `missingValues`."""
    columns: tuple[str, ...] = ()
    """Of a rule on the table about several columns together."""
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """One column, or a field inside one under its dotted path."""

    name: str
    form: Form | None = None
    """None where the contract does not say."""
    physical: str | None = None
    required: bool = False
    unique: bool = False
    key: int | None = None
    """Position in the primary key, from 1."""
    values: tuple[str, ...] | None = None
    """The only values that it may have."""
    least: float | None = None
    greatest: float | None = None
    unit: str | None = None
    classification: str | None = None
    critical: bool = False
    sources: tuple[str, ...] = ()
    """Where it comes from (`transformSourceObjects`)."""
    examples: tuple[str, ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    quality: tuple[Quality, ...] = ()
    references: tuple[str, ...] = ()
    """Properties of other tables that it points to (`relationships`, since 3.1)."""


@dataclass(frozen=True, slots=True)
class Table:
    """One schema object of the contract."""

    name: str
    physical: str | None = None
    properties: tuple[Property, ...] = ()
    quality: tuple[Quality, ...] = ()
    description: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns in their order."""
        keyed = sorted((each.key, each.name) for each in self.properties if each.key is not None)
        return tuple(name for _, name in keyed)

    def column(self, name: str) -> Property | None:
        """A property by its name."""
        return next((each for each in self.properties if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the data is."""

    name: str
    kind: str
    environment: str | None = None
    location: str | None = None
    """A path or address as a data source takes it; None where the contract does not give one that can be opened."""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team."""

    username: str
    role: str | None = None
    left: str | None = None
    """Day on which they left, as written."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A data contract, as far as an audit can use it."""

    id: str
    name: str
    version: str
    status: str
    standard: str
    """Version of the standard it is written in, such as `v3.1.0`."""
    tables: tuple[Table, ...] = ()
    servers: tuple[Server, ...] = ()
    team: tuple[Member, ...] = ()
    refresh: str | None = None
    """How often it is refreshed, such as `1d`."""
    latency: str | None = None
    """How long after the event a record can be read."""
    freshness: str | None = None
    """How old the newest record may be."""
    retention_days: int | None = None
    source_of_truth: str | None = None
    """Address of what the contract names as the authority."""
    purpose: str | None = None
    digest: str | None = None
    """Of the fingerprint that it was inferred from."""
    notes: tuple[str, ...] = ()
    """What was read with a doubt, each with its line."""
    unchecked: int = 0
    """Quality rules that are text, SQL or a vendor's own: counted, not checked."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Custom properties with plain values."""

    def at(self, side: Side) -> Server | None:
        """The first server of a side, one with a location before one without."""
        of_side = [each for each in self.servers if each.side is side]
        return next((each for each in of_side if each.location), of_side[0] if of_side else None)

    @property
    def steward(self) -> str | None:
        """Whoever has not left and is the steward, else the owner, else the first of the team."""
        present = [each for each in self.team if each.left is None]
        for word in ("steward", "owner"):
            for member in present:
                if word in (member.role or "").lower():
                    return member.username
        return present[0].username if present else None
