"""Limits in words."""

from __future__ import annotations

from roadworthy.foundation.money import Money
from roadworthy.operate.admission.limits.model import Limit, currency_of, micro_per_minor


def amount(count: int, unit: str) -> str:
    """How much of a unit, as people write it; money rounded up to its smallest coin."""
    currency = currency_of(unit)
    if currency is None:
        return f"{count:,}"
    return str(Money(-(-count // micro_per_minor(currency)), currency))


def shown(limit: Limit) -> str:
    """A ceiling in words: `2,000 calls per day`, `120 EUR per month`, `20 calls at the same time`."""
    currency = currency_of(limit.unit)
    if currency is None:
        return f"{limit.most:,} {limit.counter}"
    _, per, span = limit.counter.partition(" per ")
    if not per:
        _, per, span = limit.counter.partition(" in any ")
    return f"{amount(limit.most, limit.unit)}{per}{span}"
