"""Whom and how much the pilot covered: entities, segments, volume, and whether its rows are production's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import curation, labels
from roadworthy.measure.data_audit.rules.columns import (
    Both,
    both,
    comparable,
    identifier,
    is_label,
    listed,
    unique,
    values,
)
from roadworthy.measure.data_audit.rules.wording import (
    a_day,
    number,
    percent,
    quoted,
    rows,
    rows_a_day,
    settled,
    share_of,
)
from roadworthy.measure.fingerprint.model import Fingerprint, Form, Share
from roadworthy.measure.statistics.coverage import chance_of_unseen, chance_of_weight
from roadworthy.measure.statistics.multiple import holm
from roadworthy.measure.statistics.quantiles import binomial_below
from roadworthy.measure.statistics.samples import rows_for_cells

_SHOWN = 20


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area."""
    yield from _entities(pair, policy)
    yield from _segments(pair, policy)
    yield from _volume(pair, policy)
    yield from curation.checks(pair, policy)
    yield from labels.checks(pair, policy)
    yield from _contaminated(pair, policy)


# ---------------------------------------------------------------- entities


def _entities(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Columns that name somebody or something again and again: customers, terminals, machines."""
    if not comparable(pair):
        return
    found = [each for each in both(pair) if _names_entities(pair, each)]
    counted = []
    for each in found:
        one, two = values(each.pilot) or {}, values(each.production) or {}
        met = [(one.get(value, 0), count) for value, count in two.items()]
        counted.append(chance_of_unseen(met, sum(one.values()), sum(two.values())))
    sure = holm([chance for _, chance in counted], 1 - policy.threshold("any.confidence"))
    for each, (share, _), counts in zip(found, counted, sure, strict=True):
        n, m = sum((values(each.pilot) or {}).values()), sum((values(each.production) or {}).values())
        gap = counts and share > policy.threshold("segments-unproven.unseen")
        seen = "the pilot never met" + ("" if gap else f", as {rows(n)} of one source would leave")
        yield Check(
            rule="entities-unseen",
            verdict=Verdict.GAP if gap else Verdict.MATCH,
            column=each.name,
            finding=f"{percent(share)} of production's {rows(m)} belong to a `{each.name}` that {seen}"
            + (a_day(pair.production, share) if gap else ""),
            pilot=Measure(len(values(each.pilot) or {}), "values", n),
            production=share_of(Share(round(share * m), m), policy.threshold("any.confidence")),
            affected=share,
        )


def _names_entities(pair: Pair, each: Both) -> bool:
    if is_label(pair, each) or not identifier(pair, each) or unique(each.production) or unique(each.pilot):
        return False
    keyed = each.name in pair.pilot.declared.key or each.production.name in pair.production.declared.key
    counted = values(each.pilot) and values(each.production)
    return bool(counted) and not keyed and not listed(pair, each) and each.forms <= {Form.INTEGER, Form.TEXT}


# ---------------------------------------------------------------- segments


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rows of both sides by the values of a governed list, or of two."""

    what: str
    column: str | None
    scope: str
    one: Mapping[str, int]
    two: Mapping[str, int]


def _segments(pair: Pair, policy: Policy) -> Iterator[Check]:
    if not comparable(pair):
        return
    found = list(_governed(pair))
    cell = int(policy.threshold("any.cell"))
    for each in found:
        yield _covered(pair, policy, each, cell)


def _governed(pair: Pair) -> Iterator[_Cells]:
    """Declared lists; where nobody declared one, what the source is broken down by anyway."""
    declared = set(pair.pilot.declared.taxonomy) | set(pair.production.declared.taxonomy)
    by = declared or {breakdown.by for breakdown in pair.production.breakdowns}
    for each in both(pair):
        if {each.name, each.production.name} & by and not is_label(pair, each):
            one, two = values(each.pilot), values(each.production)
            if one and two:
                yield _Cells(f"`{each.name}`", each.name, "", one, two)
    if not declared:
        return
    names = {each.pilot: each.production for each in pair.matching.pairs}
    for mine in pair.pilot.pairs:
        columns = tuple(names.get(name, name) for name in mine.columns)
        theirs = next((each for each in pair.production.pairs if each.columns == columns), None)
        if theirs is not None:
            first, second = ({" / ".join(key): count for key, count in side.counts.items()} for side in (mine, theirs))
            what = f"`{mine.columns[0]}` by `{mine.columns[1]}`"
            yield _Cells(what, mine.columns[0], f"by {mine.columns[1]}", first, second)


def _covered(pair: Pair, policy: Policy, cells: _Cells, cell: int) -> Check:
    limit = policy.threshold("segments-unproven.unseen")
    n, m = sum(cells.one.values()), sum(cells.two.values())
    thin = {value: count for value, count in cells.two.items() if cells.one.get(value, 0) < cell}
    share = sum(thin.values()) / m
    new = sum(count for value, count in thin.items() if not cells.one.get(value)) / m
    common = sorted(thin, key=lambda value: -thin[value])
    chance = min(_chance_of_thin(cells, n, m, cell, share), _chance_of_new(cells, n, m))
    needed = None
    finding = f"{percent(share)} of production's rows are of a {cells.what} of which the pilot had under {cell} rows"
    if share <= limit:
        verdict = Verdict.MATCH
    elif chance < 1 - policy.threshold("any.confidence") and max(new, share) > limit:
        verdict = Verdict.GAP
        finding += (
            f" ({percent(new)} of which it had none){a_day(pair.production, share)}: {quoted(common)}; "
            f"{len(cells.one):,} of production's {len(cells.two):,} are in the pilot"
            if len(cells.one) < len(cells.two)
            else f" ({percent(new)} of which it had none){a_day(pair.production, share)}: {quoted(common)}"
        )
    else:
        verdict = Verdict.UNKNOWN
        needed = max(n + 1, rows_for_cells([count / m for count in cells.two.values()], cell, limit))
        finding += f", as {rows(n)} of any source would leave{settled(needed)}"
    return Check(
        rule="segments-unproven",
        verdict=verdict,
        column=cells.column,
        scope=cells.scope,
        finding=finding,
        pilot=Measure(len(cells.one), "segments", n),
        production=share_of(Share(round(share * m), m), policy.threshold("any.confidence")),
        affected=share,
        needed=needed,
        detail={"thin": {value: thin[value] for value in common[:_SHOWN]}, "new": new, "cell": cell},
    )


def _chance_of_thin(cells: _Cells, n: int, m: int, cell: int, share: float) -> float:
    """How probable so much weight in thin cells is when both sides are samples of one source."""
    tally: dict[int, int] = {}
    for value in {*cells.one, *cells.two}:
        total = cells.one.get(value, 0) + cells.two.get(value, 0)
        tally[total] = tally.get(total, 0) + 1
    parts = [
        (total / (n + m), binomial_below(cell, total, n / (n + m)), many) for total, many in tally.items() if total
    ]
    # A cell that is thin has a little more of production than its share of both: at most cell rows, which are n's.
    return chance_of_weight(parts, share * m / (n + m)) if n and m else 1.0


def _chance_of_new(cells: _Cells, n: int, m: int) -> float:
    met = [(cells.one.get(value, 0), count) for value, count in cells.two.items()]
    return chance_of_unseen(met, n, m)[1]


# ---------------------------------------------------------------- volume


def _volume(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Rows a day and in the fullest hour; nothing where the pilot is a sample of production's very days."""
    before, after = rows_a_day(pair.pilot), rows_a_day(pair.production)
    if not before or not after or _same_days(pair):
        return
    limit = policy.threshold("volume-unproven.ratio")
    peaks = _peak(pair.pilot), _peak(pair.production)
    ratio = after / before
    peak = f", {rows(peaks[1])} in the fullest hour against {peaks[0]:,}" if peaks[0] and peaks[1] else ""
    gap = ratio > limit
    yield Check(
        rule="volume-unproven",
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        finding=f"production has {rows(after)} a day and the pilot had {number(before)}, {number(ratio)} times as "
        f"many{peak}",
        pilot=Measure(before, "rows a day", pair.pilot.rows),
        production=Measure(after, "rows a day", pair.production.rows),
        affected=1.0 if gap else None,
        detail={"ratio": ratio, "peak": list(peaks)},
    )


def _peak(side: Fingerprint) -> int | None:
    return max(side.arrival.events.values(), default=None) if side.arrival else None


def _same_days(pair: Pair) -> bool:
    """Whether most days of either side are the other's too: then their rates are those of a draw, not of a business."""
    spans = []
    for side in (pair.pilot, pair.production):
        name = side.declared.event_time or (side.arrival.event if side.arrival else None)
        column = side.column(name) if name else None
        if column is None or column.moments is None:
            return False
        spans.append((column.moments.least, column.moments.greatest))
    (start, end), (start_2, end_2) = spans
    common = (min(end, end_2) - max(start, start_2)).total_seconds()
    longest = max((end - start).total_seconds(), (end_2 - start_2).total_seconds())
    return longest == 0 or common > longest / 2


# ---------------------------------------------------------------- its own rows


def _contaminated(pair: Pair, policy: Policy) -> Iterator[Check]:
    overlap = pair.live.overlap
    if overlap is None or not pair.context.registered or not overlap.pilot or pair.live.identical:
        return
    share = Share(overlap.both, overlap.pilot)
    if not overlap.same_records:
        told = "Keys of the pilot recur in production, and the rows behind them are others"
        yield Check("pilot-in-production", Verdict.MATCH, finding=told)
        return
    gap = (share.value or 0) > policy.threshold("pilot-in-production.share")
    yield Check(
        rule="pilot-in-production",
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        finding=f"{percent(share.value or 0)} of the pilot's {overlap.pilot:,} keys are in production"
        + (": measured on them, the system is measured on what it may have learnt" if gap else ""),
        pilot=Measure(overlap.pilot, "keys"),
        production=share_of(share, policy.threshold("any.confidence")),
        affected=overlap.both / overlap.production if overlap.production else None,
        sampled=overlap.sampled,
    )
