"""Rows without a value that says anything: null, not a number, empty, or a stand-in such as `n/a`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roadworthy.measure.data_audit.model import Check, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, broken_down, is_label, missing, new_segment
from roadworthy.measure.data_audit.rules.proportions import Outcome, outcomes
from roadworthy.measure.data_audit.rules.standins import stand_ins
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, rows, settled, share_of
from roadworthy.measure.fingerprint.model import Breakdown, Cell, Column, Share
from roadworthy.measure.statistics.intervals import newcombe

RULE = "missing-values"
_BEYOND_DOUBT = 0.9999
_WORTH = 30
"""Rows of a segment in production below which nothing is said of it."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Missing more often than in the pilot, over all rows and in the worst segment."""
    delta = policy.threshold(f"{RULE}.delta")
    confidence = policy.threshold("any.confidence")
    pairs = [each for each in both(pair) if not is_label(pair, each)]
    shares = [(missing(each.pilot), missing(each.production)) for each in pairs]
    whole = {}
    for each, two, outcome in zip(pairs, shares, outcomes(shares, delta, confidence), strict=True):
        whole[each.name] = outcome
        yield _check(pair, policy, each, two, outcome)
    yield from _segments(pair, policy, whole)


def _check(pair: Pair, policy: Policy, each: Both, shares: tuple[Share, Share], outcome: Outcome) -> Check:
    before, after = shares
    confidence = policy.threshold("any.confidence")
    share = after.value or 0.0
    finding = (
        f"`{each.name}` says nothing in {percent(share)} of production's {rows(after.of)} and in "
        f"{percent(before.value or 0.0)} of the pilot's {before.of:,}"
    )
    if outcome.verdict is Verdict.GAP:
        finding += a_day(pair.production, outcome.difference) + _how(each)
    if outcome.verdict is Verdict.UNKNOWN:
        more = percent(policy.threshold(f"{RULE}.delta"))
        finding += f"; the pilot is too small to exclude {more} more{settled(outcome.needed)}"
    return Check(
        rule=RULE,
        verdict=outcome.verdict,
        column=each.name,
        finding=finding,
        pilot=share_of(before, confidence),
        production=share_of(after, confidence),
        affected=share,
        rank=_rank(pair, policy, each.name, shares),
        needed=outcome.needed,
        sampled=after.of < each.production.rows,
        detail={"difference": [outcome.between.low, outcome.difference, outcome.between.high]},
    )


def _rank(pair: Pair, policy: Policy, name: str, shares: tuple[Share, Share]) -> int | None:
    """First where the model needs the column or much of it is gone, and that beyond any doubt."""
    before, after = shares
    required = pair.context.required is not None and name in pair.context.required
    severe = required or (after.value or 0.0) > policy.threshold(f"{RULE}.severe")
    sure = newcombe(before.count, before.of, after.count, after.of, _BEYOND_DOUBT).low > 0
    return 1 if severe and sure else None


def _how(each: Both) -> str:
    """Of what kind the missing ones are, where they are not simply null."""
    column = each.production
    said = []
    if column.texts is not None and column.texts.empty > column.missing:
        said.append("most are empty text")
    if column.numbers is not None and column.numbers.not_a_number > column.missing:
        said.append("most are not a number")
    instead = stand_ins(column)
    if sum(instead.values()) * 5 > column.missing:
        common = sorted(instead, key=lambda value: -instead[value])
        said.append(f"stand-ins such as {quoted(common, 2)} among them")
    return f" ({'; '.join(said)})" if said else ""


# ---------------------------------------------------------------- segments


def _segments(pair: Pair, policy: Policy, whole: dict[str, Outcome]) -> Iterator[Check]:
    """The worst segment of each column that is well over all rows, or far worse than all rows are."""
    delta = policy.threshold(f"{RULE}.delta")
    confidence = policy.threshold("any.confidence")
    found: list[tuple[Both, Breakdown, str, Cell, Share, Share]] = []
    for breakdown in pair.production.breakdowns:
        mine = broken_down(pair, breakdown)
        for each in both(pair):
            if is_label(pair, each) or each.production.name == breakdown.by:
                continue
            for value, cell in breakdown.cells.items():
                if cell.rows >= _WORTH and cell.missing.get(each.production.name):
                    before = _before(pair, each, mine, (breakdown.by, value))
                    if before is not None:
                        found.append((each, breakdown, value, cell, before, _after(each, cell)))
    judged = outcomes([(before, after) for *_, before, after in found], delta, confidence)
    worst: dict[str, tuple[float, int]] = {}
    apart = _worse_than_all(found, delta, confidence)
    for index, ((each, _, _, _, _, after), outcome, sure) in enumerate(zip(found, judged, apart, strict=True)):
        over = max(0.0, whole[each.name].difference) if whole[each.name].verdict is Verdict.GAP else 0.0
        more = (after.value or 0.0) - over
        if (
            outcome.verdict is Verdict.GAP
            and sure
            and outcome.difference > 2 * over
            and more > worst.get(each.name, (0, 0))[0]
        ):
            worst[each.name] = more, index
    for _, index in worst.values():
        each, breakdown, value, cell, before, after = found[index]
        share = after.value or 0.0
        touched = cell.rows / breakdown.of * share if breakdown.of else None
        yield Check(
            rule=RULE,
            verdict=Verdict.GAP,
            column=each.name,
            scope=f"{breakdown.by}={value}",
            finding=f"where `{breakdown.by}` is `{value}`, `{each.name}` is missing in {percent(share)} of "
            f"production's {rows(after.of)}; in the pilot in {percent(before.value or 0.0)} of {before.of:,}"
            + a_day(pair.production, touched),
            pilot=share_of(before, confidence),
            production=share_of(after, confidence),
            affected=touched,
            rank=None,
            sampled=breakdown.of < pair.production.rows,
            cause=f"missing:{each.name}",
        )


def _worse_than_all(
    found: Sequence[tuple[Both, Breakdown, str, Cell, Share, Share]], delta: float, confidence: float
) -> list[bool]:
    """Which segments are worse than production is as a whole: else there is nothing to say of the segment."""
    whole = [Share(_empty(each.production), each.production.rows) for each, *_ in found]
    pairs = [(all_rows, after) for all_rows, (*_, after) in zip(whole, found, strict=True)]
    return [outcome.verdict is Verdict.GAP for outcome in outcomes(pairs, delta, confidence)]


def _empty(column: Column) -> int:
    """Rows that a segment counts as missing: it counts what does not read among them."""
    return min(column.rows, column.missing + column.unread)


def _before(pair: Pair, each: Both, mine: Breakdown | None, segment: tuple[str, str]) -> Share | None:
    """The pilot's own share in the segment; of all its rows for a new segment, None where that is unclear."""
    cell = mine.cells.get(segment[1]) if mine is not None else None
    if cell is not None:
        return Share(cell.missing.get(each.pilot.name, 0), cell.rows)
    return Share(each.pilot.missing, each.pilot.rows) if new_segment(pair, *segment) else None


def _after(each: Both, cell: Cell) -> Share:
    return Share(cell.missing[each.production.name], cell.rows)
