"""The same value with another meaning: what stands beside a code is distributed otherwise under that code alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, broken_down, identifier, is_label
from roadworthy.measure.data_audit.rules.distribution import Compared, on_quantiles
from roadworthy.measure.data_audit.rules.shapes import placed
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted
from roadworthy.measure.fingerprint.model import Breakdown
from roadworthy.measure.statistics.distances import homogeneity_p, psi_noise
from roadworthy.measure.statistics.multiple import holm

RULE = "meaning-changed"
_EFFECT = 0.1
"""Share of a code's rows that must have moved; less is no other meaning."""
_FEWEST = 100
"""Rows of a code on either side below which nothing is said of it."""


def checks(pair: Pair, policy: Policy, explained: Collection[str] = ()) -> Iterator[Check]:
    """Every code that both sides hold often enough, by the numbers beside it; `explained` columns changed for all."""
    columns = [
        each
        for each in both(pair)
        if each.numeric and each.name not in explained and not is_label(pair, each) and not identifier(pair, each)
    ]
    for breakdown in pair.production.breakdowns:
        mine = broken_down(pair, breakdown)
        if mine is not None and columns:
            yield from _codes(pair, policy, columns, (mine, breakdown))


def _codes(
    pair: Pair, policy: Policy, columns: Collection[Both], sides: tuple[Breakdown, Breakdown]
) -> Iterator[Check]:
    mine, theirs = sides
    found = [
        (code, compared)
        for code in theirs.cells
        if code in mine.cells
        for each in columns
        if each.production.name != theirs.by and (compared := _compared(each, code, sides)) is not None
    ]
    if not found:
        return
    confidence, limit = policy.threshold("any.confidence"), policy.threshold(f"{RULE}.psi")
    sure = holm([homogeneity_p(each.one, each.two) for _, each in found], 1 - confidence)
    changed: dict[str, list[Compared]] = {}
    for (code, each), counts in zip(found, sure, strict=True):
        if (
            counts
            and each.moved > _EFFECT
            and each.index > max(limit, psi_noise(len(each.one), each.n, each.m, confidence))
        ):
            changed.setdefault(code, []).append(each)
    changed = _alone(changed, found)
    tried = {code for code, _ in found}
    if not changed or len(changed) * 2 > len(tried):
        # What changed under most codes changed as a whole, and is told there.
        finding = f"the values of `{theirs.by}` mean what they meant in the pilot"
        yield Check(RULE, Verdict.MATCH, theirs.by, finding=finding)
        return
    for code, others in changed.items():
        yield _check(pair, (mine, theirs), code, sorted(others, key=lambda each: -each.index))


def _alone(changed: dict[str, list[Compared]], found: list[tuple[str, Compared]]) -> dict[str, list[Compared]]:
    """Without what moved under the other codes as well, less far: that changed as a whole."""
    kept: dict[str, list[Compared]] = {}
    for code, columns in changed.items():
        for each in columns:
            others = [other for value, other in found if value not in changed and other.each.name == each.each.name]
            moved = sum(other.m for other in others if 2 * other.moved > min(each.moved, 2 * _EFFECT))
            if not others or 2 * moved < sum(other.m for other in others):
                kept.setdefault(code, []).append(each)
    return kept


def _compared(each: Both, code: str, sides: tuple[Breakdown, Breakdown]) -> Compared | None:
    one = sides[0].cells[code].histograms.get(each.pilot.name)
    two = sides[1].cells[code].histograms.get(each.production.name)
    if one is None or two is None or min(one.count, two.count) < _FEWEST:
        return None
    compared = on_quantiles(each, placed(one), placed(two))
    return compared if compared is not None and len(compared.one) > 1 else None


def _check(pair: Pair, sides: tuple[Breakdown, Breakdown], code: str, others: list[Compared]) -> Check:
    mine, theirs = sides
    share = theirs.cells[code].rows / theirs.of if theirs.of else None
    what = quoted([each.each.name for each in others])
    verb = "is" if len(others) == 1 else "are"
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=mine.by,
        scope=code,
        finding=f"where `{theirs.by}` is `{code}`, {what} {verb} distributed otherwise than in "
        f"the pilot ({percent(others[0].moved)} of {others[0].m:,} rows moved) and under other values not"
        f"{a_day(pair.production, share)}: it may mean something else",
        pilot=Measure(0.0, "index", others[0].n),
        production=Measure(round(others[0].index, 4), "index", others[0].m),
        affected=share,
        sampled=theirs.of < pair.production.rows,
        detail={each.each.name: round(each.index, 4) for each in others},
    )
