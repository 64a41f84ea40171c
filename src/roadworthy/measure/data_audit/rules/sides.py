"""The documents of both sides beside each other, and what every check of them says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from roadworthy.measure.data_audit.model import Check, Measure, Verdict
from roadworthy.measure.data_audit.rules import wording
from roadworthy.measure.data_audit.rules.proportions import Outcome, outcomes
from roadworthy.measure.fingerprint.model import Corpus, Share

SEEN = 10
"""Documents of a kind from which the pilot has shown how it fares with them."""


class Rest(TypedDict, total=False):
    """What a check may say beyond rule, verdict and finding."""

    scope: str
    pilot: Measure | None
    production: Measure | None
    affected: float | None
    rank: int | None
    needed: int | None
    detail: Mapping[str, Any]


class More(TypedDict, total=False):
    """The same of a check that brings both measures."""

    scope: str
    affected: float | None
    rank: int | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both corpora, and what every check of them needs."""

    pilot: Corpus
    production: Corpus
    confidence: float
    use_case_class: str | None

    @property
    def sampled(self) -> bool:
        """Whether a side has more documents than were looked at."""
        return any(side.of < side.total for side in (self.pilot, self.production))

    def shares(self, counts: Mapping[str, int], others: Mapping[str, int], name: str) -> tuple[Share, Share]:
        """Of one mark on both sides."""
        return Share(counts.get(name, 0), self.pilot.of), Share(others.get(name, 0), self.production.of)

    def check(self, rule: str, verdict: Verdict, finding: str, **rest: Unpack[Rest]) -> Check:
        """A check of the text column."""
        return Check(rule, verdict, column=self.pilot.column, finding=finding, sampled=self.sampled, **rest)

    def of_shares(
        self, rule: str, shares: tuple[Share, Share], outcome: Outcome, finding: str, **rest: Unpack[More]
    ) -> Check:
        """A check of a share on both sides."""
        pilot, production = (wording.share_of(share, self.confidence) for share in shares)
        return self.check(
            rule, outcome.verdict, finding, pilot=pilot, production=production, needed=outcome.needed, **rest
        )

    def named(self, *marks: str) -> dict[str, Any]:
        """Production's documents that show a mark, by their ids."""
        found = {mark: list(self.production.examples[mark]) for mark in marks if mark in self.production.examples}
        return {"documents": found} if found else {}


def decided_by(shares: Sequence[tuple[Share, Share]], delta: float, confidence: float) -> list[Outcome]:
    """As `outcomes`; a match too for what the pilot saw often, or production itself has no more than delta of."""
    found = []
    alpha = (1 - confidence) / max(1, len(shares))
    for (pilot, production), outcome in zip(shares, outcomes(shares, delta, confidence), strict=True):
        measured = wording.share_of(production, confidence)
        seen = pilot.count >= SEEN
        little = measured.high is not None and measured.high <= delta
        # None among so many, by chance, of what production has at least so much of: sharper than an interval at zero.
        absent = pilot.count == 0 and (1 - (measured.low or 0.0)) ** pilot.of < alpha
        if absent and outcome.difference > delta:
            found.append(Outcome(Verdict.GAP, outcome.difference, outcome.between))
        elif outcome.verdict is Verdict.UNKNOWN and (seen or little or outcome.difference <= 0):
            found.append(Outcome(Verdict.MATCH, outcome.difference, outcome.between))
        elif outcome.verdict is not Verdict.UNKNOWN:
            found.append(outcome)
        else:
            found.append(replace(outcome, needed=_enough(pilot, measured.low or 0.0, alpha) or outcome.needed))
    return found


def _enough(pilot: Share, low: float, alpha: float) -> int | None:
    """Documents of the pilot among which what production has at least so much of would not be missing by chance."""
    return math.ceil(math.log(alpha) / math.log1p(-low)) if pilot.count == 0 and 0 < low < 1 else None


def said(shares: tuple[Share, Share], what: str) -> str:
    """A sentence with both shares."""
    pilot, production = shares
    return (
        f"{wording.percent(production.value or 0.0)} of production's documents {what}, "
        f"{wording.percent(pilot.value or 0.0)} of the pilot's ({pilot.count:,} of {pilot.of:,})."
    )
