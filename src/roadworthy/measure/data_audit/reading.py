"""What audits came to, as it is kept: runs, results, whole audits, gaps over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from roadworthy.foundation.errors import NotFound, did_you_mean
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit import leasing
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.data_audit.model import Audit, Gap, GapStatus
from roadworthy.measure.data_audit.runs import Result, Run, RunStatus
from roadworthy.measure.data_audit.waiving import unknown_gap
from roadworthy.measure.data_audit.written import audit_from
from roadworthy.measure.fingerprint.codec import from_json
from roadworthy.measure.fingerprint.model import Fingerprint

SHOWN = 100
"""Runs that are listed."""


class Kept:
    """Reads what audits left."""

    def __init__(self, store: Store, resources: Resources, clock: Clock, is_ours: Callable[[Run], bool]) -> None:
        self._store = store
        self._resources = resources
        self._clock = clock
        self._is_ours = is_ours

    def runs(self, use_case: str) -> tuple[Run, ...]:
        """Runs of a use case, the latest first.

        Raises:
            NotFound: there is no such use case.
        """
        self._spec(use_case)
        with self._store.read() as connection:
            return tuple(map(self._seen, rows.runs_of(connection, use_case, SHOWN)))

    def run(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            found = rows.find_run(connection, run_id)
        if found is None:
            raise unknown_run(run_id)
        return self._seen(found)

    def results(self, run_id: str) -> tuple[Result, ...]:
        """What a run came to, by source.

        Raises:
            NotFound: there is none of this id.
        """
        run = self.run(run_id)
        with self._store.read() as connection:
            return tuple(rows.results_of(connection, run.id))

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
            use_case, text, pilot, production = kept
            now = {gap.id: gap for gap in rows.gaps_of(connection, use_case, source=source)}
        found = audit_from(text, self.fingerprint(pilot), self.fingerprint(production))
        return replace(found, gaps=tuple(_as_it_stands(gap, now.get(gap.id)) for gap in found.gaps))

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
            raise unknown_gap(gap_id)
        return found

    def source(self, use_case: str, name: str) -> DataSource:
        """A declared data source.

        Raises:
            NotFound: the use case declares none of this name.
        """
        spec = self._spec(use_case)
        found = next((each for each in spec.data if each.name == name), None)
        if found is None:
            names = [each.name for each in spec.data]
            raise NotFound(
                "data-source-unknown",
                f"`{use_case}` declares no data source `{name[:100]}`",
                remedy=did_you_mean(name, names) if names else "declare it under `data`",
            )
        return found

    def measured(self, use_case: str, source: str, side: Side) -> str:
        """Digest of the latest fingerprint of one side of a source.

        Raises:
            NotFound: there is no such source, or it was never measured.
        """
        self.source(use_case, source)
        for each in self.latest(use_case):
            digest = each.pilot if side is Side.PILOT else each.production
            if each.source == source and digest is not None and each.fault is None:
                return digest
        raise NotFound(
            "fingerprint-unknown",
            f"the {side.value} side of `{source}` was not measured yet",
            remedy=f"run `roadworthy data audit {use_case}`, or measure a location by itself",
        )

    def fingerprint(self, digest: str) -> Fingerprint:
        """A fingerprint that is kept here.

        Raises:
            NotFound: none of this digest is.
        """
        with self._store.read() as connection:
            text = rows.fingerprint_text(connection, digest)
        if text is None:
            raise NotFound(
                "fingerprint-unknown",
                f"no fingerprint `{digest[:80]}` is kept here",
                remedy="hand it in first, or audit the use case again",
            )
        return from_json(text.encode(), digest)

    # ------------------------------------------------------------ inside

    def _spec(self, use_case: str) -> UseCase:
        return cast("UseCase", self._resources.get(USE_CASE, use_case).spec)

    def _seen(self, run: Run) -> Run:
        """A run whose process is gone says so."""
        if run.status is not RunStatus.RUNNING or self._is_ours(run):
            return run
        alone = self._store.dialect == "sqlite"  # nobody else can have the database open
        gone = leasing.silent(run, self._clock.now(), alone=alone)
        return replace(run, status=RunStatus.ABANDONED) if gone else run


def _as_it_stands(gap: Gap, now: Gap | None) -> Gap:
    if now is None:
        return gap
    return replace(gap, status=now.status, waiver=now.waiver, first_seen=now.first_seen, last_seen=now.last_seen)


def unknown_run(run_id: str) -> NotFound:
    """There is no run of this id."""
    return NotFound(
        "audit-run-unknown",
        f"there is no audit run `{run_id[:60]}`",
        remedy="list the runs of a use case with `roadworthy data runs USE-CASE`",
    )
