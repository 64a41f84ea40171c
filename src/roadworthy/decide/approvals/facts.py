"""What conditions and thresholds may ask about, by decision class: names, types, units, words.

Names are written with `_` in conditions and with `-` in thresholds. A fact that nobody has said is left out, never
filled in; a rule that asks about it cannot be read then, and what cannot be read is denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.conditions import FactType, ValueKind, fault_of
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass

_K, _C = ValueKind, DecisionClass

UNKNOWN_TIER: Final = "unknown"
UNSAID: Final = "unsaid"
"""Name of the list of facts of the class that nobody has said; worked out when a case is read, never taken."""

DERIVED: Final = frozenset({"percent"})
"""Facts that follow from others of the class."""

RECORDED: Final = frozenset({"certified"})
"""Facts of a class that are read from the record."""

WITHOUT_USE_CASE: Final = frozenset({_C.CHANGE_RUBRIC, _C.CHANGE_RIGHTS})
"""Classes that are never about a use case; their tier is always `unknown`."""


def _words(kind: ValueKind, about: str, *words: str) -> FactType:
    return FactType(kind, about, tuple(words))


_PROPOSED: Final[Mapping[str, FactType]] = {
    "proposer_kind": _words(_K.TEXT, "Who proposes.", "person", "workload", "system"),
}
_USE_CASE: Final[Mapping[str, FactType]] = {
    **_PROPOSED,
    "use_case": FactType(_K.TEXT, "Name of the use case."),
    "tier": _words(_K.TEXT, "Its risk tier.", *Tier, UNKNOWN_TIER),
    "stage": _words(_K.TEXT, "The stage that it is at.", *Stage),
    "sector": _words(_K.TEXT, "The kind of organisation.", *Sector),
    "use_case_class": _words(_K.TEXT, "What the AI does with what it computes.", *UseCaseClass),
    "organisation": FactType(_K.TEXT, "The legal entity, department or agency."),
    "unit": FactType(_K.TEXT, "The part of the organisation that runs it."),
    "impact": _words(
        _K.TEXT, "What a wrong output can harm.", "none", "money", "rights", "safety", "rights-and-safety"
    ),
    "autonomy": _words(_K.TEXT, "How far it goes without a person.", "informs", "recommends", "decides", "acts"),
    "personal_data": _words(_K.TEXT, "What personal data it uses.", "none", "personal", "special"),
    "exposure": _words(_K.TEXT, "Who meets its output.", "internal", "customers", "public"),
    "annual_value": FactType(_K.MONEY, "The high end of what it is worth in a year."),
}
_CHANGED: Final[Mapping[str, FactType]] = {
    **_PROPOSED,
    "kind": FactType(_K.TEXT, "Kind of the declared resource, such as `PlatformProfile`."),
    "name": FactType(_K.TEXT, "Its name."),
    "change": _words(_K.TEXT, "What happens to it.", "created", "updated", "removed"),
}
_HALTED: Final[Mapping[str, FactType]] = {
    "reason_code": FactType(_K.TEXT, "Why, as one of the organisation's own codes."),
    "urgent": FactType(_K.YES_NO, "Whether harm goes on until it is done."),
}

_OWN: Final[Mapping[DecisionClass, Mapping[str, FactType]]] = {
    _C.PROMOTE: {
        "stage_from": _words(_K.TEXT, "The stage before.", *Stage),
        "stage_to": _words(_K.TEXT, "The stage after.", *Stage),
        "owners_missing": _words(_K.TEXTS, "Duties for which nobody is named.", *Duty),
    },
    _C.DEPLOY: {
        "change_kind": _words(
            _K.TEXT, "What changes.", "release", "configuration", "model", "prompt", "tool", "infrastructure", "fix"
        ),
        "release": FactType(_K.TEXT, "What the release is called."),
        "environment": FactType(_K.TEXT, "Where it goes."),
        "share": FactType(_K.PERCENT, "How much of the traffic it gets."),
        "reversible": FactType(_K.YES_NO, "Whether it can be taken back without loss."),
        "emergency": FactType(_K.YES_NO, "Whether it cannot wait for the usual way."),
        "certified": FactType(_K.YES_NO, "Whether an operating certificate permits this release there."),
    },
    _C.RETRAIN: {
        "model": FactType(_K.TEXT, "Name of the model."),
        "trigger": _words(_K.TEXT, "What made it necessary.", "schedule", "drift", "incident", "request"),
        "new_sources": FactType(_K.TEXTS, "Data sources that it was not trained on before."),
        "cost": FactType(_K.MONEY, "What the training costs."),
        "automatic": FactType(_K.YES_NO, "Whether the new model goes on without a further decision."),
    },
    _C.CHANGE_DATA: {
        "sources": FactType(_K.TEXTS, "Names of the data sources that change."),
        "changes": _words(_K.TEXTS, "What happens to them.", "added", "removed", "location", "personal-data", "other"),
        "count": FactType(_K.NUMBER, "How many sources change."),
    },
    _C.WAIVE: {
        "what": _words(_K.TEXT, "What is accepted.", "gap", "criterion"),
        "rank": FactType(_K.NUMBER, "Rank of the gap; the highest is 1."),
        "area": FactType(_K.TEXT, "Area of the gap."),
        "criterion": FactType(_K.TEXT, "Id of the criterion."),
        "level": _words(_K.TEXT, "Level of the criterion.", "must", "should"),
        "lasts": FactType(_K.SPAN, "For how long it is accepted."),
        "renewal": FactType(_K.YES_NO, "Whether it was accepted before."),
    },
    _C.REVIEW: {
        "verdict": _words(_K.TEXT, "How the review ends.", "go", "conditional-go", "no-go", "pivot", "stop"),
        "stage_to": _words(_K.TEXT, "The stage that it is about.", *Stage),
        "blocking": FactType(_K.NUMBER, "Items of the agenda that block a go and are not waived."),
        "waived": FactType(_K.NUMBER, "Waivers that it rests on."),
        "conditions": FactType(_K.NUMBER, "Conditions of the verdict."),
        "asserted": FactType(_K.NUMBER, "Parts of the release that nobody saw."),
        "unbounded": FactType(_K.TEXTS, "Terms that the envelope lacks."),
    },
    _C.ACCEPT_DUTY: {
        "duty": _words(_K.TEXT, "The duty that is taken on.", *Duty),
        "takes_over": FactType(_K.YES_NO, "Whether somebody else had it."),
    },
    _C.ROLL_BACK: {**_HALTED, "release": FactType(_K.TEXT, "What it goes back to.")},
    _C.SUSPEND: {**_HALTED, "change": _words(_K.TEXT, "What becomes of it.", "narrow", "suspend", "withdraw")},
    _C.RESUME: {**_HALTED, "change": _words(_K.TEXT, "What becomes of it.", "widen", "resume", "lift-stop")},
    _C.RETIRE: _HALTED,
    _C.RAISE_LIMIT: {
        "limit": FactType(_K.TEXT, "What the limit is called."),
        "unit_of_limit": FactType(_K.TEXT, "What it counts, such as `calls per day`."),
        "before": FactType(_K.NUMBER, "The limit now."),
        "after": FactType(_K.NUMBER, "The limit afterwards."),
        "amount": FactType(_K.MONEY, "The limit afterwards, where it is money."),
        "percent": FactType(_K.PERCENT, "By how much it rises, rounded up; worked out from the two."),
    },
    _C.AGENT_ACTION: {
        "tool": FactType(_K.TEXT, "The tool that is called."),
        "system": FactType(_K.TEXT, "The system that it acts on."),
        "amount": FactType(_K.MONEY, "The money that it moves."),
        "records": FactType(_K.NUMBER, "How many records it touches."),
        "external": FactType(_K.YES_NO, "Whether it reaches somebody outside the organisation."),
        "reversible": FactType(_K.YES_NO, "Whether it can be undone."),
    },
    _C.CHANGE_POLICY: {  # of a `UseCase` too, once what rules ask about changes; then its own facts are there
        **_CHANGED,
        "tier_from": _words(_K.TEXT, "Of a use case: its risk tier before.", *Tier, UNKNOWN_TIER),
        "tier_to": _words(_K.TEXT, "Of a use case: its risk tier after.", *Tier, UNKNOWN_TIER),
        "facts_changed": FactType(_K.TEXTS, "Of a use case: which of the facts that rules ask about change."),
    },
    _C.CHANGE_RIGHTS: {
        "rules_added": FactType(_K.TEXTS, "Names of rules that come."),
        "rules_removed": FactType(_K.TEXTS, "Names of rules that go."),
        "rules_changed": FactType(_K.TEXTS, "Names of rules that change."),
    },
}

_UNSAID: Final = FactType(_K.TEXTS, "Names of facts that nobody has said, so that a rule can ask about that.")

FACTS: Final[Mapping[DecisionClass, Mapping[str, FactType]]] = {
    decides: {
        **(_CHANGED if decides in WITHOUT_USE_CASE else _USE_CASE),
        **_OWN.get(decides, {}),
        UNSAID: _UNSAID,
    }
    for decides in DecisionClass
}
"""Typed variables of each class, by the name that conditions use."""


def handed_in(decides: DecisionClass) -> Mapping[str, FactType]:
    """Facts of a class that whoever proposes says; all others are read from the record or worked out."""
    return {name: kind for name, kind in _OWN.get(decides, {}).items() if name not in DERIVED | RECORDED}


def fact_faults(decides: DecisionClass, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with facts that somebody hands in: a name that is not theirs to say, a value of another type.

    A fact left out is no fault here.
    """
    schema = handed_in(decides)
    for name, value in facts.items():
        place = Place(field=f"facts.{name}")
        if name in FACTS[decides] and name not in schema:
            message = f"`{name}` is read from the record or worked out, not handed in"
            yield Finding("fact-not-yours", message, place, "leave it out")
        elif name not in schema:
            yield Finding("fact-unknown", f"`{decides}` has no fact `{name}`", place, did_you_mean(name, schema))
        elif (fault := fault_of(schema[name], value)) is not None:
            words = schema[name].words
            given = value if isinstance(value, str) else ""
            remedy = did_you_mean(given, words) if words and given else f"give {schema[name].kind.expects}"
            yield Finding("fact-unfit", f"`{name}` {fault}", place, remedy)
        elif _is_negative(value):
            # Else a payment the other way round, or a limit of -1 that means none, would pass below every threshold.
            yield Finding("fact-unfit", f"`{name}` is less than nothing", place, "say how much it is, 0 or more")


def _is_negative(value: object) -> bool:
    amount = value.get("minor") if isinstance(value, Mapping) else value
    return isinstance(amount, int) and amount < 0


def complete(decides: DecisionClass, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that the class has and somebody said, with those worked out and the list of what nobody said."""
    schema = FACTS[decides]
    said = {name: value for name, value in facts.items() if name in schema and value is not None}
    if "tier" in schema:
        said.setdefault("tier", UNKNOWN_TIER)
    if "percent" in schema:
        said.pop("percent", None)
        rise = _rise(said.get("before"), said.get("after"))
        if rise is not None:
            said["percent"] = rise
    said[UNSAID] = sorted(name for name in schema if name not in said and name != UNSAID)
    return said


def _rise(before: object, after: object) -> int | None:
    """Whole percents, rounded up; None where there is nothing that it could be a part of."""
    if not isinstance(before, int) or not isinstance(after, int) or before <= 0:
        return None
    return -((before - after) * 100 // before)
