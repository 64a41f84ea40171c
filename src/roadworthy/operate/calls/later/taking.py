"""Taking requests whose answers are fetched later: recorded, kept, and the client told where the answer will be."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import msgspec

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission.kinds import Later
from roadworthy.operate.admission.model import Asking, Decision
from roadworthy.operate.calls import telling
from roadworthy.operate.calls.flow import tell
from roadworthy.operate.calls.later.beside import Beside
from roadworthy.operate.calls.later.model import LaterCall, Request, State, Terms
from roadworthy.operate.calls.later.service import Full, LaterCalls, Repeated
from roadworthy.operate.calls.out import Out
from roadworthy.operate.calls.ports import Admits, Coming, Records
from roadworthy.operate.calls.recording import intent_of, marks
from roadworthy.operate.calls.surfaces.bodies import encode
from roadworthy.operate.telemetry.model import Outcome, Result

ADDRESS: Final = "/v1/calls/"
ASK_AGAIN: Final = "2"
"""Seconds after which it is worth asking for an answer."""
_ACCEPTED = 202
_PER_FULL = 5
_log = log("gateway-later")


@dataclass(frozen=True, slots=True)
class Ground:
    """What taking stands on."""

    admission: Admits
    records: Callable[[], Records]
    later: LaterCalls
    beside: Beside
    terms: Callable[[str, str], Later | None]
    """What an endpoint of a use case declares."""
    delegates: Callable[[str], bool]
    """Whether an upstream is asked with a token for the user."""
    runtime: Runtime
    wake: Callable[[], None]
    """Tells whoever makes queued calls that there is one."""


class Taking:
    """Takes requests. For the thread of one event loop.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._under_way: set[asyncio.Task[LaterCall]] = set()

    def takes(self, decision: Decision, asking: Asking) -> bool:
        """Whether this one may be answered later: the endpoint says so, and it is no stream.

        Where an upstream has to see a token for the user it is answered now: tokens of users are not kept.
        """
        if asking.stream or self._declared(decision) is None:
            return False
        return not any(self._ground.delegates(each.upstream) for each in decision.targets)

    def _declared(self, decision: Decision) -> Later | None:
        caller = decision.caller
        if caller is None or decision.endpoint is None:
            return None
        return self._ground.terms(caller.use_case, decision.endpoint)

    async def take(self, coming: Coming, out: Out) -> None:
        """Keep it, and tell the client where the answer is going to be.

        What was set aside for it is given back at once: it is set aside anew when its turn comes, by the gateway that
        makes it then, so that a queue holds no room that others could use, and a gateway that dies keeps none.
        """
        ground, decision = self._ground, coming.decision
        ground.admission.release(decision)
        asking = coming.question.asking
        try:
            await ground.records().intend(msgspec.structs.replace(intent_of(decision, asking, None), reserved={}))
        except RoadworthyError as error:
            _log.error("a call could not be recorded and was not kept", call=decision.id, error=said_of(error))
            await tell(coming.dialect, telling.unrecorded(), marks(decision), out)
            return
        task = asyncio.ensure_future(self._kept(coming))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            call = await asyncio.shield(
                task
            )  # a client that goes away now leaves a call that is kept and recorded whole
        except RoadworthyError as error:
            told = telling.of_error(error)
            told = replace(told, retry_after=_PER_FULL) if isinstance(error, Full) else told
            await tell(coming.dialect, told, marks(decision), out)
            return
        ground.wake()
        said = {
            **marks(decision), "Roadworthy-Call": call.id, "Location": f"{ADDRESS}{call.id}",
            "Preference-Applied": "respond-async", "Retry-After": ASK_AGAIN,
        }  # fmt: skip
        await out.answer(_ACCEPTED, said, encode(state_of(call)))

    async def _kept(self, coming: Coming) -> LaterCall:
        """Keep the request, and say in the record what came of it.

        Raises:
            RoadworthyError: it is not kept.
        """
        ground, decision = self._ground, coming.decision
        call, request = self._call(coming), _request(coming)
        began = ground.runtime.clock.monotonic()
        status, outcome, code = _ACCEPTED, Outcome.QUEUED, None
        try:
            return await asyncio.wrap_future(
                ground.beside(partial(ground.later.queue, call, request, _repeated(coming)))
            )
        except RoadworthyError as error:
            status, outcome, code = error.status, Outcome.FAILED, error.code
            raise
        finally:
            took = round((ground.runtime.clock.monotonic() - began) * 1_000)
            _ = ground.records().conclude(  # nobody waits for it
                Result(decision.id, ground.runtime.clock.now(), outcome, status, took, error=code)
            )

    def _call(self, coming: Coming) -> LaterCall:
        decision, question = coming.decision, coming.question
        caller, now = decision.caller, question.asking.at
        assert caller is not None and decision.endpoint is not None  # noqa: S101, PT018 - what goes on has both
        terms = terms_of(self._declared(decision))
        return LaterCall(
            id=decision.id, use_case=caller.use_case, stage=caller.stage, endpoint=decision.endpoint, key=caller.key,
            surface=coming.dialect.surface.value, model=question.asking.model, effects=question.effects,
            queued_at=now, ends_at=now + terms.within, terms=terms, state=State.QUEUED, due_at=now,
        )  # fmt: skip


def _request(coming: Coming) -> Request:
    head = coming.head
    return Request(
        body=coming.body, endpoint=head.endpoint, model=head.model, subject=coming.decision.subject,
        data_classes=head.data_classes, population=dict(head.population), trace=head.trace, parent=head.parent,
        state=head.state, version=head.version, extras=dict(head.extras),
    )  # fmt: skip


def _repeated(coming: Coming) -> Repeated | None:
    said, caller = coming.head.idempotency, coming.decision.caller
    if said is None or caller is None:
        return None
    key = "\n".join((caller.key, coming.dialect.surface.value, coming.head.endpoint or "", said))
    return Repeated(_hash(key.encode("utf-8", "surrogatepass")), _hash(coming.body))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def terms_of(declared: Later | None) -> Terms:
    """What is declared, with the usual where something is not said."""
    usual = Terms()
    if declared is None:
        return usual
    return Terms(
        tries=declared.tries or usual.tries,
        within=_span(declared.within, usual.within),
        keep_answers=_span(declared.keep_answers, usual.keep_answers),
        keep_letters=_span(declared.keep_letters, usual.keep_letters),
        most=declared.most or usual.most,
    )


def _span(text: str | None, usual: dt.timedelta) -> dt.timedelta:
    found = None if text is None else seconds(text)
    return usual if found is None else dt.timedelta(seconds=max(1, round(found)))


def state_of(call: LaterCall) -> dict[str, object]:
    """What a client is told of a call, short of its answer."""
    return {
        "object": "roadworthy.call", "id": call.id, "state": call.state.value,
        "queuedAt": call.queued_at.isoformat(), "until": call.ends_at.isoformat(), "runs": len(call.runs),
    }  # fmt: skip
