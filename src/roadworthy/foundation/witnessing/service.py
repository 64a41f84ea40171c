"""Gives the ledger's checkpoints to whoever is declared to watch it, and says how that goes.

Nothing waits for a witness: recording, deciding and signing go on, and what was not seen is given later. That somebody
has not been seen for too long, or that a witness holds something against the ledger, is an alarm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import NotFound, RoadworthyError, did_you_mean
from roadworthy.foundation.ledger import store as ledger_sql
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.outside import store as rows
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
from roadworthy.foundation.ledger.outside.policy import NONE, Group, Log, Policy, PolicyWitness
from roadworthy.foundation.ledger.outside.publishing import Publisher
from roadworthy.foundation.ledger.outside.store import Said
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.tables import resources as resources_table
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.witnessing.alarms import Alarms, Tell
from roadworthy.foundation.witnessing.asking import Asking
from roadworthy.foundation.witnessing.model import (
    DEFAULT,
    WITNESS,
    WITNESS_POLICY,
    OutsideState,
    Witness,
    WitnessPolicy,
    WitnessType,
)
from roadworthy.foundation.witnessing.standing import outside_state
from roadworthy.foundation.workflow.turns import Turns

TURN_SECONDS = 5.0
AGAIN = dt.timedelta(seconds=30)
"""A witness that did not take a checkpoint is asked again after so long."""
QUORUM = "cosigners"


class Witnessing:
    """The ledger towards the outside.

    Args:
        store: where all lies.
        resources: where witnesses are declared.
        ledger: what they watch.
        runtime: clock and threads.
        settings: which folders witnesses may be in, and where secrets are.
        tell: tells people of an alarm, in the unit that keeps that they were told.
    """

    def __init__(
        self, store: Store, resources: Resources, ledger: Ledger, runtime: Runtime, settings: Settings, tell: Tell
    ) -> None:
        self._store = store
        self._resources = resources
        self._ledger = ledger
        self._runtime = runtime
        self._asking = Asking(
            ledger,
            runtime,
            settings.witness_roots,
            Sources(settings.home.parent),
            Reach.of(settings.inside_hosts),
        )
        self._alarms = Alarms(store, ledger.units, tell)
        self._turns = Turns(runtime, "witnesses", TURN_SECONDS, self.turn)
        self.publisher = Publisher(store, self._enough)

    # ------------------------------------------------------------ by itself

    def start(self) -> None:
        """Give checkpoints away and look for alarms, every few seconds."""
        self._turns.start()

    def close(self) -> None:
        """Stop after the turn in progress."""
        self._turns.close()

    def turn(self) -> None:
        """Give each witness the newest checkpoint, where its time has come, and raise or end alarms."""
        with self._store.read() as connection:
            declared = self.declared(connection)
            newest = ledger_sql.newest_checkpoint(connection)
            stand = rows.standings(connection)
        gone = set(stand) - set(declared)
        if gone:
            self._store.write(partial(rows.forget, witnesses=gone))
        if newest is not None:
            now = self._runtime.clock.now()
            for name, witness in declared.items():
                known = stand.get(name)
                pause = witness.pause if known is None or known.failing_since is None else AGAIN
                if (known is None or known.size < newest.size) and self._claimed(name, now, now - pause):
                    self._give(name, witness, newest)
        self._alarms.look(self.state())

    # ------------------------------------------------------------ asked for

    def now(self, names: Iterable[str] = ()) -> OutsideState:
        """Sign what is not signed yet and give it to witnesses at once; all of them where none is named.

        Raises:
            NotFound: one of them is not declared.
            IntegrityBroken, Unavailable: as for signing. That a witness fails is in the answer.
        """
        newest = self._ledger.checkpoint()
        with self._store.read() as connection:
            declared = self.declared(connection)
        chosen = tuple(names) or tuple(declared)
        for name in chosen:
            if name not in declared:
                raise NotFound(
                    "witness-unknown", f"no witness `{name}` is declared", remedy=did_you_mean(name, declared)
                )
        now = self._runtime.clock.now()
        for name in chosen:
            self._claimed(name, now, now)
            self._give(name, declared[name], newest)
        return self.state()

    def state(self) -> OutsideState:
        """How it stands."""
        with self._store.read() as connection:
            return outside_state(
                connection,
                self.declared(connection),
                self.in_force(connection),
                self._runtime.clock.now(),
                self._ledger.fault,
            )

    def policy(self) -> Policy:
        """The trust policy that a verifier of this ledger's checkpoints can begin with."""
        with self._store.read() as connection:
            return self._policy(connection)

    @remembered(resources_table)
    def declared(self, connection: sa.Connection) -> Mapping[str, Witness]:
        """The declared witnesses, by name."""
        return {each.name: cast("Witness", each.spec) for each in self._resources.all(connection, WITNESS)}

    @remembered(resources_table)
    def in_force(self, connection: sa.Connection) -> WitnessPolicy:
        """The declared policy, or the one that holds where nobody declared any."""
        stored = self._resources.find(WITNESS_POLICY, DEFAULT, connection)
        return WitnessPolicy() if stored is None else cast("WitnessPolicy", stored.spec)

    # ------------------------------------------------------------ inside

    def _claimed(self, name: str, now: dt.datetime, not_since: dt.datetime) -> bool:
        return self._store.write(lambda connection: rows.claim(connection, name, now, not_since))

    def _give(self, name: str, witness: Witness, newest: StoredCheckpoint) -> None:
        with self._store.read() as connection:
            known = rows.standings(connection).get(name)
        try:
            said = self._asking.give(name, witness, newest, 0 if known is None else known.size)
        except RoadworthyError as error:
            failed: Callable[[sa.Connection], None] = partial(
                rows.failed, witness=name, error=error, now=self._runtime.clock.now()
            )
            self._store.write(failed)
            return
        self._store.write(partial(_taken, said=said))

    @remembered(resources_table)
    def _policy(self, connection: sa.Connection) -> Policy:
        cosigners = {
            name: WitnessKey.parse(each.key or "")
            for name, each in self.declared(connection).items()
            if each.type is WitnessType.COSIGNER
        }
        log = Log(VerifierKey.parse(self._ledger.vkey))
        if not cosigners:
            return Policy((log,))
        least = min(self.in_force(connection).cosigners or len(cosigners), len(cosigners))
        witnesses = tuple(PolicyWitness(name, key) for name, key in cosigners.items())
        return Policy((log,), witnesses, (Group(QUORUM, least, tuple(cosigners)),), QUORUM)

    def _enough(self, names: frozenset[str]) -> bool:
        policy = self.policy()
        return policy.quorum == NONE or policy.met_by(tuple(names))


def _taken(connection: sa.Connection, said: Said) -> None:
    rows.keep(connection, said)
    rows.went_well(connection, said.witness, said.size)
