"""Envelopes as the hot path reads them: sets and pairs, made once for each version of a certificate.

What is asked is compared with every term. What somebody does not say about himself is outside where a term bounds it,
because silence is no answer. Two terms are compared only where something is said of them: fingerprints of data, which
an audit judges and no single call can, and latency, which is known when the call is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

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
from roadworthy.foundation.digests import digest

_LONGEST: Final = 80
_BEGINS: Final = 50


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
    agent: str | None = None
    """Name of the declared workload that wants it; a stop switch may be set for it."""
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
    """A counter; a dimension, with its value where one was said; a class of data; an action."""


Check: TypeAlias = Callable[[Asked], Iterator[Outside]]
"""Everything of one term that is outside, in the order of the term."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """An envelope, ready to be asked."""

    checks: tuple[Check, ...]
    ceilings: Mapping[str, int]
    """What whoever counts has to hold, over all terms."""
    actions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What may be done, each with its own ceilings; empty where no term bounds actions."""

    def outside(self, asked: Asked) -> Outside | None:
        """The first thing that is not within it; None where everything is."""
        for check in self.checks:
            for found in check(asked):
                return found
        return None

    def all_outside(self, asked: Asked) -> Iterator[Outside]:
        """Everything that is not within it, since who lets one thing pass lets no other one pass."""
        for check in self.checks:
            yield from check(asked)


def compiled(envelope: Envelope) -> Compiled:
    """Get an envelope ready. A term that it does not have bounds nothing."""
    checks: list[Check] = []
    ceilings: dict[str, int] = {}
    actions: Mapping[str, Mapping[str, int]] = {}
    for name in TermName:
        term = envelope.terms.get(name)
        if term is None:
            continue
        checks.append(_check(name, term.bound))
        if isinstance(term.bound, Ceilings):
            ceilings.update(term.bound.most)
        elif isinstance(term.bound, Actions):
            actions = term.bound.limits
    return Compiled(tuple(checks), MappingProxyType(ceilings), MappingProxyType(dict(actions)))


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


def _over(most: tuple[tuple[str, int], ...], counts: Mapping[str, int], *, known_before: bool) -> Iterator[str]:
    """The counters that are over their ceiling, or that nobody has counted."""
    for counter, ceiling in most:
        count = counts.get(counter)
        if count is None:
            if known_before:
                yield counter
        elif count > ceiling:
            yield counter


def _ceilings(name: TermName, most: tuple[tuple[str, int], ...], *, known_before: bool) -> Check:
    def check(asked: Asked) -> Iterator[Outside]:
        for over in _over(most, asked.counts, known_before=known_before):
            yield Outside(name, over)

    return check


def _classes(name: TermName, values: frozenset[str]) -> Check:
    def check(asked: Asked) -> Iterator[Outside]:
        if not asked.data_classes:
            yield Outside(name, "not said")
        for each in asked.data_classes:
            if each not in values:
                yield Outside(name, _short(each))

    return check


def _cohort(name: TermName, values: frozenset[str]) -> Check:
    def check(asked: Asked) -> Iterator[Outside]:
        for each in asked.cohort:
            if each in values:
                return
        yield Outside(name, "not a member")

    return check


def _dimensions(name: TermName, values: tuple[tuple[str, frozenset[str]], ...]) -> Check:
    def check(asked: Asked) -> Iterator[Outside]:
        for dimension, some in values:
            said = asked.population.get(dimension)
            if said is None:
                yield Outside(name, dimension)
            elif said not in some:
                yield Outside(name, f"{dimension}={_short(said)}")

    return check


def _actions(name: TermName, limits: Mapping[str, tuple[tuple[str, int], ...]]) -> Check:
    def check(asked: Asked) -> Iterator[Outside]:
        if asked.action is None:
            if asked.effect:
                yield Outside(name, "not said")
            return
        most = limits.get(asked.action)
        if most is None:
            yield Outside(name, asked.action)
            return
        for over in _over(most, asked.action_counts, known_before=True):
            yield Outside(name, f"{asked.action}: {over}")

    return check


def _fingerprints(name: TermName, digests: tuple[tuple[str, str], ...]) -> Check:
    def check(asked: Asked) -> Iterator[Outside]:
        for source, known in digests:
            said = asked.data.get(source)
            if said is not None and said != known:
                yield Outside(name, source)

    return check


def _short(said: str) -> str:
    """What a caller says, as it is named to others: a long text by its beginning and its digest."""
    return said if len(said) <= _LONGEST else f"{said[:_BEGINS]}… ({digest(said.encode())[-12:]})"
