"""Under what a source was measured: what people declare, what may leave, what filters leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Values(StrEnum):
    """How much of the values a fingerprint carries."""

    CLEAR = "clear"
    """As they are: for an audit inside one house."""
    COMMON = "common"
    """Only values that at least `floor` rows share, and none of a column with personal data."""
    HASHED = "hashed"
    """Keyed hashes under a secret that both sides share; under the floor too, since they tell nothing without it."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Privacy:
    """What was taken out before it left."""

    values: Values = Values.CLEAR
    floor: int = 1
    """Fewest rows that must share a value for it to be carried."""
    salt: str | None = None
    """A mark of the shared secret (not the secret), so that two fingerprints know whether their hashes compare."""


IN_CLEAR = Privacy()
"""Nothing was taken out."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What people say about the source, as far as measuring needs it. Columns by name."""

    key: tuple[str, ...] = ()
    event_time: str | None = None
    ingest_time: str | None = None
    decision_time: str | None = None
    """A column, or a time after the event such as `5m`."""
    label: str | None = None
    label_time: str | None = None
    taxonomy: tuple[str, ...] = ()
    """Columns whose values are a governed list, the most important first; breakdowns and pairs are by them."""
    text: str | None = None
    """The column that holds documents."""
    document_owner: str | None = None
    document_reviewed: str | None = None
    document_access: str | None = None
    document_title: str | None = None
    review_days: int | None = None
    """Days after its last review at which a document is due again."""
    units: Mapping[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] | None = None
    """Kinds of personal data that are expected; None where nobody has said."""
    filters: tuple[str, ...] = ()
    """The pilot's own filters, as SQL conditions that kept a row, in their order."""
    pilot_names: Mapping[str, str] = field(default_factory=dict)
    """Production's column to what the pilot called it, where people know."""


UNDECLARED = Declared()
"""Nobody has said anything."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the sampled metrics were drawn."""

    rows: int
    of: int
    method: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """What one of the pilot's filters leaves of production, in their order."""

    condition: str
    before: int
    after: int
    fault: str | None = None
    """Why it could not be applied."""
