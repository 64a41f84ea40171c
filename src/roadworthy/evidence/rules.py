"""Which claims count: pure functions of the claims and the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from roadworthy.evidence.model import Attestation, Claim, Method
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.inventory.facts import FACTS, Answer

FRESHNESS: dict[Method, dt.timedelta] = {
    Method.REPORTED: dt.timedelta(days=365),
    Method.ATTESTED: dt.timedelta(days=180),
    Method.DOCUMENTED: dt.timedelta(days=365),
}
"""How long a claim holds after the last day it speaks of. Our own choice: inventories are reported once a year,
documents are reviewed once a year, and a person's word is asked for again after half a year. A rubric can ask for
less with `freshWithin`, never for more."""

_STRENGTH = {method: strength for strength, method in enumerate(Method)}
_FAVOURABLE = frozenset({Answer.YES, Answer.NOT_APPLICABLE})


class Standing(NamedTuple):
    """The claim that counts for a fact at an instant."""

    claim: Claim
    live: bool
    """False when every claim about the fact has expired; this is then the one that expired last."""
    contested_by: Claim | None
    """A live claim of a weaker method, observed later, that says no against it."""


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which a day is over, in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)


def expiry(method: Method, observed_to: dt.date) -> dt.datetime:
    """When a claim of this method stops counting; it runs from what was observed, not from when it was handed in."""
    return end_of(observed_to) + FRESHNESS[method]


def reported(answer: Answer, reported_at: dt.datetime) -> Claim:
    """What a spreadsheet said, as a claim."""
    return Claim(answer, Method.REPORTED, reported_at, reported_at + FRESHNESS[Method.REPORTED])


def standing(claims: Sequence[Claim], now: dt.datetime, fresh_within: dt.timedelta | None = None) -> Standing:
    """Choose the claim that counts: live before expired, then the strongest method, then the latest observation.

    A weaker claim never replaces a stronger one, but a later "no" contests it, so that a person's warning is not
    drowned by an older document.

    Args:
        claims: what is known about one fact, at least one claim; withdrawn items are left out by the caller.
        now: the instant of the question.
        fresh_within: how long after its observation a claim counts at most; None leaves its own expiry.

    Returns:
        The claim, its expiry cut to `fresh_within`.
    """
    known = claims if fresh_within is None else [_until(claim, fresh_within) for claim in claims]
    if len(known) == 1:
        return Standing(known[0], known[0].expires_at > now, None)
    live = [claim for claim in known if claim.expires_at > now]
    if not live:
        return Standing(max(known, key=lambda claim: (claim.expires_at, _order(claim))), live=False, contested_by=None)
    chosen = max(live, key=_order)
    return Standing(chosen, live=True, contested_by=_contest(chosen, live))


def _until(claim: Claim, fresh_within: dt.timedelta) -> Claim:
    if claim.observed_at + fresh_within >= claim.expires_at:
        return claim
    return claim._replace(expires_at=claim.observed_at + fresh_within)


def _order(claim: Claim) -> tuple[int, dt.datetime, bool, str]:
    """Ties go against the use case: of two claims equal in method and time, the unfavourable one counts."""
    return _STRENGTH[claim.method], claim.observed_at, claim.answer not in _FAVOURABLE, claim.id or ""


def _contest(chosen: Claim, live: Iterable[Claim]) -> Claim | None:
    if chosen.answer not in _FAVOURABLE:
        return None
    against = [claim for claim in live if claim.answer is Answer.NO and claim.observed_at > chosen.observed_at]
    return max(against, key=lambda claim: (claim.expires_at, _order(claim)), default=None)


def faults(attestation: Attestation, today: dt.date) -> list[Finding]:
    """What is wrong with an attestation as it was handed in.

    Args:
        attestation: the claim.
        today: the current day in UTC.
    """
    found: list[Finding] = []
    if attestation.fact not in FACTS:
        found.append(
            _fault("fact", "evidence-fact-unknown", f"`{attestation.fact}` is not a claim that is known here",
                   did_you_mean(attestation.fact, FACTS))
        )  # fmt: skip
    if attestation.observed_from > attestation.observed_to:
        found.append(
            _fault("observedFrom", "evidence-dates-reversed",
                   f"`{attestation.observed_from}` is after `{attestation.observed_to}`",
                   "give the first day the claim speaks of, then the last")
        )  # fmt: skip
    if attestation.observed_to > today:
        found.append(
            _fault("observedTo", "evidence-from-the-future",
                   f"`{attestation.observed_to}` has not come yet; today is {today} in UTC",
                   "give the last day on which it was observed")
        )  # fmt: skip
    if attestation.link is not None and not attestation.link.lower().startswith(("http://", "https://")):
        found.append(
            _fault("link", "evidence-link-unsafe", f"`{attestation.link}` is not an address that can be opened",
                   "begin it with `https://`, or describe in the statement where the document is kept")
        )  # fmt: skip
    if attestation.method == Method.DOCUMENTED.value and not (attestation.link or attestation.statement):
        found.append(
            _fault("link", "evidence-document-missing", "a documented claim names its document",
                   "give the link, or say in the statement where the document is kept; else choose `attested`")
        )  # fmt: skip
    return found


def _fault(field: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, Place(source="attestation", field=field), remedy)
