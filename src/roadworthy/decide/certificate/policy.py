"""What is declared about certificates: the policy that acts on them, and the envelope that a use case asks for."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from roadworthy.decide.certificate.model import Cause
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds

CERTIFICATE_POLICY = "CertificatePolicy"
OPERATING_ENVELOPE = "OperatingEnvelope"
DEFAULT_NAME = "default"
"""The one policy in force."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Count = Annotated[int, Field(ge=0, le=10**15)]


def _readable(text: str) -> str:
    if text != "0" and seconds(text) is None:
        message = "write a number and a unit, such as `24h` or `30d`; `0` for at once"
        raise ValueError(message)
    return text


Lasting = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_readable)]
"""A span of time, such as `24h`; `0` for at once."""
Notices = Annotated[tuple[Lasting, ...], Field(max_length=10)]


def span(text: str) -> dt.timedelta:
    """A span that was declared, as a length of time."""
    return dt.timedelta(0) if text == "0" else dt.timedelta(seconds=seconds(text) or 0)


class CausePolicy(Shape):
    """What a cause does, counted from when it began. What is left out does not happen: the owners are told."""

    notice: Lasting | None = Field(
        default=None, description="Least time between the owners being told and anything happening; `0` for none."
    )
    narrow_after: Lasting | None = None
    suspend_after: Lasting | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        both = self.narrow_after, self.suspend_after
        if all(each is not None for each in both) and span(both[0] or "0") > span(both[1] or "0"):
            message = "it is suspended before it is narrowed: give `suspendAfter` the longer time"
            raise ValueError(message)
        return self


class NarrowingPolicy(Shape):
    """What is left of an envelope that is made narrower."""

    ceilings: Annotated[int, Field(ge=0, le=100)] | None = Field(
        default=None,
        description="Percent that is kept of volume, rate and limits of actions; all where it is left out.",
    )
    actions: tuple[Line, ...] | None = Field(
        default=None, description="The only actions that go on; an empty list for none, all where it is left out."
    )
    cohort: tuple[Line, ...] | None = Field(
        default=None, description="The only groups that go on; all where it is left out."
    )


class Causes(Shape):
    """The causes that act. One that is left out acts as in the policy that ships; an empty one `{}` only tells."""

    evidence_expired: CausePolicy | None = None
    evidence_withdrawn: CausePolicy | None = None
    owner_left: CausePolicy | None = None
    digest_changed: CausePolicy | None = None
    release_mismatch: CausePolicy | None = None
    release_replaced: CausePolicy | None = None
    condition_overdue: CausePolicy | None = None
    gap_reopened: CausePolicy | None = None

    def of(self, cause: Cause) -> CausePolicy | None:
        """What is declared of a cause; None where nothing is, and for expiry, which is a certificate's own."""
        return getattr(self, cause.value.replace("-", "_"), None)


class CertificatePolicy(Shape):
    """How long certificates last, and what acts on them. What is left out is as in the policy that ships."""

    lasts: Lasting | None = Field(default=None, description="How long a certificate lasts that says nothing itself.")
    notices: Notices | None = Field(
        default=None, description="How long before the end of a certificate its owners hear of it, each once."
    )
    condition_notices: Notices | None = Field(
        default=None, description="How long before the day of a condition its owner hears of it, each once."
    )
    notice: Lasting | None = Field(default=None, description="Of the causes that say nothing themselves.")
    max_age: Lasting | None = Field(default=None, description="Age of a status snapshot after which effects stop.")
    grace: Lasting | None = Field(
        default=None, description="How long calls go on with a snapshot that is older than that."
    )
    self_test: Lasting | None = Field(
        default=None, description="How often it is proven that a stop works in every process; `0` for never."
    )
    narrowing: NarrowingPolicy | None = None
    causes: Causes = Causes()


class DeclaredAction(Shape):
    """What it may do, and how much of it."""

    name: Line
    most: dict[Line, Count] = Field(default={}, description="By what is counted, such as `per hour: 20`.")


class OperatingEnvelope(Shape):
    """The envelope that a use case asks for; its name is that of the use case. Everything in it is declared."""

    volume: dict[Line, Count] | None = Field(default=None, description="Such as `calls per day: 2000`.")
    rate: dict[Line, Count] | None = Field(default=None, description="Such as `calls per minute: 30`.")
    population: dict[Line, tuple[Line, ...]] | None = Field(
        default=None, description="By dimension, such as `site`, for whom it may be used."
    )
    data_classes: tuple[Line, ...] | None = None
    actions: tuple[DeclaredAction, ...] | None = None
    cost: dict[Line, Count] | None = Field(default=None, description="Such as `EUR minor units per call: 4`.")
    latency: dict[Line, Count] | None = Field(default=None, description="Such as `p95 milliseconds: 800`.")
    cohort: tuple[Line, ...] | None = None
