"""From what was given up to what its page says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.workflow.model import DeadLetter
from roadworthy.interfaces.web.views.dead_letters import DeadLettersView, LetterLine
from roadworthy.interfaces.web.views.parts import Badge, Empty, Moment, Tone, plural

_WHAT: Final[Mapping[str, str]] = {
    "timer": "something that was due",
    "consumer": "something that follows from an entry",
    "schedule": "something that happens again and again",
}
_WAITS = Badge(Tone.STALE, "waits for another try")


def dead_letters_view(found: Sequence[DeadLetter], people: Mapping[str, Person], now: dt.datetime) -> DeadLettersView:
    """The page."""
    empty = Empty(
        "Nothing was given up",
        "What fails is tried again after growing pauses. What fails too often comes here, with whoever has to look.",
        "roadworthy dead-letters list",
    )
    verb = "waits" if len(found) == 1 else "wait"
    return DeadLettersView(
        finding=f"{plural(len(found), 'dead letter')} {verb} for somebody" if found else "Dead letters",
        letters=tuple(_line(each, people, now) for each in found),
        empty=None if found else empty,
    )


def _line(each: DeadLetter, people: Mapping[str, Person], now: dt.datetime) -> LetterLine:
    return LetterLine(
        kind=each.kind,
        key=each.key,
        what=_WHAT.get(each.kind, each.kind),
        owner=people[each.owner].shown if each.owner in people else each.owner,
        since=Moment.of(each.since, now),
        reason=each.reason,
        attempts=plural(each.attempts, "try", "tries"),
        waits=_WAITS if each.again else None,
        resolve=f"/dead-letters/resolve?{urlencode({'kind': each.kind, 'key': each.key})}",
    )
