"""Actions that a program does itself: it is told that it may, and says what came of it.

What it does not say is not known, and that is a dead letter like any other doubt. The gateway cannot hinder a program
that does not ask; so what is decided here is recorded as advisory.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from functools import partial
from typing import Final

from roadworthy.foundation.errors import Conflict, IntegrityBroken, RoadworthyError
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions import recording, telling
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.advisory.store import left, never_begun
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.deciding.verdict import Case
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.model import Outcome, Reason, Receipt, State, Told, Why
from roadworthy.operate.actions.runner import Runner, taken_over
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.actions.store import ARGUMENTS, Kept

LONGEST_WAIT: Final = dt.timedelta(days=1)
"""For which what people let pass waits for its program."""
_MOST: Final = 100
_log = log("actions")


class Advisory:
    """Hands approved actions to their programs, and takes what came of them.

    Args:
        actions: who asks, and what is declared.
        runner: what an action is when its turn comes.
    """

    def __init__(self, actions: Actions, runner: Runner) -> None:
        self._actions = actions
        self._runner = runner

    async def begin(self, shown: str, id_: str, user_token: str | None) -> Told:
        """Decide once more about what people let pass; `running`, and the program does it now.

        Raises:
            Conflict: it is not its turn, or the gateway does it.
        """
        told = await self._actions.get(shown, id_, user_token)
        if told.status >= 400 and told.id == "":  # noqa: PLR2004 - nobody is told of it
            return told
        ground, keeping = self._actions.ground, self._actions.ground.keeping
        kept = await asyncio.wrap_future(ground.beside(lambda: _claimed(keeping, id_)))
        action = self._actions.catalogue().actions.get(kept.action.action)
        case = await self._case(kept, action)
        if isinstance(case, Reason):
            await asyncio.wrap_future(ground.beside(partial(keeping.refuse, id_, kept.action.fence, case)))
        else:
            await asyncio.wrap_future(ground.beside(lambda: keeping.again(id_, kept.action.fence, case)))
        return await self._actions.get(shown, id_, user_token)

    async def _case(self, kept: Kept, action: CompiledAction | None) -> Case | Reason:
        ground = self._actions.ground
        if action is None:
            return Reason("action", "deny", "it is not declared any more", "whoever may change actions")
        try:
            content = await asyncio.wrap_future(
                ground.beside(lambda: ground.keeping.content(kept.action.id, ARGUMENTS))
            )
        except IntegrityBroken as error:
            _log.error("stored arguments cannot be opened", action=kept.action.id, error=said_of(error))
            content = None
        if content is None:
            return Reason("arguments", "deny", "what people let pass is not kept any more", "nobody", "ask for it anew")
        return self._runner.case(kept.action, action, content, "")

    async def report(self, shown: str, id_: str, user_token: str | None, receipt: Receipt) -> Told:
        """Write down what came of an action that its program did.

        Said twice, it is the same; that it was done is taken however late it is said.
        """
        told = await self._actions.get(shown, id_, user_token)
        if not told.id:
            return told
        ground = self._actions.ground
        try:
            after = await asyncio.wrap_future(ground.beside(lambda: self._reported(id_, receipt)))
        except RoadworthyError as error:
            return telling.of_error(error)
        if after.action.state is State.PROBING:
            action = self._actions.catalogue().actions.get(after.action.action)
            if action is not None:
                after = await ground.flow.probe(after, action, self._actions.catalogue())
        return await self._actions.told(after)

    def _reported(self, id_: str, receipt: Receipt) -> Kept:
        keeping = self._actions.ground.keeping
        with keeping.ground.store.read() as connection:
            kept = rows.find(connection, id_)
        assert kept is not None  # noqa: S101 - it was told of just now, and rows stay
        if kept.action.enforcement != "advisory":
            raise Conflict("action-not-advisory", "the gateway does this action, and says itself what came of it",
                           remedy="look at it with `GET /v1/actions/ID`")  # fmt: skip
        action = self._actions.catalogue().actions.get(kept.action.action)
        spec = None if action is None else action.spec
        after = None if spec is None else keeping.conclude(kept, receipt, spec, 1)
        if after is not None:
            return after
        same = {Outcome.DONE: State.DONE, Outcome.NOT_DONE: State.FAILED, Outcome.REJECTED: State.FAILED}
        if same.get(receipt.outcome) is kept.action.state or (
            receipt.outcome is Outcome.UNKNOWN and kept.action.state is State.DEAD
        ):
            return kept
        raise Conflict(
            "action-outcome-other", f"the action is {kept.action.state.value} and takes no outcome",
            remedy="whoever answers for it settles it with `roadworthy action settle`",
        )  # fmt: skip


def look(keeping: Keeping, actions: Actions) -> int:
    """End what nobody said anything of in time; how many.

    What was begun is in doubt, and what people let pass and nobody came for is cancelled.
    """
    ground = keeping.ground
    with ground.store.read() as connection:
        now = shared_now(connection, ground.runtime)
        over = left(connection, now, _MOST)
        waiting = never_begun(connection, now - LONGEST_WAIT, _MOST)
    for each in over:
        action = actions.catalogue().actions.get(each.action.action)
        if action is None:
            reason = Reason("action", "deny", "nobody said what came of it, and it is not declared any more")
            keeping.refuse(each.action.id, each.action.fence, reason, Why.IN_DOUBT)
        else:
            lost = Receipt(Outcome.UNKNOWN, error="outcome-never-came")
            keeping.conclude(each, lost, action.spec, 1)
    for each in waiting:
        _cancel(keeping, each.action.id)
    return len(over) + len(waiting)


def _claimed(keeping: Keeping, id_: str) -> Kept:
    ground = keeping.ground

    def work(tx: Transaction) -> Kept:
        kept = rows.held(tx.connection, id_)
        if kept is None or kept.action.enforcement != "advisory" or kept.action.state is not State.QUEUED:
            state = "unknown" if kept is None else kept.action.state.value
            raise Conflict("action-not-its-turn", f"it is not this action's turn, it is {state}",
                           remedy="look at it until it is `queued`")  # fmt: skip
        taken = taken_over(kept, ground.holder(), shared_now(tx.connection, ground.runtime))
        rows.change(tx.connection, taken)
        return taken

    return ground.units.run(recording.GATEWAY, work)


def _cancel(keeping: Keeping, id_: str) -> None:
    def work(tx: Transaction) -> None:
        kept = rows.held(tx.connection, id_)
        if kept is None or kept.action.state is not State.QUEUED:
            return
        about = "people let it pass, and its program did not come for it"
        action = replace(kept.action, state=State.CANCELLED, about=about, ended_at=tx.now)
        rows.change(tx.connection, replace(kept, action=action))
        tx.record(recording.cancelled(action, about))
        for each in keeping.ground.ended:
            each(tx, replace(kept, action=action))

    keeping.ground.units.run(recording.GATEWAY, work)
