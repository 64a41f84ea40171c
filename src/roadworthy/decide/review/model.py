"""Values of a readiness review: what is looked at, the verdict, and what was frozen for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SUBJECT = "Review"
"""Kind of the ledger's resources `Review/ID`."""


class Verdict(StrEnum):
    """How a review ends."""

    GO = "go"
    CONDITIONAL_GO = "conditional-go"
    """Go, with conditions that have an owner and a day, and act by themselves when the day passes."""
    NO_GO = "no-go"
    """Not as it is. What has to change first is named, and it may be reviewed again."""
    PIVOT = "pivot"
    """Not this, but something near it: what changes is named."""
    STOP = "stop"
    """A clean end: the business is told, and what was learned is kept."""


CERTIFIES = frozenset({Verdict.GO, Verdict.CONDITIONAL_GO})


class ItemKind(StrEnum):
    """What can stand on the agenda."""

    CRITERION = "criterion"
    """Open: not met, or unknown."""
    GAP = "gap"
    WAIVER = "waiver"
    DISSENT = "dissent"
    """Somebody declined, asked and got no answer, or contests evidence."""
    CONDITION = "condition"
    """Of an earlier verdict, not met yet."""
    RELEASE = "release"
    """A part of the release that is only asserted, or was seen as something else."""
    TERM = "term"
    """A term of the envelope that is missing, or only declared."""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing to be looked at before a verdict."""

    kind: ItemKind
    id: str
    """Within its kind: a criterion's id, a gap's id, a waiver's, a request's."""
    title: str
    blocks: bool
    """Whether go is not possible while it stands: a `must` criterion that is not met, a blocking gap."""
    says: str
    """What is known of it, in a sentence."""
    path: str
    """Where one reads more, as a path of the pages."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Exactly what a verdict is decided on, by digest."""

    rubric: str
    use_case: str
    """Digest of the declared use case."""
    release: str | None
    assessment: str
    evidence: Mapping[str, str]
    """Id of each item of evidence that counted, to the digest of its signed envelope or its content."""
    gaps: tuple[str, ...]
    waivers: tuple[str, ...]
    agenda: str
    """Digest of the agenda."""
    at: dt.datetime

    def values(self) -> dict[str, Any]:
        """As canonical values, the same for the same facts; the instant is not among them."""
        return {
            "agenda": self.agenda,
            "assessment": self.assessment,
            "evidence": dict(self.evidence),
            "gaps": sorted(self.gaps),
            "release": self.release,
            "rubric": self.rubric,
            "useCase": self.use_case,
            "waivers": sorted(self.waivers),
        }


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What is known of a release, for whoever decides about it; told by the layer that keeps releases."""

    digest: str
    name: str
    observed: tuple[str, ...]
    """Parts that were seen: `kind/name`."""
    asserted: tuple[str, ...]
    """Parts that somebody only said."""
    mismatched: tuple[str, ...]
    """Parts that were seen as something else since."""
