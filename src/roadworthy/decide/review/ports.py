"""What a review needs of the layers above it: certificates, and what is known of releases. Assembly passes them in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from roadworthy.decide.review.model import AskedCondition, ReleaseFacts
from roadworthy.foundation.errors import Finding
from roadworthy.foundation.ledger.unit import Transaction


@dataclass(frozen=True, slots=True)
class Issue:
    """Everything that a certificate is issued from, as it was decided."""

    use_case: str
    stage: str
    release: str
    """Digest of the release that it holds for."""
    envelope: Mapping[str, Any]
    """Canonical values, in the shape that `Certifying.draft` gave and `Certifying.faults` looked at."""
    conditions: tuple[AskedCondition, ...]
    evidence: tuple[str, ...]
    """Digests of everything that was frozen, sorted."""
    review: str
    """Id of the review."""
    request: str | None
    """Id of the decision request; None in a deployment without decision rights."""
    deciders: tuple[str, ...]
    """References of people, sorted."""
    lasts: int | None
    """Seconds; None for what the policy says."""
    items: Mapping[str, str] = field(default_factory=dict)
    """`Frozen.evidence`: id of each item of evidence that counted, to its digest. The certificate acts on its end."""


class Certifying(Protocol):
    """Whoever keeps certificates."""

    def draft(self, connection: sa.Connection, use_case: str, stage: str, release: str | None) -> Mapping[str, Any]:
        """The envelope that could be certified today, as canonical values.

        `{"terms": {NAME: {"bound": ..., "source": "declared"|"audited"|"rehearsed", "evidence": [ID, ...]}}}`, with the
        names of `TermName`; a term that is not there is missing. The same facts give the same values.
        """

    def missing(self, envelope: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the terms that nobody set."""

    def declared(self, envelope: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the terms that people only said."""

    def shown(self, envelope: Mapping[str, Any]) -> Sequence[str]:
        """A line per term, as people read it."""

    def faults(self, envelope: Mapping[str, Any]) -> Sequence[Finding]:
        """What is wrong with an envelope that somebody wants certified; empty where nothing is."""

    def issue(self, tx: Transaction, issue: Issue) -> str:
        """Issue a certificate in this unit, and withdraw the one before it; its serial."""

    def withdraw_all(
        self, tx: Transaction, use_case: str, stage: str, cause: str, release: str | None = None
    ) -> tuple[str, ...]:
        """Withdraw in this unit every certificate of a use case at a stage that has not ended; their serials.

        Args:
            tx: the unit.
            use_case: its name.
            stage: at which.
            cause: a slug for the entry, such as `review-stop` or `review-no-go`.
            release: only those of this release; None for all.
        """

    def open_conditions(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[AskedCondition]:
        """Conditions of certificates that have not ended, which nobody has met yet."""

    def current(self, connection: sa.Connection, use_case: str, stage: str) -> Mapping[str, str]:
        """Serials of certificates of a use case at a stage that have not ended, each with the digest of its release."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is to run at a stage."""

    release: str
    """Its digest."""
    since: dt.datetime


class ReleaseView(Protocol):
    """Whoever keeps releases."""

    def facts(self, connection: sa.Connection, use_case: str, digest: str) -> ReleaseFacts | None:
        """What is known of a release; None where nobody recorded it for this use case."""

    def running(self, connection: sa.Connection, use_case: str, stage: str) -> Running | None:
        """What was deployed last at a stage; None where nothing ever was."""

    def newest(self, connection: sa.Connection, use_case: str) -> str | None:
        """Digest of the release that was recorded last."""
