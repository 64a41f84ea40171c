"""Where clients fetch answers that they wanted later, and say that they do not want one any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from roadworthy.foundation.errors import NotFound, RoadworthyError, UsageError
from roadworthy.foundation.runtime import Future
from roadworthy.interfaces.gateway.heads import head_of
from roadworthy.operate.admission.model import Caller, Refusal
from roadworthy.operate.calls import telling
from roadworthy.operate.calls.flow import tell
from roadworthy.operate.calls.later.model import OPEN, Answer, LaterCall, State, Why
from roadworthy.operate.calls.later.service import LaterCalls
from roadworthy.operate.calls.later.taking import ADDRESS, ASK_AGAIN, state_of
from roadworthy.operate.calls.model import Told
from roadworthy.operate.calls.out import Out
from roadworthy.operate.calls.ports import Admits
from roadworthy.operate.calls.surfaces.bodies import encode
from roadworthy.operate.calls.surfaces.every import CHAT, EVERY

STATE: Final = "Roadworthy-Call-State"
_DIALECTS: Final = {each.surface.value: each for each in EVERY}
_GONE, _GIVEN_UP = 410, 424
_WHY: Final = {
    Why.REFUSED: "when its turn came, it was refused",
    Why.IN_DOUBT: "something may have happened upstream, and nobody knows whether it did",
    Why.TRIES: "no upstream answered in as many tries as are declared",
    Why.LATE: "no upstream answered in the time that is declared",
}


class Fetching:
    """Tells clients of calls that are answered later.

    Args:
        later: where they are kept.
        beside: runs what waits for the database.
        admission: knows whose keys these are.
    """

    def __init__(
        self,
        later: LaterCalls,
        beside: Callable[[Callable[[], tuple[LaterCall, Answer | None]]], Future[tuple[LaterCall, Answer | None]]],
        admission: Admits,
    ) -> None:
        self._later = later
        self._beside = beside
        self._admission = admission

    async def answer(self, method: str, path: str, headers: Mapping[str, str], out: Out) -> None:
        """Tell a client of a call that was made with a key of the same use case and stage.

        Raises:
            UsageError: it is neither asked for nor cancelled.
            NotFound: there is none that such a key could have made.
        """
        caller = self._admission.caller(head_of(headers).shown)
        if isinstance(caller, Refusal):
            await tell(CHAT, telling.of_refusal(caller), {}, out)
            return
        id_ = path.removeprefix(ADDRESS)
        if method not in {"GET", "HEAD", "DELETE"}:
            raise UsageError("method-not-allowed", "this address takes GET and DELETE", remedy="use one of them")
        call, answer = await self._found(id_, caller)
        if method == "DELETE" and call.state is not State.DEAD:
            call, answer = await asyncio.wrap_future(self._beside(partial(self._cancelled, id_)))
            await out.answer(200, _marks(call), encode(state_of(call)))
        else:
            await _shown(call, answer, out)

    async def _found(self, id_: str, caller: Caller) -> tuple[LaterCall, Answer | None]:
        try:
            call, answer = await asyncio.wrap_future(self._beside(partial(self._later.told, id_)))
        except NotFound:
            raise _unknown() from None
        if (call.use_case, call.stage) != (caller.use_case, caller.stage):
            raise _unknown()
        if caller.endpoints is not None and call.endpoint not in caller.endpoints:
            raise _unknown()
        return call, answer

    def _cancelled(self, id_: str) -> tuple[LaterCall, Answer | None]:
        return self._later.cancel(id_), None


async def _shown(call: LaterCall, answer: Answer | None, out: Out) -> None:
    marks = _marks(call)
    if answer is not None:
        await out.answer(answer.status, {**answer.headers, **marks}, answer.body)
    elif call.state in OPEN:
        await out.answer(202, {**marks, "Retry-After": ASK_AGAIN}, encode(state_of(call)))
    else:
        await tell(_DIALECTS[call.surface], _over(call), marks, out)


def _over(call: LaterCall) -> Told:
    """What is told of a call that has no answer, or none any more."""
    if call.state is State.DEAD:
        why = "" if call.why is None else _WHY[call.why]
        named = f" ({call.rule or call.error})" if call.rule or call.error else ""
        return _told(
            "later-call-given-up",
            f"the call was given up: {why}{named}",
            _GIVEN_UP,
            f"whoever answers for `{call.use_case}` has it made again, as a new call",
        )
    if call.state is State.CANCELLED:
        return _told("later-call-cancelled", "the call was cancelled", _GONE, "send it again if it is still wanted")
    return _told(
        "later-answer-gone",
        "the answer is not kept any more",
        _GONE,
        "send the request again; `later.keepAnswers` of the endpoint says how long answers are kept",
    )


def _told(code: str, message: str, status: int, remedy: str) -> Told:
    return Told(code, message, status, remedy)


def _marks(call: LaterCall) -> dict[str, str]:
    return {"Roadworthy-Call": call.id, STATE: call.state.value}


def _unknown() -> RoadworthyError:
    return NotFound(
        "later-call-unknown",
        "no call of this id is answered later for this key",
        remedy="take the address from `Location` of the first answer, and show a key of the same use case and stage",
    )
