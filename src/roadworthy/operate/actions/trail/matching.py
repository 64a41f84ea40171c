"""Matching what systems say was done with what we say. Pure: what comes out follows from the two sets alone.

An event belongs to an action by the id of ours that it carries; else by what the system itself calls what was done;
else, one to one and in order, by trace and action where the times fit. An event that carries an id of an action which
is not ours belongs to nothing, whatever else it says.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.trail.model import Differs, Does, ForeignEvent, Found, Intent

SKEW: Final = dt.timedelta(seconds=2)
DELAY: Final = dt.timedelta(minutes=5)
_NOT_BEGUN: Final = frozenset({State.HELD, State.REFUSED, State.CANCELLED})
_MAY_NOT_HAVE_BEGUN: Final = frozenset({State.QUEUED, State.PARKED})
_READ: Final = "read"
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """What a system declares of its log."""

    skew: dt.timedelta = SKEW
    """By how much its clock may differ from ours."""
    delay: dt.timedelta = DELAY
    """After how long at the latest what was done stands there."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from some events and some actions."""

    links: Mapping[str, str]
    """By key of the event, the id of the action that it belongs to."""
    found: frozenset[Found]


def judged(intents: Iterable[Intent], events: Iterable[ForeignEvent], terms: Terms) -> Judged:
    """Match events of one system with actions in it.

    Args:
        intents: every action that one of the events could belong to.
        events: with every event that could belong to one of the actions.
        terms: of the system.
    """
    ours = {each.id: each for each in intents}
    told = {each.key: each for each in events}  # the same event twice is one
    links = linked(ours, sorted(told.values(), key=_order), terms)
    done: defaultdict[str, list[ForeignEvent]] = defaultdict(list)
    found: set[Found] = set()
    for event in told.values():
        if event.does is not Does.EFFECT:
            continue
        if event.key in links:
            done[links[event.key]].append(event)
        elif event.watched:
            found.add(_round(event))
    for intent_id, effects in done.items():
        found.update(_of_one(ours[intent_id], sorted(effects, key=_order)))
    return Judged(links, frozenset(found))


def missing(intent: Intent) -> Found:
    """That the log says nothing of an action that was done."""
    about = f"`{intent.action}` was done by what we know, and the log of `{intent.system}` says nothing of it"
    return Found(Differs.INTENT_WITHOUT_EFFECT, intent.system, about, intent.id, None, intent.use_case)


def is_missing(intent: Intent, terms: Terms, since: dt.datetime, until: dt.datetime) -> bool:
    """Whether an action of which no event is known should have one by now.

    Args:
        intent: the action.
        terms: of its system.
        since: from when on its log is read.
        until: up to which instant everything in it was seen, by its own clock.
    """
    if intent.state is not State.DONE or intent.effect == _READ or intent.ended_at is None:
        return False
    return intent.asked_at >= since + terms.skew and intent.ended_at + terms.delay + terms.skew <= until


# ---------------------------------------------------------------- which belongs to which


def linked(ours: Mapping[str, Intent], events: Sequence[ForeignEvent], terms: Terms) -> dict[str, str]:
    """By key of each event that belongs to an action, the action's id; each event belongs to one at most."""
    by_reference: defaultdict[str, list[Intent]] = defaultdict(list)
    for intent in ours.values():
        if intent.reference is not None:
            by_reference[intent.reference].append(intent)
    links: dict[str, str] = {}
    left: list[ForeignEvent] = []
    for event in events:
        if event.action is not None:
            if event.action in ours:
                links[event.key] = event.action
            continue
        same = [each for each in by_reference[event.reference or ""] if event.at >= each.asked_at - terms.skew]
        if same:
            links[event.key] = min(same, key=lambda each: _distance(each, event)).id
        elif event.trace is not None and event.named is not None and event.does is Does.EFFECT:
            left.append(event)
    links.update(_in_order(ours, left, set(links.values()), terms))
    return links


def _in_order(
    ours: Mapping[str, Intent], events: Sequence[ForeignEvent], taken: set[str], terms: Terms
) -> Iterator[tuple[str, str]]:
    """Events without a name of ours: each to the first action of its trace and kind that has none, if the time fits."""
    waiting: defaultdict[tuple[str | None, str], list[Intent]] = defaultdict(list)
    for intent in sorted(ours.values(), key=lambda each: (each.asked_at, each.id)):
        if intent.id not in taken and intent.trace is not None:
            waiting[intent.trace, intent.action].append(intent)
    for event in events:
        some = waiting[event.trace, event.named or ""]
        fits = next((each for each in some if _fits(each, event, terms)), None)
        if fits is not None:
            some.remove(fits)
            yield event.key, fits.id


def _fits(intent: Intent, event: ForeignEvent, terms: Terms) -> bool:
    if intent.state in _NOT_BEGUN or event.at < intent.asked_at - terms.skew:
        return False
    return intent.ended_at is None or event.at <= intent.ended_at + terms.delay + terms.skew


def _distance(intent: Intent, event: ForeignEvent) -> tuple[bool, dt.timedelta, str]:
    return intent.action != event.named, abs(event.at - intent.asked_at), intent.id


def _order(event: ForeignEvent) -> tuple[dt.datetime, str]:
    return event.at, event.key


# ---------------------------------------------------------------- what differs


def _round(event: ForeignEvent) -> Found:
    who = f" by `{event.principal}`" if event.principal else ""
    why = "no action of ours asked for it" if event.action is None else "the action that it names is none of ours"
    about = f"`{event.operation}` was done{who}, and {why}"
    return Found(Differs.EFFECT_WITHOUT_INTENT, event.system, about[:500], None, event.key)


def _of_one(intent: Intent, effects: Sequence[ForeignEvent]) -> Iterator[Found]:
    """What is wrong with the effects of one action."""

    def found(kind: Differs, about: str, event: ForeignEvent | None) -> Found:
        key = None if event is None else event.key
        return Found(kind, intent.system, about[:500], intent.id, key, intent.use_case)

    begun = intent.tries > 0 or intent.state not in _MAY_NOT_HAVE_BEGUN
    if intent.state in _NOT_BEGUN or not begun:
        for event in effects:
            about = f"`{event.operation}` was done, and the action that it names is {intent.state.value}"
            yield found(Differs.EFFECT_WITHOUT_INTENT, about, event)
        return
    if intent.state is State.FAILED:
        yield found(Differs.OUTCOME_DIFFERS, f"`{intent.action}` failed by what we know, and it was done", None)
    times = len({each.reference or each.key for each in effects})
    if times > 1:
        yield found(Differs.DONE_TWICE, f"`{intent.action}` was done {times} times for one action", None)
    for event in effects:
        differing = list(differences(intent, event))
        if differing:
            more = f" and {len(differing) - _MOST_NAMED} more" if len(differing) > _MOST_NAMED else ""
            about = f"what was done differs from what was asked in {', '.join(differing[:_MOST_NAMED])}{more}"
            yield found(Differs.ARGUMENTS_DIFFER, about, event)


def differences(intent: Intent, event: ForeignEvent) -> Iterator[str]:
    """What an event says otherwise than the action, in words; where one of the two says nothing, nothing differs."""
    both = intent.amount is not None and event.amount is not None
    if both and intent.amount != event.amount:
        yield f"the amount ({event.amount} minor units in place of {intent.amount})"
    if intent.currency and event.currency and intent.currency != event.currency:
        yield f"the currency ({event.currency[:3]} in place of {intent.currency})"
    for name in sorted(intent.prints.keys() & event.prints.keys()):
        if intent.prints[name] != event.prints[name]:
            yield f"`{name[:60]}`" if name else "whom it is about"
