"""What collecting leads to, before and after it is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.evidence.model import Item, Submission
from roadworthy.foundation.errors import Finding, Place


@dataclass(frozen=True, slots=True)
class Prepared:
    """One claim that could be handed in, and where it stands."""

    use_case: str
    submission: Submission
    place: Place
    """The row of a file, or the address of a run."""
    notes: tuple[str, ...] = ()
    """What had to be assumed."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a file or a server would give."""

    source: str
    digest: str | None
    """Of the file; None for a server."""
    claims: tuple[Prepared, ...]
    findings: tuple[Finding, ...]
    """What cannot be a claim, each with its place and what to do."""
    known: int = 0
    """Claims that were recorded before and are left out."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """What was recorded."""

    prospect: Prospect
    items: tuple[Item, ...]
    measured: bool
    """Whether Roadworthy's own collector signed it, so that it counts as measured."""
