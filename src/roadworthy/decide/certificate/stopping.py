"""Stop switches: set at once by whoever may, lifted by decision only."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.decide.certificate import reaching, stop_rows, telling
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import ALL, STOP_SWITCH, Stop
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.waiver_terms import reason_of


class Stops:
    """The stop switches of a deployment."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def set(self, context: Context, scope: str, reason: str) -> Stop:
        """Stop everything, or one use case, from this commit on. Nobody is asked: stopping is free.

        Args:
            context: whoever stops it.
            scope: `all`, or the name of a use case.
            reason: why.

        Returns:
            The switch; the one that is set already where there is one.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such use case.
        """
        said = reason_of(reason)

        def work(tx: Transaction) -> Stop:
            if scope != ALL:
                self._ground.resources.get(USE_CASE, scope, tx.connection)
            rows.hold(tx.connection, f"stop {scope}")
            stands = stop_rows.standing(tx.connection, scope)
            if stands is not None:
                return stands
            stop = Stop(tx.new_id(), scope, said, tx.now, tx.context.actor.ref, None, None, "")
            facts = {"useCase": None if scope == ALL else scope, "scope": scope}
            draft = Draft("stop.set", f"{STOP_SWITCH}/{scope}", facts=facts, texts={"reason": said.encode()})
            stop = replace(stop, entry=tx.record(draft))
            stop_rows.insert(tx.connection, stop)
            self._ground.status.changed(tx)
            telling.of_stop(self._ground, tx, stop)
            return stop

        return self._ground.units.run(context, work)

    def listed(self, *, lifted: bool = False) -> list[Stop]:
        """Those that are set, the latest first; with those that were, where asked."""
        with self._ground.store.read() as connection:
            return stop_rows.listed(connection, lifted=lifted)

    def reach(self, scope: str) -> Reach:
        """What a stop switch would stop, and who would be told.

        Raises:
            NotFound: there is no such use case.
        """
        with self._ground.store.read() as connection:
            if scope != ALL:
                self._ground.resources.get(USE_CASE, scope, connection)
            return reaching.of_stop(self._ground, connection, scope)
