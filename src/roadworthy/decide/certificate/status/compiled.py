"""Envelopes as the hot path reads them: sets and pairs, made once for each version of a certificate.

What is asked is compared with every term. What somebody does not say about himself is outside where a term bounds it,
because silence is no answer. Two terms are compared only where something is said of them: fingerprints of data, which
an audit judges and no single call can, and latency, which is known when the call is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Ceilings,
    Dimensions,
    Envelope,
    Fingerprints,
    Members,
    TermName,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to do, as far as he says it."""

    effect: bool = True
    """Whether anything outside is changed by it; a call that only reads or answers is permitted for longer."""
    data_classes: Collection[str] = ()
    """Of everything that goes in."""
    population: Mapping[str, str] = field(default_factory=dict)
    """For whom, by dimension."""
    cohort: Collection[str] = ()
    """Groups of people to which whoever uses it belongs."""
    action: str | None = None
    """What is done; None for a call that does nothing but answer."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What each counter would come to, this one included: `calls per day`."""
    action_counts: Mapping[str, int] = field(default_factory=dict)
    """The same, of this action alone: `per hour`."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Digests of fingerprints by data source, where they are known."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What is not within an envelope."""

    term: TermName
    what: str
    """A counter, a dimension, a class of data, an action."""


Check: TypeAlias = Callable[[Asked], Outside | None]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An envelope, ready to be asked."""

    checks: tuple[Check, ...]
    ceilings: Mapping[str, int]
    """What whoever counts has to hold, over all terms."""

    def outside(self, asked: Asked) -> Outside | None:
        """The first thing that is not within it; None where everything is."""
        for check in self.checks:
            found = check(asked)
            if found is not None:
                return found
        return None


def compiled(envelope: Envelope) -> Compiled:
    """Get an envelope ready. A term that it does not have bounds nothing."""
    checks: list[Check] = []
    ceilings: dict[str, int] = {}
    for name in TermName:
        term = envelope.terms.get(name)
        if term is None:
            continue
        checks.append(_check(name, term.bound))
        if isinstance(term.bound, Ceilings):
            ceilings.update(term.bound.most)
    return Compiled(tuple(checks), MappingProxyType(ceilings))


def _check(name: TermName, bound: Bound) -> Check:
    match bound:
        case Ceilings(most):
            return _ceilings(name, tuple(sorted(most.items())), known_before=name is not TermName.LATENCY)
        case Members(values):
            return _classes(name, values) if name is TermName.DATA_CLASSES else _cohort(name, values)
        case Dimensions(values):
            return _dimensions(name, tuple(sorted(values.items())))
        case Actions(limits):
            return _actions(name, {action: tuple(sorted(most.items())) for action, most in limits.items()})
        case Fingerprints(digests):
            return _fingerprints(name, tuple(sorted(digests.items())))


def _over(most: tuple[tuple[str, int], ...], counts: Mapping[str, int], *, known_before: bool) -> str | None:
    """The first counter that is over its ceiling, or that nobody has counted."""
    for counter, ceiling in most:
        count = counts.get(counter)
        if count is None:
            if known_before:
                return counter
        elif count > ceiling:
            return counter
    return None


def _ceilings(name: TermName, most: tuple[tuple[str, int], ...], *, known_before: bool) -> Check:
    def check(asked: Asked) -> Outside | None:
        over = _over(most, asked.counts, known_before=known_before)
        return None if over is None else Outside(name, over)

    return check


def _classes(name: TermName, values: frozenset[str]) -> Check:
    def check(asked: Asked) -> Outside | None:
        if not asked.data_classes:
            return Outside(name, "not said")
        for each in asked.data_classes:
            if each not in values:
                return Outside(name, each)
        return None

    return check


def _cohort(name: TermName, values: frozenset[str]) -> Check:
    def check(asked: Asked) -> Outside | None:
        for each in asked.cohort:
            if each in values:
                return None
        return Outside(name, "not a member")

    return check


def _dimensions(name: TermName, values: tuple[tuple[str, frozenset[str]], ...]) -> Check:
    def check(asked: Asked) -> Outside | None:
        for dimension, some in values:
            if asked.population.get(dimension) not in some:
                return Outside(name, dimension)
        return None

    return check


def _actions(name: TermName, limits: Mapping[str, tuple[tuple[str, int], ...]]) -> Check:
    def check(asked: Asked) -> Outside | None:
        if asked.action is None:
            return Outside(name, "not said") if asked.effect else None
        most = limits.get(asked.action)
        if most is None:
            return Outside(name, asked.action)
        over = _over(most, asked.action_counts, known_before=True)
        return None if over is None else Outside(name, f"{asked.action}: {over}")

    return check


def _fingerprints(name: TermName, digests: tuple[tuple[str, str], ...]) -> Check:
    def check(asked: Asked) -> Outside | None:
        for source, digest in digests:
            said = asked.data.get(source)
            if said is not None and said != digest:
                return Outside(name, source)
        return None

    return check
