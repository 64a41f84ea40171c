"""Adding a replay up. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from roadworthy.operate.actions.past.model import UNKNOWN, Difference, Of, Replayed, Span, Sum

MOST_NAMES: Final = 200
"""Rules, and customers, that are told; those with most differences."""


@dataclass(slots=True)
class _Sums:
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    amounts: defaultdict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, each: Difference) -> None:
        key = (each.then, each.now)
        self.counts[key] += 1
        if each.amount is not None and each.currency is not None:
            self.amounts[key][each.currency] += each.amount

    def sums(self) -> tuple[Sum, ...]:
        return tuple(
            Sum(then, now, self.counts[then, now], dict(sorted(self.amounts[then, now].items())))
            for then, now in sorted(self.counts)
        )


class Tally:
    """Takes one decision after the other.

    Args:
        span: what is told.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        self._all = _Sums()
        self._rules: defaultdict[str, _Sums] = defaultdict(_Sums)
        self._customers: defaultdict[str, _Sums] = defaultdict(_Sums)
        self._unknown: Counter[str] = Counter()
        self._shown: list[Difference] = []
        self._digest = hashlib.sha256()
        self.decisions = 0
        self.differences = 0
        self.erased = 0

    def add(self, each: Difference, *, erased: bool) -> None:
        """Another decision, whether it differs or not; `erased` where its arguments are gone."""
        self.decisions += 1
        self.erased += erased
        self._all.add(each)
        said = f"{each.position}\0{each.id}\0{each.then}\0{each.now}\0{each.rule}\n"
        self._digest.update(said.encode())
        if each.now == UNKNOWN:
            self._unknown[each.about] += 1
            return
        if each.now == each.then:
            return
        self.differences += 1
        self._rules[each.rule].add(each)
        if each.customer is not None:
            self._customers[each.customer].add(each)
        if len(self._shown) < self._span.show:
            self._shown.append(each)

    def replayed(self, begins: dt.datetime, until: dt.datetime, *, whole: bool) -> Replayed:
        """What it comes to."""
        return Replayed(
            begins=begins, since=self._span.since, until=until, decisions=self.decisions, differences=self.differences,
            erased=self.erased, sums=self._all.sums(), by_rule=_most(self._rules), by_customer=_most(self._customers),
            unknown=dict(sorted(self._unknown.items())), shown=tuple(self._shown),
            digest=f"sha256:{self._digest.hexdigest()}", whole=whole,
        )  # fmt: skip


def _most(found: defaultdict[str, _Sums]) -> tuple[Of, ...]:
    ordered = sorted(found, key=lambda name: (-found[name].counts.total(), name))
    return tuple(Of(name, found[name].sums()) for name in ordered[:MOST_NAMES])
