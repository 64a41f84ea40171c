"""Other units, scales and signs: the one conversion after which production looks like the pilot again."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, broken_down, measured, new_segment
from roadworthy.measure.data_audit.rules.shapes import Bin, edges, grouped, median, placed, quantile_bin
from roadworthy.measure.data_audit.rules.wording import a_day, number, percent, quoted
from roadworthy.measure.fingerprint.model import Breakdown
from roadworthy.measure.statistics.distances import homogeneity_p, jensen_shannon
from roadworthy.measure.statistics.quantiles import chi2_quantile

RULE = "unit-changed"
_FEWEST = 30
"""Values of either side below which a conversion would fit anything."""
_GRID, _BEYOND = 12, 4
_CLOSE = 0.08
"""Natural logarithm within which a shift found freely is the conversion's own: 8 %."""
_APART = 1.5
"""How many times the pilot's own spread a conversion must move, before part of the rows is said to be converted."""
_MIXTURES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
_SHIFTS = 81
_WIDEST = math.log(30)
_MOST_SEGMENTS = 50


@dataclass(frozen=True, slots=True)
class Conversion:
    """From the pilot's values to production's."""

    name: str
    times: float
    plus: float = 0.0

    def __call__(self, value: float) -> float:
        """The converted value."""
        return value * self.times + self.plus


def _scales() -> Iterator[Conversion]:
    named = {
        "minutes to seconds, or hours to minutes": 60.0,
        "hours to seconds": 3600.0,
        "kilo of 1,024": 1024.0,
        "inches to centimetres": 2.54,
        "kilograms to pounds": 2.20462262,
        "metres to feet": 3.2808399,
    }
    back = {
        "minutes to seconds, or hours to minutes": "seconds to minutes, or minutes to hours",
        "hours to seconds": "seconds to hours",
        "kilo of 1,024": "units to kilo of 1,024",
        "inches to centimetres": "centimetres to inches",
        "kilograms to pounds": "pounds to kilograms",
        "metres to feet": "feet to metres",
    }
    for power in (1, 2, 3, 4, 5, 6, 9):
        yield Conversion(f"{10**power:,} times", 10.0**power)
        yield Conversion(f"a {10**power:,}th", 10.0**-power)
    for name, factor in named.items():
        yield Conversion(name, factor)
        yield Conversion(back[name], 1 / factor)
    yield Conversion("Celsius to Fahrenheit", 1.8, 32.0)
    yield Conversion("Fahrenheit to Celsius", 1 / 1.8, -32 / 1.8)
    yield Conversion("the other sign", -1.0)


CONVERSIONS = tuple(_scales())


@dataclass(frozen=True, slots=True)
class Fit:
    """A conversion that explains most of the difference."""

    conversion: Conversion
    part: float
    """Share of production's values that it applies to."""
    before: float
    """Jensen-Shannon distance without it."""
    after: float

    @property
    def explained(self) -> float:
        """Share of the distance that is gone."""
        return 1 - self.after / self.before


Points = Sequence[tuple[float, float]]
"""Values with their weights."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Every numeric column as a whole, and by segment where not the whole of it was converted."""
    columns = [each for each in both(pair) if measured(pair, each)]
    alpha = 1 - policy.threshold("any.confidence")
    enough = policy.threshold(f"{RULE}.explained")
    for each in columns:
        one, two = _bins(each)
        fit = fitted(one, two, alpha / max(1, len(columns)), enough)
        segment = None if fit is not None and fit.part == 1.0 else _by_segment(pair, policy, each, alpha)
        if segment is not None:
            yield segment
        elif fit is not None:
            yield _check(pair, each, fit, one, two)
        else:
            finding = f"`{each.name}` is in the pilot's unit"
            if min(sum(one.values()), sum(two.values())) >= _FEWEST:
                yield Check(RULE, Verdict.MATCH, each.name, finding=finding)


def explained(found: Collection[Check]) -> frozenset[str]:
    """Columns whose change of unit explains what else is other about their numbers."""
    return frozenset(check.column for check in found if check.verdict is Verdict.GAP and check.column is not None)


def _bins(each: Both) -> tuple[dict[Bin, int], dict[Bin, int]]:
    one, two = each.pilot.numbers, each.production.numbers
    return (placed(one.histogram) if one else {}), (placed(two.histogram) if two else {})


# ---------------------------------------------------------------- fitting


def fitted(
    one: Mapping[Bin, int], two: Mapping[Bin, int], alpha: float, enough: float, parts: Sequence[float] = _MIXTURES
) -> Fit | None:
    """The conversion that takes more than `enough` of the distance away; None where none does, or nothing changed.

    A freely chosen shift may not do clearly better: then it is drift that happens to lie near a conversion.
    """
    n, m = sum(one.values()), sum(two.values())
    if min(n, m) < _FEWEST or not _differ(one, two, alpha):
        return None
    grid = _grid(one, two)
    points = _points(one)
    first, second = _onto(points, grid), _onto(_points(two), grid)
    before = jensen_shannon(first, second)
    noise = math.sqrt(chi2_quantile(0.95, len(grid)) * (1 / n + 1 / m) / (8 * math.log(2)))
    spread = _spread(one)
    best: Fit | None = None
    for conversion in CONVERSIONS:
        moved = _onto(((conversion(value), weight) for value, weight in points), grid)
        for part in parts:
            if part < 1 and abs(math.log(abs(conversion.times))) < _APART * spread:
                continue
            mixed = [(1 - part) * a + part * b for a, b in zip(first, moved, strict=True)]
            after = jensen_shannon(mixed, second)
            # A part is one more number to choose, so it has to earn a clear advance.
            if best is None or after < best.after - (noise if part < best.part else 0):
                best = Fit(conversion, part, before, after)
    if best is None or best.explained <= enough or before <= 2 * noise:
        return None
    return None if _drifted(points, second, grid, best, noise) else best


def _differ(one: Mapping[Bin, int], two: Mapping[Bin, int], alpha: float) -> bool:
    n, m = sum(one.values()), sum(two.values())
    left, right = grouped(one, two, int(max(3, min(10, n // 10, m // 10))))
    return homogeneity_p(left, right) < alpha


def _points(counts: Mapping[Bin, int]) -> list[tuple[float, float]]:
    """Each bin as three values in it, so that a conversion does not hit or miss an edge with the whole bin."""
    found = []
    for place, count in counts.items():
        low, high = edges(place)
        if low == high:
            found.append((low, float(count)))
        else:
            found.extend((low + (high - low) * part, count / 3) for part in (1 / 6, 1 / 2, 5 / 6))
    return found


def _grid(one: Mapping[Bin, int], two: Mapping[Bin, int]) -> list[float]:
    """Edges at the quantiles of either side, so that both shapes are seen wherever they lie.

    What production alone has is seen in quarters too: one wide bin of it would be filled by any conversion of a part.
    """
    cuts = {edges(quantile_bin(side, step / _GRID))[1] for side in (one, two) for step in range(1, _GRID)}
    least, greatest = min(one), max(one)
    for beyond in (
        {place: count for place, count in two.items() if place < least},
        {place: count for place, count in two.items() if place > greatest},
    ):
        if sum(beyond.values()) >= _FEWEST:
            cuts.add(edges(min(beyond))[0])
            cuts.update(edges(quantile_bin(beyond, step / _BEYOND))[1] for step in range(1, _BEYOND))
            cuts.add(edges(max(beyond))[1])
    return sorted(cuts)


def _onto(points: Iterator[tuple[float, float]] | Points, grid: Sequence[float]) -> list[float]:
    counts = [0.0] * (len(grid) + 1)
    for value, weight in points:
        counts[bisect_left(grid, value)] += weight
    return counts


def _spread(counts: Mapping[Bin, int]) -> float:
    """Width of the middle half on the scale of logarithms."""
    low, high = (edges(quantile_bin(counts, share))[1] for share in (0.25, 0.75))
    return math.log(high / low) if low > 0 else math.inf


def _drifted(points: Points, second: Sequence[float], grid: Sequence[float], fit: Fit, noise: float) -> bool:
    """Whether some other factor does clearly better than the conversion."""
    if fit.conversion.plus or fit.conversion.times < 0:
        return False
    own = math.log(fit.conversion.times)
    for step in range(_SHIFTS):
        shift = own + _WIDEST * (2 * step / (_SHIFTS - 1) - 1)
        if abs(shift - own) <= _CLOSE:
            continue
        factor = math.exp(shift)
        free = jensen_shannon(_onto(((value * factor, weight) for value, weight in points), grid), second)
        if free < fit.after - noise / 4 and free < fit.after * (1 if fit.part < 1 else 0.8):
            return True
    return False


# ---------------------------------------------------------------- segments


def _by_segment(pair: Pair, policy: Policy, each: Both, alpha: float) -> Check | None:
    """The breakdown in which some values hold the column in another unit, and the others do not."""
    best: tuple[float, Breakdown, dict[str, Fit], float] | None = None
    for breakdown in pair.production.breakdowns:
        if breakdown.by == each.production.name:
            continue
        fits = _segments(pair, policy, each, breakdown, alpha)
        rows = sum(breakdown.cells[value].rows for value in fits)
        share = rows / breakdown.of if breakdown.of else 0.0
        gain = sum((fit.before - fit.after) * breakdown.cells[value].rows for value, fit in fits.items())
        if share > policy.threshold(f"{RULE}.segment") and (best is None or gain > best[0]):
            best = gain, breakdown, fits, share
    if best is None:
        return None
    _, breakdown, fits, share = best
    common = max(fits, key=lambda value: breakdown.cells[value].rows)
    conversion = fits[common].conversion
    alike = sorted(value for value, fit in fits.items() if fit.conversion is conversion)
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope=f"{breakdown.by}={','.join(alike[:5])}",
        finding=f"`{each.name}` is in another unit where `{breakdown.by}` is {quoted(alike)} ({percent(share)} of "
        f"production's rows{a_day(pair.production, share)}): its values there are {number(conversion.times)} times the "
        f"pilot's ({conversion.name} fits {percent(fits[common].explained)} of the difference)",
        pilot=Measure(1.0, "times"),
        production=Measure(conversion.times, "times", sum(breakdown.cells[value].rows for value in alike)),
        affected=share,
        rank=1,
        sampled=breakdown.of < pair.production.rows,
        detail={"factor": conversion.times, "plus": conversion.plus, "name": conversion.name, "values": alike[:20]},
    )


def _segments(pair: Pair, policy: Policy, each: Both, breakdown: Breakdown, alpha: float) -> dict[str, Fit]:
    mine = broken_down(pair, breakdown)
    whole = _bins(each)[0]
    found = {}
    for value, cell in list(breakdown.cells.items())[:_MOST_SEGMENTS]:
        histogram = cell.histograms.get(each.production.name)
        if histogram is None or histogram.count < _FEWEST:
            continue
        before = mine.cells.get(value) if mine else None
        own = before.histograms.get(each.pilot.name) if before else None
        # Segments differ in size by nature, so that one which the pilot has is held against itself or not at all.
        if own is None and not new_segment(pair, breakdown.by, value):
            continue
        one = placed(own) if own is not None else whole
        enough = policy.threshold(f"{RULE}.explained")
        fit = fitted(one, placed(histogram), alpha / (10 * len(breakdown.cells)), enough, parts=(1.0,))
        if fit is not None:
            found[value] = fit
    return found


def _check(pair: Pair, each: Both, fit: Fit, one: Mapping[Bin, int], two: Mapping[Bin, int]) -> Check:
    conversion = fit.conversion
    times = number(conversion.times)
    rule: Callable[[], str] = (
        (lambda: f"{times} times the pilot's plus {number(conversion.plus)}")
        if conversion.plus
        else (lambda: "the pilot's with the other sign" if conversion.times < 0 else f"{times} times the pilot's")
    )
    part = "" if fit.part == 1 else f" in about {percent(fit.part)} of the rows{a_day(pair.production, fit.part)}"
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        finding=f"`{each.name}` is in another unit{part}: production's values are {rule()} ({conversion.name} fits "
        f"{percent(fit.explained)} of the difference; the middle value is {number(median(two))}, in the pilot "
        f"{number(median(one))})",
        pilot=Measure(median(one), "middle value", sum(one.values())),
        production=Measure(median(two), "middle value", sum(two.values())),
        affected=fit.part,
        rank=1,
        detail={"factor": conversion.times, "plus": conversion.plus, "name": conversion.name, "part": fit.part},
    )
