"""What narrower means, what a policy comes to, and when a cause acts; pure, so that laws can be stated about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from roadworthy.decide.certificate.model import (
    Actions,
    Bound,
    Cause,
    Ceilings,
    Dimensions,
    Envelope,
    Fingerprints,
    Members,
    Source,
    Term,
    TermName,
    Trouble,
)
from roadworthy.decide.certificate.policy import CausePolicy, CertificatePolicy, span
from roadworthy.foundation.errors import Finding, Place

_WHOLE = 100
_AMOUNTS = frozenset({TermName.VOLUME, TermName.RATE, TermName.ACTIONS})

# ---------------------------------------------------------------- narrower


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is left of an envelope."""

    ceilings: int = _WHOLE
    """Percent that is kept of every ceiling of volume and rate, and of every limit of an action."""
    actions: frozenset[str] | None = None
    """The only actions that go on; None for all."""
    cohort: frozenset[str] | None = None
    """The only groups that go on; None for all."""


def narrower(envelope: Envelope, by: Narrowing) -> Envelope:
    """An envelope that admits nothing that the given one does not.

    A term that is not there bounds nothing; where only some actions or groups go on, it is there afterwards. Cost and
    latency say how well it runs and not how much may be done: half of them would be out of reach, and not less.
    """
    terms = {
        name: replace(term, bound=_reduced(term.bound, by.ceilings)) if name in _AMOUNTS else term
        for name, term in envelope.terms.items()
    }
    if by.actions is not None:
        kept = terms.get(TermName.ACTIONS)
        before = None if kept is None else kept.bound
        limits = before.limits if isinstance(before, Actions) else {name: {} for name in by.actions}
        only = Actions({name: most for name, most in limits.items() if name in by.actions})
        terms[TermName.ACTIONS] = _term(kept, TermName.ACTIONS, only)
    if by.cohort is not None:
        kept = terms.get(TermName.COHORT)
        before = None if kept is None else kept.bound
        groups = by.cohort & before.values if isinstance(before, Members) else by.cohort
        terms[TermName.COHORT] = _term(kept, TermName.COHORT, Members(groups))
    return Envelope({name: terms[name] for name in TermName if name in terms})


def _term(kept: Term | None, name: TermName, bound: Bound) -> Term:
    return Term(name, bound, Source.DECLARED) if kept is None else replace(kept, bound=bound)


def _reduced(bound: Bound, percent: int) -> Bound:
    match bound:
        case Ceilings(most):
            return Ceilings(_less(most, percent))
        case Actions(limits):
            return Actions({name: _less(most, percent) for name, most in limits.items()})
        case _:
            return bound


def _less(most: Mapping[str, int], percent: int) -> dict[str, int]:
    return {name: number * percent // _WHOLE for name, number in most.items()}


def within(inner: Envelope, outer: Envelope) -> bool:
    """Whether an envelope admits nothing that another does not, read off the bounds.

    What is not bounded is admitted, so whatever the outer bounds, the inner has to bound at least as closely.
    """
    return all(
        name in inner.terms and _bound_within(inner.terms[name].bound, term.bound) for name, term in outer.terms.items()
    )


def _bound_within(inner: Bound, outer: Bound) -> bool:
    match inner, outer:
        case Ceilings(few), Ceilings(many):
            return _lower(few, many)
        case Members(few), Members(many):
            return few <= many
        case Dimensions(few), Dimensions(many):
            return all(name in few and few[name] <= some for name, some in many.items())
        case Actions(few), Actions(many):
            return all(name in many and _lower(most, many[name]) for name, most in few.items())
        case Fingerprints(few), Fingerprints(many):
            return all(few.get(name) == digest for name, digest in many.items())
        case _:
            return False


def _lower(few: Mapping[str, int], many: Mapping[str, int]) -> bool:
    return all(name in few and few[name] <= most for name, most in many.items())


# ---------------------------------------------------------------- what a policy comes to


@dataclass(frozen=True, slots=True)
class Acts:
    """What a cause does, counted from when it began."""

    notice: dt.timedelta
    """Least time between telling and acting."""
    narrow_after: dt.timedelta | None
    suspend_after: dt.timedelta | None


@dataclass(frozen=True, slots=True)
class Policy:
    """A certificate policy as it is in force."""

    digest: str
    lasts: dt.timedelta
    notices: tuple[dt.timedelta, ...]
    condition_notices: tuple[dt.timedelta, ...]
    max_age: dt.timedelta
    grace: dt.timedelta
    self_test: dt.timedelta
    """Nothing for never."""
    narrowing: Narrowing
    causes: Mapping[Cause, Acts]


def compiled(declared: CertificatePolicy, shipped: CertificatePolicy, digest: str) -> Policy:
    """What is declared, and where that is silent, what ships.

    Args:
        declared: the organisation's own.
        shipped: says everything.
        digest: names what is declared.
    """
    both = (declared, shipped)
    narrowing = declared.narrowing or shipped.narrowing
    assert narrowing is not None  # noqa: S101 - a test holds the policy that ships to saying everything
    notice = _first(*(each.notice for each in both))
    return Policy(
        digest=digest,
        lasts=_first(*(each.lasts for each in both)),
        notices=_ahead(declared.notices if declared.notices is not None else shipped.notices),
        condition_notices=_ahead(
            declared.condition_notices if declared.condition_notices is not None else shipped.condition_notices
        ),
        max_age=_first(*(each.max_age for each in both)),
        grace=_first(*(each.grace for each in both)),
        self_test=_first(*(each.self_test for each in both)),
        narrowing=Narrowing(
            _WHOLE if narrowing.ceilings is None else narrowing.ceilings,
            None if narrowing.actions is None else frozenset(narrowing.actions),
            None if narrowing.cohort is None else frozenset(narrowing.cohort),
        ),
        causes={
            cause: _acts(declared.causes.of(cause) or shipped.causes.of(cause) or CausePolicy(), notice)
            for cause in Cause
            if cause is not Cause.EXPIRY
        },
    )


def _acts(said: CausePolicy, notice: dt.timedelta) -> Acts:
    return Acts(
        notice if said.notice is None else span(said.notice),
        None if said.narrow_after is None else span(said.narrow_after),
        None if said.suspend_after is None else span(said.suspend_after),
    )


def _first(*said: str | None) -> dt.timedelta:
    return span(next((each for each in said if each is not None), "0"))


def _ahead(said: tuple[str, ...] | None) -> tuple[dt.timedelta, ...]:
    return tuple(sorted((span(each) for each in said or ()), reverse=True))


# ---------------------------------------------------------------- when a cause acts


def due(since: dt.datetime, told_at: dt.datetime, acts: Acts) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When a cause narrows and when it suspends; None for never.

    Nobody is surprised, also where a clock jumps or a process was down: nothing happens sooner than the notice after
    the owners were told, and a suspension not sooner than the notice after the narrowing.
    """
    earliest = told_at + acts.notice
    narrows = None if acts.narrow_after is None else max(since + acts.narrow_after, earliest)
    if acts.suspend_after is None:
        return narrows, None
    after_narrowing = earliest if narrows is None else narrows + acts.notice
    return narrows, max(since + acts.suspend_after, after_narrowing)


def put_off(trouble: Trouble, narrowed_at: dt.datetime, notice: dt.timedelta) -> dt.datetime | None:
    """When a cause suspends, given when it really narrowed: never sooner than the notice after it."""
    return None if trouble.suspends_at is None else max(trouble.suspends_at, narrowed_at + notice)


def next_move(trouble: Trouble) -> dt.datetime | None:
    """When an open trouble acts next; None where it does not."""
    if trouble.ended_at is not None or trouble.accepted_by is not None or trouble.told_at is None:
        return None
    if trouble.narrows_at is not None and trouble.narrowed_at is None:
        return trouble.narrows_at
    return trouble.suspends_at if trouble.suspended_at is None else None


# ---------------------------------------------------------------- an envelope that somebody wants certified


def faults(envelope: Envelope) -> list[Finding]:
    """What is wrong with it, beside its form: a bound that admits nothing at all was hardly meant."""
    return [
        Finding(
            "envelope-term-empty",
            f"the term `{name}` admits nothing",
            Place(field=f"envelope.terms.{name}.bound"),
            "name at least one, or leave the term out and have it shown as missing",
        )
        for name, term in envelope.terms.items()
        if (isinstance(term.bound, Members | Dimensions) and not term.bound.values)
        or (isinstance(term.bound, Fingerprints) and not term.bound.digests)
    ]
