"""Deciding, doing and answering, with a watch beside: nothing of it changes what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.deciding.verdict import Case
from roadworthy.operate.actions.doing.flow import Flow, Stands
from roadworthy.operate.actions.doing.identity import Asker
from roadworthy.operate.actions.doing.keeping import Begun, Keeping
from roadworthy.operate.actions.doing.keeping import Ground as KeepingGround
from roadworthy.operate.actions.model import AgentAction, Told, Wanted
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.actions.service import Ground as ActionsGround
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.actions.watched.metrics import DECISION, SYSTEM, TOTAL, ActionMetrics
from roadworthy.operate.actions.watched.metrics_store import standing
from roadworthy.operate.telemetry.tools import ToolCall

EVERY_SECONDS: Final = 10.0
"""Between two looks at what stands open."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Where it is counted, and who hears of each action that was done."""

    metrics: ActionMetrics
    runtime: Runtime
    follow: Callable[[ToolCall], None]
    follows: Callable[[], bool]
    """Whether anybody takes spans."""

    def now(self) -> float:
        """Seconds that only grow."""
        return self.runtime.clock.monotonic()


class MeteredKeeping(Keeping):
    """Keeps actions.

    Args:
        ground: what it stands on.
        watch: where it is counted.
    """

    def __init__(self, ground: KeepingGround, watch: Watch) -> None:
        super().__init__(ground)
        self._watch = watch

    def again(self, id_: str, fence: int, case: Case) -> Begun | None:
        """See `Keeping.again`."""
        began = self._watch.now()
        begun = super().again(id_, fence, case)
        if begun is not None:
            _count(self._watch, begun, began)
        return begun


class MeteredFlow(Flow):
    """Does actions.

    Args:
        stands: what it stands on.
        watch: where it is counted.
    """

    def __init__(self, stands: Stands, watch: Watch) -> None:
        super().__init__(stands)
        self._watch = watch

    async def do(self, kept: Kept, action: CompiledAction, arguments: bytes, asker: Asker | None = None) -> Kept:
        """See `Flow.do`."""
        watch, began, at = self._watch, self._watch.now(), self._watch.runtime.clock.now()
        after = await super().do(kept, action, arguments, asker)
        seconds = watch.now() - began
        watch.metrics.ended(after.action)
        watch.metrics.took(SYSTEM, _where(after.action), seconds)
        if watch.follows():
            watch.follow(_call(after, at.timestamp(), seconds))
        return after


class MeteredActions(Actions):
    """Does actions of agents.

    Args:
        ground: what they stand on.
        watch: where it is counted.
    """

    def __init__(self, ground: ActionsGround, watch: Watch) -> None:
        super().__init__(ground)
        self._watch = watch

    async def _begun(self, case: Case, wanted: Wanted) -> Begun:
        began = self._watch.now()
        begun = await super()._begun(case, wanted)
        _count(self._watch, begun, began)
        return begun

    async def _went(self, begun: Begun, action: CompiledAction, wanted: Wanted, asker: Asker) -> Told:
        told = await super()._went(begun, action, wanted, asker)
        taken = (self._watch.runtime.clock.now() - wanted.at).total_seconds()
        self._watch.metrics.took(TOTAL, _where(begun.kept.action), max(0.0, taken))
        return told


class Standing:
    """Looks at what stands open, now and then.

    Args:
        keeping: where it stands.
        watch: where it is shown.
    """

    def __init__(self, keeping: Keeping, watch: Watch) -> None:
        self._keeping = keeping
        self._watch = watch
        self._looked = float("-inf")

    def look(self) -> int:
        """Look, if the last look is long enough ago; nothing is changed."""
        now = self._watch.now()
        if now - self._looked >= EVERY_SECONDS:
            self._looked = now
            ground = self._keeping.ground
            with ground.store.read() as connection:
                self._watch.metrics.stands(standing(connection, shared_now(connection, ground.runtime)))
        return 0


def _count(watch: Watch, begun: Begun, began: float) -> None:
    if begun.verdict is not None:
        watch.metrics.decided(begun.kept.action, begun.verdict.says)
        watch.metrics.took(DECISION, _where(begun.kept.action), watch.now() - began)


def _where(action: AgentAction) -> tuple[str, str, str]:
    return action.use_case, action.stage, action.action


def _call(kept: Kept, at: float, seconds: float) -> ToolCall:
    action = kept.action
    return ToolCall(
        id=action.id, name=action.action, at=at, seconds=seconds, trace=kept.trace, error=action.error,
        attributes={
            "roadworthy.use_case": action.use_case, "roadworthy.stage": action.stage,
            "roadworthy.system": action.system, "roadworthy.action.state": action.state.value,
            "roadworthy.action.effect": action.effect, "roadworthy.action.tries": action.tries,
            "roadworthy.agent_run": action.run, "roadworthy.enforcement": action.enforcement,
            "roadworthy.certificate": action.certificate or "",
        },
    )  # fmt: skip
