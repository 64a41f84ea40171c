"""Two reports held against each other: what moved, what went stale, who came."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.documents.assessment_report.model import (
    Comparison,
    Count,
    Direction,
    Report,
    SeatChange,
    Shift,
    State,
)
from roadworthy.inventory.model import Duty

TONES = {"r": "blocked", "u": "unknown", "a": "open", "g": "ready"}
SEATS = {"-": "nobody", "n": "named", "a": "accepted"}
_GOODNESS = {"r": 0, "u": 0, "a": 1, "g": 2}


def compare(before: Report, after: Report) -> Comparison:
    """What changed between two reports."""
    both = [(name, before.states[name], now) for name, now in after.states.items() if name in before.states]
    seats = [change for name, old, new in both for change in _seats(name, old, new)]
    moved = [shift for name, old, new in both if (shift := _shift(name, old, new)) is not None]
    moved.sort(key=lambda each: (each.direction is Direction.BETTER, -abs(each.score_after - each.score_before)))
    was, now = ({each.use_case: each.title for each in report.three} for report in (before, after))
    return Comparison(
        before=before,
        after=after,
        figures=tuple(_figures(before, after)),
        moved=tuple(moved),
        stale=tuple(Count(new.title, old.expired, new.expired) for _, old, new in both if new.expired > old.expired),
        came=tuple(each for each in seats if _gained(each)),
        left=tuple(each for each in seats if not _gained(each)),
        modes=tuple(_modes(before, after)),
        new=tuple(state.title for name, state in after.states.items() if name not in before.states),
        gone=tuple(state.title for name, state in before.states.items() if name not in after.states),
        picked=tuple(title for name, title in now.items() if name not in was),
        dropped=tuple(title for name, title in was.items() if name not in now),
    )


def _shift(name: str, old: State, new: State) -> Shift | None:
    old_rank, new_rank = ([_GOODNESS[tone] for tone in state.tones] for state in (old, new))
    change = (new_rank[0] - old_rank[0], new.score - old.score, sum(new_rank) - sum(old_rank))
    first = next((step for step in change if step), 0)
    if not first:
        return None
    return Shift(
        use_case=name,
        title=new.title,
        direction=Direction.BETTER if first > 0 else Direction.WORSE,
        before=TONES[old.tones[0]],
        after=TONES[new.tones[0]],
        score_before=old.score,
        score_after=new.score,
    )


def _seats(name: str, old: State, new: State) -> Iterator[SeatChange]:
    for duty, before, after in zip(Duty, old.seats, new.seats, strict=True):
        if before != after:
            yield SeatChange(name, new.title, duty.value, SEATS[before], SEATS[after])


def _gained(change: SeatChange) -> bool:
    order = list(SEATS.values())
    return order.index(change.after) > order.index(change.before)


def _figures(before: Report, after: Report) -> Iterator[Count]:
    yield Count("use cases", before.total, after.total)
    yield Count("ready", before.ready, after.ready)
    for tone in ("red", "unknown", "amber"):
        yield Count({"red": "blocked", "unknown": "unknown", "amber": "open"}[tone], *_two(before, after, tone))
    yield Count("lacking an owner", before.owners.lacking, after.owners.lacking)
    yield Count("seats that wait for a yes", before.owners.waiting_seats, after.owners.waiting_seats)
    yield Count("rankable", before.rankable, after.rankable)
    yield Count("evidence that runs out within thirty days", before.ending_count, after.ending_count)


def _two(before: Report, after: Report, tone: str) -> tuple[int, int]:
    return before.tones.get(tone, 0), after.tones.get(tone, 0)


def _modes(before: Report, after: Report) -> Iterator[Count]:
    was = {mode.name: mode.present for mode in before.modes}
    for mode in after.modes:
        if was.get(mode.name, 0) != mode.present:
            yield Count(mode.title, was.get(mode.name, 0), mode.present)
