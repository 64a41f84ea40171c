"""What is to be predicted: whether it is there, as frequent as in the pilot, and not given away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, is_label, missing, values, words
from roadworthy.measure.data_audit.rules.proportions import outcomes
from roadworthy.measure.data_audit.rules.wording import a_day, duration, percent, rows, settled, share_of
from roadworthy.measure.fingerprint.model import Form, Share

_OUTCOME = frozenset(
    [
        *("answer", "approved", "chargeback", "chargebacks", "closed", "decision", "dispute", "disputes", "disputed"),
        *("final", "label", "outcome", "outcomes", "refunded", "resolution", "resolved", "result", "settled", "signed"),
        *("target", "verdict"),
    ]
)
"""Words of names of columns that are filled in after the event, by those who then know."""
_FEW = 20


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Everything about the declared label; columns that know the outcome are looked for without one too."""
    label = pair.pilot.declared.label
    if label is not None:
        yield from _available(pair, policy, label)
        each = next((each for each in both(pair) if is_label(pair, each)), None)
        if each is not None:
            yield from _prevalence(policy, each)
    yield from _leaked(pair, policy)


def _available(pair: Pair, policy: Policy, label: str) -> Iterator[Check]:
    each = next((each for each in both(pair) if is_label(pair, each)), None)
    before = pair.pilot.column(label)
    if each is None:
        yield Check(
            rule="label-unavailable",
            verdict=Verdict.GAP,
            column=label,
            finding=f"production has no `{label}`, so that nobody will know how good the system is",
            pilot=Measure(before.present if before else None, "rows", pair.pilot.rows),
            production=Measure(0, "rows", pair.production.rows),
            affected=1.0,
        )
        return
    confidence = policy.threshold("any.confidence")
    shares = missing(each.pilot), missing(each.production)
    outcome = outcomes([shares], policy.threshold("label-unavailable.delta"), confidence)[0]
    gap = outcome.verdict is Verdict.GAP
    share = shares[1].value or 0.0
    yield Check(
        rule="label-unavailable",
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        column=label,
        finding=f"`{label}` is missing in {percent(share)} of production's {rows(shares[1].of)} and in "
        f"{percent(shares[0].value or 0.0)} of the pilot's {shares[0].of:,}"
        + (a_day(pair.production, share) if gap else ""),
        pilot=share_of(shares[0], confidence),
        production=share_of(shares[1], confidence),
        affected=share,
    )
    yield from _delay(pair, label)


def _delay(pair: Pair, label: str) -> Iterator[Check]:
    """How long the label takes at the mean, from the days of both; only where the pilot had it without waiting."""
    delays = []
    for side in (pair.pilot, pair.production):
        event = side.column(side.declared.event_time or "")
        known = side.column(side.declared.label_time or "")
        if event is None or known is None or event.moments is None or known.moments is None:
            return
        if not event.moments.days or not known.moments.days:
            return
        delays.append(_mean(known.moments.days) - _mean(event.moments.days))
    before, after = delays
    if after - before < 1:
        return
    yield Check(
        rule="label-unavailable",
        verdict=Verdict.GAP,
        column=label,
        scope="delay",
        finding=f"`{label}` is known {duration(after * 86400)} after the event in production at the mean, and in the "
        f"pilot {duration(max(0.0, before) * 86400)}: errors show that much later",
        pilot=Measure(before * 86400, "seconds"),
        production=Measure(after * 86400, "seconds"),
        affected=1.0,
    )


def _mean(days: Mapping[dt.date, int]) -> float:

    total = sum(days.values())
    return sum(day.toordinal() * count for day, count in days.items()) / total if total else 0.0


def _prevalence(policy: Policy, each: Both) -> Iterator[Check]:
    one, two = values(each.pilot), values(each.production)
    if not one or not two or max(len(one), len(two)) > _FEW:
        return
    n, m = sum(one.values()), sum(two.values())
    confidence, limit = policy.threshold("any.confidence"), policy.threshold("label-shifted.share")
    names = sorted({*one, *two})
    pairs = [(Share(one.get(name, 0), n), Share(two.get(name, 0), m)) for name in names]
    judged = outcomes(pairs, limit, confidence, either_way=True)
    position = max(range(len(names)), key=lambda at: (judged[at].verdict is Verdict.GAP, abs(judged[at].difference)))
    rarest = min(range(len(names)), key=lambda at: pairs[at][0].count + pairs[at][1].count)
    at = position if len(names) != 2 else rarest  # noqa: PLR2004 - of two values both say the same
    outcome, (before, after) = judged[at], pairs[at]
    finding = (
        f"`{each.name}` is `{names[at]}` in {percent(after.value or 0)} of production's {m:,} rows and in "
        f"{percent(before.value or 0)} of the pilot's {n:,}"
    )
    unknown = outcome.verdict is Verdict.UNKNOWN
    yield Check(
        rule="label-shifted",
        verdict=outcome.verdict,
        column=each.name,
        finding=finding + (settled(outcome.needed) if unknown else ""),
        pilot=share_of(before, confidence),
        production=share_of(after, confidence),
        affected=abs(outcome.difference),
        needed=outcome.needed,
    )


# ---------------------------------------------------------------- leaks


def _leaked(pair: Pair, policy: Policy) -> Iterator[Check]:
    found = [*_alone(pair, policy), *_only_in_the_pilot(pair), *_later(pair)]
    seen: set[str | None] = set()
    for check in found:
        if check.column not in seen:
            seen.add(check.column)
            yield check
    if not found:
        yield Check("label-leaked", Verdict.MATCH, finding="no column was seen to give the outcome away")


def _alone(pair: Pair, policy: Policy) -> Iterator[Check]:
    for name, area in pair.live.single_column.items():
        if area > policy.threshold("label-leaked.auc") and name != pair.pilot.declared.label:
            yield Check(
                rule="label-leaked",
                verdict=Verdict.GAP,
                column=name,
                finding=f"`{name}` alone tells the pilot's `{pair.pilot.declared.label}` with an area under the curve "
                f"of {area:.3f}: it may have been filled in once the outcome was known",
                pilot=Measure(area, "area"),
                affected=1.0,
            )


def _only_in_the_pilot(pair: Pair) -> Iterator[Check]:
    """A column of outcomes that production does not have: the pilot read what nobody knows in time."""
    for name in pair.matching.lost:
        # Of a nested name only the end says what it is: nothing of `record.target.patient.city` is an outcome.
        if set(words(name.rpartition(".")[2])) & _OUTCOME and name not in {
            pair.pilot.declared.label,
            pair.pilot.declared.label_time,
        }:
            yield Check(
                rule="label-leaked",
                verdict=Verdict.GAP,
                column=name,
                finding=f"`{name}` is in the pilot only and by its name is known after the event: what the pilot read "
                "there nobody has when the system must act",
                pilot=Measure(pair.pilot.rows, "rows"),
                affected=1.0,
            )


def _later(pair: Pair) -> Iterator[Check]:
    """Times that lie after the moment of deciding."""
    declared = pair.pilot.declared
    decision = pair.pilot.column(declared.decision_time or "")
    if decision is None or decision.moments is None or not decision.moments.days:
        return
    apart = {declared.event_time, declared.ingest_time, declared.decision_time, declared.label_time, declared.label}
    at = _mean(decision.moments.days)
    for column in pair.pilot.columns:
        moments = column.moments
        if column.form is not Form.TIMESTAMP or column.name in apart or moments is None or not moments.days:
            continue
        if _mean(moments.days) - at > 1 and moments.least > decision.moments.least:
            yield Check(
                rule="label-leaked",
                verdict=Verdict.GAP,
                column=column.name,
                finding=f"`{column.name}` lies {duration((_mean(moments.days) - at) * 86400)} after "
                f"`{decision.name}` at the mean: it is not known when the system must act",
                pilot=Measure((_mean(moments.days) - at) * 86400, "seconds", column.present),
                affected=1.0,
            )
