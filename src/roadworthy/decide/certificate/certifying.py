"""What reviews ask of certificates: answers for `review.ports.Certifying`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.certificate import issuing, rules
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.codec import envelope_of, envelope_values
from roadworthy.decide.certificate.drafting import draft, shown_envelope
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import Source
from roadworthy.decide.review.model import AskedCondition
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.errors import Finding, InvalidInput
from roadworthy.foundation.ledger.unit import Transaction


class Certifies:
    """Drafts envelopes, issues certificates and withdraws them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def draft(self, connection: sa.Connection, use_case: str, stage: str, release: str | None) -> Mapping[str, Any]:
        """The envelope that could be certified today, as canonical values."""
        del stage, release  # what is asked for and measured is the use case's, whatever runs where
        return envelope_values(draft(self._ground, connection, use_case, self._ground.runtime.clock.now()))

    def missing(self, envelope: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the terms that nobody set."""
        return tuple(name.value for name in envelope_of(envelope).missing)

    def declared(self, envelope: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the terms that people only said."""
        terms = envelope_of(envelope).terms.items()
        return tuple(name.value for name, term in terms if term.source is Source.DECLARED)

    def shown(self, envelope: Mapping[str, Any]) -> Sequence[str]:
        """A line per term, as people read it."""
        return shown_envelope(envelope_of(envelope))

    def faults(self, envelope: Mapping[str, Any]) -> Sequence[Finding]:
        """What is wrong with an envelope that somebody wants certified; empty where nothing is."""
        try:
            return rules.faults(envelope_of(envelope))
        except InvalidInput as error:
            return [Finding(error.code, error.message, error.place, error.remedy)]

    def issue(self, tx: Transaction, issue: Issue) -> str:
        """Issue a certificate in this unit, and withdraw the one before it; its serial."""
        return issuing.issue(self._ground, tx, issue)

    def withdraw_all(
        self, tx: Transaction, use_case: str, stage: str, cause: str, release: str | None = None
    ) -> tuple[str, ...]:
        """Withdraw in this unit every certificate of a use case at a stage that has not ended; their serials.

        Args:
            tx: the unit.
            use_case: its name.
            stage: at which.
            cause: a slug for the entry.
            release: only those of this release; None for all.
        """
        return issuing.withdraw_all(self._ground, tx, use_case, stage, cause, release)

    def open_conditions(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[AskedCondition]:
        """Conditions of certificates that have not ended, which nobody has met yet."""
        return [
            AskedCondition(condition.id, condition.what, condition.owner, condition.due)
            for certificate in rows.live(connection, use_case, stage)
            for condition in certificate.conditions
            if condition.met_at is None
        ]

    def current(self, connection: sa.Connection, use_case: str, stage: str) -> Mapping[str, str]:
        """Serials of certificates of a use case at a stage that have not ended, each with the digest of its release."""
        return {each.serial: each.release for each in rows.live(connection, use_case, stage)}
