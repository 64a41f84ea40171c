"""What is to run at a stage, and what was seen there held against it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.inventory.model import Stage
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.model import Recorded, Sighting
from roadworthy.operate.releases.moving import released
from roadworthy.operate.releases.ports import KnownCertificates
from roadworthy.operate.releases.recording import observe

PRODUCTION = Stage.PRODUCTION.value


class Expected:
    """Knows what is to run, and takes in what was seen.

    Args:
        units: where it is recorded.
        certificates: what is certified for a stage.
    """

    def __init__(self, units: Units, certificates: KnownCertificates) -> None:
        self._units = units
        self._certificates = certificates

    def observe(
        self,
        context: Context,
        use_case: str,
        seen: Sequence[Sighting],
        *,
        release: str | None = None,
        stage: str | None = None,
    ) -> Recorded:
        """Hold what was seen against a release; what is otherwise is recorded as a mismatch.

        Args:
            context: who saw it.
            use_case: whose release.
            seen: parts as they were seen.
            release: name or digest; without it, what is to run at the stage.
            stage: where it was seen; production where neither is said.

        Raises:
            NotFound: there is no such release, or nothing is to run there.
            InvalidInput: a sighting is unfit, or there is none.
            Conflict: there are too many sources.
        """
        if not seen:
            raise InvalidInput(
                "release-nothing-seen", "nothing was seen", place=Place(field="seen"), remedy="name a part that you saw"
            )
        at = stage if release is not None else stage or PRODUCTION

        def work(tx: Transaction) -> Recorded:
            called = release
            if called is None:
                called = self.expected(tx.connection, use_case, str(at)) or f"at {at}"
            return observe(tx, released(tx.connection, use_case, called), seen, at)

        return self._units.run(context, work)

    def expected(self, connection: sa.Connection, use_case: str, stage: str) -> str | None:
        """Digest of what is to run at a stage; where nobody said so, what is certified for it, or was recorded last."""
        running = rows.running(connection, use_case, stage)
        if running is not None:
            return running
        known = self._certificates.of(connection, use_case, stage)
        certified = next((each.release for each in known if each.permits), None)
        return certified or rows.newest(connection, use_case)
