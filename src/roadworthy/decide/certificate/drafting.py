"""Drafting an envelope: what the use case asks for, what an audit saw of its data, and what was measured of a term.

A term is as strong as what it rests on. What people ask for is declared; it becomes audited where live, measured
evidence bears the bound out, and stays declared where the evidence says less than the bound.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import sqlalchemy as sa

from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Ceilings,
    Dimensions,
    Envelope,
    Fingerprints,
    Members,
    Source,
    Term,
    TermName,
)
from roadworthy.decide.certificate.policy import OPERATING_ENVELOPE, OperatingEnvelope
from roadworthy.evidence import store as evidence
from roadworthy.evidence.model import Item, Method
from roadworthy.inventory.facts import Answer
from roadworthy.measure.data_audit import store as audits

LOAD_TEST: Final = "load-test"
"""The kind of evidence whose result speaks of rates and latencies."""
SLOWEST: Final = ("p95 milliseconds", "p99 milliseconds", "milliseconds")
"""Counters of latency that a time at the 99th percentile bears out."""
PER_SECOND: Final[Mapping[str, int]] = {
    "calls per second": 1,
    "calls per minute": 60,
    "calls per hour": 3_600,
    "calls per day": 86_400,
}
"""Counters that a sustained rate bears out, with their seconds."""

WORDS: Final[Mapping[Source, str]] = {
    Source.DECLARED: "declared, nobody measured it",
    Source.AUDITED: "audited",
    Source.REHEARSED: "rehearsed",
}


def draft(ground: Ground, connection: sa.Connection, use_case: str, now: dt.datetime) -> Envelope:
    """The envelope that could be certified at an instant; the same facts give the same terms."""
    stored = ground.resources.find(OPERATING_ENVELOPE, use_case, connection)
    asked = {} if stored is None else bounds(cast("OperatingEnvelope", stored.spec))
    return enveloped(connection, use_case, asked, now)


def enveloped(connection: sa.Connection, use_case: str, asked: Mapping[TermName, Bound], now: dt.datetime) -> Envelope:
    """The envelope of these bounds, each as strong as the evidence that bears it out at an instant.

    What data it works on is not asked for: it is what the newest audit saw.
    """
    tests = [item for item in evidence.of(connection, use_case) if _speaks(item, now)]
    terms = {name: _term(name, bound, tests) for name, bound in asked.items()}
    data = _data(connection, use_case, now)
    if data is not None:
        terms[TermName.DATA] = data
    return Envelope({name: terms[name] for name in TermName if name in terms})


def bounds(spec: OperatingEnvelope) -> dict[TermName, Bound]:
    """What an envelope asks for, by term."""
    found: dict[TermName, Bound] = {
        name: Ceilings(dict(most))
        for name, most in (
            (TermName.VOLUME, spec.volume),
            (TermName.RATE, spec.rate),
            (TermName.COST, spec.cost),
            (TermName.LATENCY, spec.latency),
        )
        if most is not None
    }
    if spec.population is not None:
        found[TermName.POPULATION] = Dimensions({name: frozenset(some) for name, some in spec.population.items()})
    if spec.data_classes is not None:
        found[TermName.DATA_CLASSES] = Members(frozenset(spec.data_classes))
    if spec.actions is not None:
        found[TermName.ACTIONS] = Actions({each.name: dict(each.most) for each in spec.actions})
    if spec.cohort is not None:
        found[TermName.COHORT] = Members(frozenset(spec.cohort))
    return found


# ---------------------------------------------------------------- what was measured


def _data(connection: sa.Connection, use_case: str, now: dt.datetime) -> Term | None:
    """Fingerprints of production's own data, as the newest audit of each source took them, while its evidence lives."""
    digests, items = {}, set()
    for result in audits.latest_results(connection, use_case):
        run = audits.find_run(connection, result.run)
        item = None if run is None or run.evidence is None else evidence.find(connection, run.evidence)
        if result.production is not None and item is not None and _lives(item, now):
            digests[result.source] = result.production
            items.add(item.id)
    return Term(TermName.DATA, Fingerprints(digests), Source.AUDITED, tuple(sorted(items))) if digests else None


def _speaks(item: Item, now: dt.datetime) -> bool:
    return item.kind == LOAD_TEST and item.method is Method.MEASURED and item.answer is Answer.YES and _lives(item, now)


def _lives(item: Item, now: dt.datetime) -> bool:
    taken = item.withdrawal is not None or item.doubt is not None or item.superseded_by is not None
    return not taken and item.expires_at > now


def _term(name: TermName, bound: Bound, tests: Sequence[Item]) -> Term:
    """A term, audited where a test bears out every counter of it."""
    bearing: set[str] = set()
    if isinstance(bound, Ceilings) and bound.most and name in {TermName.LATENCY, TermName.RATE, TermName.VOLUME}:
        for counter, most in bound.most.items():
            item = next((each for each in tests if _bears_out(name, counter, most, each.result or {})), None)
            if item is None:
                return Term(name, bound, Source.DECLARED)
            bearing.add(item.id)
    source = Source.AUDITED if bearing else Source.DECLARED
    return Term(name, bound, source, tuple(sorted(bearing)))


def _bears_out(name: TermName, counter: str, most: int, result: Mapping[str, Any]) -> bool:
    """Whether a test was under at least this load, or answered within this time."""
    if name is TermName.LATENCY:
        slowest = _number(result.get("slowestMilliseconds"))
        return counter in SLOWEST and slowest is not None and slowest <= most
    seconds, sustained = PER_SECOND.get(counter), _number(result.get("requestsPerSecond"))
    return seconds is not None and sustained is not None and sustained * seconds >= most


def _number(value: object) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(str(value))
    except ValueError:
        return None


# ---------------------------------------------------------------- as people read it


def shown_envelope(envelope: Envelope) -> list[str]:
    """A line per term, and one for those that are missing."""
    lines = [f"{name}: {spoken(term.bound)} ({WORDS[term.source]})" for name, term in envelope.terms.items()]
    missing = ", ".join(envelope.missing)
    return [*lines, f"not bounded: {missing}"] if missing else lines


def spoken(bound: Bound) -> str:
    """A bound in words."""
    match bound:
        case Ceilings(most):
            return _most(most)
        case Members(values):
            return "only " + (", ".join(sorted(values)) or "nothing")
        case Dimensions(values):
            return "; ".join(f"{name} {', '.join(sorted(some))}" for name, some in sorted(values.items()))
        case Actions(limits):
            return "; ".join(_actions(limits)) or "no actions"
        case Fingerprints(digests):
            return ", ".join(f"{name} {digest[:19]}…" for name, digest in sorted(digests.items()))


def _actions(limits: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for name, most in sorted(limits.items()):
        yield f"{name} ({_most(most)})" if most else name


def _most(most: Mapping[str, int]) -> str:
    return ", ".join(f"at most {number:,} {counter}" for counter, number in sorted(most.items()))
