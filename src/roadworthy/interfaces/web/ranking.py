"""The ranking page, and the ranking under a supposition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from roadworthy.decide.ranking.model import Ranked, WhatIf
from roadworthy.decide.readiness.model import Rubric
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.ranking import ranking_view
from roadworthy.interfaces.web.views.parts import Field, Option, Say, Tone
from roadworthy.interfaces.web.visits import Visiting
from roadworthy.inventory.model import Duty

router = Routes()

MOST_OPTIONS = 250
"""Above so many use cases the field suggests names: a select of thousands helps nobody."""
LONGEST = 200
_FACTS = ("low", "high", "confidence", "accepted", "named", "outcome-owner", "target", "date", "meets", "from", "to")
_ANSWERS = (("", "as it is"), ("yes", "yes"), ("no", "no"))


@router.get("/ranking")
def show(visit: Visiting) -> Response:
    """Which pilots to push next; with a supposition in the address, the ranking under it."""
    parameters = visit.request.query_params
    asked = {name: parameters[name].strip()[:LONGEST] for name in ("case", *_FACTS) if parameters.get(name, "").strip()}
    fault: Say | None = None
    ranked: Ranked | None = None
    if "case" in asked and len(asked) > 1:
        try:
            ranked = visit.app.ranking.rank(WhatIf.model_validate({"changes": [_change(asked)]}))
        except ValidationError as error:
            fault = _refused(str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, "))
        except RoadworthyError as error:
            fault = _refused(f"{error.message}; {error.remedy}")
    elif len(asked) > 0:
        fault = _refused("choose a use case and at least one fact that is supposed to be otherwise")
    supposed = "" if ranked is None else _words(asked)
    shown = ranked or visit.app.ranking.rank()
    titles = _titles(shown)
    form = _form(asked, titles, visit.app.readiness.rubric().rubric)
    view = ranking_view(shown, titles, form, supposed, fault)
    return visit.answer("ranking", "Ranking", view, place="Ranking", status=422 if fault else 200)


def _refused(why: str) -> Say:
    return Say(Tone.STOP, "The supposition cannot be understood.", f"{why[:1].upper()}{why[1:]}.")


def _titles(ranked: Ranked) -> dict[str, str]:
    cases = [*(place.estimate.case for place in ranked.places), *(each.case for each in ranked.not_rankable)]
    return {case.name: case.title for case in sorted(cases, key=lambda case: case.title.casefold())}


def _change(asked: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the form as a change; amounts and days may be given as one end only."""
    change: dict[str, Any] = {"use_case": asked["case"]}
    low, high = asked.get("low"), asked.get("high")
    if low or high:
        change["value"] = (low or high, high or low)
    begin, end = asked.get("from"), asked.get("to")
    if begin or end:
        change["effort"] = (begin or end, end or begin)
    for name in ("accepted", "named", "meets"):
        if name in asked:
            change[name] = [asked[name]]
    for name, field in (("outcome-owner", "outcome_owner"), ("target", "target"), ("date", "date")):
        if name in asked:
            change[field] = asked[name] == "yes"
    if "confidence" in asked:
        change["confidence"] = asked["confidence"]
    return change


_SAID = {
    "low": "its annual value begins at {}",
    "high": "its annual value ends at {}",
    "confidence": "confidence in its value is {}",
    "accepted": "the {} duty is accepted",
    "named": "somebody is named for the {} duty",
    "outcome-owner": "somebody answers for the number: {}",
    "target": "the number has a target: {}",
    "date": "the target has a date: {}",
    "meets": "criterion `{}` is met",
    "from": "its open work begins at {} days",
    "to": "its open work ends at {} days",
}


def _words(asked: Mapping[str, str]) -> str:
    said = [_SAID[name].format(asked[name]) for name in _FACTS if name in asked]
    return f"Of `{asked['case']}` it is supposed that {', and '.join(said)}. Nothing of it is stored."


def _form(asked: Mapping[str, str], titles: Mapping[str, str], rubric: Rubric) -> tuple[Field, ...]:
    duties = (("", "as it is"), *((duty.value, f"{duty} duty") for duty in Duty))
    criteria = (("", "as they are"), *((criterion.id, criterion.title) for _, criterion in rubric.criteria()))
    confidence = (("", "as it is"), ("low", "low"), ("medium", "medium"), ("high", "high"))
    case = Field("case", "Use case", value=asked.get("case", ""), required=True, suggestions=tuple(titles))
    if len(titles) <= MOST_OPTIONS:
        choices = (("", "choose one"), *titles.items())
        case = Field("case", "Use case", "select", required=True, options=_options(choices, asked.get("case", "")))
    return (
        case,
        Field("low", "Annual value from", value=asked.get("low", ""), hint="Such as `250000 EUR`."),
        Field("high", "Annual value to", value=asked.get("high", "")),
        _select("confidence", "Confidence in it", confidence, asked),
        _select("accepted", "Accepts", duties, asked),
        _select("named", "Somebody is named for", duties, asked),
        _select("outcome-owner", "Somebody answers for the number", _ANSWERS, asked),
        _select("target", "It has a target", _ANSWERS, asked),
        _select("date", "The target has a date", _ANSWERS, asked),
        _select("meets", "Meets the criterion", criteria, asked),
        Field("from", "Open work from", "number", value=asked.get("from", ""), hint="Working days, as estimated."),
        Field("to", "Open work to", "number", value=asked.get("to", "")),
    )


def _select(name: str, label: str, choices: tuple[tuple[str, str], ...], asked: Mapping[str, str]) -> Field:
    return Field(name, label, "select", options=_options(choices, asked.get(name, "")))


def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> tuple[Option, ...]:
    return tuple(Option(value, label, chosen=value == chosen) for value, label in choices)
