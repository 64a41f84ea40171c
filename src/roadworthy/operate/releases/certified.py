"""What releases need of operating certificates, from whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.codec import envelope_values
from roadworthy.decide.certificate.issuing import SUPERSEDED
from roadworthy.decide.certificate.model import Certificate
from roadworthy.decide.certificate.moving import run_of
from roadworthy.decide.certificate.service import Certificates, found
from roadworthy.decide.certificate.states import PERMITS, CertificateState
from roadworthy.decide.review.model import AskedCondition
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.workflow import run_store
from roadworthy.operate.releases.rules import Certified

ROLLED_BACK = "rolled-back"
"""Cause of the end of a certificate from whose release one goes back: nobody goes back to that one."""


class KeptCertificates:
    """The `Certifications` of a deployment.

    Args:
        certificates: whoever issues them.
        clock: the business time.
    """

    def __init__(self, certificates: Certificates, clock: Clock) -> None:
        self._certificates = certificates
        self._clock = clock

    def of(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[Certified]:
        """Every certificate that a use case ever had at a stage."""
        now = self._clock.now()
        return [
            Certified(
                each.serial,
                each.release,
                each.permits(now),
                _only_superseded(connection, each),
                each.issued_at,
                each.expires_at,
            )
            for each in rows.of(connection, use_case, stage)
        ]

    def reinstate(self, tx: Transaction, serial: str, request: str | None, deciders: Sequence[str]) -> str:
        """Issue in this unit a certificate that says what a superseded one said, until that one's own end.

        What may be done is what might be done when the former one ended, conditions that nobody met stand on with
        their days, and what has happened to its evidence since is found by whoever watches certificates.
        """
        former = found(tx.connection, serial)
        left = former.expires_at - tx.now
        self._certificates.withdraw_all(tx, former.use_case, former.stage, ROLLED_BACK)
        issue = Issue(
            use_case=former.use_case,
            stage=former.stage,
            release=former.release,
            envelope=envelope_values(former.envelope),
            conditions=tuple(
                AskedCondition(each.id, each.what, each.owner, each.due)
                for each in former.conditions
                if each.met_at is None
            ),
            evidence=former.evidence,
            review=former.review,
            request=request,
            deciders=tuple(sorted(deciders)),
            lasts=int(left.total_seconds()),
            items=rows.rests_on(tx.connection, serial),
        )
        return self._certificates.issue(tx, issue)


def _only_superseded(connection: sa.Connection, certificate: Certificate) -> bool:
    """Whether it permitted something until another release was certified in its place.

    One that was suspended then is not brought back by going back: resuming it is a decision of its own.
    """
    if certificate.state is not CertificateState.WITHDRAWN or certificate.cause != SUPERSEDED:
        return False
    moves = run_store.moves(connection, run_of(certificate.serial))
    before = moves[-2].state if len(moves) > 1 else CertificateState.VALID.value
    return CertificateState(before) in PERMITS
