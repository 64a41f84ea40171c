"""Probing: try the integrations of a use case, keep what came back, and hand it in as evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.model import Collector
from roadworthy.evidence.own_collector import OwnCollector
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.digests import canonical_bytes, digest
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, did_you_mean
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, Worker
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Integration, UseCase
from roadworthy.measure.integration_probe import store as rows
from roadworthy.measure.integration_probe.credentials import Credentials
from roadworthy.measure.integration_probe.handing_in import HandingIn, Standing
from roadworthy.measure.integration_probe.model import Limits, Probe, Running
from roadworthy.measure.integration_probe.probing import check, tried
from roadworthy.measure.integration_probe.trying import Means
from roadworthy.measure.integration_probe.wire import Stopped

PURPOSE = "collector-probe"
"""Of the key with which Roadworthy's own collector signs what its probes find."""
KINDS = ("integration-probe",)
"""Evidence kinds that this collector has to be registered for."""
LONGEST = dt.timedelta(minutes=30)
"""A probe that has been running for longer was broken off; the limits let none take half of it."""
SHOWN = 200


_log = log("integration-probes")


@dataclass(frozen=True, slots=True)
class _Job:
    """One integration to be tried."""

    context: Context
    use_case: str
    integration: Integration
    run: str


class Probes:
    """The declared integrations, tried as the production workload."""

    def __init__(
        self,
        store: Store,
        units: Units,
        resources: Resources,
        evidence: tuple[Evidence, Attachments, Collectors],
        keys: Keys,
        runtime: Runtime,
        settings: Settings,
        limits: Limits = Limits(),  # noqa: B008 - a frozen value, so nothing can be left in it
    ) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._runtime = runtime
        handed_to, attachments, collectors = evidence
        self._own = OwnCollector(PURPOSE, keys, collectors, handed_to)
        self._handing_in = HandingIn(handed_to, attachments, self._own)
        credentials = Credentials(settings.probe_secrets, settings.home)
        self._means = Means(credentials, runtime.clock, limits, lambda: self._closed, Reach.of(settings.inside_hosts))
        self._closed = False
        self._worker: Worker[_Job] | None = None
        self._making = runtime.lock()

    # ------------------------------------------------------------ look

    def of(self, use_case: str, system: str | None = None) -> list[Probe]:
        """Finished probes of a use case, the latest first; at most the latest two hundred.

        Raises:
            NotFound: there is no such use case.
        """
        self._resources.get(USE_CASE, use_case)
        with self._store.read() as connection:
            return rows.every(connection, use_case, system, SHOWN)

    def latest(self, use_case: str) -> dict[str, Probe]:
        """The latest finished probe of each system, by its name."""
        with self._store.read() as connection:
            return rows.latest(connection, use_case)

    def running(self, use_case: str) -> list[Running]:
        """What goes on now, or was broken off."""
        with self._store.read() as connection:
            return rows.running(connection, use_case, self._runtime.clock.now(), LONGEST)

    def find(self, probe_id: str) -> Probe:
        """One probe.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            found = rows.find(connection, probe_id)
        if found is None:
            raise NotFound(
                "probe-unknown",
                f"there is no finished probe `{probe_id[:60]}`",
                remedy="list them with `roadworthy integration list USE-CASE`",
            )
        return found

    # ------------------------------------------------------------ try

    def probe(self, context: Context, use_case: str, system: str | None = None) -> list[Probe]:
        """Try one integration of a use case, or every one that declares how.

        Args:
            context: who asks; they are named in the record.
            use_case: its name.
            system: as it stands in the declaration; all without it.

        Returns:
            What was found, kept, recorded and handed in as evidence.

        Raises:
            NotFound: there is no such use case or system.
            InvalidInput: no integration declares how it is tried, or what it declares cannot be used.
            Refused: a sandbox that is production, or a credential that the settings do not bind to the host.
            Conflict: it is being probed now.
        """
        jobs = [_Job(context, use_case, each, self._new_id()) for each in self._wanted(use_case, system)]
        found = []
        for job in jobs:
            self._claim(job)
            found.append(self._carry_out(job))
        return found

    def begin(self, context: Context, use_case: str, system: str | None = None) -> int:
        """Try as `probe` does, after this returns; what comes back is read later.

        Returns:
            How many integrations are tried.

        Raises:
            NotFound, InvalidInput, Refused, Conflict, Unavailable: as `probe`; what one integration declares is checked
                before it returns.
        """
        jobs = [_Job(context, use_case, each, self._new_id()) for each in self._wanted(use_case, system)]
        for job in jobs:
            check(job.integration, self._means)
        for job in jobs:
            self._claim(job)
        with self._making:
            if self._worker is None:
                self._worker = self._runtime.worker("integration-probes", self._handle, 1)
        for job in jobs:
            self._worker.submit(job)
        return len(jobs)

    def close(self) -> None:
        """Stop what goes on; a probe that is stopped leaves nothing."""
        self._closed = True
        if self._worker is not None:
            self._worker.close()

    def attempt(self, context: Context, integration: Integration) -> Probe:
        """Try an integration that no use case declares; nothing is kept of it.

        Raises:
            InvalidInput: it does not declare how it is tried, or what it declares cannot be used.
            Refused: a sandbox that is production, or a credential that the settings do not bind to the host.
        """
        if integration.probe is None:
            raise _no_target(integration.system)
        return self._tried(self._new_id(), None, integration, context)

    # ------------------------------------------------------------ our collector

    def public_key(self) -> str:
        """The public half of our collector's key as PEM, to be registered by a person."""
        return self._own.public_key()

    def collector(self) -> Collector | None:
        """Our own collector, where a person registered its present key and nobody revoked it."""
        return self._own.registered()

    # ------------------------------------------------------------ inside

    def _wanted(self, use_case: str, system: str | None) -> Sequence[Integration]:
        spec = cast("UseCase", self._resources.get(USE_CASE, use_case).spec)
        if system is None:
            found = [each for each in spec.integrations if each.probe is not None]
            if not found:
                raise _no_target(use_case)
            return found
        named = [each for each in spec.integrations if each.system == system]
        if not named:
            known = [each.system for each in spec.integrations]
            raise NotFound(
                "integration-unknown",
                f"`{use_case}` declares no integration with `{system[:100]}`",
                place=Place(source=f"{USE_CASE}/{use_case}", field="spec.integrations"),
                remedy=did_you_mean(system, known) if known else "declare it under `integrations`",
            )
        if named[0].probe is None:
            raise _no_target(system)
        return named[:1]

    def _handle(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            try:
                self._carry_out(job)
            except Stopped:
                _log.info("a probe was stopped", use_case=job.use_case, system=job.integration.system)
            except Exception as error:  # noqa: BLE001 - the worker goes on with the next; the page shows no new result
                _log.error("a probe failed", use_case=job.use_case, system=job.integration.system, why=str(error))

    def _carry_out(self, job: _Job) -> Probe:
        use_case = job.use_case
        try:
            probe = self._tried(job.run, use_case, job.integration, job.context)
            self._units.run(job.context, lambda tx: self._keep(tx, use_case, probe))
        except BaseException:  # whatever it was goes on; only the claim must not stay
            self._store.write(lambda connection: rows.release(connection, job.run))
            raise
        stored = self._resources.get(USE_CASE, use_case)
        own = {item for former in self.of(use_case) for item in former.evidence}
        handed = self._handing_in.hand_in(job.context, probe, stored, self._standing(stored), own)
        self._store.write(lambda connection: rows.keep(connection, handed))
        return handed

    def _claim(self, job: _Job) -> None:
        now, by = self._runtime.clock.now(), job.context.actor.ref
        system = job.integration.system
        about = (job.use_case, system)
        since = self._store.write(lambda connection: rows.claim(connection, job.run, about, by, now, LONGEST))
        if since is not None:
            raise Conflict(
                "probe-running",
                f"`{system[:100]}` has been probed since {since:%H:%M} UTC",
                place=Place(source=f"{USE_CASE}/{job.use_case}"),
                remedy="wait for it; it takes a minute or two",
            )

    def _tried(self, run: str, use_case: str | None, integration: Integration, context: Context) -> Probe:
        target = integration.probe
        assert target is not None  # noqa: S101 - asked for before
        begun = self._runtime.clock.now()
        found = tried(integration, self._means, f"rw-{run[-12:]}")
        return Probe(
            id=run,
            use_case=use_case,
            system=integration.system,
            protocol=target.protocol,
            address=target.address,
            target=target_digest(integration),
            started_at=begun,
            finished_at=self._runtime.clock.now(),
            by=context.actor.ref,
            trials=found.trials,
            identity=integration.identity,
            operations=target.operations,
            calls=found.calls,
        )

    def _standing(self, stored: Stored) -> Standing:
        """The declared integrations, and the latest probe of each that was tried as it is declared now."""
        spec = cast("UseCase", stored.spec)
        known = self.latest(stored.name)
        counting = {
            each.system: known[each.system]
            for each in spec.integrations
            if each.system in known and known[each.system].target == target_digest(each)
        }
        return spec.integrations, counting

    @staticmethod
    def _keep(tx: Transaction, use_case: str, probe: Probe) -> None:
        rows.keep(tx.connection, probe)
        content = rows.encoded(probe)
        counts = {word: sum(trial.verdict == word for trial in probe.trials) for word in ("pass", "fail", "unknown")}
        tx.record(
            Draft(
                "integration.probed",
                f"{USE_CASE}/{use_case}",
                basis=Basis(inputs=probe.target),
                facts={
                    "probe": probe.id,
                    "system": probe.system,
                    "protocol": probe.protocol,
                    "verdict": probe.verdict.value,
                    "calls": probe.calls,
                    "result": digest(content),
                    **counts,
                },
            )
        )

    def _new_id(self) -> str:
        return new_id(self._runtime.clock.now(), self._runtime.randomness)


def target_digest(integration: Integration) -> str:
    """Names an integration as it is declared; another declaration asks for another probe."""
    said = integration.model_dump(mode="json", by_alias=True, exclude_none=True)
    return digest(canonical_bytes(said))


def _no_target(name: str) -> InvalidInput:
    return InvalidInput(
        "integration-not-probeable",
        f"nothing says how `{name[:100]}` is tried",
        place=Place(field="spec.integrations.probe"),
        remedy="declare a `probe` with protocol, address and operations; docs/integration-probe.md shows one",
    )
