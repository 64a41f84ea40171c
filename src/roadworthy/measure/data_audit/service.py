"""Operations of the data-path audits: run, look, waive, and fingerprints that travel."""

from __future__ import annotations

from typing import cast

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.model import Audit, Gap, GapStatus
from roadworthy.measure.data_audit.runs import Result, Run
from roadworthy.measure.data_audit.written import audit_from
from roadworthy.measure.fingerprint.codec import from_json
from roadworthy.measure.fingerprint.model import Fingerprint

SHOWN = 100
"""Runs that are listed."""


class DataAudits:
    """Audits of the data paths of registered use cases."""

    def __init__(self, store: Store, units: Units, resources: Resources, runtime: Runtime, settings: Settings) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._runtime = runtime
        self._settings = settings

    # ------------------------------------------------------------ read

    def runs(self, use_case: str) -> tuple[Run, ...]:
        """Runs of a use case, the latest first.

        Raises:
            NotFound: there is no such use case.
        """
        self._spec(use_case)
        with self._store.read() as connection:
            return tuple(rows.runs_of(connection, use_case, SHOWN))

    def run(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            found = rows.find_run(connection, run_id)
        if found is None:
            raise NotFound(
                "audit-run-unknown",
                f"there is no audit run `{run_id[:60]}`",
                remedy="list the runs of a use case with `roadworthy data runs USE-CASE`",
            )
        return found

    def results(self, run_id: str) -> tuple[Result, ...]:
        """What a run came to, by source."""
        with self._store.read() as connection:
            return tuple(rows.results_of(connection, self.run(run_id).id))

    def latest(self, use_case: str) -> tuple[Result, ...]:
        """The latest result of each source that the use case declares and that was ever audited."""
        declared = {source.name for source in self._spec(use_case).data}
        with self._store.read() as connection:
            return tuple(each for each in rows.latest_results(connection, use_case) if each.source in declared)

    def audit(self, run_id: str, source: str) -> Audit:
        """The whole audit of a source, with both fingerprints and its gaps as they stand now.

        Raises:
            NotFound: the run has no such source, or it could not be audited.
        """
        with self._store.read() as connection:
            kept = rows.audit_text(connection, run_id, source)
            if kept is None:
                raise NotFound(
                    "audit-result-unknown",
                    f"the run has no audit of `{source[:100]}`",
                    remedy="look at the run: a source that could not be audited says why",
                )
            text, pilot, production = kept
            return audit_from(
                text,
                _fingerprint(rows.fingerprint_text(connection, pilot), pilot),
                _fingerprint(rows.fingerprint_text(connection, production), production),
            )

    def gaps(self, use_case: str, status: GapStatus | None = None) -> tuple[Gap, ...]:
        """Gaps of a use case, the most pressing first, with their waivers."""
        self._spec(use_case)
        with self._store.read() as connection:
            return tuple(rows.gaps_of(connection, use_case, status=status))

    def gap(self, gap_id: str) -> tuple[str, Gap]:
        """The use case of a gap, and the gap.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            found = rows.find_gap(connection, gap_id)
        if found is None:
            raise NotFound(
                "gap-unknown",
                f"there is no gap `{gap_id[:60]}`",
                remedy="list the gaps of a use case with `roadworthy data gaps USE-CASE`",
            )
        return found

    # ------------------------------------------------------------ inside

    def _spec(self, use_case: str) -> UseCase:
        return cast("UseCase", self._resources.get(USE_CASE, use_case).spec)


def _fingerprint(text: str | None, digest: str) -> Fingerprint:
    if text is None:
        raise NotFound(
            "fingerprint-unknown",
            f"no fingerprint `{digest[:24]}` is kept here",
            remedy="audit the use case again",
        )
    return from_json(text.encode(), digest)
