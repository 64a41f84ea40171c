"""Types of the API: questions. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

Asked: TypeAlias = Literal["decision", "review", "certificate", "release", "effect", "entry", "use-case"]
"""What can be asked about."""


QuestionKnown: TypeAlias = Literal["recorded", "kept", "unknown"]
"""How a line is known."""


QuestionPart: TypeAlias = Literal["who", "what", "rule", "evidence", "oversight", "after"]
"""The six things that an auditor wants to know, in the order in which they are told."""


Weight: TypeAlias = Literal["plain", "good", "mind", "bad"]
"""How a line is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDetail:
    """A name and a value that belong to a line."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """One thing that is known, or said not to be."""

    says: str
    known: QuestionKnown
    at: dt.datetime | None
    entry: str | None
    """Id of the entry that says it."""
    quote: str | None
    """What somebody wrote, word for word."""
    erased: bool
    weight: Weight
    details: tuple[QuestionDetail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionChapter:
    """One of the six parts of an answer."""

    part: QuestionPart
    title: str
    lines: tuple[QuestionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionHead:
    """The signed state of the ledger that the proofs lead to."""

    origin: str
    size: int
    root: str
    note: str
    at: dt.datetime
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionProof:
    """Where an entry stands in the ledger."""

    entry: str
    what: str
    at: dt.datetime
    position: int
    leaf: str
    """SHA-256 of the entry as a leaf of the tree, hexadecimal."""
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRelated:
    """Another question that belongs to it."""

    asked: Asked
    id: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsQuestion:
    """A question with its answer."""

    asked: Asked
    id: str
    title: str
    finding: str
    use_case: str | None
    when: dt.datetime | None
    """When it was decided or done; evidence is told as it stood then."""
    chapters: tuple[QuestionChapter, ...]
    open: tuple[str, ...]
    """What the record does not say."""
    proofs: tuple[QuestionProof, ...]
    head: QuestionHead | None
    made_at: dt.datetime
    related: tuple[QuestionRelated, ...]
