"""What releases need to know of operating certificates; assembly passes in whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.operate.releases.rules import Certified


class Certifications(Protocol):
    """Whoever keeps operating certificates."""

    def of(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[Certified]:
        """Every certificate that a use case ever had at a stage."""

    def reinstate(self, tx: Transaction, serial: str, request: str | None, deciders: Sequence[str]) -> str:
        """Issue in this unit a certificate that says what a superseded one said, until that one's own end.

        Returns:
            Its serial.
        """


class NoCertificates:
    """Nothing is certified."""

    def of(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[Certified]:  # noqa: ARG002 - the protocol's signature
        """None."""
        return ()

    def reinstate(self, tx: Transaction, serial: str, request: str | None, deciders: Sequence[str]) -> str:
        """Never asked, since there is none to go back to."""
        raise NotImplementedError
