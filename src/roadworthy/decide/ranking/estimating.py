"""From what is known of a use case to what counts of it, or to the reasons why it cannot be ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from roadworthy.decide.ranking.model import (
    Case,
    Estimate,
    NotRankable,
    Part,
    Point,
    RankingPolicy,
    Span,
    Value,
    WhyNot,
)
from roadworthy.decide.ranking.rules import DAY
from roadworthy.foundation.money import Money, minor_digits
from roadworthy.inventory.model import Stage

_WHOLE = 100
"""Percent."""


class Compiled(NamedTuple):
    """A policy made ready for use."""

    policy: RankingPolicy
    currency: str | None
    rates: dict[str, Decimal]
    """What a minor unit of each currency is worth in minor units of the currency of the comparison."""
    stages: frozenset[Stage]
    factors: Span
    """The underestimate in percent."""
    shares: dict[Part, int]


def compile_policy(policy: RankingPolicy, cases: Iterable[Case]) -> Compiled:
    """Make a policy ready; without a declared currency the one that most values are declared in is compared in."""
    currency = policy.currency or _most_frequent(cases)
    rates = {} if currency is None else {currency: Decimal(1)}
    if currency is not None:
        for declared in policy.rates:
            shift = minor_digits(currency) - minor_digits(declared.currency)
            rates[declared.currency] = declared.rate.scaleb(shift)
    shares = policy.commitment
    return Compiled(
        policy,
        currency,
        rates,
        frozenset(policy.stages),
        Span(int(policy.underestimate.low * _WHOLE), int(policy.underestimate.high * _WHOLE)),
        {
            Part.ACCEPTED: shares.accepted,
            Part.OUTCOME_OWNER: shares.outcome_owner,
            Part.TARGET: shares.target,
            Part.DATE: shares.date,
        },
    )


def _most_frequent(cases: Iterable[Case]) -> str | None:
    counts = Counter(case.value.low.currency for case in cases if case.value is not None)
    return min(counts, key=lambda currency: (-counts[currency], currency)) if counts else None


def estimate(case: Case, by: Compiled) -> Estimate | NotRankable:
    """What counts of a use case, or every reason why it cannot be ranked."""
    declared = None if case.value is None else converted(case.value, by)
    reasons = _why_not(case, declared, by)
    if reasons or case.value is None or declared is None:
        return NotRankable(case, reasons)
    share = by.policy.confidence.of(case.value.confidence)
    commitment = sum(by.shares[part] for part in case.parts)
    waiting = by.policy.ownerless * case.unowned
    surcharge = _WHOLE + (waiting // case.blockers if case.blockers else 0)
    low, high = share.low * commitment, share.high * commitment
    counted = Span(declared.low * low // _WHOLE**2, declared.high * high // _WHOLE**2)
    work = Span(
        case.effort.low * by.factors.low * surcharge * DAY // _WHOLE**2,
        case.effort.high * by.factors.high * surcharge * DAY // _WHOLE**2,
    )
    return Estimate(case, declared, Span(share.low, share.high), commitment, surcharge, Point(case.name, counted, work))


def converted(value: Value, by: Compiled) -> Span | None:
    """A declared value in minor units of the currency of the comparison; None without a rate."""
    rate = by.rates.get(value.low.currency)
    if rate is None:
        return None
    if value.low.currency == by.currency:
        return Span(value.low.minor, value.high.minor)
    return Span(_times(value.low, rate), _times(value.high, rate))


def _times(amount: Money, rate: Decimal) -> int:
    return int((amount.minor * rate).quantize(Decimal(1), ROUND_HALF_EVEN))


def _why_not(case: Case, declared: Span | None, by: Compiled) -> tuple[WhyNot, ...]:
    reasons = []
    if case.stage not in by.stages:
        reasons.append(WhyNot.STAGE)
    if case.value is None:
        reasons.append(WhyNot.VALUE)
    elif declared is None:
        reasons.append(WhyNot.RATE)
    elif declared.low < 0 or declared.high <= 0:
        reasons.append(WhyNot.WORTHLESS)
    if Part.ACCEPTED not in case.parts and Part.OUTCOME_OWNER not in case.parts:
        reasons.append(WhyNot.COMMITMENT)
    if case.blockers and case.effort.high == 0:
        reasons.append(WhyNot.EFFORT)
    return tuple(reasons)
