"""Which claims count: pure functions of the claims and the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from roadworthy.evidence.model import Claim, Method
from roadworthy.inventory.facts import Answer

FRESHNESS: dict[Method, dt.timedelta] = {
    Method.REPORTED: dt.timedelta(days=90),
    Method.ATTESTED: dt.timedelta(days=180),
    Method.DOCUMENTED: dt.timedelta(days=270),
    Method.MEASURED: dt.timedelta(days=365),
}
"""How long a claim holds after the last instant it speaks of, where its kind does not say. Our own choice: a
measurement is repeated once a year, and whatever is known less well is asked for again sooner, by a quarter of a year
per step. A kind can say otherwise per method; a rubric can ask for less with `freshWithin`, never for more."""

CREDIT: dict[Method, int] = {
    Method.DECLARED: 100,
    Method.REPORTED: 50,
    Method.ATTESTED: 80,
    Method.DOCUMENTED: 90,
    Method.MEASURED: 100,
}
"""What a claim that counts in full is worth, in percent; one that counts in part is worth half of it. Our own choice:
a person's word turns a criterion, and what was measured turns it further. What a record declares about itself is a
matter of definition and not of proof."""

SATISFYING = frozenset({Method.ATTESTED, Method.DOCUMENTED, Method.MEASURED})
"""Methods by which a claim can count in full."""

_STRENGTH = {method: strength for strength, method in enumerate(Method)}
_NO = Answer.NO
_FAVOURABLE = frozenset({Answer.YES, Answer.NOT_APPLICABLE})
_UNDER_WAY = frozenset({Answer.IN_PROGRESS, Answer.WAIVED})


class Standing(NamedTuple):
    """The claim that counts for a fact at an instant."""

    claim: Claim
    live: bool
    """False when nothing that speaks for the use case is alive: the claim is then a no whose own time is over, or the
    one that expired last."""
    contested_by: Claim | None
    """A claim of a weaker method, observed later, that says no against it."""


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which a day is over, in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)


def expiry(method: Method, observed_to: dt.datetime) -> dt.datetime:
    """When a claim of this method stops counting; it runs from what was observed, not from when it was handed in."""
    return observed_to + FRESHNESS[method]


def reported(answer: Answer, reported_at: dt.datetime) -> Claim:
    """What a spreadsheet said, as a claim."""
    return Claim(answer, Method.REPORTED, reported_at, reported_at + FRESHNESS[Method.REPORTED])


def standing(
    claims: Sequence[Claim],
    now: dt.datetime,
    fresh_within: dt.timedelta | None = None,
    accepted: frozenset[Method] = SATISFYING,
) -> Standing:
    """Choose the claim that counts.

    What speaks for the use case counts until it expires. A "no" does not lapse: only something favourable that is
    later, by a method at least as strong, answers it; superseding or withdrawing it takes it away. Until then it shuts
    out what is weaker or older than itself, and contests an older claim of a stronger method, so that a person's
    warning is not drowned by an older document. What is under way shuts out an older answer that is no stronger. Of
    what is left counts what is worth most. So a claim's expiry can only make things worse, whatever else is known.

    Args:
        claims: what is known about one fact, at least one claim; withdrawn items are left out by the caller.
        now: the instant of the question.
        fresh_within: how long after its observation a claim counts at most; None leaves its own expiry.
        accepted: methods by which a claim counts in full.

    Returns:
        The claim, its expiry cut to `fresh_within`.
    """
    known = claims if fresh_within is None else [_until(claim, fresh_within) for claim in claims]
    if len(known) == 1:
        return Standing(known[0], known[0].expires_at > now, None)
    refusals = _unanswered(known)
    left = [
        (claim, _contest(claim, refusals))
        for claim in known
        if claim.expires_at > now and claim.answer is not _NO and not _is_shut_out(claim, known, refusals)
    ]
    if left:
        claim, against = max(left, key=lambda each: (_value(each[0], each[1], accepted), _order(each[0])))
        return Standing(claim, live=True, contested_by=against)
    if refusals:
        claim = max(refusals, key=_order)
        return Standing(claim, claim.expires_at > now, contested_by=None)
    over = [claim for claim in known if claim.answer is not _NO]
    return Standing(max(over, key=lambda claim: (claim.expires_at, _order(claim))), live=False, contested_by=None)


def _until(claim: Claim, fresh_within: dt.timedelta) -> Claim:
    if claim.observed_at + fresh_within >= claim.expires_at:
        return claim
    return claim._replace(expires_at=claim.observed_at + fresh_within)


def _order(claim: Claim) -> tuple[int, dt.datetime, bool, str]:
    """Ties go against the use case: of two claims equal in method and time, the unfavourable one counts."""
    return _STRENGTH[claim.method], claim.observed_at, claim.answer not in _FAVOURABLE, claim.id or ""


def _value(claim: Claim, against: Claim | None, accepted: frozenset[Method]) -> int:
    """Twice what it is worth, so that half of it is whole."""
    full = against is None and claim.doubt is None and claim.answer in _FAVOURABLE and claim.method in accepted
    return 2 * CREDIT[claim.method] if full else CREDIT[claim.method]


def _answers(claim: Claim, refusal: Claim) -> bool:
    """Whether a claim is later than a no, by a method at least as strong."""
    return claim.observed_at > refusal.observed_at and _STRENGTH[claim.method] >= _STRENGTH[refusal.method]


def _unanswered(known: Sequence[Claim]) -> list[Claim]:
    """The noes that nothing favourable and undisputed has answered, whether or not that still counts itself."""
    refusals = [claim for claim in known if claim.answer is _NO]
    if not refusals:
        return refusals
    good = [claim for claim in known if claim.answer in _FAVOURABLE and claim.doubt is None]
    return [refusal for refusal in refusals if not any(_answers(claim, refusal) for claim in good)]


def _is_shut_out(claim: Claim, known: Sequence[Claim], refusals: Sequence[Claim]) -> bool:
    strength = _STRENGTH[claim.method]
    for refusal in refusals:
        if strength <= _STRENGTH[refusal.method] and not _answers(claim, refusal):
            return True
    return claim.answer in _FAVOURABLE and any(
        other.answer in _UNDER_WAY and _STRENGTH[other.method] >= strength and other.observed_at >= claim.observed_at
        for other in known
    )


def _contest(claim: Claim, refusals: Sequence[Claim]) -> Claim | None:
    if claim.answer not in _FAVOURABLE:
        return None
    return max((refusal for refusal in refusals if refusal.observed_at > claim.observed_at), key=_order, default=None)
