"""Which changes of a use case are decisions, and what rules may ask about them.

A change is judged by what was said before and by what is said after it, as two readings that both have to allow it, so
that an edit beside a promotion cannot choose the rules that it is judged by. And because two edits in a row would do
what one may not, what rules ask about is itself changed by decision only: the tier once it is known, and everything
else from the first promotion on. Until then a record is a draft, in which people fill in what nobody has said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.model import Matter
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.model import DataSource, Duty, Stage, UseCase
from roadworthy.inventory.rules import tier_of

PROMOTE: Final = "promote"
ROLL_BACK: Final = "roll-back"
RESUME: Final = "resume"
RETIRE: Final = "retire"
CHANGE_DATA: Final = "change-data"
CHANGE_POLICY: Final = "change-policy"

WEIGHED: Final = frozenset({"class", "data", "organisation", "outcome", "risk", "sector", "stage", "unit"})
"""Fields of the spec on which this depends; a change of others is nobody's decision."""

_GATES: Final = (Stage.PILOT, Stage.CANDIDATE, Stage.PRODUCTION)
_DRAFTS: Final = (None, Stage.PROPOSED)
_UNKNOWN: Final = "unknown"

Facts = Mapping[str, Canonical]


def facts_of(name: str, spec: UseCase) -> dict[str, Canonical]:
    """What rules may ask about any decision on a use case; what nobody has said is left out.

    Names and types are those of `decide.approvals.facts`. Money is whole minor units.
    """
    risk = spec.risk
    said: dict[str, Canonical | None] = {
        "use_case": name,
        "tier": tier_name(spec),
        "stage": _value(spec.stage),
        "sector": _value(spec.sector),
        "use_case_class": _value(spec.class_),
        "organisation": spec.organisation,
        "unit": spec.unit,
        "impact": risk.impact,
        "autonomy": risk.autonomy,
        "personal_data": risk.personal_data,
        "exposure": risk.exposure,
        "annual_value": _annual_value(spec),
    }
    return {fact: value for fact, value in said.items() if value is not None}


def tier_name(spec: UseCase) -> str:
    """The tier as rules name it, `unknown` while the facts leave it open."""
    tier = tier_of(spec.risk, spec.class_).tier
    return _UNKNOWN if tier is None else tier.value


def decisions(name: str, before: Shape | None, after: Shape | None) -> Sequence[Matter]:
    """The decisions that a change of a use case is."""
    old, new = cast("UseCase | None", before), cast("UseCase | None", after)
    matters: list[Matter] = []
    for matter in _decisions(name, old, new):
        if matter not in matters:  # two readings that are alike are one
            matters.append(matter)
    return tuple(matters)


def _decisions(name: str, old: UseCase | None, new: UseCase | None) -> Iterator[Matter]:
    readings = [facts_of(name, spec) for spec in (old, new) if spec is not None]
    if new is None:
        if old is not None:
            yield from _read_twice(RETIRE, name, readings, {})
        return
    yield from _staged(name, None if old is None else old.stage, new, readings)
    if old is None:
        return
    if old.data != new.data:
        own = _data_facts(old.data, new.data)
        if own["sources"]:
            yield from _read_twice(CHANGE_DATA, name, readings, own)
    yield from _weighed(name, old, new, *readings)


def _read_twice(decides: str, name: str, readings: Sequence[Facts], own: Facts) -> Iterator[Matter]:
    for reading in readings:
        yield Matter(decides, {**reading, **own}, name)


# ------------------------------------------------------------ stage


def _staged(name: str, source: Stage | None, new: UseCase, readings: Sequence[Facts]) -> Iterator[Matter]:
    """A promotion over several stages is one for each, so that no gate is passed unasked."""
    target = new.stage
    if source == target or (source in _DRAFTS and target in _DRAFTS):
        return
    if target is Stage.RETIRED:
        yield from _read_twice(RETIRE, name, readings, {})
    elif _height(target) > _height(source):
        at = _value(source)
        here = [{**_without(each, "stage"), **_said("stage", at)} for each in readings]
        for gate in _GATES[max(0, _height(source)) : _height(target)]:
            own = {"stage_to": gate.value, "owners_missing": _owners_missing(new), **_said("stage_from", at)}
            yield from _read_twice(PROMOTE, name, here, own)
            at = gate.value
    else:
        yield from _read_twice(RESUME if source is Stage.RETIRED else ROLL_BACK, name, readings, {})


def _height(stage: Stage | None) -> int:
    """How many gates lie behind it; what is retired has to pass them all anew."""
    return _GATES.index(stage) + 1 if stage in _GATES else 0


def _said(fact: str, value: str | None) -> Facts:
    return {} if value is None else {fact: value}


def _without(facts: Facts, fact: str) -> Facts:
    return {name: value for name, value in facts.items() if name != fact}


def _owners_missing(spec: UseCase) -> list[str]:
    return [duty.value for duty in Duty if spec.owners.of(duty) is None]


# ------------------------------------------------------------ data


def _data_facts(old: Sequence[DataSource], new: Sequence[DataSource]) -> dict[str, Any]:
    """Which sources change and how; sources are known by their names, as the kind's check sees them."""
    before = {source.name.casefold(): source for source in old}
    after = {source.name.casefold(): source for source in new}
    changed: dict[str, set[str]] = {}
    for key in sorted({*before, *after}):
        how = _how(before.get(key), after.get(key))
        if how:
            changed[(after.get(key) or before[key]).name] = how
    return {
        "sources": list(changed)[:1_000],
        "changes": sorted({way for how in changed.values() for way in how}),
        "count": len(changed),
    }


def _how(old: DataSource | None, new: DataSource | None) -> set[str]:
    if old is None or new is None:
        return {"added" if old is None else "removed"}
    if old == new:
        return set()
    how = set()
    if (old.pilot, old.production) != (new.pilot, new.production):
        how.add("location")
    if (old.personal_data, old.personal_kinds) != (new.personal_data, new.personal_kinds):
        how.add("personal-data")
    return how or {"other"}


# ------------------------------------------------------------ what rules ask about


def _weighed(name: str, old: UseCase, new: UseCase, before: Facts, after: Facts) -> Iterator[Matter]:
    """A change of what decides who may decide."""
    moved = sorted(fact for fact in {*before, *after} - {"stage"} if before.get(fact) != after.get(fact))
    overridden = old.risk.override != new.risk.override
    drafts = old.stage in _DRAFTS and new.stage in _DRAFTS
    if drafts:
        filled_in = before["tier"] == _UNKNOWN and not overridden
        moved = ["tier"] if "tier" in moved and not filled_in else []
    if overridden and "tier" not in moved:
        moved.append("tier")
    if moved:
        own: dict[str, Canonical] = {
            "kind": "UseCase",
            "name": name,
            "change": "updated",
            "facts_changed": moved,
            "tier_from": before["tier"],
            "tier_to": after["tier"],
        }
        yield from _read_twice(CHANGE_POLICY, name, (before, after), own)


def _value(said: Any) -> str | None:  # noqa: ANN401 - a member of any of the enums
    return None if said is None else str(said.value)


def _annual_value(spec: UseCase) -> Canonical | None:
    if spec.outcome is None or spec.outcome.annual_value is None:
        return None
    high = Money.parse(spec.outcome.annual_value.high)
    return {"minor": high.minor, "currency": high.currency}
