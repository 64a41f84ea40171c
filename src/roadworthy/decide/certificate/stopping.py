"""Stop switches: set at once by whoever may, lifted by decision only."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.decide.certificate import reaching, stop_rows, telling
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.finding import decided_in, use_cases_of
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import STOP_SWITCH, Stop
from roadworthy.decide.certificate.reaching import Reach
from roadworthy.decide.certificate.scopes import SELF_TEST
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.waiver_terms import reason_of


class Stops:
    """The stop switches of a deployment."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def set(self, context: Context, scope: str, reason: str) -> Stop:
        """Stop everything, a use case, an agent or an action, from this commit on. Nobody is asked: stopping is free.

        Args:
            context: whoever stops it.
            scope: `all`, the name of a use case, `agent:NAME` or `action:NAME`.
            reason: why.

        Returns:
            The switch; the one that is set already where there is one.

        Raises:
            InvalidInput: no reason is given, or it is no scope.
            NotFound: there is nothing of that name.
        """
        said = reason_of(reason)

        def work(tx: Transaction) -> Stop:
            cases = use_cases_of(self._ground.resources, tx.connection, scope)
            if scope == SELF_TEST:
                raise InvalidInput(
                    "stop-scope-unfit",
                    f"`{scope}` is stopped by the self-test, and by nobody else",
                    place=Place(field="scope"),
                    remedy="stop an action that is declared: `roadworthy get actions`",
                )
            rows.hold(tx.connection, f"stop {scope}")
            stands = stop_rows.standing(tx.connection, scope)
            if stands is not None:
                return stands
            stop = Stop(tx.new_id(), scope, said, tx.now, tx.context.actor.ref, None, None, "")
            one = cases[0] if cases is not None and len(cases) == 1 else None
            facts = {"useCase": one, "scope": scope}
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
            InvalidInput: it is no scope.
            NotFound: there is nothing of that name.
        """
        with self._ground.store.read() as connection:
            use_cases_of(self._ground.resources, connection, scope)
            return reaching.of_stop(self._ground, connection, scope)

    def decided_in(self, scope: str) -> str | None:
        """The one use case whose people decide about a stop; None where it is about several, or about everything."""
        with self._ground.store.read() as connection:
            return decided_in(self._ground.resources, connection, scope)
