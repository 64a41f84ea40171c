"""What may have been written down though whoever asked was told that it could not be: it is ended before it is begun.

A database that goes away at a commit has kept the intent or it has not, and nobody is told which. The agent hears that
nothing was written, and may ask again; so what was written after all must not be done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.model import State

LOOKS: Final = 30
"""Times that one is looked for, some seconds apart: a server may finish a commit after its client is gone."""
ABOUT: Final = "whoever asked was told that it could not be written down"


def disown(keeping: Keeping) -> int:
    """End them; how many were there. For one thread at a time."""
    ended = 0
    for id_, looks in list(keeping.unsure.items()):
        found = _disowned(keeping, id_)
        ended += found
        if found or looks >= LOOKS:
            del keeping.unsure[id_]
        else:
            keeping.unsure[id_] = looks + 1
    return ended


def _disowned(keeping: Keeping, id_: str) -> bool:
    def work(tx: Transaction) -> bool:
        kept = rows.held(tx.connection, id_)
        if kept is None:
            return False
        of = kept.action
        if of.state is not State.HELD and (of.state is not State.RUNNING or of.request is not None):
            return True
        now = shared_now(tx.connection, keeping.ground.runtime)
        action = replace(of, state=State.CANCELLED, about=ABOUT, ended_at=now)
        charging.give_back(tx.connection, kept.charges)
        rows.change(tx.connection, replace(kept, action=action, charges=()))
        tx.record(recording.cancelled(action, ABOUT))
        for each in keeping.ground.ended:
            each(tx, replace(kept, action=action))
        return True

    return keeping.ground.units.run(recording.GATEWAY, work)
