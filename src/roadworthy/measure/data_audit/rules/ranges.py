"""Numbers outside what the pilot held, and numbers that cannot be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.predicates import moved_on
from roadworthy.measure.data_audit.rules.columns import Both, both, identifier, is_label, words
from roadworthy.measure.data_audit.rules.shapes import Bin, edges, outside, placed, quantile_bin
from roadworthy.measure.data_audit.rules.wording import a_day, number, percent, rows, share_of
from roadworthy.measure.fingerprint.model import Share
from roadworthy.measure.statistics.intervals import wilson
from roadworthy.measure.statistics.quantiles import poisson_upper
from roadworthy.measure.statistics.samples import rows_for_range

RULE = "out-of-range"
_TAIL = 0.001
"""The pilot's range is from this quantile to the same from the top; its ends where the pilot is smaller."""
_NEVER_NEGATIVE = frozenset(
    [
        *("age", "ages", "area", "count", "counts", "days", "distance", "duration", "height", "hours", "length"),
        *("minutes", "quantity", "qty", "seconds", "size", "volume", "weight", "years"),
    ]
)
"""Words of names of columns that count or measure; amounts are not among them, since refunds are negative."""
_ENOUGH = 30


@dataclass(frozen=True, slots=True)
class _Beyond:
    each: Both
    pilot: Share
    production: Share
    below: int
    above: int
    low: Bin
    high: Bin


def checks(pair: Pair, policy: Policy, explained: Collection[str] = ()) -> Iterator[Check]:
    """Every numeric column that both sides have and whose size means something, but the `explained`."""
    found = [
        beyond
        for each in both(pair)
        if each.numeric
        and each.name not in explained
        and not is_label(pair, each)
        and not identifier(pair, each)
        and (beyond := _beyond(each))
    ]
    confidence = 1 - (1 - policy.threshold("any.confidence")) / max(1, len(found))
    for beyond in found:
        yield _check(pair, policy, beyond, confidence)
    for each in both(pair):
        if each.name not in explained:
            yield from _impossible(pair, policy, each)


def _beyond(each: Both) -> _Beyond | None:
    if each.pilot.numbers is None or each.production.numbers is None:
        return None
    one, two = placed(each.pilot.numbers.histogram), placed(each.production.numbers.histogram)
    if not one or not two:
        return None
    low, high = quantile_bin(one, _TAIL), quantile_bin(one, 1 - _TAIL)
    below, above = outside(two, low, high)
    return _Beyond(
        each,
        Share(sum(outside(one, low, high)), sum(one.values())),
        Share(below + above, sum(two.values())),
        below,
        above,
        low,
        high,
    )


def _allowed(pilot: Share, confidence: float) -> float:
    """What may lie beyond two order statistics of a sample: a beta of their ranks, by its gamma limit."""
    return min(1.0, poisson_upper(pilot.count + 1, confidence) / pilot.of)


def _check(pair: Pair, policy: Policy, beyond: _Beyond, confidence: float) -> Check:
    limit = policy.threshold(f"{RULE}.outside")
    each, share = beyond.each, beyond.production.value or 0.0
    low, high = edges(beyond.low)[0], edges(beyond.high)[1]
    span = f"the pilot's range of {number(low)} to {number(high)}"
    allowed = _allowed(beyond.pilot, confidence)
    lowest = wilson(beyond.production.count, beyond.production.of, confidence).low
    needed = None
    where = f"{percent(share)} of production's {rows(beyond.production.of)} lie outside {span} in `{each.name}`"
    if share <= limit:
        verdict, finding = Verdict.MATCH, where
    elif lowest > allowed:
        verdict = Verdict.GAP
        finding = where + a_day(pair.production, share) + f": {_sides(beyond)}{_going_on(each)}"
    else:
        verdict = Verdict.UNKNOWN
        needed = max(beyond.pilot.of + 1, rows_for_range(2 * _TAIL, limit, confidence))
        finding = f"{where}, which {rows(beyond.pilot.of)} of a pilot leave open; {rows(needed)} would settle it"
    return Check(
        rule=RULE,
        verdict=verdict,
        column=each.name,
        finding=finding,
        pilot=Measure(f"{number(low)} to {number(high)}", n=beyond.pilot.of),
        production=share_of(beyond.production, policy.threshold("any.confidence")),
        affected=share,
        rank=3 if verdict is Verdict.GAP and moved_on(each.pilot, each.production) else None,
        needed=needed,
        detail={"low": low, "high": high, "below": beyond.below, "above": beyond.above},
    )


def _going_on(each: Both) -> str:
    """That a counter went on, which is what counters do; it is a gap for a model that takes it for a quantity."""
    if not moved_on(each.pilot, each.production):
        return ""
    return "; it goes on counting where the pilot ended, so that a model which reads it meets no number that it knows"


def _sides(beyond: _Beyond) -> str:
    numbers = beyond.each.production.numbers
    least, greatest = (numbers.least, numbers.greatest) if numbers else (0.0, 0.0)
    said = []
    if beyond.below:
        said.append(f"{beyond.below:,} below it, down to {number(least)}")
    if beyond.above:
        said.append(f"{beyond.above:,} above it, up to {number(greatest)}")
    return " and ".join(said)


def _impossible(pair: Pair, policy: Policy, each: Both) -> Iterator[Check]:
    one, two = each.pilot.numbers, each.production.numbers
    if one is None or two is None:
        return
    count, what = two.infinite, "infinite"
    before = one.infinite
    if not count and set(words(each.name)) & _NEVER_NEGATIVE and one.least >= 0:
        count, before, what = sum(two.histogram.negative.values()), 0, f"negative, down to {number(two.least)}"
    total = two.histogram.count + two.infinite
    if not total or count / total <= policy.threshold(f"{RULE}.impossible") or before or one.histogram.count < _ENOUGH:
        return
    yield Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope="impossible",
        finding=f"{rows(count)} of production ({percent(count / total)}{a_day(pair.production, count / total)}) "
        f"are {what} in `{each.name}`, and none of the pilot's {one.histogram.count:,}",
        pilot=share_of(Share(0, one.histogram.count), policy.threshold("any.confidence")),
        production=share_of(Share(count, total), policy.threshold("any.confidence")),
        affected=count / total,
        rank=1,
        cause=f"range:{each.name}",
    )
