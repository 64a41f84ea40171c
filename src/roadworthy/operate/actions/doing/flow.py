"""Doing one action: the system is asked, again where that is safe, and what came of it is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.besides import Writes
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction
from roadworthy.operate.actions.declared import Effect, Speaks, Whose
from roadworthy.operate.actions.doing import identity
from roadworthy.operate.actions.doing import whose as owners
from roadworthy.operate.actions.doing.concluding import OURS, STOPPED, is_safe
from roadworthy.operate.actions.doing.identity import Asker
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.model import AgentAction, Outcome, Receipt, Sent
from roadworthy.operate.actions.ports import Acts
from roadworthy.operate.actions.store import ARGUMENTS, Kept
from roadworthy.operate.actions.systems.fleet import ReachedSystem, Systems
from roadworthy.operate.calls.delegation.model import IdentityFailure
from roadworthy.operate.calls.resilience.breaker import BreakerState
from roadworthy.operate.calls.resilience.rules import LONGEST_PAUSE, pause
from roadworthy.operate.calls.wire.failures import IDENTITY
from roadworthy.operate.telemetry.trace_context import TraceContext, span_of, trace_of

USUAL_ATTEMPTS: Final = 3
PROBE_SECONDS: Final = 10.0
_KEEP_TRYING: Final = 60
"""Times that an outcome is tried to be kept, a second apart, while the database is gone."""
_T = TypeVar("_T")
_log = log("actions")


class Beside(Protocol):
    """Runs what waits for the database beside the event loop."""

    def __call__(self, work: Callable[[], _T]) -> Future[_T]:
        """Run it."""


@dataclass(frozen=True, slots=True)
class Stands:
    """What doing stands on."""

    keeping: Keeping
    systems: Systems
    ways: Mapping[Speaks, Acts]
    beside: Beside
    writes: Writes
    runtime: Runtime
    stopped: Callable[[AgentAction], bool]
    """Whether a stop switch keeps an action; asked once more right before a system is."""


def _left_alone(reached: ReachedSystem, now: float) -> Receipt:
    """Nothing is sent, for the system has failed too often."""
    wait = reached.breaker.seconds_left(now)
    return Receipt(Outcome.NOT_DONE, error="breaker-open", passes=True, retry_after=wait)


class Flow:
    """Does actions whose intent is durable. For the thread of one event loop.

    Args:
        stands: what it stands on.
    """

    def __init__(self, stands: Stands) -> None:
        self._stands = stands

    def way(self, action: CompiledAction) -> tuple[ReachedSystem, Acts] | None:
        """The system of an action, and how it is asked; None where this gateway has not read it, or cannot."""
        reached = self._stands.systems.get(action.spec.system)
        acts = None if reached is None else self._stands.ways.get(reached.spec.speaks)
        return None if reached is None or acts is None else (reached, acts)

    async def do(self, kept: Kept, action: CompiledAction, arguments: bytes, asker: Asker | None = None) -> Kept:
        """Have it done, and write down what came of it; how it stands then.

        Cancelled, it is finished all the same: a client that goes away changes nothing about what is done.
        """
        return await asyncio.shield(asyncio.ensure_future(self._done(kept, action, arguments, asker)))

    async def _done(self, kept: Kept, action: CompiledAction, arguments: bytes, asker: Asker | None) -> Kept:
        receipt, tries = await self._asked(kept, action, arguments, asker)
        said = action.spec.whose
        if said is not None and said.of == "result":
            receipt = await self._bound(kept, said, receipt)
        return await self.concluded(kept, action, receipt, tries)

    async def looked(self, kept: Kept, looks: CompiledAction, arguments: bytes) -> Any:  # noqa: ANN401 - any JSON
        """What an action that only reads says for another one, without a record of its own; `MISSING` for nothing."""
        receipt, _tries = await self._asked(kept, looks, arguments, None)
        return receipt.result if receipt.outcome is Outcome.DONE else forms.MISSING

    async def _bound(self, kept: Kept, said: Whose, receipt: Receipt) -> Receipt:
        """What was read, where it is theirs for whom the run is."""
        stands = self._stands
        try:
            who = await asyncio.wrap_future(
                stands.beside(lambda: owners.served_then(stands.keeping, said, kept.action))
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, what nobody can say whose it is stays here
            _log.error("for whom an agent run is cannot be found out", action=kept.action.id, error=said_of(error))
            who = None
        return owners.withheld(said, receipt, who)

    async def concluded(self, kept: Kept, action: CompiledAction, receipt: Receipt, tries: int) -> Kept:
        """Write down what came of it; a database that is gone for a while is waited for.

        What cannot be written stays as it was, and whoever finds the row when its time is over asks the system.
        """
        stands, id_ = self._stands, kept.action.id
        unit = stands.keeping.concluding(kept, receipt, action.spec, tries)
        for _ in range(_KEEP_TRYING):
            try:
                after = await stands.writes(unit)
            except Exception as error:  # noqa: BLE001 - whatever it is, what was done has to be written down
                _log.error("what came of an action cannot be kept yet", action=id_, error=said_of(error))
                await asyncio.sleep(1.0)
                continue
            if after is None:
                _log.warning("an action was ended by another meanwhile", action=id_)
                return kept
            return after
        _log.error("what came of an action is not written down; it will be asked for", action=id_)
        return kept

    async def _asked(
        self, kept: Kept, action: CompiledAction, arguments: bytes, asker: Asker | None
    ) -> tuple[Receipt, int]:
        """The last thing that the system said, and how often it was asked."""
        spec, most = action.spec, action.spec.attempts or USUAL_ATTEMPTS
        safe = spec.effect is Effect.READ or (spec.idempotency is not None and spec.idempotency.by == "key")
        doubt, tries, receipt = False, 0, Receipt(Outcome.NOT_DONE)
        while True:
            tries += 1
            receipt = await self._once(kept, action, arguments, tries, asker)
            passes = (
                receipt.passes if receipt.outcome is Outcome.NOT_DONE else receipt.outcome is Outcome.UNKNOWN and safe
            )
            doubt = doubt or receipt.outcome is Outcome.UNKNOWN
            if not passes or tries >= most or receipt.error in OURS or (receipt.retry_after or 0.0) > LONGEST_PAUSE:
                break
            chance = self._stands.runtime.randomness.bytes(1)[0] / 255
            await asyncio.sleep(pause(tries, receipt.retry_after, chance))
        if doubt and receipt.outcome is Outcome.NOT_DONE and spec.effect is not Effect.READ:
            # An earlier try may have been done; that a later one was not begun says nothing of it.
            receipt = Receipt(Outcome.UNKNOWN, receipt.result, receipt.error)
        return receipt, tries

    async def _once(
        self, kept: Kept, action: CompiledAction, arguments: bytes, tries: int, asker: Asker | None
    ) -> Receipt:
        found = self.way(action)
        if found is None:
            return Receipt(Outcome.NOT_DONE, error="system-unknown", passes=True)
        reached, acts = found
        now = asyncio.get_running_loop().time
        if reached.breaker.state(now()) is BreakerState.OPEN:
            return _left_alone(reached, now())
        none = await reached.turns.take()
        if none is not None:
            return Receipt(Outcome.NOT_DONE, error=none.error, passes=True, retry_after=none.retry_after)
        # What was waited for may be stopped by now; to look what became of a doubt is kept by no stop.
        if action.name == kept.action.action and self._stands.stopped(kept.action):
            reached.turns.leave()
            return Receipt(Outcome.NOT_DONE, error=STOPPED)
        if not reached.breaker.lets(now()):
            reached.turns.leave()
            return _left_alone(reached, now())
        trace = str(TraceContext(kept.trace or trace_of(kept.action.id), span_of(kept.action.id)))
        sent = Sent(kept.action.id, action.name, arguments, tries, action.timeout, trace)
        receipt = Receipt(Outcome.UNKNOWN, error="gateway-fault")
        try:
            async with asyncio.timeout(action.timeout + 1.0):
                if reached.delegate is None:
                    receipt = await acts.act(reached, action, sent)
                else:
                    receipt = await self._for_user(kept.action, (reached, acts), action, sent, asker)
        except TimeoutError:
            receipt = Receipt(Outcome.UNKNOWN, error="total-timeout")
        except Exception as error:  # noqa: BLE001 - whatever it was, something may have happened
            _log.exception("an action failed in the gateway", action=kept.action.id, error=said_of(error))
        finally:
            reached.turns.leave()
            self._health(reached, receipt, now())
        return receipt

    async def _for_user(
        self, kept: AgentAction, way: tuple[ReachedSystem, Acts], action: CompiledAction, sent: Sent,
        asker: Asker | None,
    ) -> Receipt:  # fmt: skip
        """What a system that learns of users came to; without a token for the user it is not asked."""
        (reached, acts), keeping = way, self._stands.keeping
        try:
            carried = await identity.carried(
                reached, action, kept, asker, lambda: self._stands.beside(lambda: identity.sealed(keeping, kept)),
                keeping.ground.configuration(),
            )  # fmt: skip
        except IdentityFailure as failure:
            return identity.failed(failure)
        if carried is None:
            return await acts.act(reached, action, sent)
        shown = replace(sent, headers=carried.headers, user=kept.user or "", behalf=carried.told)
        receipt = await acts.act(reached, action, shown)
        return identity.cleaned(receipt, carried)

    @staticmethod
    def _health(reached: ReachedSystem, receipt: Receipt, now: float) -> None:
        if receipt.error in IDENTITY:
            reached.breaker.ended()  # it was not asked
        elif receipt.outcome in {Outcome.DONE, Outcome.REJECTED}:
            reached.breaker.well()
        elif receipt.outcome is Outcome.UNKNOWN or receipt.passes:
            reached.breaker.sick(now)
        else:
            reached.breaker.ended()

    # ------------------------------------------------------------ was it done?

    async def probe(self, kept: Kept, action: CompiledAction, catalogue: Catalogue, asker: Asker | None = None) -> Kept:
        """Ask the system whether an action was done of which nobody heard, and write that down.

        An answer that says nothing leaves it in doubt, and doubt is a dead letter. What is safe to be asked again is
        left as it is; that is done when its time has come.
        """
        if is_safe(action.spec):
            return kept
        receipt = await self._probed(kept, action, catalogue, asker)
        return await self.concluded(kept, action, receipt, 0)

    async def _probed(self, kept: Kept, action: CompiledAction, catalogue: Catalogue, asker: Asker | None) -> Receipt:
        said = action.spec.idempotency.probe if action.spec.idempotency is not None else None
        asks = None if said is None else catalogue.actions.get(said.action)
        if said is None or asks is None or asks.spec.effect is not Effect.READ:
            return Receipt(Outcome.UNKNOWN, error=kept.action.error)
        stands = self._stands
        try:
            content = await asyncio.wrap_future(
                stands.beside(lambda: stands.keeping.content(kept.action.id, ARGUMENTS))
            )
            given = forms.filled(
                said.arguments, arguments=forms.read(content or b"{}"), result=None, action=kept.action.id
            )
        except InvalidInput as error:
            return Receipt(Outcome.UNKNOWN, error=error.code)
        receipt, _tries = await self._asked(kept, asks, given, asker)
        if receipt.outcome is Outcome.DONE:
            found = forms.MISSING if said.found is None else forms.pointer(receipt.result, said.found)
            if said.found is None or (found is not forms.MISSING and found not in (None, False, [], {})):
                return receipt
            return Receipt(Outcome.NOT_DONE, error=kept.action.error)
        if receipt.outcome is Outcome.REJECTED:
            return Receipt(Outcome.NOT_DONE, error=kept.action.error)
        return Receipt(Outcome.UNKNOWN, error=kept.action.error)
