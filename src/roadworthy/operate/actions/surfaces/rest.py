"""Actions over plain HTTP: the bodies of `/v1/actions`, read and written. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.callbacks.rules import callback_of
from roadworthy.operate.actions.model import Outcome, Reason, Receipt, State, Told, Wanted
from roadworthy.operate.actions.ports import Offered

MOST_NAME: Final = 200
_FIELDS: Final = frozenset({"action", "arguments", "run", "agent", "dryRun", "population", "advisory", "callback"})
_OUTCOME: Final = frozenset({"outcome", "result", "error", "reference"})
_OUTCOMES: Final = tuple(each.value for each in Outcome)
_PROBLEMS: Final = "https://roadworthy.dev/problems/"


def wanted(
    body: bytes, at: dt.datetime, shown: str, user_token: str | None, key: str | None, trace: str | None
) -> Wanted:
    """An action as a body asks for it.

    Raises:
        InvalidInput: the body does not say what is wanted.
    """
    said = forms.asked(body)
    if not isinstance(said, dict):
        raise _unfit("the body is no JSON object", "")
    extra = sorted(said.keys() - _FIELDS)
    if extra:
        raise _unfit(f"`{extra[0][:60]}` is not a field of it", extra[0][:60])
    given, population = said.get("arguments", {}), said.get("population", {})
    if not isinstance(given, dict):
        raise _unfit("`arguments` is no JSON object", "arguments")
    if not isinstance(population, dict) or not all(isinstance(each, str) for each in population.values()):
        raise _unfit("`population` has a text for each dimension", "population")
    for name in ("dryRun", "advisory"):
        if said.get(name, False) not in (True, False):
            raise _unfit(f"`{name}` is true or false", name)
    return Wanted(
        action=_text(said, "action") or "", arguments=forms.canonical(given), at=at, shown=shown,
        user_token=user_token, run=_text(said, "run"), agent=_text(said, "agent"), key=key, trace=trace,
        population=population, dry=bool(said.get("dryRun", False)), advisory=bool(said.get("advisory", False)),
        callback=callback_of(said.get("callback")),
    )  # fmt: skip


def receipt_of(body: bytes) -> Receipt:
    """What a program says came of an action.

    Raises:
        InvalidInput: it does not say that.
    """
    said = forms.asked(body)
    if not isinstance(said, dict) or said.keys() - _OUTCOME:
        raise _unfit("an outcome has `outcome`, `result`, `error` and `reference`", "outcome")
    outcome = said.get("outcome")
    if outcome not in _OUTCOMES:
        raise _unfit(f"`outcome` is one of {', '.join(_OUTCOMES)}", "outcome")
    error = _text(said, "error")
    return Receipt(
        Outcome(outcome), result=said.get("result"), error=None if error is None else error[:80],
        reference=_text(said, "reference"),
    )  # fmt: skip


def _text(said: Mapping[str, Any], name: str) -> str | None:
    found = said.get(name)
    if found is None and name != "action":
        return None
    if not isinstance(found, str) or not 0 < len(found) <= MOST_NAME or not found.isprintable():
        raise _unfit(f"`{name}` is a text of up to {MOST_NAME} characters", name)
    return found


def _unfit(what: str, field: str) -> InvalidInput:
    finding = Finding("action-body-unfit", what, Place(field=field), "docs/actions.md shows a whole body")
    return InvalidInput(finding.code, finding.message, place=finding.place, remedy=finding.remedy)


def body_of(told: Told) -> dict[str, Any]:
    """What is told of an action."""
    said: dict[str, Any] = {"object": "roadworthy.action", "id": told.id, "state": told.state.value}
    if told.run:
        said["run"] = told.run
    if told.state is State.DONE or told.result is not None:
        said["result"] = told.result
    if told.code:
        words = {"rule": told.rule, "code": told.code, "message": told.message, "remedy": told.remedy}
        said |= {name: value for name, value in words.items() if value}
    if told.request is not None:
        said["request"] = told.request
    if told.reasons:
        said["reasons"] = [reason_of(each) for each in told.reasons]
    if told.repeated:
        said["repeated"] = True
    return said


def problem_of(told: Told) -> dict[str, Any]:
    """A no, as RFC 9457 has it."""
    return {
        "type": f"{_PROBLEMS}{told.code}", "title": told.message, "status": told.status, "detail": told.remedy,
        **body_of(told),
    }  # fmt: skip


def reason_of(reason: Reason) -> dict[str, str]:
    """One thing that was looked at."""
    said = {"rule": reason.rule, "says": reason.says, "about": reason.about, "who": reason.who, "remedy": reason.remedy}
    return {name: value for name, value in said.items() if value}


def offer_of(offered: Offered) -> dict[str, Any]:
    """An action that may be asked for."""
    said = {
        "name": offered.name, "title": offered.title, "description": offered.description, "input": offered.input,
        "output": offered.output, "effect": offered.effect, "tier": offered.tier, "idempotent": offered.idempotent,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}
