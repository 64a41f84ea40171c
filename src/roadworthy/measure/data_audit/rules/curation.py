"""What the pilot threw away: its filters replayed on production, or what their marks in the pilot let one infer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import both, comparable, identifier, is_label, listed, missing, values
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, rows, share_of
from roadworthy.measure.fingerprint.model import Share
from roadworthy.measure.statistics.intervals import newcombe

RULE = "curated-out"
_KINDS = 2
"""So many kinds of marks have to agree, before a filter is inferred that nobody declared."""
_WORTH = 0.005
"""Share of production below which an absence from the pilot is no mark of a filter."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something that production has and the pilot has none of, as a filter leaves it."""

    kind: str
    said: str
    share: float


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The declared filters where they could be replayed, else the marks of filters nobody wrote down."""
    steps = [step for step in pair.live.attrition if step.fault is None]
    for step in pair.live.attrition:
        if step.fault is not None:
            yield Check(
                RULE,
                Verdict.UNKNOWN,
                scope=step.condition,
                finding=f"the pilot's filter `{step.condition}` could not be applied to production: {step.fault}",
            )
    if steps:
        yield _replayed(pair, policy)
    elif not pair.live.attrition:
        yield from _inferred(pair, policy)


def _replayed(pair: Pair, policy: Policy) -> Check:
    steps = [step for step in pair.live.attrition if step.fault is None]
    before, after = steps[0].before, steps[-1].after
    lost = Share(before - after, before)
    gap = (lost.value or 0) > policy.threshold(f"{RULE}.excluded")
    largest = max(steps, key=lambda step: step.before - step.after)
    finding = f"the pilot's filters leave out {percent(lost.value or 0)} of production's {rows(before)}"
    if gap:
        most = percent((largest.before - largest.after) / largest.before if largest.before else 0)
        finding += f"{a_day(pair.production, lost.value)}; `{largest.condition}` alone {most}"
    return Check(
        rule=RULE,
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        finding=finding,
        pilot=Measure(0.0, "share", pair.pilot.rows),
        production=share_of(lost, policy.threshold("any.confidence")),
        affected=lost.value,
        detail={"steps": [[step.condition, step.before, step.after] for step in steps]},
    )


def _inferred(pair: Pair, policy: Policy) -> Iterator[Check]:
    # A filter that nobody wrote down is said only where chance is out of the question, since it ranks first.
    confidence = 1 - (1 - policy.threshold("any.confidence")) / 100
    marks = sorted(_marks(pair, confidence), key=lambda mark: -mark.share)
    kinds = {mark.kind for mark in marks}
    if len(kinds) < _KINDS or marks[0].share <= policy.threshold(f"{RULE}.excluded"):
        yield Check(RULE, Verdict.MATCH, finding="nothing in the pilot looks as if rows had been left out")
        return
    said = ", ".join(mark.said for mark in marks[:4])
    least, most = marks[0].share, min(1.0, sum(mark.share for mark in marks))
    yield Check(
        rule=RULE,
        verdict=Verdict.GAP,
        finding=f"the pilot looks filtered: of production's rows {said}, and of the pilot's {pair.pilot.rows:,} none; "
        f"between {percent(least)} and {percent(most)} would have been left out" + a_day(pair.production, least),
        pilot=Measure(0.0, "share", pair.pilot.rows),
        production=Measure(least, "share", pair.production.rows, least, most),
        affected=least,
        detail={"marks": [[mark.kind, mark.said, mark.share] for mark in marks], "inferred": True},
    )


def _marks(pair: Pair, confidence: float) -> Iterator[_Mark]:
    for each in both(pair):
        if is_label(pair, each):
            continue
        before, after = missing(each.pilot), missing(each.production)
        if _none_of(before, after, confidence):
            yield _Mark("complete", f"{percent(after.value or 0)} lack `{each.name}`", after.value or 0)
        one, two = each.pilot.numbers, each.production.numbers
        if one and two and not identifier(pair, each):
            for kind, count, count_2 in (
                ("zero", one.histogram.zero, two.histogram.zero),
                ("negative", sum(one.histogram.negative.values()), sum(two.histogram.negative.values())),
            ):
                share = Share(count_2, two.histogram.count)
                if _none_of(Share(count, one.histogram.count), share, confidence):
                    yield _Mark("sign", f"{percent(share.value or 0)} have a {kind} `{each.name}`", share.value or 0)
        if comparable(pair) and listed(pair, each):
            yield from _only(each.name, values(each.pilot) or {}, values(each.production) or {}, confidence)
    copies, others = pair.pilot.copies, pair.production.copies
    if copies is not None and others is not None and _none_of(copies, others, confidence):
        yield _Mark("copies", f"{percent(others.value or 0)} are copies of another row", others.value or 0)


def _only(name: str, one: Mapping[str, int], two: Mapping[str, int], confidence: float) -> Iterator[_Mark]:
    """A list of which the pilot holds one value only, and production more."""
    if len(one) != 1 or len(two) <= 1:
        return
    (kept, count), total = next(iter(one.items())), sum(two.values())
    others = Share(total - two.get(kept, 0), total)
    if kept in two and _none_of(Share(0, count), others, confidence):
        said = f"{percent(others.value or 0)} have another `{name}` than {quoted([kept])}"
        yield _Mark("value", said, others.value or 0)


def _none_of(pilot: Share, production: Share, confidence: float) -> bool:
    """Whether the pilot has none of what production has some of, and that is no chance."""
    if pilot.count or not pilot.of or (production.value or 0) < _WORTH:
        return False
    return newcombe(pilot.count, pilot.of, production.count, production.of, confidence).low > 0
