"""What releases need of operating certificates, from whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.codec import envelope_values
from roadworthy.decide.certificate.finding import found
from roadworthy.decide.certificate.issuing import SUPERSEDED
from roadworthy.decide.certificate.model import Certificate
from roadworthy.decide.certificate.moving import run_of
from roadworthy.decide.certificate.service import Certificates
from roadworthy.decide.certificate.states import CertificateState
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

    def reinstate(self, tx: Transaction, serial: str, by: Sequence[str]) -> str:
        """Issue in this unit a certificate that says what a superseded one said, until that one's own end.

        The one of the release from which one goes back ends for that cause. Conditions that nobody met stand on with
        their days, and what has happened to the evidence since is found by whoever watches certificates.
        """
        former = found(tx.connection, serial)
        request = next((grant.request for grant in tx.granted.values()), None)
        self._certificates.withdraw_all(tx, former.use_case, former.stage, ROLLED_BACK)
        unmet = [each for each in former.conditions if each.met_at is None]
        issue = Issue(
            use_case=former.use_case,
            stage=former.stage,
            release=former.release,
            envelope=envelope_values(former.envelope),
            conditions=tuple(AskedCondition(each.id, each.what, each.owner, each.due) for each in unmet),
            evidence=former.evidence,
            review=former.review,
            request=request,
            deciders=tuple(sorted(by)),
            lasts=max(1, int((former.expires_at - tx.now).total_seconds())),
            items=rows.rests_on(tx.connection, serial),
        )
        return self._certificates.issue(tx, issue)


def _only_superseded(connection: sa.Connection, certificate: Certificate) -> bool:
    """Whether all of it was permitted until another release was certified in its place.

    One that was suspended or narrowed then is not brought back by going back: that is a decision of its own.
    """
    if certificate.state is not CertificateState.WITHDRAWN or certificate.cause != SUPERSEDED:
        return False
    moves = run_store.moves(connection, run_of(certificate.serial))
    before = moves[-2].state if len(moves) > 1 else CertificateState.VALID
    return before == CertificateState.VALID
