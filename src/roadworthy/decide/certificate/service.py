"""Operations of certificates: looked at by everybody, issued by a review's decision, moved by decisions."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.decide.certificate import issuing, trouble_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import Certificate, Trouble, Version
from roadworthy.decide.certificate.states import CERTIFICATES, CertificateState
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.errors import NotFound, Place
from roadworthy.foundation.ledger.authority import Authority
from roadworthy.foundation.ledger.unit import Transaction

PAGE = 100


class Certificates:
    """Every operating certificate of a deployment."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.machines.register(CERTIFICATES)

    def governed_by(self, authority: Authority) -> None:
        """From now on whatever a person does to a certificate needs its word."""
        self._ground.authority = authority

    # ------------------------------------------------------------ looking

    def get(self, serial: str) -> Certificate:
        """One certificate as it stands.

        Raises:
            NotFound: there is none.
        """
        with self._ground.store.read() as connection:
            return found(connection, serial)

    def of(self, use_case: str, stage: str | None = None) -> list[Certificate]:
        """Every certificate of a use case, the latest first."""
        with self._ground.store.read() as connection:
            return rows.of(connection, use_case, stage)

    def listed(
        self,
        state: CertificateState | None = None,
        use_case: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> list[Certificate]:
        """A page of certificates, the latest first.

        Args:
            state: only those that stand so.
            use_case: only those of it.
            after: serial of the last one on the page before.
            limit: how many.
        """
        with self._ground.store.read() as connection:
            return rows.listed(connection, state, use_case, after, limit)

    def statement(self, serial: str, version: int | None = None) -> bytes:
        """The signed statement of a version, of the newest where none is named, exactly as it was signed.

        Raises:
            NotFound: there is no such certificate, or no such version.
        """
        with self._ground.store.read() as connection:
            certificate = found(connection, serial)
            number = certificate.version if version is None else version
            kept = rows.version(connection, serial, number)
        if kept is None:
            raise NotFound(
                "certificate-version-unknown",
                f"`{serial}` has no version {number}",
                place=Place(field="version"),
                remedy=f"name one from 1 to {certificate.version}",
            )
        return kept.statement

    def history(self, serial: str) -> list[Version]:
        """Every version, the first one first.

        Raises:
            NotFound: there is no such certificate.
        """
        with self._ground.store.read() as connection:
            found(connection, serial)
            return rows.history(connection, serial)

    def troubles(self, serial: str) -> list[Trouble]:
        """Everything that stands or stood against a certificate, the latest first."""
        with self._ground.store.read() as connection:
            found(connection, serial)
            return trouble_rows.of(connection, serial)

    # ------------------------------------------------------------ from reviews

    def issue(self, tx: Transaction, issue: Issue) -> str:
        """Issue a certificate in this unit, and withdraw the one before it; its serial.

        Raises:
            InvalidInput: the envelope is none that can be certified.
        """
        return issuing.issue(self._ground, tx, issue)

    def withdraw_all(self, tx: Transaction, use_case: str, stage: str, cause: str) -> tuple[str, ...]:
        """Withdraw in this unit every certificate of a use case at a stage that has not ended; their serials."""
        return issuing.withdraw_all(self._ground, tx, use_case, stage, cause)

    @staticmethod
    def current(connection: sa.Connection, use_case: str, stage: str) -> Sequence[str]:
        """Serials of certificates of a use case at a stage that have not ended."""
        return [each.serial for each in rows.live(connection, use_case, stage)]


def found(connection: sa.Connection, serial: str) -> Certificate:
    """One certificate.

    Raises:
        NotFound: there is none.
    """
    certificate = rows.get(connection, serial)
    if certificate is None:
        raise NotFound(
            "certificate-unknown",
            f"there is no certificate `{serial[:80]}`",
            place=Place(field="serial"),
            remedy="list them with `roadworthy certificate list`",
        )
    return certificate
