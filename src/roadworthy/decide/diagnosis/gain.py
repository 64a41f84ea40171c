"""How much an answer tells: expected information gain in bits.

A failure mode that cannot be told yet is a yes-or-no quantity M. With P the probability that it is there, its
uncertainty is H(P) = -P log2 P - (1 - P) log2 (1 - P) (C. E. Shannon, A Mathematical Theory of Communication, 1948,
section 6). Answering a question Q settles one or more signs; the gain is the mutual information

    I(M; Q) = H(M) - sum over answers a of P(Q = a) H(M | Q = a)

computed exactly, under the assumption that the signs which are not known are independent. A question that bears on
several open modes adds their gains up. That counts twice what two modes have in common; it orders questions, it does
not measure knowledge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from roadworthy.decide.diagnosis.logic import Rule, Truth

EVEN = 0.5
"""The probability of a sign of which no use case has said anything: nothing speaks for either answer."""

NOISE = 1e-12
"""Bits; what rounding leaves of a gain that is nothing."""


def entropy(chance: float) -> float:
    """The uncertainty of a yes-or-no quantity, in bits: 1 where both are as likely, 0 where it is certain."""
    if chance <= 0.0 or chance >= 1.0:
        return 0.0
    return -chance * math.log2(chance) - (1.0 - chance) * math.log2(1.0 - chance)


def prior(holding: int, failing: int) -> float:
    """The share of use cases in which a sign holds, of those of which it is known: Laplace's rule of succession.

    (holding + 1) / (holding + failing + 2) is one half where nothing is known and never quite 0 or 1 (P. S. Laplace,
    Essai philosophique sur les probabilites, 1814).
    """
    return (holding + 1) / (holding + failing + 2)


def gain(rule: Rule, known: Sequence[Truth], chances: Sequence[float], asked: Sequence[int]) -> float:
    """What settling some signs is expected to tell about a rule, in bits; never negative.

    Args:
        rule: the failure mode's rule.
        known: what is known of each of its signs.
        chances: the probability of each sign.
        asked: the signs that the answer settles; those that are known already do not matter.
    """
    open_ = [position for position in asked if known[position] is None]
    if not open_:
        return 0.0
    left = 0.0
    for values in product((True, False), repeat=len(open_)):
        settled, weight = list(known), 1.0
        for position, value in zip(open_, values, strict=True):
            settled[position] = value
            weight *= chances[position] if value else 1.0 - chances[position]
        left += weight * entropy(rule.chance(settled, chances))
    bits = entropy(rule.chance(known, chances)) - left
    return bits if bits > NOISE else 0.0
