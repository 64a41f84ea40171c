"""Evidence: a claim about a use case with its method, the time it speaks of and the time it expires.

The method is assigned here and never taken from whoever brings the claim: a form or a file can say `attested` or
`documented`; `reported` is what an import found in a spreadsheet; `measured` is left to registered collectors.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints

from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import Answer


class Method(StrEnum):
    """How a claim came to be known, from the weakest to the strongest."""

    DECLARED = "declared"
    """It stands in the use case's own spec."""
    REPORTED = "reported"
    """A spreadsheet said so; nobody has stood up for it here."""
    ATTESTED = "attested"
    """A person says so and is named."""
    DOCUMENTED = "documented"
    """A document that can be opened says so."""
    MEASURED = "measured"
    """A registered collector found it."""


class Claim(NamedTuple):
    """One answer to one question, reduced to what decides whether it counts."""

    answer: Answer
    method: Method
    observed_at: dt.datetime
    """The end of the time it speaks of."""
    expires_at: dt.datetime
    id: str | None = None
    """The evidence item; None for what an import reported."""


class Attestation(Shape):
    """What a person hands in: an answer, how it is known, and the days it speaks of."""

    fact: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Name of the claim, such as `data.path-audited`."
    )
    answer: Answer
    method: Literal["documented", "attested"] = Field(description="`documented` where a document can be opened.")
    statement: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        default=None, description="What was done and what was found, in the person's own words."
    )
    link: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(
        default=None, description="Where the document is: an address that begins with http:// or https://."
    )
    observed_from: dt.date = Field(description="First day that the claim speaks of.")
    observed_to: dt.date = Field(description="Last day that the claim speaks of; its freshness counts from here.")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A claim taken back: the item stays, it no longer counts."""

    at: dt.datetime
    by: str
    """Reference of the person."""
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence as it was recorded; it is never edited, only withdrawn or followed by a newer one."""

    id: str
    use_case: str
    fact: str
    answer: Answer
    method: Method
    statement: str | None
    link: str | None
    observed_from: dt.date
    observed_to: dt.date
    recorded_at: dt.datetime
    """When it was handed in, which may be long after what it speaks of."""
    recorded_by: str
    """Reference of the person or workload."""
    expires_at: dt.datetime
    entry_id: str
    """The ledger entry that recorded it."""
    withdrawal: Withdrawal | None = None
