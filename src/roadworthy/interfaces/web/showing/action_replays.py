"""Replays of past actions, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.views.action_replays import (
    ActionReplayView,
    ReplayDifferenceLine,
    ReplayOfLine,
    ReplayResultView,
    ReplaySumLine,
)
from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Say, Tone, plural
from roadworthy.operate.actions.past.model import Difference, Of, Replayed, Sum

_WORDS: Final[Mapping[str, Badge]] = {
    "allow": Badge(Tone.GO, "allowed"),
    "hold": Badge(Tone.MIND, "held"),
    "deny": Badge(Tone.STOP, "refused"),
    "unknown": Badge(Tone.UNKNOWN, "not known"),
}
_CUSTOMERS: Final = 20
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What was entered."""

    declarations: str = ""
    since: str = ""
    use_case: str = ""
    pass_held: bool = False


def replay_view(
    asked: Asked, found: Replayed | None, fault: RoadworthyError | None, now: dt.datetime
) -> ActionReplayView:
    """The page, before a replay and after it."""
    return ActionReplayView(
        finding=_finding(found),
        lede="What would have become of past actions under rules that nobody has applied yet. The same code decides, "
        "limit windows are simulated in the order of the ledger, and nothing is done or charged.",
        declarations=asked.declarations,
        since=asked.since,
        use_case=asked.use_case,
        pass_held=asked.pass_held,
        fault=None if fault is None else _fault(fault),
        result=None if found is None else _result(found, now),
    )


def _finding(found: Replayed | None) -> str:
    if found is None:
        return "Past actions under other rules"
    if not found.differences:
        return f"{plural(found.decisions, 'decision')}, and every one would be the same"
    return f"{found.differences:,} of {plural(found.decisions, 'decision')} would be another"


def _fault(error: RoadworthyError) -> Say:
    items = tuple(f"{each.place}: {each.message}" if str(each.place) else each.message for each in error.findings)
    return Say(Tone.STOP, error.message, error.remedy, items)


def _result(found: Replayed, now: dt.datetime) -> ReplayResultView:
    notes = [f"{plural(count, 'decision')} cannot be made anew: {why}" for why, count in found.unknown.items()]
    if not found.whole:
        notes.append(f"The span has more decisions than are read at once: it ends {Moment.of(found.until, now).words}")
    left = found.differences - len(found.shown)
    return ReplayResultView(
        sums=tuple(
            ReplaySumLine(_WORDS[each.then], _WORDS[each.now], f"{each.count:,}", _amounts(each), each.then != each.now)
            for each in found.sums
        ),
        by_rule=tuple(_ofs(found.by_rule)),
        by_customer=tuple(_ofs(found.by_customer[:_CUSTOMERS], short=True)),
        differences=tuple(_difference(each, now) for each in found.shown),
        more=f"{left:,} more are not shown" if left else "",
        notes=tuple(notes),
        digest=found.digest,
    )


def _ofs(some: Iterable[Of], *, short: bool = False) -> Iterable[ReplayOfLine]:
    for each in some:
        name = each.name[:_SHORT] if short else each.name
        for one in each.sums:
            yield ReplayOfLine(name, _WORDS[one.then], _WORDS[one.now], f"{one.count:,}", _amounts(one))


def _difference(each: Difference, now: dt.datetime) -> ReplayDifferenceLine:
    amount = "" if each.amount is None or each.currency is None else str(Money(each.amount, each.currency))
    return ReplayDifferenceLine(
        at=Moment.of(each.at, now),
        action=Link(each.action, f"/agent-actions/{each.id}"),
        use_case=Link(each.use_case, f"/use-cases/{each.use_case}"),
        amount=amount,
        then=_WORDS[each.then],
        now=_WORDS[each.now],
        rule=each.rule,
        about=each.about,
    )


def _amounts(each: Sum) -> str:
    return ", ".join(str(Money(minor, currency)) for currency, minor in each.amounts.items())
