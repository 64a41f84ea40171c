"""SQL of what a system's answer changes, which is asked for every action."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.operate.actions.model import AgentAction
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.actions.tables import agent_actions

_OUTCOME: Final = ("state", "about", "due_at", "holder", "tries", "why", "error", "reference", "ended_at")
"""What a system's answer changes of a row."""
_OUTCOMES = Prepared(
    agent_actions.update()
    .where(agent_actions.c.id == sa.bindparam("of"), agent_actions.c.fence == sa.bindparam("fence_"),
           agent_actions.c.state == sa.bindparam("was_"))
    .values({name: sa.bindparam(f"{name}_") for name in _OUTCOME})
)  # fmt: skip


def came_out(connection: sa.Connection, before: Kept, after: AgentAction) -> bool:
    """Keep what a system's answer changed; False, and nothing is, where the row is not as whoever asked left it."""
    values = {
        "of": after.id, "fence_": before.action.fence, "was_": before.action.state.value,
        "state_": after.state.value, "about_": after.about[:500],
        "due_at_": after.due_at, "holder_": after.holder, "tries_": after.tries,
        "why_": after.why.value if after.why else None, "error_": after.error,
        "reference_": None if after.reference is None else after.reference[:200], "ended_at_": after.ended_at,
    }  # fmt: skip
    return _OUTCOMES.count(connection, values) == 1
