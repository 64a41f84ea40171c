"""Puts every rule of the catalogue to a pair of fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from roadworthy.measure.data_audit.concealing import concealed
from roadworthy.measure.data_audit.model import Check, Pair
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import documents, keys, personal, population, schema, sources, time, values

Checks: TypeAlias = Callable[[Pair, Policy], Iterator[Check]]

RULES: tuple[Checks, ...] = (
    sources.checks,
    schema.checks,
    values.checks,
    population.checks,
    time.checks,
    keys.checks,
    personal.checks,
    documents.checks,
)
"""One function for each area of the catalogue."""


def judge(pair: Pair, policy: Policy) -> tuple[Check, ...]:
    """Every check of every area, matches included; no value of a column with personal data is in them."""
    return concealed([check for checks in RULES for check in checks(pair, policy)], pair)
