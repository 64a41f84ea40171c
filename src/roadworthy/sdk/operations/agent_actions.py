"""Agent actions: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.agent_actions import (
    ActionDrafts,
    ActionDraftsWanted,
    ActionReplay,
    ActionReplayWanted,
    AgentAction,
    AgentActionPage,
    AgentActionsExplanation,
    AgentContents,
    AgentRun,
    AgentRunPage,
    AgentRunSteps,
    ExplanationWanted,
    ReplayWanted,
    RollbackWanted,
    SettlementWanted,
)
from roadworthy.sdk.shapes.shared import Reason


class AgentActionsCalls:
    """Agent actions."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def draft_actions(self, system: str, body: ActionDraftsWanted) -> ActionDrafts:
        """Drafts of the actions that a system offers, and what changed since they were declared."""
        call: Call[ActionDrafts] = Call("POST", f"/systems/{quote(system, safe='')}/drafts", ActionDrafts, body=body)
        return self._send(call)

    def what_if(self, body: ActionReplayWanted | None = None) -> ActionReplay:
        """What would have become of past actions under other rules."""
        call: Call[ActionReplay] = Call("POST", "/agent-actions/what-if", ActionReplay, body=body or {})
        return self._send(call)

    def listed(  # noqa: PLR0913 - they are the operation's own
        self,
        *,
        use_case: str | None = None,
        run: str | None = None,
        action: str | None = None,
        system: str | None = None,
        state: Literal[
            "held", "queued", "running", "probing", "done", "failed", "refused", "dead-letter", "parked", "cancelled"
        ]
        | None = None,
        letters: bool | None = None,
        since: dt.datetime | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> AgentActionPage:
        """Actions that agents asked for, the latest first."""
        call: Call[AgentActionPage] = Call(
            "GET",
            "/agent-actions",
            AgentActionPage,
            query={
                "useCase": use_case,
                "run": run,
                "action": action,
                "system": system,
                "state": state,
                "letters": letters,
                "since": since,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return self._send(call)

    def get(self, action_id: str) -> AgentAction:
        """One action. What was sent and what came of it is asked for apart."""
        call: Call[AgentAction] = Call("GET", f"/agent-actions/{quote(action_id, safe='')}", AgentAction)
        return self._send(call)

    def contents(self, action_id: str) -> AgentContents:
        """What was sent and what came of it; that somebody looked is recorded."""
        call: Call[AgentContents] = Call("POST", f"/agent-actions/{quote(action_id, safe='')}/contents", AgentContents)
        return self._send(call)

    def replay(self, action_id: str, body: ReplayWanted) -> AgentAction:
        """Have a dead letter done again; with other arguments it is decided about as another action."""
        call: Call[AgentAction] = Call(
            "POST", f"/agent-actions/{quote(action_id, safe='')}/replay", AgentAction, body=body
        )
        return self._send(call)

    def settle(self, action_id: str, body: SettlementWanted) -> AgentAction:
        """Say of an action in doubt whether it was done."""
        call: Call[AgentAction] = Call(
            "POST", f"/agent-actions/{quote(action_id, safe='')}/settle", AgentAction, body=body
        )
        return self._send(call)

    def discard(self, action_id: str, body: Reason) -> AgentAction:
        """Let a dead letter go."""
        call: Call[AgentAction] = Call(
            "POST", f"/agent-actions/{quote(action_id, safe='')}/discard", AgentAction, body=body
        )
        return self._send(call)

    def runs(
        self,
        *,
        use_case: str | None = None,
        state: Literal["open", "completed", "rolling-back", "rolled-back", "partly-rolled-back"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> AgentRunPage:
        """Agent runs, the latest first."""
        call: Call[AgentRunPage] = Call(
            "GET",
            "/agent-runs",
            AgentRunPage,
            query={"useCase": use_case, "state": state, "cursor": cursor, "limit": limit},
        )
        return self._send(call)

    def run(self, agent_run_id: str) -> AgentRunSteps:
        """A run with its actions, and what taking it back would do or has done."""
        call: Call[AgentRunSteps] = Call("GET", f"/agent-runs/{quote(agent_run_id, safe='')}", AgentRunSteps)
        return self._send(call)

    def roll_back(self, agent_run_id: str, body: RollbackWanted) -> AgentRun:
        """Take a run back: its actions in reverse, across systems, each once."""
        call: Call[AgentRun] = Call("POST", f"/agent-runs/{quote(agent_run_id, safe='')}/rollback", AgentRun, body=body)
        return self._send(call)

    def explain(self, action_name: str, body: ExplanationWanted) -> AgentActionsExplanation:
        """What would become of an action now, with every reason; nothing is written and nothing is done."""
        call: Call[AgentActionsExplanation] = Call(
            "POST", f"/actions/{quote(action_name, safe='')}/explain", AgentActionsExplanation, body=body
        )
        return self._send(call)
