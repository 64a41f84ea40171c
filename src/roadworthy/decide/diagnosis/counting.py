"""From what is stored of many use cases to shares: how often what occurs, and what is asked first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from roadworthy.decide.diagnosis.finding import Asked, Frequency, Share
from roadworthy.decide.diagnosis.gain import prior
from roadworthy.decide.diagnosis.model import Severity, Status
from roadworthy.decide.diagnosis.rules import (
    LETTERS,
    STATUS_LETTERS,
    TRUTHS,
    WIDTH,
    Rules,
    asker,
    openers,
)
from roadworthy.decide.diagnosis.store import Pattern
from roadworthy.inventory.model import Duty

_STATUSES = {letter: status for status, letter in STATUS_LETTERS.items()}
_SEVERITIES = tuple(Severity)
_UNKNOWN = STATUS_LETTERS[Status.CANNOT_TELL]


def chances_of(rules: Rules, found: Sequence[Pattern]) -> list[float]:
    """The probability of each sign, from the use cases of which it is known; one half where it is of none."""
    width = len(rules.signs)
    everything = "".join(pattern.signs * pattern.many for pattern in found if pattern.signs)
    columns = [everything[at::width] for at in range(width)]
    return [prior(column.count(LETTERS[True]), column.count(LETTERS[False])) for column in columns]


def tally(rules: Rules, found: Iterable[tuple[str | None, int]]) -> list[Share]:
    """How often each mode has which status, from stored findings and how many use cases have them."""
    counted: list[Counter[str]] = [Counter() for _ in rules.modes]
    for findings, many in found:
        if findings is not None:
            for place, letters in enumerate(counted):
                letters[findings[WIDTH * place : WIDTH * (place + 1)]] += many
    return [
        Share(
            rule=mode.rule,
            statuses={
                status: sum(many for key, many in letters.items() if _STATUSES[key[0]] is status) for status in Status
            },
            severities={
                severity: sum(many for key, many in _present(letters) if _SEVERITIES[int(key[1])] is severity)
                for severity in Severity
            },
            as_reported=sum(many for key, many in _present(letters) if key[2] == "r"),
        )
        for mode, letters in zip(rules.modes, counted, strict=True)
    ]


def _present(letters: Counter[str]) -> list[tuple[str, int]]:
    return [(key, many) for key, many in letters.items() if _STATUSES[key[0]] is Status.PRESENT]


def frequency_of(rules: Rules, found: Sequence[Pattern], now: dt.datetime) -> Frequency:
    """The frequency of every mode and the questions to ask first, from what is stored."""
    shares = tally(rules, [(pattern.findings, pattern.many) for pattern in found])
    shares.sort(key=lambda share: (-share.statuses[Status.PRESENT], -share.statuses[Status.CANNOT_TELL]))
    active = [pattern for pattern in found if pattern.findings is not None]
    return Frequency(
        shares=tuple(shares),
        questions=_asked(rules, found),
        diagnosed=sum(pattern.many for pattern in active),
        retired=sum(pattern.many for pattern in found if pattern.findings is None),
        none_known=sum(p.many for p in active if p.findings and set(p.findings[::WIDTH]) == {_UNKNOWN}),
        rules=rules.digest,
        at=now,
    )


def _asked(rules: Rules, found: Sequence[Pattern]) -> tuple[Asked, ...]:
    asks = asker(rules, chances_of(rules, found))
    first: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    for pattern in found:
        if pattern.signs is not None:
            questions = list(asks([TRUTHS[letter] for letter in pattern.signs]))
            for question in questions:
                open_[question] += pattern.many
            if questions:
                first[questions[0]] += pattern.many
    signs = openers(rules)
    ordered = sorted(open_, key=lambda key: (-first[key], -open_[key], key))
    return tuple(
        Asked(key, signs[key].asks, signs[key].duty or _duty_of(rules, key), first[key], open_[key]) for key in ordered
    )


def _duty_of(rules: Rules, question: str) -> Duty:
    """Whose question it is, where the sign names nobody: the owner of the first mode that asks it."""
    return next(
        mode.rule.mode.duty
        for mode in rules.modes
        if any(rules.signs[place].question == question for place in mode.signs)
    )
