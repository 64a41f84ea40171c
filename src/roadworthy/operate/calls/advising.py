"""Beside a gateway that stands already: another program asks, makes the call itself, and says what came of it.

The same funnel answers, and records say that the answer was advice: whoever asked may not have kept to it. What was set
aside is settled by what is told afterwards; of a call of which nothing is told, all that was set aside counts as used.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from roadworthy.foundation.errors import Finding, InvalidInput, NotFound, Place
from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.operate.admission.model import Asking, Decision, Refusal, Text
from roadworthy.operate.calls.model import PROBLEMS, Document, Head
from roadworthy.operate.calls.ports import Admits, Records
from roadworthy.operate.calls.recording import PILOT_MARK, PRODUCTION, intent_of, settled_of
from roadworthy.operate.telemetry.model import Outcome, Result, Surface, Usage

MOST_WAITING: Final = 100_000
WAITS: Final = dt.timedelta(hours=1)
"""For so long it can be said what came of a call; after that all that was set aside counts as used."""
MOST_REFILLS: Final = 3
NEVER_TOLD: Final = "outcome-never-told"
"""Stands in the record of a call of which nobody said what came."""
_TOLD: Final = {each.value: each for each in (Outcome.ANSWERED, Outcome.BLOCKED, Outcome.FAILED, Outcome.CANCELLED)}

_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
_Short = Annotated[str, msgspec.Meta(max_length=200)]


class _Said(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Something that would be read by guards."""

    role: _Short
    text: str


class _Wanted(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What somebody asks."""

    model: _Short
    endpoint: _Short | None = None
    stream: bool = False
    input_tokens: _Count = 0
    output_tokens: _Count = 0
    data_classes: list[_Short] = []
    population: dict[str, _Short] = {}
    parts: dict[str, _Short] = {}
    texts: list[_Said] = []
    unreadable: list[_Short] = []


class _Used(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Tokens, as `Usage` counts them."""

    input: _Count = 0
    output: _Count = 0
    cached: _Count = 0
    cache_writes: _Count = 0
    reasoning: _Count = 0


class _Came(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What came of a call."""

    call: _Short
    outcome: _Short
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] = 200
    milliseconds: _Count = 0
    model: _Short = ""
    usage: _Used | None = None
    error: _Short | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    decision: Decision
    until: dt.datetime


class Advising:
    """Answers who asks, and hears what came of it. For the event loop's thread.

    Args:
        admission: the funnel.
        records: the record of calls.
        runtime: clock.
        refill: fetches room of a limit, where that was lacking.
    """

    def __init__(
        self,
        admission: Admits,
        records: Callable[[], Records],
        runtime: Runtime,
        refill: Callable[[object], Future[None]] | None = None,
    ) -> None:
        self._admission = admission
        self._records = records
        self._clock = runtime.clock
        self._refill = refill
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()

    async def decide(self, document: Document, head: Head) -> Document:
        """What the funnel says, once that is in the record.

        Raises:
            InvalidInput: the question cannot be read.
            RoadworthyError: the answer cannot be recorded; then there is none.
        """
        wanted = _read(document, _Wanted)
        texts = tuple(Text(each.role, each.text, f"texts[{at}]") for at, each in enumerate(wanted.texts))
        asking = Asking(
            surface=Surface.DECIDE,
            at=self._clock.now(),
            shown=head.shown,
            model=wanted.model,
            stream=wanted.stream,
            endpoint=wanted.endpoint or head.endpoint,
            user_token=head.user_token,
            texts=texts,
            unreadable=tuple(wanted.unreadable),
            parts=wanted.parts,
            input_tokens=wanted.input_tokens,
            output_tokens=wanted.output_tokens,
            choices=1 if wanted.output_tokens else 0,
            data_classes=frozenset(wanted.data_classes) | head.data_classes,
            population={**head.population, **wanted.population},
            trace=head.trace,
            parent=head.parent,
        )
        decision = await self._decided(asking)
        await self._records().intend(intent_of(decision, asking, None))
        if decision.goes_on:
            self._keep(decision, asking.at)
        return answer_of(decision)

    async def outcome(self, document: Document, head: Head) -> Document:
        """Hear what came of a call that went on.

        Raises:
            InvalidInput: it cannot be read.
            NotFound: no such call waits, or it was asked about with another key.
        """
        came = _read(document, _Came)
        outcome = _TOLD.get(came.outcome)
        if outcome is None:
            raise InvalidInput(
                "gateway-outcome-unknown",
                f"`{came.outcome[:40]}` is no outcome of a call",
                place=Place(field="outcome"),
                remedy=f"one of {', '.join(_TOLD)}",
            )
        caller = self._admission.caller(head.shown)
        waiting = self._waiting.get(came.call)
        known = waiting is not None and waiting.decision.caller is not None and not isinstance(caller, Refusal)
        if waiting is None or not known or waiting.decision.caller.key != caller.key:  # type: ignore[union-attr] # both were just looked at
            raise NotFound(
                "gateway-call-unknown",
                f"no call `{came.call[:40]}` waits for its outcome here",
                place=Place(field="call"),
                remedy="say it within an hour, with the key that asked, to the gateway that decided: before several, "
                "have the balancer send a key to the same one (deploy/nginx.conf)",
            )
        del self._waiting[came.call]
        usage = None if came.usage is None else Usage(**msgspec.structs.asdict(came.usage))
        cost, currency, prices = self._admission.settle(waiting.decision, usage, came.model)
        result = Result(
            id=came.call,
            at=self._clock.now(),
            outcome=outcome,
            status=came.status,
            milliseconds=came.milliseconds,
            usage=usage,
            cost=cost,
            currency=currency,
            prices=prices,
            error=came.error,
            response_model=came.model or None,
            settled=settled_of(waiting.decision),
        )
        await self._records().conclude(result)
        return {"call": came.call, "cost": cost, "currency": currency}

    async def _decided(self, asking: Asking) -> Decision:
        ready = self._admission.ready(asking)
        if ready is not None:
            await asyncio.shield(asyncio.wrap_future(ready))
        decision = self._admission.decide(asking)
        for _ in range(MOST_REFILLS):
            if decision.short is None or self._refill is None:
                break
            await asyncio.shield(asyncio.wrap_future(self._refill(decision.short)))
            decision = self._admission.decide(asking)
        return decision

    def _keep(self, decision: Decision, at: dt.datetime) -> None:
        self._waiting[decision.id] = _Waiting(decision, at + WAITS)
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            if at < oldest.until and len(self._waiting) <= MOST_WAITING:
                return
            self._waiting.popitem(last=False)
            self._forget(oldest.decision)

    def close(self) -> None:
        """Nobody is heard any more; once no call is under way."""
        while self._waiting:
            self._forget(self._waiting.popitem(last=False)[1].decision)

    def _forget(self, decision: Decision) -> None:
        """Nobody said what came of a call: all that was set aside counts as used, and the record says so."""
        self._admission.settle(decision, None, "")
        told = Result(
            decision.id, self._clock.now(), Outcome.UNKNOWN, 0, 0, error=NEVER_TOLD, settled=settled_of(decision)
        )
        _ = self._records().conclude(told)  # nobody waits for it


def answer_of(decision: Decision) -> Document:
    """What whoever asked is told."""
    refusal, caller = decision.refusal, decision.caller
    said: Document = {
        "call": decision.id,
        "goesOn": decision.goes_on,
        "ruling": decision.ruling.value,
        "enforcement": decision.enforcement.value,
        "endpoint": decision.endpoint,
        "model": decision.model,
        "certificate": decision.certificate,
        "targets": [{"upstream": each.upstream, "model": each.model} for each in decision.targets],
        "guards": list(decision.guards),
        "masked": dict(decision.masked),
        "maxOutputTokens": decision.most_output or None,
        "refusal": None if refusal is None else _told(refusal),
    }
    if caller is not None:
        said["stage"] = caller.stage
        if caller.stage != PRODUCTION:
            said["mark"] = PILOT_MARK
    return said


def _told(refusal: Refusal) -> Mapping[str, Any]:
    return {
        "type": f"{PROBLEMS}{refusal.code}",
        "code": refusal.code,
        "message": refusal.message,
        "rule": refusal.rule,
        "about": refusal.about,
        "who": refusal.who,
        "remedy": refusal.remedy,
        "status": refusal.status,
        "retryAfter": refusal.retry_after,
        "held": refusal.held,
    }


def _read(document: Document, shape: type[Any]) -> Any:  # noqa: ANN401 - of that shape
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        text, _at, path = str(error).partition(" - at ")
        found = Finding("gateway-question-unfit", text.lower(), Place(field=path.strip("`$.") or None), "see the page")
        raise InvalidInput.of([found], "the question") from error


Asks = Callable[[Document, Head], Awaitable[Document]]
