"""Types of the API: evidence. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import AnswerInput, Artefact, Doubt, EvidenceState, FactsAnswer, Method, Person

StateInput: TypeAlias = Literal["live", "contested", "expired", "superseded", "withdrawn"]
"""What became of a piece of evidence; only one that is live can count in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A submission with the use case that it is about."""

    fact: str
    """Name of the claim, such as `data.path-audited`."""
    answer: AnswerInput
    observed_from: dt.datetime | dt.date
    """Begin of the time that the claim speaks of."""
    observed_to: dt.datetime | dt.date
    """End of the time that the claim speaks of; its freshness counts from here."""
    use_case: str
    kind: str | None = None
    """Name of the evidence kind, which says what `result` holds."""
    statement: str | None = None
    """What was done and what was found, in the person's own words."""
    link: str | None = None
    """Where the document is: an address that begins with http:// or https://."""
    sample_size: int | None = None
    """How many observations it rests on."""
    subject: Artefact | None = None
    """What was looked at, by its digest."""
    result: Mapping[str, Any] | None = None
    """What was found, in the fields of the kind."""
    attachments: tuple[str, ...] | None = None
    """Digests of files that were attached before."""
    supersedes: tuple[str, ...] | None = None
    """Ids of earlier items about the same fact whose place it takes."""
    ref: str | None = None
    """A name of your own, under which others that are handed in together can speak of it."""
    expires: dt.datetime | dt.date | None = None
    """An earlier end than the method's and the kind's freshness gives; never a later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Submissions that are taken together or not at all."""

    items: tuple[Handed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKind:
    """A kind of evidence."""

    name: str
    title: str
    description: str
    facts: tuple[str, ...]
    """Claims that it may answer; all where none is listed."""
    freshness: Mapping[str, int]
    """Days for which it holds, by method."""
    least_sample: int | None
    """Fewest observations; on fewer it counts in part."""
    result_schema: Mapping[str, Any]
    """JSON Schema (draft-07) of `result`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A question about a use case that evidence answers."""

    name: str
    question: str
    duty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item, as much of it as a list shows."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: FactsAnswer
    method: Method
    state: EvidenceState
    doubt: Doubt | None
    collector: str | None
    observed_to: dt.date
    recorded_at: dt.datetime
    recorded_by: Person
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePage:
    """What the API calls `Page_LineBody_`."""

    items: tuple[Line, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a dispute ends."""

    reason: str
    upheld: bool
    """True where the dispute is right: the item is withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What is handed in: an answer, the days it speaks of, and what it rests on."""

    fact: str
    """Name of the claim, such as `data.path-audited`."""
    answer: AnswerInput
    observed_from: dt.datetime | dt.date
    """Begin of the time that the claim speaks of."""
    observed_to: dt.datetime | dt.date
    """End of the time that the claim speaks of; its freshness counts from here."""
    kind: str | None = None
    """Name of the evidence kind, which says what `result` holds."""
    statement: str | None = None
    """What was done and what was found, in the person's own words."""
    link: str | None = None
    """Where the document is: an address that begins with http:// or https://."""
    sample_size: int | None = None
    """How many observations it rests on."""
    subject: Artefact | None = None
    """What was looked at, by its digest."""
    result: Mapping[str, Any] | None = None
    """What was found, in the fields of the kind."""
    attachments: tuple[str, ...] | None = None
    """Digests of files that were attached before."""
    supersedes: tuple[str, ...] | None = None
    """Ids of earlier items about the same fact whose place it takes."""
    ref: str | None = None
    """A name of your own, under which others that are handed in together can speak of it."""
    expires: dt.datetime | dt.date | None = None
    """An earlier end than the method's and the kind's freshness gives; never a later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersession:
    """What takes an item's place."""

    by: str
    """Id of the newer item about the same fact."""
