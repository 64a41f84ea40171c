"""Evidence: a claim about a use case with its method, the time it speaks of and the time it expires.

The method is assigned here and never taken from whoever brings the claim: `measured` follows from the signature of a
registered collector, `documented` from a document that can be opened, `attested` from a person who stands up for it;
`reported` is what an import found in a spreadsheet.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

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
    """A registered collector found it and signed it with its own key."""


class State(StrEnum):
    """What became of a piece of evidence; only one that is live can count in full."""

    LIVE = "live"
    CONTESTED = "contested"
    """Somebody disputes it and the dispute is open."""
    EXPIRED = "expired"
    """Its time is over."""
    SUPERSEDED = "superseded"
    """A newer item took its place."""
    WITHDRAWN = "withdrawn"
    """Whoever was responsible took it back."""


class Doubt(StrEnum):
    """Why a live claim does not count in full."""

    CONTESTED = "contested"
    """Somebody disputes it, and nobody has settled that."""
    SAMPLE_TOO_SMALL = "sample-too-small"
    """It rests on fewer observations than its kind asks for."""
    OTHER_VERSION = "other-version"
    """It speaks of another version of a component than the one declared. Found when it is judged."""
    OWN_GATE = "own-gate"
    """Somebody vouches for what opens a gate of their own. Found when it is judged."""


class Artefact(Shape):
    """What a claim speaks of: a model version, a data set, a report; the subject of an in-toto statement."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] = Field(
        description="SHA-256 of its bytes, such as `sha256:` and 64 hexadecimal digits."
    )


class Claim(NamedTuple):
    """One answer to one question, reduced to what decides whether it counts."""

    answer: Answer
    method: Method
    observed_at: dt.datetime
    """The end of the time it speaks of."""
    expires_at: dt.datetime
    id: str | None = None
    """The evidence item; None for what an import reported."""
    by: str | None = None
    """Reference of who handed it in; None for what an import reported."""
    about: Artefact | None = None
    """What it is bound to; it says nothing about another version of the same thing."""
    doubt: Doubt | None = None


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _as_written(value: object) -> object:
    """A day stays a day, so that a midnight is never made of it; numbers are not taken for instants."""
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return dt.date.fromisoformat(value.strip())
    if not isinstance(value, str | dt.date):
        message = "write a day such as `2026-05-01`, or an instant such as `2026-05-01T10:00:00Z`"
        raise ValueError(message)  # noqa: TRY004 - pydantic reports a ValueError and lets a TypeError through
    return value


def _with_offset(value: dt.date) -> dt.date:
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC, such as `Z` or `+02:00`")
    return value


Moment = Annotated[dt.datetime | dt.date, BeforeValidator(_as_written), AfterValidator(_with_offset)]
"""A day in UTC, or an instant with its offset."""


class Submission(Shape):
    """What is handed in: an answer, the days it speaks of, and what it rests on. The method is not for it to say."""

    fact: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Name of the claim, such as `data.path-audited`."
    )
    answer: Answer
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)] = Field(
        default="statement", description="Name of the evidence kind, which says what `result` holds."
    )
    statement: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        default=None, description="What was done and what was found, in the person's own words."
    )
    link: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(
        default=None, description="Where the document is: an address that begins with http:// or https://."
    )
    observed_from: Moment = Field(description="Begin of the time that the claim speaks of.")
    observed_to: Moment = Field(description="End of the time that the claim speaks of; its freshness counts from here.")
    sample_size: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        default=None, description="How many observations it rests on."
    )
    subject: Artefact | None = Field(default=None, description="What was looked at, by its digest.")
    result: Mapping[str, Any] = Field(default={}, description="What was found, in the fields of the kind.")
    attachments: tuple[Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")], ...] = Field(
        default=(), description="Digests of files that were attached before."
    )
    supersedes: tuple[Annotated[str, StringConstraints(min_length=1, max_length=100)], ...] = Field(
        default=(),
        description="Ids of earlier items about the same fact whose place it takes; `#` and a `ref` for one that is "
        "handed in together with it.",
    )
    ref: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")] | None = Field(
        default=None, description="A name of your own, under which others that are handed in together can speak of it."
    )
    expires: Moment | None = Field(
        default=None, description="An earlier end than the method's and the kind's freshness gives; never a later one."
    )


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A claim taken back: the item stays, it no longer counts."""

    at: dt.datetime
    by: str
    """Reference of the person."""
    reason: str


@dataclass(frozen=True, slots=True)
class Contest:
    """Somebody disputes an item. While it is open the item counts as doubtful."""

    id: str
    item: str
    at: dt.datetime
    by: str
    reason: str
    settled_at: dt.datetime | None = None
    settled_by: str | None = None
    upheld: bool | None = None
    """True where the dispute was right and the item was withdrawn; None while it is open."""
    settlement: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """How the open disputes of an item end."""

    at: dt.datetime
    by: str
    upheld: bool
    reason: str

    def of(self, contest: Contest) -> Contest:
        """A dispute with its end; one that was settled before keeps its own."""
        if contest.upheld is not None:
            return contest
        return replace(contest, settled_at=self.at, settled_by=self.by, upheld=self.upheld, settlement=self.reason)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to an item. Its bytes can be erased; digest, size and type stay."""

    digest: str
    """`sha256:` and 64 hexadecimal digits."""
    name: str
    size: int
    """Bytes."""
    media_type: str
    """Found in its content, not taken from its name."""
    attached_at: dt.datetime
    attached_by: str
    erased_at: dt.datetime | None = None
    erased_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """A program that measures and signs with its own key. Only what it signs is `measured`."""

    name: str
    key_id: str
    """SHA-256 of the public key's DER form, in hexadecimal digits."""
    public_key: str
    """PEM."""
    kinds: tuple[str, ...]
    """Evidence kinds that it may hand in; nothing else is taken from it."""
    owner: str
    """Who answers for it, as people are named elsewhere."""
    registered_at: dt.datetime
    registered_by: str
    last_seen_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    revoked_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence as it was recorded; it is never edited, only followed by a newer one or taken back."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: Answer
    method: Method
    statement: str | None
    link: str | None
    observed_from: dt.date
    """First day that it speaks of, in UTC."""
    observed_to: dt.date
    recorded_at: dt.datetime
    """When it was handed in, which may be long after what it speaks of."""
    recorded_by: str
    """Reference of the person or name of the workload."""
    expires_at: dt.datetime
    entry_id: str
    """The ledger entry that recorded it and commits to its envelope."""
    window: tuple[dt.datetime, dt.datetime] | None = None
    """The exact begin and end, where more than the days is known."""
    collector: str | None = None
    """Name of the collector that signed it; None where nobody measured."""
    key_id: str | None = None
    """Of the key that signed the envelope: the collector's, else this deployment's own. None for items from before
    envelopes."""
    subject: Artefact | None = None
    sample_size: int | None = None
    sample_wanted: int | None = None
    """Fewest observations that its kind asks for, when it was recorded."""
    result: Mapping[str, Any] | None = None
    attachments: tuple[Attachment, ...] = ()
    superseded_by: str | None = None
    expired_at: dt.datetime | None = None
    """When the schedule recorded that its time was over; it stopped counting at `expires_at` whether or not that
    has happened."""
    contests: tuple[Contest, ...] = ()
    withdrawal: Withdrawal | None = None
    statement_digest: str | None = None
    """Of the statement that was signed; one that arrives again is the same item and no second one."""

    @property
    def doubt(self) -> Doubt | None:
        """Why it does not count in full."""
        if any(contest.upheld is None for contest in self.contests):
            return Doubt.CONTESTED
        if self.sample_wanted is not None and (self.sample_size or 0) < self.sample_wanted:
            return Doubt.SAMPLE_TOO_SMALL
        return None

    def state(self, now: dt.datetime) -> State:
        """What became of it, at an instant."""
        if self.withdrawal is not None:
            return State.WITHDRAWN
        if self.superseded_by is not None:
            return State.SUPERSEDED
        if self.expires_at <= now:
            return State.EXPIRED
        return State.CONTESTED if self.doubt is Doubt.CONTESTED else State.LIVE
