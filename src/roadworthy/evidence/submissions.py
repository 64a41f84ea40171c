"""Handing in: what a submission must hold, by which method it counts and until when. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from roadworthy.evidence.model import Method, Submission
from roadworthy.evidence.rules import end_of
from roadworthy.evidence.schemas import EvidenceKind, days_of, result_faults
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.inventory.facts import FACTS, Answer

_STRENGTH = {method: strength for strength, method in enumerate(Method)}

SKEW = dt.timedelta(minutes=2)
"""By so much a collector's clock may run ahead of ours before its instants count as the future. Our own choice:
machines that keep their time by NTP differ by far less, and nothing that holds for months gains by two minutes."""


def expires_at(
    method: Method, observed_to: dt.datetime, kind: EvidenceKind | None = None, sooner: dt.datetime | None = None
) -> dt.datetime:
    """When a claim of this method stops counting; it runs from what was observed, not from when it was handed in.

    Args:
        method: how it is known.
        observed_to: the end of what it speaks of.
        kind: whose days apply; None for the usual ones.
        sooner: an earlier end that was asked for; a later one than the method's changes nothing.
    """
    latest = observed_to + dt.timedelta(days=days_of(kind)[method])
    return latest if sooner is None else min(latest, sooner)


def method_of(submission: Submission) -> Method:
    """How a claim that somebody handed in came to be known: by a document that can be opened, or by their word.

    Nothing that is handed in is `measured`; that needs a collector's signature.
    """
    return Method.DOCUMENTED if submission.link or submission.attachments else Method.ATTESTED


def at_least_as_strong(left: Method, right: Method) -> bool:
    """Whether a claim of the left method may take the place of one of the right."""
    return _STRENGTH[left] >= _STRENGTH[right]


def opens(answer: Answer) -> bool:
    """Whether an answer can help a gate open. A plain no cannot: a warning is welcome from whomever it comes."""
    return answer is not Answer.NO


def begin_of(moment: dt.date) -> dt.datetime:
    """The instant at which a day, or an instant, begins."""
    return moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else end_of(moment) - dt.timedelta(days=1)


def over(moment: dt.date) -> dt.datetime:
    """The instant at which a day, or an instant, is over."""
    return moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else end_of(moment)


def window_of(submission: Submission) -> tuple[dt.datetime, dt.datetime]:
    """The time that a claim speaks of: a day begins at midnight in UTC and ends with the next one."""
    return begin_of(submission.observed_from), over(submission.observed_to)


def faults(
    submission: Submission, now: dt.datetime, kinds: Mapping[str, EvidenceKind], skew: dt.timedelta = dt.timedelta(0)
) -> list[Finding]:
    """What is wrong with a claim as it was handed in.

    Args:
        submission: the claim.
        now: the current instant in UTC.
        kinds: the kinds in force, by name.
        skew: how far the clock of whoever observed may run ahead of ours.
    """
    found = [*_faults_of_time(submission, now + skew), *_faults_of_words(submission)]
    kind = kinds.get(submission.kind)
    if kind is None:
        message = f"`{submission.kind}` is no kind of evidence here"
        found.append(_fault("kind", "evidence-kind-unknown", message, did_you_mean(submission.kind, kinds)))
        return found
    if kind.facts and submission.fact in FACTS and submission.fact not in kind.facts:
        message = f"a `{submission.kind}` does not answer `{submission.fact}`"
        remedy = f"it answers {', '.join(f'`{fact}`' for fact in kind.facts)}; or choose another kind"
        found.append(_fault("fact", "evidence-kind-other-fact", message, remedy))
    found += [
        replace(each, place=replace(each.place, source="submission"))
        for each in result_faults(submission.kind, kind, submission.result)
    ]
    return found


def _faults_of_time(submission: Submission, now: dt.datetime) -> Iterator[Finding]:
    begin, end = window_of(submission)
    last = submission.observed_to
    if begin > end or (begin == end and not isinstance(last, dt.datetime)):
        yield _fault("observedFrom", "evidence-dates-reversed",
                     f"`{submission.observed_from}` is after `{submission.observed_to}`",
                     "give the first day the claim speaks of, then the last")  # fmt: skip
    if begin_of(last) > now:
        yield _fault("observedTo", "evidence-from-the-future",
                     f"`{last}` has not come yet; today is {now.date()} in UTC",
                     "give the last day on which it was observed")  # fmt: skip
    if submission.expires is not None and over(submission.expires) <= end:
        yield _fault("expires", "evidence-expires-before-observation",
                     f"it would expire at `{submission.expires}`, when what it speaks of ends at `{last}`",
                     "give a later end, or none: then it counts as long as its method and kind allow")  # fmt: skip


def _faults_of_words(submission: Submission) -> Iterator[Finding]:
    if submission.fact not in FACTS:
        yield _fault("fact", "evidence-fact-unknown", f"`{submission.fact}` is not a claim that is known here",
                     did_you_mean(submission.fact, FACTS))  # fmt: skip
    if submission.link is not None and not submission.link.lower().startswith(("http://", "https://")):
        yield _fault("link", "evidence-link-unsafe", f"`{submission.link}` is not an address that can be opened",
                     "begin it with `https://`, or describe in the statement where the document is kept")  # fmt: skip


def _fault(field: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, Place(source="submission", field=field), remedy)


def cycle(follows: Mapping[str, str]) -> list[str] | None:
    """The first ring among items and what took their place, or None.

    Args:
        follows: item to the item that supersedes it; each has one at most, so a walk finds every ring.
    """
    done: set[str] = set()
    for start in follows:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done:
            if at in path:
                ring = list(path)
                return [*ring[ring.index(at) :], at]
            path[at] = None
            at = follows.get(at)
        done.update(path)
    return None
