"""What tokens cost, in whole millionths. Cached and reasoning tokens are parts of the rest, and counted once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from roadworthy.operate.admission.limits.kinds import Priced, PriceTable
from roadworthy.operate.admission.limits.model import Cost
from roadworthy.operate.telemetry.model import Usage

MILLION = 1_000_000
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a model costs, in millionths of the currency's unit for a million tokens."""

    currency: str
    table: str
    """Digest."""
    upstream: re.Pattern[str] | None
    model: re.Pattern[str]
    since: dt.datetime | None
    input: int
    output: int
    cached: int
    cache_writes: int
    per_call: int
    """In millionths of the currency's unit."""

    def fits(self, upstream: str, model: str, at: dt.datetime) -> bool:
        """Whether it is the price of a model of an upstream at an instant."""
        if self.since is not None and at < self.since:
            return False
        if self.upstream is not None and self.upstream.fullmatch(upstream) is None:
            return False
        return self.model.fullmatch(model) is not None

    def micro(self, usage: Usage) -> int:
        """What a call costs; rounded up once, in the end."""
        cached = min(max(usage.cached, 0), max(usage.input, 0))
        written = min(max(usage.cache_writes, 0), max(usage.input, 0) - cached)
        plain = max(usage.input, 0) - cached - written
        total = plain * self.input + cached * self.cached + written * self.cache_writes
        total += max(usage.output, 0) * self.output
        return -(-total // MILLION) + self.per_call

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """The most that so many tokens can cost."""
        dearest = max(self.input, self.cached, self.cache_writes)
        return -(-(input_tokens * dearest + output_tokens * self.output) // MILLION) + self.per_call


@dataclass(frozen=True, slots=True)
class Prices:
    """Every declared price, the most particular first."""

    tariffs: tuple[Tariff, ...] = ()
    _found: dict[tuple[str, dt.date], tuple[Tariff, ...]] = field(default_factory=dict)
    """By model and day: what was looked up before."""

    def of(self, model: str, at: dt.datetime) -> tuple[Tariff, ...]:
        """The price of a model in each currency in which there is one.

        Args:
            model: `UPSTREAM/MODEL`, or the model alone.
            at: when it is asked.
        """
        key = (model, at.date())
        found = self._found.get(key)
        if found is None:
            if len(self._found) > MOST_REMEMBERED:
                self._found.clear()
            found = self._found[key] = self._look_up(model, at)
        return found

    def _look_up(self, model: str, at: dt.datetime) -> tuple[Tariff, ...]:
        upstream, slash, name = model.partition("/")
        spellings = [(upstream, name), ("", model)] if slash else [("", model)]
        best: dict[str, Tariff] = {}
        for tariff in self.tariffs:
            if tariff.currency not in best and any(tariff.fits(*each, at) for each in spellings):
                best[tariff.currency] = tariff
        return tuple(best.values())

    def cost(self, usage: Usage, model: str, at: dt.datetime) -> Cost | None:
        """What a call cost; None where nobody declared a price."""
        found = self.of(model, at)
        if not found:
            return None
        first = found[0]
        return Cost(first.micro(usage), first.currency, first.table, usage.estimated)


def prices_of(tables: Iterable[tuple[str, str, PriceTable]]) -> Prices:
    """Compile price tables.

    Args:
        tables: name, digest and spec of each.
    """
    ranked: list[tuple[tuple[object, ...], Tariff]] = []
    for name, digest, table in tables:
        for index, each in enumerate(table.prices):
            since = each.since or dt.date.min
            rank = (*_particular(each.upstream), *_particular(each.model), -since.toordinal(), name, index)
            ranked.append((rank, _tariff(each, table.currency, digest)))
    return Prices(tuple(tariff for _, tariff in sorted(ranked, key=lambda each: each[0])))


def _particular(pattern: str | None) -> tuple[int, int]:
    """Sorts what fits less before what fits more: names without a star, then the longest."""
    if pattern is None:
        return (2, 0)
    letters = len(pattern.replace("*", "").replace("?", ""))
    return (0 if letters == len(pattern) else 1, -letters)


def _tariff(each: Priced, currency: str, digest: str) -> Tariff:
    spent = _micro(each.input)
    return Tariff(
        currency=currency,
        table=digest,
        upstream=None if each.upstream is None else _pattern(each.upstream),
        model=_pattern(each.model),
        since=None if each.since is None else dt.datetime.combine(each.since, dt.time(), dt.UTC),
        input=spent,
        output=_micro(each.output),
        cached=spent if each.cached is None else _micro(each.cached),
        cache_writes=spent if each.cache_writes is None else _micro(each.cache_writes),
        per_call=0 if each.per_call is None else _micro(each.per_call),
    )


def _micro(price: Decimal) -> int:
    return int(price * MILLION)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if each == "*" else "." if each == "?" else re.escape(each) for each in text))
