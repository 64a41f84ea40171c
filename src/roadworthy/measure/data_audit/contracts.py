"""Operations on contracts of registered use cases."""

from __future__ import annotations

from roadworthy.measure.data_audit.contract.checking import checked
from roadworthy.measure.data_audit.contract.inferring import inferred
from roadworthy.measure.data_audit.contract.odcs import read
from roadworthy.measure.data_audit.contract.shape import Contract, Side
from roadworthy.measure.data_audit.contract.writing import write
from roadworthy.measure.data_audit.model import Check
from roadworthy.measure.data_audit.reading import Kept


class Contracts:
    """Contracts out of what was measured, and what was measured held against contracts."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def inferred(self, use_case: str, source: str) -> str:
        """The contract that the pilot was built on, as an ODCS file.

        Raises:
            NotFound: there is no such source, or its pilot was never measured.
        """
        declared = self._kept.source(use_case, source)
        digest = self._kept.measured(use_case, source, Side.PILOT)
        return write(
            inferred(
                self._kept.fingerprint(digest),
                digest,
                name=source,
                steward=declared.steward,
                refresh=declared.refresh,
                retention_days=declared.retention_days,
                production=declared.production,
            )
        )

    def checked(self, use_case: str, source: str, side: Side, content: bytes) -> tuple[Contract, tuple[Check, ...]]:
        """What a contract demands of a source, and what is there.

        Raises:
            NotFound: there is no such source, or that side was never measured.
            InvalidInput: it is no contract.
        """
        contract = read(content)
        print_ = self._kept.fingerprint(self._kept.measured(use_case, source, side))
        return contract, checked(contract, print_, source)
