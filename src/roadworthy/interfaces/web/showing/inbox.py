"""What waits for somebody, and the list of everything that was ever asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from roadworthy.decide.approvals.requests import Request, Waiting
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import SOON, STATES, line_of
from roadworthy.interfaces.web.views.decisions import InboxView, ListView
from roadworthy.interfaces.web.views.parts import Empty, Link, Option, Say, Tone, plural, span

UNGOVERNED = Say(
    Tone.STOP,
    "Nobody has said who may say yes.",
    "Until decision rights are in force, whoever can sign in changes everything at once, and nothing is asked. Two "
    "people sign the first rights.",
    links=(Link("How the first rights come into force", "/rights/genesis"),),
)
"""Said loudly wherever decisions are shown while no rights are in force."""


def inbox_view(
    waiting: Sequence[Waiting],
    mine: Sequence[Request],
    people: Mapping[str, Person],
    titles: Mapping[str, str],
    now: dt.datetime,
    *,
    governed: bool,
    more: str | None = None,
    first: bool = True,
) -> InboxView:
    """The page.

    Args:
        waiting: what waits for whoever is signed in, the oldest deadline first.
        mine: what they asked for and is not over.
        people: those who are named.
        titles: of use cases, by name.
        now: the time that deadlines are told from.
        governed: whether decision rights are in force.
        more: where the rest of a long inbox is.
        first: whether it is the first page.
    """
    lines = tuple(line_of(each, people, titles, now) for each in waiting)
    return InboxView(
        finding=_finding(len(waiting), first=first, more=more is not None),
        lede=_lede(waiting, now) if first else "",
        waiting=lines,
        mine=tuple(line_of(each, people, titles, now) for each in mine),
        empty=None if waiting else _EMPTY,
        sayings=() if governed else (UNGOVERNED,),
        more=Link("More that waits", more) if more else None,
    )


def _finding(count: int, *, first: bool, more: bool) -> str:
    if not first:
        return "What else waits for you"
    if more:
        return f"{count:,} requests or more wait for you"
    if not count:
        return "Your inbox is empty"
    return "1 request waits for you" if count == 1 else f"{plural(count, 'request')} wait for you"


_EMPTY = Empty(
    title="Nothing waits for you",
    sentence="Requests come here when a decision right asks for your yes: by your duty for a use case, your group, "
    "your role or your name. The oldest deadline stands first. Here is how somebody asks:",
    command='roadworthy propose promote USE-CASE --to production --reason "It passed its rehearsal."',
    button=Link("See who may decide what", "/rights"),
)


def _lede(waiting: Sequence[Waiting], now: dt.datetime) -> str:
    if not waiting:
        return "What you are asked to decide stands here, and nowhere else has to be looked at."
    late = [each for each in waiting if each.deadline_at - now < SOON]
    first = waiting[0].deadline_at - now
    when = f"The first has to be decided within {span(first)}" if first > dt.timedelta(0) else "The first is due now"
    return f"{when}; {len(late)} within a day." if len(late) > 1 else f"{when}."


def list_view(
    requests: Sequence[Request],
    people: Mapping[str, Person],
    titles: Mapping[str, str],
    asked: Mapping[str, str],
    now: dt.datetime,
    more: str | None = None,
) -> ListView:
    """Every request, the newest first.

    Args:
        requests: of this page.
        people: those who are named.
        titles: of use cases, by name.
        asked: the filter: `state` and `use_case`.
        now: the time that deadlines are told from.
        more: id after which the next page begins.
    """
    state, use_case = asked.get("state", ""), asked.get("use_case", "")
    options = [Option("", "every state", not state)]
    options += [Option(each.value, STATES[each].word, each.value == state) for each in RequestState]
    filtered = bool(state or use_case)
    return ListView(
        finding="What was asked and decided" if not use_case else f"Decisions about {titles.get(use_case, use_case)}",
        lines=tuple(line_of(each, people, titles, now) for each in requests),
        states=tuple(options),
        use_case=use_case,
        empty=None if requests else _nothing(filtered=filtered),
        more=None if more is None else Link("Older requests", f"/decisions?{urlencode({**asked, 'after': more})}"),
    )


def _nothing(*, filtered: bool) -> Empty:
    if filtered:
        return Empty(
            "No request is like this",
            "Choose another state, or look at all of them.",
            None,
            Link("Every request", "/decisions"),
        )
    return Empty(
        title="Nothing was ever asked",
        sentence="A request names exactly what would be done, and waits for the people whom a decision right names. "
        "Every one of them stays here, with who voted and why.",
        command="roadworthy propose apply -f use-case.yaml --reason WHY",
        button=Link("See who may decide what", "/rights"),
    )
