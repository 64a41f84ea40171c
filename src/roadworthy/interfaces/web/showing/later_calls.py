"""Calls that are answered later, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from roadworthy.interfaces.web.views.later_calls import LaterCallLine, LaterCallsView
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Option, Tone, plural
from roadworthy.operate.calls.later.model import LaterCall, State, Why
from roadworthy.operate.calls.later.store import Count

LETTERS: Final = "given-up"
"""What the list shows where nothing else is chosen: dead letters that nobody has seen to."""
_STATES: Final[Mapping[State, Badge]] = {
    State.QUEUED: Badge(Tone.STALE, "waits"),
    State.RUNNING: Badge(Tone.STALE, "is made"),
    State.ANSWERED: Badge(Tone.GO, "answered"),
    State.FAILED: Badge(Tone.STOP, "failed"),
    State.DEAD: Badge(Tone.STOP, "given up"),
    State.CANCELLED: Badge(Tone.ASIDE, "cancelled"),
}
_WHY: Final[Mapping[Why, str]] = {
    Why.REFUSED: "refused when its turn came",
    Why.IN_DOUBT: "nobody knows whether the upstream did something",
    Why.TRIES: "all tries are used up",
    Why.LATE: "its time is over",
}
_REPLAYED = Badge(Tone.ASIDE, "made again")
_DISCARDED = Badge(Tone.ASIDE, "discarded")


@dataclass(frozen=True, slots=True)
class Looked:
    """What the page shows."""

    found: Sequence[LaterCall]
    counts: Sequence[Count]
    asked: Mapping[str, str]
    may: Mapping[str, bool]
    """By use case, whether whoever looks may see to its dead letters."""
    older: str | None


def later_calls_view(looked: Looked, now: dt.datetime) -> LaterCallsView:
    """The page."""
    dead, waiting = (sum(getattr(each, name) for each in looked.counts) for name in ("dead", "waiting"))
    asked, chosen = looked.asked, looked.asked.get("state", LETTERS)
    options = [
        Option(LETTERS, "given up, for somebody to see to", chosen == LETTERS),
        Option("all", "all", chosen == "all"),
    ]
    options += [Option(state.value, badge.word, chosen == state.value) for state, badge in _STATES.items()]
    rest = f"{plural(waiting, 'other')} {'waits' if waiting == 1 else 'wait'} for an answer." if waiting else ""
    given_up = "call was given up and waits" if dead == 1 else "calls were given up and wait"
    finding = f"{dead:,} {given_up} for somebody" if dead else "No call waits for somebody to see to it"
    return LaterCallsView(
        finding=finding,
        lede=f"Answers that clients want later are kept here, however long an upstream is away. {rest}".strip(),
        states=tuple(options),
        use_case=asked.get("use_case", ""),
        endpoint=asked.get("endpoint", ""),
        filtered=bool(asked.keys() - {"state"}) or chosen != LETTERS,
        lines=tuple(_line(each, looked, now) for each in looked.found),
        older=None if looked.older is None else f"/later-calls?{urlencode({**asked, 'before': looked.older})}",
        empty=None if looked.found else _empty(letters=chosen == LETTERS),
    )


def _line(call: LaterCall, looked: Looked, now: dt.datetime) -> LaterCallLine:
    state = _STATES[call.state]
    if call.seen_to_at is not None:
        state = _REPLAYED if call.replayed_as else _DISCARDED
    acts = call.is_letter and looked.may.get(call.use_case, False)
    last = next((each.call for each in reversed(call.runs) if each.call), None)
    followed = call.replayed_as or call.replay_of
    return LaterCallLine(
        short=_short(call.id),
        href="" if call.replay_of else f"/calls/{call.id}",
        at=Moment.of(call.ended_at or call.queued_at, now),
        state=state,
        why="" if call.why is None else _WHY[call.why],
        about=call.rule or call.error or "",
        endpoint=call.endpoint,
        use_case=Link(call.use_case, f"/use-cases/{call.use_case}"),
        stage=call.stage,
        model=call.model,
        runs=plural(len(call.runs), "run"),
        last=None if last is None else Link("last run", f"/calls/{last}"),
        replay=f"/later-calls/{call.id}/replay" if acts else "",
        discard=f"/later-calls/{call.id}/discard" if acts else "",
        followed=None
        if followed is None
        else Link(f"{'as' if call.replayed_as else 'again of'} {_short(followed)}", "/later-calls?state=all"),
    )


def _empty(*, letters: bool) -> Empty:
    if letters:
        return Empty(
            "Nothing was given up",
            "Where an endpoint is declared so, clients may fetch their answers later. What cannot be answered in the "
            "declared time comes here.",
            "roadworthy call dead-letters",
        )
    return Empty("There are no such calls", "Choose another state, use case or endpoint.", "roadworthy call queue")


def _short(call: str) -> str:
    return f"…{call[-8:]}"
