"""What releases need to know of operating certificates, read from their rows."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.model import Certificate
from roadworthy.decide.certificate.states import SUPERSEDED, CertificateState, run_of
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.workflow import run_store
from roadworthy.operate.releases.rules import Certified


class ListedCertificates:
    """The `KnownCertificates` of a deployment.

    Args:
        clock: the business time.
    """

    def __init__(self, clock: Clock) -> None:
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


def _only_superseded(connection: sa.Connection, certificate: Certificate) -> bool:
    """Whether all of it was permitted until another release was certified in its place.

    One that was suspended or narrowed then is not brought back by going back: that is a decision of its own.
    """
    if certificate.state is not CertificateState.WITHDRAWN or certificate.cause != SUPERSEDED:
        return False
    moves = run_store.moves(connection, run_of(certificate.serial))
    before = moves[-2].state if len(moves) > 1 else CertificateState.VALID
    return before == CertificateState.VALID
