"""Who may call through the gateway, and by which configuration that is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from roadworthy.assembly.callers import Callers
from roadworthy.assembly.deciding import Deciding
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.limiting import telling_of
from roadworthy.decide.certificate.status.service import Status
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.operate.admission.compiling import Compiler, Compiles
from roadworthy.operate.admission.identity.proving import Proving
from roadworthy.operate.admission.identity.pseudonyms import Pseudonyms, pseudonym_secret
from roadworthy.operate.admission.keys.service import GatewayKeys
from roadworthy.operate.admission.limits.book import Book
from roadworthy.operate.admission.limits.compiling import Bounds
from roadworthy.operate.admission.limits.overview import Budgets
from roadworthy.operate.admission.limits.service import Limits as Windows
from roadworthy.operate.admission.passes import SUBJECT as HELD_CALLS
from roadworthy.operate.admission.passes import Holds, PassExecutor
from roadworthy.operate.admission.ports import Limits
from roadworthy.operate.admission.reloading import Reloading
from roadworthy.operate.admission.service import Admission, Nobody, NobodyAsked
from roadworthy.operate.admission.service import Ground as AdmissionGround
from roadworthy.operate.admission.sightings import Observes, Sightings

USED_SECONDS = 60.0
"""Between two times that it is kept when keys were used last."""


class Known(Protocol):
    """What is certified, and who is told what runs."""

    @property
    def status(self) -> Status:
        """What this process knows of certificates."""

    @property
    def releases(self) -> Observes:
        """Whoever keeps what was seen of releases."""


@dataclass(frozen=True, slots=True)
class Admitting:
    """The funnel and what it goes by. Nothing runs by itself before `reloading.start`."""

    keys: GatewayKeys
    reloading: Reloading
    admission: Admission
    identities: Proving | None
    sightings: Sightings
    holds: Holds | None
    uses: Turns
    """Keeps when keys were used last."""
    limits: Windows
    budgets: Budgets

    def start(self) -> None:
        """Read the configuration, and every newer one as soon as there is one."""
        self.reloading.start()
        self.limits.start()
        self.uses.start()

    def close(self) -> None:
        """Tell what waits, and stop."""
        self.reloading.close()
        if self.uses.close():
            self.uses.take()
        if self.identities is not None:
            self.identities.close()
        if self.holds is not None:
            self.holds.close()
        self.sightings.close()
        self.limits.close()


def admitting_of(
    ground: Ground,
    known: Known,
    limits: Limits | None = None,
    others: tuple[Compiles, ...] = (),
    people: Callers | None = None,
    approvals: Deciding | None = None,
) -> Admitting:
    """Put it together.

    Args:
        ground: store, units, resources.
        known: status and releases.
        limits: what stands in for the windows over principals, where something does.
        others: what is compiled along with the endpoints, such as upstreams.
        people: identity providers and workloads; no token is believed where they are left out.
        approvals: who is asked about held calls; nobody where it is left out.
    """
    keys = GatewayKeys(ground.store, ground.units, ground.resources, ground.runtime)
    bounds = Bounds(ground.resources)
    reloading = Reloading(ground.store, ground.runtime, Compiler(ground.resources, (bounds, *others)))
    windows = Windows(ground.store, ground.runtime, known.status.ceilings)
    reloading.watchers.append(lambda config: windows.take(cast("Book", config.others[bounds.name])))
    bounded = limits or windows
    if approvals is not None:
        approvals.on(HELD_CALLS, PassExecutor(ground.resources))
    holds = Holds(ground.store, ground.runtime, approvals) if approvals is not None else None
    sightings = Sightings(ground.runtime, known.releases)
    identities = None if people is None else _identities(ground, people)
    admission = Admission(
        AdmissionGround(
            runtime=ground.runtime,
            configuration=lambda: reloading.current,
            status=known.status,
            limits=lambda: bounded,
            identities=identities or Nobody(),
            holds=holds or NobodyAsked(),
            seen=sightings,
        )
    )
    if people is not None:
        telling_of(ground, people, windows)
    budgets = Budgets(ground.store, ground.units, ground.resources, ground.runtime)
    uses = Turns(ground.runtime, "gateway-keys", USED_SECONDS, lambda: keys.used(admission.take_used()))
    return Admitting(keys, reloading, admission, identities, sightings, holds, uses, windows, budgets)


def _identities(ground: Ground, people: Callers) -> Proving:
    def groups_claim(issuer: str) -> str:
        told = people.sign_ins.of_issuer(issuer)
        return "" if told is None else told.groups_claim

    pseudonyms = Pseudonyms(lambda: pseudonym_secret(ground.keys))
    return Proving(ground.runtime, people.sign_ins, people.workloads, pseudonyms, groups_claim)
