"""What every service stands on: record, time, declared state."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roadworthy.foundation.deployment.places import Places
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.apart import SignerApart
from roadworthy.foundation.ledger.checkpoints import AnySigner
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.signer import CheckpointSigner
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.letters import DeadLetters, TimerLetters
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.foundation.workflow.service import Timers

CALLS = "calls"
"""Below the home folder, where segments of calls lie."""
CHECKPOINTS = "ledger-checkpoint"
"""Purpose of the key that signs the ledger's checkpoints."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The foundation of a deployment."""

    settings: Settings
    runtime: Runtime
    store: Store
    keys: Keys
    ledger: Ledger
    timers: Timers
    machines: Machines
    consumers: Consumers
    schedules: Schedules
    dead_letters: DeadLetters
    registry: Registry
    resources: Resources
    processes: Processes

    @property
    def units(self) -> Units:
        """Where units of work are run."""
        return self.ledger.units


def ground_of(settings: Settings, runtime: Runtime, store: Store, registry: Registry) -> Ground:
    """Lay the ground on an open store."""
    keys = Keys(settings.keys_folder, runtime.clock)
    ledger = Ledger(store, runtime, tenant=settings.organisation, signer=_signer(settings, keys))
    timers = Timers(store, ledger.units, runtime)
    consumers = Consumers(store, ledger.units, runtime)
    schedules = Schedules(store, ledger.units, runtime)
    dead_letters = DeadLetters(store, ledger.units)
    for source in (TimerLetters(timers.owner_of), consumers.box, schedules.box):
        dead_letters.register(source)
    return Ground(
        settings=settings,
        runtime=runtime,
        store=store,
        keys=keys,
        ledger=ledger,
        timers=timers,
        machines=Machines(store),
        consumers=consumers,
        schedules=schedules,
        dead_letters=dead_letters,
        registry=registry,
        resources=Resources(store, ledger.units, registry),
        processes=Processes(store, runtime, keys, lambda: _faults(ledger)),
    )


def _faults(ledger: Ledger) -> list[str]:
    sequencing = ledger.sequencer.fault if ledger.sequencer is not None else None
    return [fault.message for fault in (ledger.fault, sequencing) if fault is not None]


def origin_of(settings: Settings) -> str:
    """The ledger's name: the first line of its checkpoints and the name of its key (C2SP tlog-checkpoint)."""
    return f"roadworthy.dev/ledger/{settings.organisation}"


def places_of(settings: Settings) -> Places:
    """Where this home keeps what a backup is made of."""
    return Places(
        home=settings.home,
        url=settings.database,
        database=settings.database_file,
        keys_folder=settings.keys_folder,
        purpose=CHECKPOINTS,
        origin=origin_of(settings),
        segments=settings.home / CALLS,
    )


def _signer(settings: Settings, keys: Keys) -> AnySigner:
    origin = origin_of(settings)
    folder = settings.keys_folder / CHECKPOINTS
    if settings.signer == "apart":
        public = [VerifierKey(origin, key.public) for key in reversed(keys.public(CHECKPOINTS))]
        if not public:
            raise Unavailable(
                "signer-key-unknown",
                "the ledger is signed by another process, and the public half of its key is not here",
                place=Place(source=str(folder)),
                remedy="run `roadworthy keys publish FOLDER` where the key is, and copy what it writes to here",
            )
        return SignerApart(origin, public, folder / "last-seen")
    current = keys.signing(CHECKPOINTS)
    former = [VerifierKey(origin, key.public) for key in keys.all(CHECKPOINTS) if key.name != current.name]
    return CheckpointSigner(replace(current, name=origin), origin, folder / "last-signed", former)
