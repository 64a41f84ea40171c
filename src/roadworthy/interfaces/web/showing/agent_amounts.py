"""Amounts of an agent run over its time, drawn: what was moved so far, what was asked for and not done, the limit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.views.agent_runs import Amounts
from roadworthy.interfaces.web.views.evidence import Stroke
from roadworthy.interfaces.web.views.parts import Badge, Tone
from roadworthy.operate.actions.model import AgentAction, State
from roadworthy.operate.actions.watched.seeing import RunSeen, WindowSeen

WIDTH, HEIGHT = 900, 96
_BARS: Final = 90
_FAR: Final = 3
"""Times the highest amount; a limit that is further off is told and not drawn."""
_TRIED: Final = {
    State.HELD: Tone.MIND, State.PARKED: Tone.MIND, State.REFUSED: Tone.STOP, State.FAILED: Tone.STOP,
    State.DEAD: Tone.UNKNOWN,
}  # fmt: skip
_NOT_MOVED: Final = (
    ((State.HELD, State.PARKED), "waits for a person or a stop"), ((State.REFUSED,), "was refused"),
    ((State.FAILED,), "failed"), ((State.DEAD,), "was given up"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Moved:
    """A change of what was moved, or an amount that was asked for and not moved."""

    at: dt.datetime
    minor: int
    tone: Tone | None
    """None where it was moved."""


def amounts_of(seen: RunSeen) -> tuple[Amounts, ...]:
    """A drawing for each currency in which the run asked for something."""
    currencies = sorted({each.currency for each in seen.actions if each.currency and each.amount})
    return tuple(_drawn(currency, seen) for currency in currencies)


def _drawn(currency: str, seen: RunSeen) -> Amounts:
    moves = _moves(currency, seen)
    begin, end = seen.run.began_at, max(each.at for each in moves)
    whole = max((end - begin).total_seconds(), 0.001) * 1.05
    levels: list[int] = [0] * _BARS
    tried: dict[int, tuple[int, Tone]] = {}
    level = peak = 0
    for each in moves:
        place = min(_BARS - 1, int(_BARS * (each.at - begin).total_seconds() / whole))
        if each.tone is None:
            level += each.minor
            levels[place:] = [level] * (_BARS - place)
        else:
            most = max(each.minor, tried.get(place, (0, each.tone))[0])
            tried[place] = (most, each.tone)
        peak = max(peak, level)
    window = _tightest(currency, seen.windows)
    room = None if window is None else window.most - window.used + window.by_run
    highest = max([peak, *(levels[place] + most for place, (most, _) in tried.items()), 1])
    near = room is not None and 0 < room <= _FAR * highest
    scale = HEIGHT / max(highest, room if near and room is not None else 0) * 0.98
    return Amounts(
        currency=currency,
        told=_told(currency, level, peak, seen, window),
        width=WIDTH,
        height=HEIGHT,
        bar=round(WIDTH / _BARS, 2),
        strokes=tuple(_strokes(levels, tried, scale)),
        line=round(HEIGHT - room * scale, 2) if near and room is not None else None,
        marks=(f"{begin:%H:%M:%S} UTC", f"{end:%H:%M:%S} UTC"),
        legend=_legend({tone for _, tone in tried.values()}, limit=near),
    )


def _moves(currency: str, seen: RunSeen) -> list[_Moved]:
    by_id = {each.id: each for each in seen.actions}
    found = []
    for each in seen.actions:
        of = each if each.compensates is None else by_id.get(each.compensates)
        if of is None or of.currency != currency or not of.amount:
            continue
        at = max(each.ended_at or each.asked_at, seen.run.began_at)
        if each.state is State.DONE:
            found.append(_Moved(at, of.amount if each.compensates is None else -of.amount, None))
        elif each.compensates is None and each.state in _TRIED:
            found.append(_Moved(max(each.asked_at, seen.run.began_at), of.amount, _TRIED[each.state]))
    return sorted(found, key=lambda one: one.at) or [_Moved(seen.run.began_at, 0, None)]


def _strokes(levels: list[int], tried: dict[int, tuple[int, Tone]], scale: float) -> list[Stroke]:
    strokes, width = [], WIDTH / _BARS
    for place, level in enumerate(levels):
        height = round(level * scale, 2)
        if level:
            strokes.append(Stroke("go", round(place * width, 2), round(HEIGHT - height, 2), height))
        if place in tried:
            more, tone = tried[place]
            top = round(more * scale, 2)
            strokes.append(Stroke(tone.value, round(place * width, 2), round(HEIGHT - height - top, 2), top))
    return strokes


def _tightest(currency: str, windows: tuple[WindowSeen, ...]) -> WindowSeen | None:
    """The window of the currency that has the least room left for the run."""
    of = [each for each in windows if each.unit == currency]
    return min(of, key=lambda each: each.most - each.used + each.by_run, default=None)


def _told(currency: str, level: int, peak: int, seen: RunSeen, window: WindowSeen | None) -> tuple[str, ...]:
    said = [f"{Money(level, currency)} moved and not taken back."]
    if peak > level:
        said[0] = f"{Money(level, currency)} moved and not taken back; {Money(peak, currency)} at the most."
    for states, word in _NOT_MOVED:
        minor = _sum(seen.actions, currency, states)
        if minor:
            said.append(f"{Money(minor, currency)} {word}.")
    if window is not None:
        used, most = Money(window.used, currency), Money(window.most, currency)
        said.append(f"The tightest limit: {window.counter} ({window.limit}), {used} of {most} used by everybody.")
    return tuple(said)


def _sum(actions: tuple[AgentAction, ...], currency: str, states: tuple[State, ...]) -> int:
    return sum(
        each.amount or 0
        for each in actions
        if each.currency == currency and each.state in states and each.compensates is None
    )


def _legend(tones: set[Tone], *, limit: bool) -> tuple[Badge, ...]:
    words = {Tone.MIND: "held", Tone.STOP: "refused or failed", Tone.UNKNOWN: "given up"}
    tried = tuple(Badge(tone, words[tone]) for tone in words if tone in tones)
    return (Badge(Tone.GO, "moved so far"), *tried, *((Badge(Tone.ASIDE, "line: the limit"),) if limit else ()))
