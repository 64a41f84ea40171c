"""Decisions about tickets: which system gets a blocker, what is said, when to try again, when to give up."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from roadworthy.decide.readiness.assessment import Assessment, Blocker, Verdict
from roadworthy.decide.tickets.model import (
    Content,
    FieldValue,
    MessageKind,
    Offer,
    TicketState,
    TicketSystem,
)
from roadworthy.foundation.digests import canonical_bytes, digest
from roadworthy.inventory.model import UseCase

LEASE = dt.timedelta(minutes=5)
"""How long an attempt may take before another one may begin. Also long enough for what was made by an attempt that
died to be found: Jira's search lags by up to minutes."""
SETTLING = dt.timedelta(minutes=5)
"""How long to wait before looking for what an attempt without a known outcome may have made."""
FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(hours=1)
MOST_ATTEMPTS = 12
"""With waits that double from half a minute to an hour, about five hours; then somebody has to look."""
SHORTEST_TITLE = 120

PLACEHOLDERS: Final = ("useCase", "criterion", "dimension", "duty", "effort", "organisation")
_PLACEHOLDER = re.compile(r"\{([A-Za-z]+)\}")
_ADDRESS = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
_MET = frozenset({Verdict.MET, Verdict.NOT_APPLICABLE})


def wait(attempts: int, asked: float | None, *, uncertain: bool) -> dt.timedelta:
    """How long to wait after so many attempts: doubling, at least what the system asks, at least until things settled.

    No jitter: the deliveries of a home go through one worker, so there is no herd.
    """
    doubled = min(FIRST_WAIT * (1 << min(attempts - 1, 20)), LONGEST_WAIT)
    least = SETTLING if uncertain else dt.timedelta(0)
    return max(doubled, least, dt.timedelta(seconds=asked or 0))


def correlation(tenant: str, system: str, use_case: str, criterion: str, sequence: int) -> str:
    """What a ticket carries, the same for the same blocker however often the intent is made anew.

    Derived and not drawn, so that a home that was set back to a backup finds the tickets it made since. It is a word
    that both a label and a field can hold and a query need not quote.
    """
    named = canonical_bytes([tenant, system, use_case, criterion, sequence])
    return f"roadworthy-{hashlib.sha256(named).hexdigest()[:24]}"


def system_for(blocker: Blocker, systems: Mapping[str, TicketSystem]) -> str | None:
    """Which system takes a blocker: the one that asks for most, the first by name among equals; None where none."""
    willing = [
        (-system.takes.specificity, name)
        for name, system in systems.items()
        if (not system.takes.dimensions or blocker.dimension in system.takes.dimensions)
        and (not system.takes.duties or blocker.duty in system.takes.duties)
    ]
    return min(willing)[1] if willing else None


def content_of(
    blocker: Blocker, why: str, assessment: Assessment, use_case: UseCase, system: TicketSystem, link: str
) -> Content:
    """What leaves the house about a blocker.

    People are left out: who holds a duty is known here, and the other system has its own ways to assign. Addresses
    that stand in a use case's own words are taken out too.

    Args:
        blocker: the unmet must.
        why: what goes wrong without it, in the rubric's words.
        assessment: which the blocker is of.
        use_case: which the assessment is of.
        system: which the ticket goes to.
        link: where the use case can be seen.
    """
    people = [seat.person for seat in assessment.seats.values() if seat.person]
    filled = {
        "useCase": assessment.use_case,
        "criterion": blocker.criterion,
        "dimension": blocker.dimension.value,
        "duty": blocker.duty.value,
        "effort": str(blocker.effort),
        "organisation": _without(use_case.organisation or "", people),
    }
    title = f"{_without(use_case.title, people)[:SHORTEST_TITLE]}: {blocker.title}"
    parts = (
        ("Use case", f"{_without(use_case.title, people)} ({assessment.use_case})"),
        ("What is missing", blocker.title),
        ("Why it matters", why),
        ("Where it stands", f"{_STANDS[blocker.verdict]}: {_without(blocker.why, people)}"),
        ("What turns it green", blocker.turns_green),
        ("Usual effort", f"{blocker.effort} of one person; the {blocker.duty} owner sees to it"),
        ("How it is closed", CLOSING),
    )
    fields = {name: _filled(value, filled) for name, value in system.fields.items()}
    return Content(re.sub(r"\s+", " ", title), parts, link, fields)


CLOSING: Final = (
    "Closing this ticket does not change the readiness of the use case. Hand in evidence at the link below: what was "
    "measured, the document, or your word for it."
)
_STANDS: Final[Mapping[Verdict, str]] = {
    Verdict.FAILED: "not met",
    Verdict.PARTIAL: "partly met",
    Verdict.UNKNOWN: "nobody has said",
}


def comment(kind: MessageKind, title: str, link: str) -> str:
    """What a comment says."""
    told = {
        MessageKind.TELL_MET: (
            f"“{title}” is met now. This ticket can be closed; Roadworthy can do it where the evidence is shown."
        ),
        MessageKind.TELL_UNMET: (
            f"This ticket was closed and “{title}” is still unmet. A closed ticket is no evidence: hand in what was "
            "measured, the document, or your word for it."
        ),
        MessageKind.TELL_AGAIN: (
            f"“{title}” was met and is not any more: its evidence expired, was withdrawn or is contested."
        ),
        MessageKind.CLOSE: f"Closed from Roadworthy: “{title}” is met.",
    }
    return f"{told[kind]}\n\n{link}"


def next_comment(*, met: bool, state: TicketState, told: MessageKind | None) -> MessageKind | None:
    """What has to be said to a ticket now, given what was said last; None where everything is said."""
    if met:
        return None if state is TicketState.CLOSED or told is MessageKind.TELL_MET else MessageKind.TELL_MET
    if state is TicketState.CLOSED:
        return None if told is MessageKind.TELL_UNMET else MessageKind.TELL_UNMET
    return MessageKind.TELL_AGAIN if told is MessageKind.TELL_MET else None


def is_met(verdict: Verdict | None) -> bool:
    """Whether a criterion blocks no more; one that the rubric does not know any more asks for nothing."""
    return verdict is None or verdict in _MET


def verdicts(assessment: Assessment) -> Mapping[str, Verdict]:
    """How each criterion of an assessment stands."""
    return {judgement.criterion.id: judgement.verdict for judgement in assessment.judgements}


def digest_of(offers: Iterable[Offer]) -> str:
    """A digest over everything that would leave the house, which says that it was looked at."""
    told = [
        [offer.use_case, offer.blocker.criterion, offer.system or "", content_values(offer.content)]
        for offer in offers
        if offer.content is not None
    ]
    return digest(canonical_bytes(told))


def content_values(content: Content) -> dict[str, object]:
    """The content as JSON-ready values."""
    return {
        "title": content.title,
        "parts": [list(part) for part in content.parts],
        "link": content.link,
        "fields": {name: _plain(value) for name, value in content.fields.items()},
    }


def content_from(values: Mapping[str, object]) -> Content:
    """What `content_values` made."""
    parts, fields = values["parts"], values["fields"]
    assert isinstance(parts, list)  # noqa: S101 - our own form, written by `content_values`
    assert isinstance(fields, dict)  # noqa: S101 - see above
    return Content(
        str(values["title"]), tuple((str(heading), str(text)) for heading, text in parts), str(values["link"]), fields
    )


def unknown_placeholders(value: FieldValue) -> list[str]:
    """Words in braces that nothing is filled in for."""
    texts = [value] if isinstance(value, str) else list(_texts(value))
    return [word for text in texts for word in _PLACEHOLDER.findall(text) if word not in PLACEHOLDERS]


def _texts(value: FieldValue) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value.values()
    else:
        for item in value:
            yield from _texts(item)


def _filled(value: FieldValue, words: Mapping[str, str]) -> FieldValue:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {name: str(_filled(item, words)) for name, item in value.items()}
    return tuple(_filled(item, words) for item in value)  # type: ignore[return-value]  # items keep their own form


def _plain(value: FieldValue) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    return [_plain(item) for item in value]


def _without(text: str, people: Sequence[str]) -> str:
    """Text without the names of those who hold a duty, and without addresses."""
    for person in people:
        text = text.replace(person, "the person named")
    return _ADDRESS.sub("[address]", text)
