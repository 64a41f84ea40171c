"""Limit windows of actions: which one an action is charged to, and for how much. Pure; the SQL is the store's."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from roadworthy.foundation.money import Money
from roadworthy.operate.actions.catalogue.compiled import COUNT, Ceiling
from roadworthy.operate.actions.model import Charge
from roadworthy.operate.admission.limits.windows import Window

LONG_AFTER: Final = 86_400
"""Seconds for which a window is kept after it counts no more, for whoever looks."""


def charges(
    ceilings: Iterable[Ceiling], scopes: Mapping[str, str | None], amount: Money | None, at: dt.datetime
) -> Iterator[Charge]:
    """What an action takes from which windows.

    Args:
        ceilings: that bound it.
        scopes: whose it is, by `customer`, `agent`, `user`, `use-case`, `run`; a customer as a hash.
        amount: of money that it moves.
        at: when.

    A ceiling in another currency than the action's is charged with more than it has, so that it refuses: an amount
    that cannot be compared is not let pass.
    """
    for ceiling in ceilings:
        whose = {name: scopes.get(name) or "" for name in ceiling.each}
        starts, ends = ceiling.window.piece_at(at.timestamp())
        yield Charge(
            window=_id(ceiling.limit, ceiling.rule, ceiling.unit, ceiling.window, tuple(whose.items())),
            limit=ceiling.limit,
            counter=ceiling.counter,
            unit=ceiling.unit,
            most=ceiling.most,
            amount=_taken(ceiling, amount),
            starts=starts,
            back=ceiling.window.back,
            ends=ends,
            subject=_subject(tuple(whose.items())),
            until=(ends or starts) + ceiling.window.back + LONG_AFTER,
            rule=ceiling.rule,
        )


def _taken(ceiling: Ceiling, amount: Money | None) -> int:
    if ceiling.unit == COUNT:
        return 1
    if amount is None or amount.currency != ceiling.unit:
        return ceiling.most + 1
    return amount.minor


@lru_cache(maxsize=4_096)
def _subject(whose: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(whose), sort_keys=True)


@lru_cache(maxsize=4_096)
def _id(limit: str, rule: str, unit: str, window: Window, whose: tuple[tuple[str, str], ...]) -> str:
    """What is counted together. The ceiling's height is not part of it, so that raising it forgets nothing."""
    return hashlib.sha256(json.dumps([limit, rule, unit, window.words, sorted(whose)]).encode()).hexdigest()


def certified(limits: Mapping[str, int], action: str) -> tuple[tuple[Ceiling, ...], tuple[str, ...]]:
    """What a certificate lets an action do, as ceilings over the whole use case.

    Args:
        limits: counters with their ceilings, such as `per hour` or `EUR minor units per day`.
        action: its name.

    Returns:
        The ceilings, and counters that nobody here can count: with one of those, nothing may be done.
    """
    return _certified(tuple(sorted(limits.items())), action)


@lru_cache(maxsize=1_024)
def _certified(limits: tuple[tuple[str, int], ...], action: str) -> tuple[tuple[Ceiling, ...], tuple[str, ...]]:
    found, unknown = [], []
    for counter, most in limits:
        what, _, per = counter.rpartition("per ")
        unit = COUNT if not what.strip() else what.removesuffix("minor units ").strip()
        if per not in _PER or not (unit == COUNT or _is_currency(unit)):
            unknown.append(counter)
            continue
        window = Window(per=per)
        found.append(
            Ceiling(
                f"certificate {action}", f"{most:,} {counter}", unit, most, window, ("use-case",), "envelope:actions"
            )
        )
    return tuple(found), tuple(unknown)


_PER: Final = frozenset({"minute", "hour", "day", "week", "month", "year"})
_LETTERS: Final = 3


def _is_currency(text: str) -> bool:
    return len(text) == _LETTERS and text.isascii() and text.isupper()
