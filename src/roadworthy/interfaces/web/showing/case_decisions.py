"""What is asked and was decided about one use case, and what can be asked there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roadworthy.decide.approvals.executors.external import CLASSES
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import line_of
from roadworthy.interfaces.web.showing.inbox import UNGOVERNED
from roadworthy.interfaces.web.showing.words import spoken
from roadworthy.interfaces.web.views.parts import Link, Say, Tone, plural
from roadworthy.interfaces.web.views.use_case import Decisions
from roadworthy.inventory.model import Stage

MOST_OVER = 5
"""Decisions that are over and shown; the list of all has every one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the section is made of."""

    requests: Sequence[Request]
    """About the use case, the newest first."""
    people: Mapping[str, Person]
    governed: bool
    may: Collection[Permission]
    """What whoever looks may do with this use case."""
    why_not: str
    """Why they may not ask, where they may not."""


def decisions_of(name: str, stage: Stage | None, asked: Asked, now: dt.datetime) -> Decisions:
    """The section.

    Args:
        name: of the use case.
        stage: that it is at.
        asked: what was asked about it.
        now: the time that deadlines are told from.
    """
    matters = {*WAITING, RequestState.APPROVED}
    lines = [(each.state in matters, line_of(each, asked.people, {}, now)) for each in asked.requests]
    open_ = tuple(line for waits, line in lines if waits)
    over = tuple(line for waits, line in lines if not waits)
    may = asked.governed and Permission.PROPOSE in asked.may
    return Decisions(
        finding=_finding(len(open_), len(over)),
        open=open_,
        over=over[:MOST_OVER],
        ask=_links(name, stage) if may else (),
        say=None if may else _say(asked),
        all=Link("Every decision about it", f"/decisions?{urlencode({'use_case': name})}") if lines else None,
        waive=may,
    )


def _finding(waiting: int, over: int) -> str:
    if waiting:
        return f"{plural(waiting, 'request')} {'is' if waiting == 1 else 'are'} under way."
    return "Nothing waits." if over else "Nothing was ever asked about it."


def _links(name: str, stage: Stage | None) -> tuple[Link, ...]:
    here = f"/use-cases/{name}/ask"
    order = [each for each in Stage if each is not Stage.RETIRED]
    place = -1 if stage is None else order.index(stage) if stage in order else len(order)
    following = order[place + 1] if place + 1 < len(order) else None
    further = (
        ()
        if following is None
        else (Link(f"Stage {following}", f"{here}/stage?{urlencode({'stage': following.value})}"),)
    )
    return (
        *further,
        Link("Another stage", f"{here}/stage"),
        Link("Waive a criterion", f"{here}/criterion"),
        *(Link(spoken(each).capitalize(), f"{here}/{each}") for each in CLASSES),
    )


def _say(asked: Asked) -> Say:
    if not asked.governed:
        return UNGOVERNED
    why = f"{asked.why_not[:1].upper()}{asked.why_not[1:]}."
    return Say(Tone.ASIDE, "You may not ask for decisions here.", why)
