"""What releases need to know of operating certificates; assembly passes in whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.operate.releases.rules import Certified


class KnownCertificates(Protocol):
    """Whoever knows operating certificates."""

    def of(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[Certified]:
        """Every certificate that a use case ever had at a stage."""


class Certifications(KnownCertificates, Protocol):
    """Whoever keeps operating certificates."""

    def reinstate(self, tx: Transaction, serial: str, by: Sequence[str]) -> str:
        """Issue in this unit a certificate that says what a superseded one said, until that one's own end.

        Args:
            tx: the unit.
            serial: of the superseded one; what is certified in its place now ends.
            by: references of the people who decided.

        Returns:
            Its serial.
        """
