"""What releases need of operating certificates, from whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.codec import envelope_values
from roadworthy.decide.certificate.finding import found
from roadworthy.decide.certificate.service import Certificates
from roadworthy.decide.review.model import AskedCondition
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Clock
from roadworthy.operate.releases.listed import ListedCertificates

ROLLED_BACK = "rolled-back"
"""Cause of the end of a certificate from whose release one goes back: nobody goes back to that one."""


class KeptCertificates(ListedCertificates):
    """The `Certifications` of a deployment.

    Args:
        certificates: whoever issues them.
        clock: the business time.
    """

    def __init__(self, certificates: Certificates, clock: Clock) -> None:
        super().__init__(clock)
        self._certificates = certificates

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
