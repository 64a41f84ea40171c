"""Personal data where none was expected, and data kept too long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.wording import a_day, duration, percent, quoted, rows, settled, share_of
from roadworthy.measure.fingerprint.model import Column, Share
from roadworthy.measure.statistics.intervals import newcombe, newcombe_p, wilson
from roadworthy.measure.statistics.multiple import holm
from roadworthy.measure.statistics.samples import rows_for_absence

RULE = "personal-data-unexpected"
_FEWEST = 2
"""Values that must look like it; a single one is more often a number that happens to fit."""
_WORTH = 0.001
"""Share of values above which a kind that the pilot lacks is held against it, where nobody said what is expected."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area."""
    expected = pair.production.declared.personal
    if expected is None:
        expected = pair.pilot.declared.personal
    if expected is not None:
        yield from _undeclared(pair, policy, frozenset(expected))
    else:
        yield from _unlike(pair, policy)
    yield from _retention(pair)


def _found(column: Column) -> dict[str, Share]:
    looks = column.looks
    if looks is None:
        return {}
    return {kind: Share(min(count, looks.of), looks.of) for kind, count in looks.personal.items() if count >= _FEWEST}


def _pilots(pair: Pair, production: str) -> Column | None:
    name = next((each.pilot for each in pair.matching.pairs if each.production == production), None)
    return pair.pilot.column(name) if name is not None else None


def _undeclared(pair: Pair, policy: Policy, expected: frozenset[str]) -> Iterator[Check]:
    limit, confidence = policy.threshold(f"{RULE}.share"), policy.threshold("any.confidence")
    for column in pair.production.columns:
        mine = _pilots(pair, column.name)
        found = {kind: share for kind, share in _found(column).items() if kind not in expected}
        gaps = {kind: share for kind, share in found.items() if (share.value or 0) > limit}
        for kind, share in gaps.items():
            before = _of(mine, kind)
            yield Check(
                rule=RULE,
                verdict=Verdict.GAP,
                column=mine.name if mine else column.name,
                scope=kind,
                finding=f"{percent(share.value or 0)} of the values of `{column.name}` in production hold "
                f"{_named(kind)}{a_day(pair.production, share.value)}, which is not among what was declared "
                f"({_list(expected)}); in the pilot {percent(before.value or 0)}",
                pilot=share_of(before, confidence),
                production=share_of(share, confidence),
                affected=share.value,
                sampled=share.of < column.present,
                cause=f"personal:{kind}",
            )
        if not gaps and column.looks is not None:
            finding = f"`{column.name}` holds no personal data but what is declared"
            yield Check(RULE, Verdict.MATCH, column.name, finding=finding)


def _of(column: Column | None, kind: str) -> Share:
    if column is None or column.looks is None:
        return Share(0, 0)
    return Share(min(column.looks.personal.get(kind, 0), column.looks.of), column.looks.of)


def _named(kind: str) -> str:
    return f"what looks like personal data of the kind `{kind}`"


def _list(kinds: frozenset[str]) -> str:
    return quoted(sorted(kinds), 5) if kinds else "none was"


def _unlike(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Nobody has said what is expected: a kind that production holds and the pilot does not is unexpected."""
    confidence = policy.threshold("any.confidence")
    found = [
        (column, mine, kind, _of(mine, kind), share)
        for column in pair.production.columns
        for mine in [_pilots(pair, column.name)]
        for kind, share in _found(column).items()
        if wilson(share.count, share.of, confidence).low > _WORTH / 2 and (share.value or 0) > _WORTH
    ]
    chances = [newcombe_p(before.count, before.of, after.count, after.of) for *_, before, after in found]
    # It ranks first, so chance has to be out of the question.
    sure = holm(chances, (1 - confidence) / 10)
    for (column, mine, kind, before, after), counts in zip(found, sure, strict=True):
        share = after.value or 0.0
        alone = mine is None or mine.looks is None
        more = newcombe(before.count, before.of, after.count, after.of, confidence).low > 0
        needed = None
        verdict = Verdict.MATCH
        if alone or (counts and more and share > _SEVERAL * (before.value or 0)):
            verdict = Verdict.GAP
        elif not before.count:
            verdict, needed = Verdict.UNKNOWN, max(before.of + 1, rows_for_absence(share))
        pilots = (
            "the pilot has no such column" if alone else f"in the pilot {percent(before.value or 0)} of {before.of:,}"
        )
        yield Check(
            rule=RULE,
            verdict=verdict,
            column=mine.name if mine else column.name,
            scope=kind,
            finding=f"{percent(share)} of the values of `{column.name}` in production hold {_named(kind)}"
            f"{a_day(pair.production, share)}; {pilots}" + (settled(needed) if needed else ""),
            pilot=share_of(before, confidence),
            production=share_of(after, confidence),
            affected=share,
            needed=needed,
            sampled=after.of < column.present,
            cause=f"personal:{kind}" if verdict is Verdict.GAP else None,
        )
    if not found:
        yield Check(RULE, Verdict.MATCH, finding="no column of production holds what looks like personal data")


_SEVERAL = 5
"""How many times as frequent a kind must be that the pilot holds too; nobody was surprised by it otherwise."""


def _retention(pair: Pair) -> Iterator[Check]:
    allowed = pair.context.retention_days
    column = pair.production.column(pair.production.declared.event_time or "")
    if allowed is None or column is None or column.moments is None:
        return
    moments = column.moments
    now = pair.context.now or pair.production.measured_at
    today = now.date()
    since = today - dt.timedelta(days=min(allowed, today.toordinal() - 1))  # for ever is not before the calendar
    old = sum(count for day, count in moments.days.items() if day < since)
    least = moments.least if moments.least.tzinfo else moments.least.replace(tzinfo=dt.UTC)
    age = (now - least).total_seconds()
    gap = least.date() < since
    share = Share(old, sum(moments.days.values()) + moments.other_days)
    yield Check(
        rule="retention-exceeded",
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        column=column.name,
        finding=f"the oldest row of production is {duration(max(0.0, age))} old by `{column.name}` and may be kept for "
        f"{allowed:,} days" + (f": {rows(old)} are older" if gap else ""),
        pilot=Measure(allowed, "days"),
        production=Measure(age / 86400, "days", share.of),
        affected=share.value if gap else None,
    )
