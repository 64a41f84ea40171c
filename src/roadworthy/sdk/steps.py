"""The steps of one call that is asked for: what is sent, what is waited for, and what it comes to.

A step says what is to be sent; whoever drives it, blocking or awaiting, sends the answer back in.
"""

from __future__ import annotations

import inspect
import json
import logging
import time  # noqa: TID251 - see `roadworthy.sdk.calling`
import uuid
from collections.abc import Callable, Generator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal

from roadworthy.sdk.actions import NotDone

POLL_SECONDS: Final = 2.0
REPORT_TRIES: Final = 4
FIRST_FAULT: Final = 500
_log = logging.getLogger("roadworthy.sdk")
Held = Literal["raise", "wait"]
Outage = Literal["refuse", "wait"]


class ActionNotAllowed(Exception):
    """The gateway says no; the function did not run.

    Args:
        said: what it answered: `rule`, `message`, `remedy`, `reasons`.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__(said.get("message") or said.get("title") or f"the action is {said.get('state', 'refused')}")
        self.said = said
        self.rule = str(said.get("rule", ""))


class ActionHeld(Exception):
    """A person decides; the function did not run.

    Args:
        id_: of the action; called again under the same key, it goes on where it stands.
        said: what the gateway answered.
    """

    def __init__(self, id_: str, said: Mapping[str, Any]) -> None:
        super().__init__(said.get("message", "a person decides"))
        self.id = id_
        self.said = said


class ActionInDoubt(Exception):
    """It was begun before under this key, and nobody knows what came of it; the function did not run again."""

    def __init__(self, id_: str) -> None:
        super().__init__("it was begun before, and what came of it is not known")
        self.id = id_


class GatewaySilent(Exception):
    """The gateway does not answer, so nothing was decided; the function did not run."""


@dataclass(frozen=True, slots=True)
class Errand:
    """To which run calls belong, and for whom they are."""

    run: str | None = None
    user_token: str | None = None
    agent: str | None = None


ERRAND: ContextVar[Errand] = ContextVar("roadworthy-errand", default=Errand())  # noqa: B039 - it is frozen, so nobody changes it


@dataclass(frozen=True, slots=True)
class Asks:
    """How one function is asked for."""

    name: str
    held: Held
    outage: Outage
    within: float
    key: Callable[[Mapping[str, Any]], str] | None


@dataclass(frozen=True, slots=True)
class Send:
    """One request to the gateway; what is sent back into the steps is its answer, None where nobody answered."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """So long is waited before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered."""

    status: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Yes:
    """Whether the function is to run, or what came of it when it did before."""

    id: str
    runs: bool
    result: Any = None


Steps = Generator[Send | Wait, "Answer | None", Any]


# ---------------------------------------------------------------- the steps of a call


def asked(asks: Asks, given: Mapping[str, Any]) -> Steps:
    """Ask, and wait where that is wanted; comes to `Yes`."""
    own = asks.key is None  # what was begun under a key of this call alone was begun by it, and its answer was lost
    key = _new_key() if asks.key is None else asks.key(given)
    errand = ERRAND.get()
    body = {"action": asks.name, "arguments": given, "advisory": True}
    body |= {name: value for name, value in (("run", errand.run), ("agent", errand.agent)) if value is not None}
    end = time.monotonic() + asks.within
    begun = yield from _answered(Send("POST", "/v1/actions", body, key), asks, end)
    said = begun.said
    if said.get("state") == "running" and (own or not said.get("repeated")):
        return Yes(said["id"], runs=True)
    while True:
        state, id_ = said.get("state"), str(said.get("id", ""))
        if state == "done":
            return Yes(id_, runs=False, result=said.get("result"))
        if state == "queued":
            taken = yield from _answered(Send("POST", f"/v1/actions/{id_}/begin"), asks, end)
            if taken.said.get("state") == "running":
                return Yes(id_, runs=True)
            said = (yield from _answered(Send("GET", f"/v1/actions/{id_}"), asks, end)).said
            continue
        if state in {"running", "probing", "dead-letter"}:
            raise ActionInDoubt(id_)
        if state not in {"held", "parked"}:
            raise ActionNotAllowed(said)
        if asks.held == "raise" or time.monotonic() >= end:
            raise ActionHeld(id_, said)
        yield Wait(POLL_SECONDS)
        said = (yield from _answered(Send("GET", f"/v1/actions/{id_}"), asks, end)).said


def _answered(send: Send, asks: Asks, end: float) -> Generator[Send | Wait, Answer | None, Answer]:
    """An answer, waited for where that is wanted; a connection that broke off is tried once more in any case."""
    tried = False
    while True:
        answer = yield send
        if answer is None and not tried:
            tried = True
            continue
        if answer is not None and answer.status < FIRST_FAULT:
            return answer
        if answer is not None and answer.said.get("id"):
            return answer
        if asks.outage == "refuse" or time.monotonic() >= end:
            message = "the gateway does not answer" if answer is None else f"the gateway answers with {answer.status}"
            raise GatewaySilent(message)
        yield Wait(POLL_SECONDS)


def reported(id_: str, outcome: Mapping[str, Any]) -> Steps:
    """Say what came of it. What cannot be said is in doubt at the gateway, and the function has run all the same."""
    pause = 0.2
    for _ in range(REPORT_TRIES):
        answer = yield Send("POST", f"/v1/actions/{id_}/outcome", outcome)
        if answer is not None and answer.said.get("id"):
            return
        if answer is not None and answer.status < FIRST_FAULT:
            break
        yield Wait(pause)
        pause *= 3
    _log.warning("the gateway could not be told what came of action %s; it is in doubt there", id_)


def _new_key() -> str:
    return str(uuid.uuid4())  # noqa: TID251 - a program of somebody else's has no Runtime to take it from


def given_of(shape: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments by name, those that are left out as the function has them."""
    bound = shape.bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def done(result: Any) -> Mapping[str, Any]:  # noqa: ANN401 - whatever the function returned
    """What is reported of a function that returned."""
    said: dict[str, Any] = {"outcome": "done"}
    try:
        json.dumps(result, allow_nan=False)
    except (TypeError, ValueError):
        return said  # it was done, and what it returned is no JSON
    if isinstance(result, dict) and isinstance(result.get("reference"), str) and result["reference"]:
        said["reference"] = result["reference"][:200]
    return said | {"result": result}


def outcome_of(error: Exception) -> Mapping[str, Any]:
    """What is reported of a function that raised."""
    if isinstance(error, NotDone):
        return {"outcome": "not-done", "error": "not-done"}
    if isinstance(error, ValueError):
        return {"outcome": "rejected", "error": "request-rejected"}
    return {"outcome": "unknown", "error": "function-failed"}
