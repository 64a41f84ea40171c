"""Numbers and lists that are distributed otherwise than in the pilot, beyond what its size leaves to chance."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.predicates import moved_on
from roadworthy.measure.data_audit.rules.columns import Both, both, comparable, identifier, is_label, listed, values
from roadworthy.measure.data_audit.rules.levels import Level, level
from roadworthy.measure.data_audit.rules.shapes import Bin, bins_for, grouped, median, placed
from roadworthy.measure.data_audit.rules.vocabulary import folded
from roadworthy.measure.data_audit.rules.wording import number, percent, rows, settled
from roadworthy.measure.fingerprint.terms import Values
from roadworthy.measure.statistics.distances import homogeneity_p, kolmogorov, psi, psi_noise
from roadworthy.measure.statistics.multiple import holm
from roadworthy.measure.statistics.samples import rows_for_psi

RULE = "distribution-shifted"
_FEWEST = 5
"""Rows that a category should have on either side to be counted on its own."""
_REST = ""
_EFFECT = 0.05
"""Share of rows that must have moved; less is no effect, however certain."""
_SURELY = 7
"""Rows that a value should have had in the pilot before its absence is no chance (e to the minus seven is 0.1 %)."""
_MOST_NAMED = 20
"""Values of a list that are counted on their own; of more, chance would hide what happened to the few."""
_LEAST = 20
"""Rows of either side below which nothing is compared."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A column on bins that both sides share."""

    each: Both
    one: Sequence[int]
    two: Sequence[int]
    labels: tuple[str, ...] = ()
    """Of the categories, where it is a list."""

    @property
    def n(self) -> int:
        """Rows of the pilot."""
        return sum(self.one)

    @property
    def m(self) -> int:
        """Rows of production."""
        return sum(self.two)

    @property
    def index(self) -> float:
        """The population stability index."""
        return psi(self.one, self.two)

    @property
    def moved(self) -> float:
        """Share of rows that would have to change their bin: in order for numbers, anywhere for a list."""
        if self.labels:
            return sum(abs(a / self.n - b / self.m) for a, b in zip(self.one, self.two, strict=True)) / 2
        return kolmogorov(self.one, self.two)


def checks(pair: Pair, policy: Policy, explained: Collection[str] = ()) -> Iterator[Check]:
    """Every column whose distribution means something, but those whose change is `explained` already."""
    found = [each for each in _compared(pair) if each.each.name not in explained]
    levels = [None if each.labels else level(each.each) for each in found]
    chances = [
        homogeneity_p(each.one, each.two)
        if where is None
        else min(1.0, 2 * min(homogeneity_p(each.one, each.two), where.chance))
        for each, where in zip(found, levels, strict=True)
    ]
    sure = holm(chances, (1 - policy.threshold("any.confidence")) / 2)
    for each, where, counts in zip(found, levels, sure, strict=True):
        further = where is not None and where.index > each.index
        yield _check(policy, each, where if further else None, sure=counts)


def _compared(pair: Pair) -> Iterator[Compared]:
    readable = comparable(pair)
    for each in both(pair):
        if is_label(pair, each):
            continue
        if readable and listed(pair, each):
            found = _list(pair, each)
        elif each.numeric and not identifier(pair, each) and not moved_on(each.pilot, each.production):
            found = _numbers(each)
        else:
            continue
        if found is None or min(found.n, found.m) < _LEAST:
            continue
        if len(found.one) > 1 or (not found.labels and level(each) is not None):
            yield found


def _numbers(each: Both) -> Compared | None:
    if each.pilot.numbers is None or each.production.numbers is None:
        return None
    one, two = placed(each.pilot.numbers.histogram), placed(each.production.numbers.histogram)
    return on_quantiles(each, one, two)


def on_quantiles(each: Both, one: dict[Bin, int], two: dict[Bin, int]) -> Compared | None:
    """Two histograms in the pilot's quantiles; None where one is empty."""
    if not one or not two:
        return None
    return Compared(each, *grouped(one, two, bins_for(sum(one.values()), sum(two.values()))))


def _list(pair: Pair, each: Both) -> Compared | None:
    """A list by its values, rare ones together."""
    one, two = values(each.pilot) or {}, values(each.production) or {}
    hashed = pair.pilot.privacy.values is Values.HASHED
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for counts, into in ((one, before), (two, after)):
        for value, count in counts.items():
            name = value if hashed else folded(value)
            into[name] = into.get(name, 0) + count
    n, m = sum(before.values()), sum(after.values())
    names = sorted({*before, *after}, key=lambda name: (-before.get(name, 0) - after.get(name, 0), name))
    # A value that the pilot lacks by more than chance is the vocabulary's to tell; leaving out the others too would
    # make what a small pilot did meet look more frequent than it is.
    names = [name for name in names if name in before or after[name] * n < _SURELY * (n + m)]
    rest = names[_MOST_NAMED:]
    names = names[:_MOST_NAMED]
    one_side, other_side = (
        [side.get(name, 0) for name in names] + [sum(side.get(name, 0) for name in rest)] for side in (before, after)
    )
    if not sum(one_side) or not sum(other_side):
        return None
    return _kept(each, (one_side, other_side), (*names, _REST))


def _kept(each: Both, sides: tuple[Sequence[int], Sequence[int]], names: tuple[str, ...]) -> Compared:
    """Values of too few rows go to the rest, which is last."""
    n, m = map(sum, sides)
    kept = [
        position
        for position, (a, b) in enumerate(zip(*sides, strict=True))
        if names[position] != _REST and min(n, m) * (a + b) / (n + m) >= _FEWEST
    ]
    one, two = ([side[position] for position in kept] for side in sides)
    if n - sum(one) or m - sum(two):
        return Compared(each, [*one, n - sum(one)], [*two, m - sum(two)], (*(names[at] for at in kept), _REST))
    return Compared(each, one, two, tuple(names[at] for at in kept))


def _check(policy: Policy, found: Compared, where: Level | None, *, sure: bool) -> Check:
    limit = policy.threshold("any.psi")
    confidence = policy.threshold("any.confidence")
    bins, index, moved = len(found.one), found.index, found.moved
    if where is not None:
        bins, index, moved = 2, where.index, where.moved
    noise = psi_noise(bins, found.n, found.m, confidence)
    name, needed = found.each.name, None
    if index > max(limit, noise) and sure and moved > _EFFECT:
        verdict = Verdict.GAP
        finding = (
            f"`{name}` is distributed otherwise in production: {_what(found, where)} ({percent(moved)} of the rows "
            f"moved, stability index {index:.2f} where chance stays under {max(noise, 0.01):.2f})"
        )
    elif noise > limit:
        verdict = Verdict.UNKNOWN
        enough = rows_for_psi(bins, limit, found.m, confidence)
        needed = max(found.n + 1, enough) if enough is not None else None
        finding = f"whether `{name}` is distributed as in the pilot cannot be told from {rows(found.n)} of it"
        finding += settled(needed)
    else:
        verdict = Verdict.MATCH
        finding = f"`{name}` is distributed as in the pilot (stability index {index:.2f})"
    return Check(
        rule=RULE,
        verdict=verdict,
        column=name,
        finding=finding,
        pilot=Measure(0.0, "index", found.n),
        production=Measure(round(index, 4), "index", found.m),
        affected=moved,
        needed=needed,
        detail={"psi": index, "noise": noise, "bins": bins, "moved": moved},
    )


def _means(where: Level) -> str:
    return (
        f"its mean is {where.production:.6g}, in the pilot {where.pilot:.6g}, {where.apart:.2g} standard deviations off"
    )


def _what(found: Compared, where: Level | None) -> str:
    """The change in a few words: the middle of numbers or their mean, the value of a list that changed most."""
    each = found.each
    if where is not None:
        return _means(where)
    if found.labels or each.pilot.numbers is None or each.production.numbers is None:
        changes = [
            (abs(b / found.m - a / found.n), a / found.n, b / found.m, position)
            for position, (a, b) in enumerate(zip(found.one, found.two, strict=True))
        ]
        _, before, after, position = max(changes)
        value = _spelling(each, found.labels[position])
        return f"{value} has {percent(after)} of the rows, in the pilot {percent(before)}"
    one, two = placed(each.pilot.numbers.histogram), placed(each.production.numbers.histogram)
    if number(median(one)) == number(median(two)):
        before, after = ((side.total / side.histogram.count) for side in (each.pilot.numbers, each.production.numbers))
        return f"its mean is {number(after)}, in the pilot {number(before)}"
    return f"its middle value is {number(median(two))}, in the pilot {number(median(one))}"


def _spelling(each: Both, name: str) -> str:
    if name == _REST:
        return "what is rare"
    counts = values(each.pilot) or {}
    return f"`{next((value for value in counts if name in (value, folded(value))), name)}`"
