"""What follows when a backup was put back: it is on record, and nothing that was decided since comes to life again.

An old database remembers approvals as unused that were used after it was copied, sessions that were ended, tokens and
keys that were revoked, certificates that were suspended. So unless it is certain that nothing was lost, every open
request and unused approval is voided, every session ends, every token and key is revoked, every pass of the gateway
ends, and every certificate that is valid in it is suspended until somebody decides anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.decide.approvals.service import Approvals
from roadworthy.foundation.deployment.backup import state_of
from roadworthy.foundation.deployment.places import Places
from roadworthy.foundation.deployment.restore import Restored, pending, settled
from roadworthy.foundation.identity.model import LOCAL, Method, fold
from roadworthy.foundation.identity.people import by_handle, keep_local
from roadworthy.foundation.identity.restoring import end_ways_in
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.keys.restoring import revoke_all
from roadworthy.operate.admission.passes import end_all

ITSELF = Context(Actor(ActorKind.SYSTEM, "restore"))
"""Who acts where it is not known who put the backup back."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Completes a restore when the database is opened."""

    store: Store
    units: Units
    places: Places
    runtime: Runtime
    approvals: Approvals
    suspend_all: Callable[[Transaction], int]
    """Suspends what lets a use case run, and says how many."""

    def complete(self) -> Restored | None:
        """Record a restore that is not on record yet, and do what follows from it; what it was, or None.

        Raises:
            IntegrityBroken: what has to be recorded cannot be read.
        """
        if not self.places.pending.exists():
            return None
        with self.store.read() as connection:
            said = pending(self.places, state_of(connection))
            context = ITSELF if said is None or not said.by else self._acting(connection, said.by)
        if said is not None:
            self.units.run(context, lambda tx: self._record(tx, said))
            settled(self.places)
        return said

    def _acting(self, connection: sa.Connection, account: str) -> Context:
        """Whoever put it back, as a person of the old database, or one whom it meets here first."""
        known = by_handle(connection, fold(account))
        ref = new_id(self.runtime.clock.now(), self.runtime.randomness) if known is None else known.ref
        return Context(Actor(ActorKind.PERSON, ref, "cli", Method.LOCAL_USER.value))

    def _record(self, tx: Transaction, said: Restored) -> None:
        if said.by and by_handle(tx.connection, fold(said.by)) is None:
            # in the same unit: a restore that is not on record yet is recognised by the size that the database has
            ref = tx.context.actor.ref
            tx.record(Draft("person.created", f"Person/{ref}", facts={"issuer": LOCAL}))
            keep_local(tx, ref, fold(said.by), None)
        ended = dict.fromkeys(_ENDED, 0)
        if not said.lossless:
            reason = f"the database was put back as it was on {said.made}, and nobody can show what was revoked since"
            ways_in = end_ways_in(tx, reason)
            ended |= {
                "requestsVoided": self.approvals.watching.void_all(tx, RESTORED),
                "sessionsEnded": ways_in.sessions,
                "tokensRevoked": ways_in.tokens,
                "gatewayKeysRevoked": revoke_all(tx, reason),
                "gatewayPassesEnded": end_all(tx, "restore"),
                "emergenciesEnded": ways_in.emergencies,
                "sealedCodesEnded": ways_in.codes,
                "certificatesSuspended": self.suspend_all(tx),
            }
        facts: dict[str, str | int | bool] = {
            "copied": said.made,
            "size": said.size,
            "root": said.root,
            "lostOfPresent": said.recorded,
            "lostOfSigned": said.signed,
            "lostOfWitnessed": said.witnessed,
            "comparedWithPresent": said.compared,
            **ended,
        }
        tx.record(Draft("ledger.restored", RESTORED, facts=facts, texts={"reason": said.reason.encode()}))


_ENDED = (
    "requestsVoided",
    "sessionsEnded",
    "tokensRevoked",
    "gatewayKeysRevoked",
    "gatewayPassesEnded",
    "emergenciesEnded",
    "sealedCodesEnded",
    "certificatesSuspended",
)
RESTORED = "Ledger/restored"
"""The resource of the entry, and what voided requests say that changed."""
