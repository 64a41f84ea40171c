"""Agent runs, for agents: looked at, completed, taken back. A run is found by the name that its agent gave it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from roadworthy.foundation.errors import RoadworthyError, Unauthenticated
from roadworthy.operate.actions import recording, telling
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.model import AgentRun, Told
from roadworthy.operate.actions.runs.rollback import Rollbacks, Step, unknown_run
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.admission.model import Refusal


class AgentRuns:
    """For the thread of one event loop.

    Args:
        actions: knows who asks.
        rollbacks: takes runs back.
        wake: has the runner look for the first step.
    """

    def __init__(self, actions: Actions, rollbacks: Rollbacks, wake: Callable[[], None]) -> None:
        self._actions = actions
        self._rollbacks = rollbacks
        self._wake = wake

    async def show(self, shown: str, user_token: str | None, name: str) -> Mapping[str, Any] | Told:
        """A run with its actions and what taking it back would do."""
        return await self._on(shown, user_token, name, lambda run: self._rollbacks.preview(run.id)[0])

    async def complete(self, shown: str, user_token: str | None, name: str) -> Mapping[str, Any] | Told:
        """Say that a run is done."""
        return await self._on(shown, user_token, name, lambda run: self._rollbacks.complete(recording.GATEWAY, run.id))

    async def roll_back(self, shown: str, user_token: str | None, name: str) -> Mapping[str, Any] | Told:
        """Have a run taken back."""
        told = await self._on(
            shown, user_token, name,
            lambda run: self._rollbacks.begin(recording.GATEWAY, run.id, "the agent wants it taken back"),
        )  # fmt: skip
        self._wake()
        return told

    async def _on(
        self, shown: str, user_token: str | None, name: str, work: Callable[[AgentRun], AgentRun]
    ) -> Mapping[str, Any] | Told:
        ground = self._actions.ground
        now = ground.runtime.clock.now()
        asks = await self._actions.asks(shown, user_token, now)
        if isinstance(asks, Refusal):
            return telling.of_refusal(asks)
        caller = asks.caller
        subject = self._actions.user(asks.user_token, now) if asks.user_token else None
        if asks.user_token and (subject is None or ground.known.misused(asks, now)):
            return telling.of_error(
                Unauthenticated(
                    "action-user-unproved", "the user's token is not believed, or has ended",
                    remedy="have the user sign in again, and send the new token",
                )
            )  # fmt: skip

        def done() -> Mapping[str, Any]:
            with ground.keeping.ground.store.read() as connection:
                found = rows.run_called(connection, caller.key, "" if subject is None else subject.pseudonym, name)
            if found is None:
                raise unknown_run(name)
            run = work(found)
            return said(run, self._rollbacks.preview(run.id)[1])

        try:
            return await asyncio.wrap_future(ground.beside(done))
        except RoadworthyError as error:
            return telling.of_error(error)


def said(run: AgentRun, steps: list[Step]) -> Mapping[str, Any]:
    """A run, as it is told: its actions, the last first, each with what becomes of it in a rollback."""
    return {
        "object": "roadworthy.agent-run", "id": run.id, "name": run.name, "state": run.state.value,
        "useCase": run.use_case, "beganAt": run.began_at.isoformat(), "taintedBy": run.tainted_by,
        "actions": [
            {
                "id": each.action.id, "place": each.action.place, "action": each.action.action,
                "state": each.action.state.value, "inRollback": each.kind.value, "takenBackBy": each.by or None,
                "amount": each.action.amount, "currency": each.action.currency,
            }
            for each in steps
        ],
    }  # fmt: skip
