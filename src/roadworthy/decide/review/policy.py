"""When a use case is looked at again: how long a verdict lasts by risk tier, and what happens that cannot wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import Field, field_validator

from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.inventory.model import Line, Tier

REVIEW_POLICY = "ReviewPolicy"
POLICY_NAME = "default"
"""The one in force."""
SHORTEST = 86_400
"""Seconds; a review that came again within a day would be looked at by nobody."""


class Trigger(StrEnum):
    """What can make another review necessary before its time."""

    EVIDENCE_EXPIRED = "evidence-expired"
    """Of what the last verdict was decided on."""
    EVIDENCE_WITHDRAWN = "evidence-withdrawn"
    """As above; it was taken back."""
    EVIDENCE_CONTESTED = "evidence-contested"
    """As above; somebody says that it is wrong."""
    WAIVER_ENDED = "waiver-ended"
    OWNER_LEFT = "owner-left"
    """A duty is empty."""
    RELEASE_MISMATCHED = "release-mismatched"
    """A part of the release was seen as something else."""
    CERTIFICATE_NARROWED = "certificate-narrowed"
    CERTIFICATE_SUSPENDED = "certificate-suspended"
    CERTIFICATE_EXPIRED = "certificate-expired"


EVENTS: Final[Mapping[str, Trigger]] = {
    "evidence.expired": Trigger.EVIDENCE_EXPIRED,
    "evidence.withdrawn": Trigger.EVIDENCE_WITHDRAWN,
    "evidence.contested": Trigger.EVIDENCE_CONTESTED,
    "gap.waiver-ended": Trigger.WAIVER_ENDED,
    "criterion.waiver-ended": Trigger.WAIVER_ENDED,
    "owner.released": Trigger.OWNER_LEFT,
    "person.left": Trigger.OWNER_LEFT,
    "release.mismatched": Trigger.RELEASE_MISMATCHED,
    "certificate.narrowed": Trigger.CERTIFICATE_NARROWED,
    "certificate.suspended": Trigger.CERTIFICATE_SUSPENDED,
    "certificate.expired": Trigger.CERTIFICATE_EXPIRED,
}
"""Ledger events, and which trigger each is."""

OF_EVIDENCE: Final = frozenset({Trigger.EVIDENCE_EXPIRED, Trigger.EVIDENCE_WITHDRAWN, Trigger.EVIDENCE_CONTESTED})


class Cadence(Shape):
    """After how long a verdict is looked at again, by the risk tier that the use case has then."""

    low: Line | None = Field(default=None, description="Such as `365d`; where it is left out, no time is too long.")
    moderate: Line | None = None
    high: Line | None = None
    unknown: Line | None = Field(default=None, description="While the facts leave the tier open.")

    @field_validator("low", "moderate", "high", "unknown")
    @classmethod
    def _is_a_span(cls, value: str | None) -> str | None:
        if value is not None and (seconds(value) or 0) < SHORTEST:
            raise ValueError(f"`{value}` is no span of at least a day; write one such as `90d`, `26w` or `1y`")
        return value

    def of(self, tier: Tier | None) -> dt.timedelta | None:
        """The cadence of a tier; None where the policy gives none."""
        said: str | None = getattr(self, "unknown" if tier is None else tier.value)
        return None if said is None else dt.timedelta(seconds=seconds(said) or 0)


class ReviewPolicy(Shape):
    """The spec of a declared `ReviewPolicy`: when what was let go on is looked at again."""

    cadence: Cadence = Cadence()
    triggers: tuple[Trigger, ...] = Field(default=(), description="What opens a review at once.")


SHIPPED: Final = ReviewPolicy(
    cadence=Cadence(low="365d", moderate="180d", high="90d", unknown="90d"), triggers=tuple(Trigger)
)
"""In force until an organisation declares its own."""
