"""What is kept and for how long, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.keeping.model import InForce, Standing
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.retention import FLOORED, HIPAA_YEARS, Retention
from roadworthy.interfaces.web.showing.decision_words import called
from roadworthy.interfaces.web.views.keeping import ClassLine, HoldLine, KeepingView
from roadworthy.interfaces.web.views.parts import Empty, Link, Moment, Say, Tone, plural, span

MOST_LIFTED = 20
CLASSES: Final[Mapping[Retention, tuple[str, str]]] = {
    Retention.RECORD: ("Records", "What explains decisions: reasons, declarations, evidence, reports."),
    Retention.PERSONAL: ("About people", "What names groups and devices, why people left; it explains no decision."),
    Retention.OPERATIONAL: ("Running the system", "Errors, names of files, texts of tickets."),
    Retention.CALLS: ("Calls of models", "What went into models and came out."),
}
ON: Final[Mapping[HoldOn, str]] = {
    HoldOn.EVERYTHING: "Everything",
    HoldOn.USE_CASE: "A use case",
    HoldOn.RESOURCE: "Something declared or decided",
    HoldOn.PERSON: "A person",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """All that the page is made of."""

    in_force: InForce
    classes: Sequence[Standing]
    holds: Sequence[Hold]
    """With those that were lifted, the oldest first."""
    titles: Mapping[str, str]
    people: Mapping[str, Person]
    may: bool
    """Whether whoever looks places and lifts holds."""
    now: dt.datetime


def keeping_view(looked: Looked) -> KeepingView:
    """The page."""
    standing = [each for each in looked.holds if each.lifted_at is None]
    lifted = [each for each in reversed(looked.holds) if each.lifted_at is not None]
    return KeepingView(
        finding=_finding(looked, standing),
        lede="Entries of the ledger are kept for ever. The texts that they commit to are kept by class, and erased "
        "every hour once they are old enough, explain nothing that is in effect, and no hold covers them. Every proof "
        "stays.",
        sayings=tuple(_sayings(looked)),
        place=Link("Place a hold", "/keeping/holds/new") if looked.may else None,
        holds=tuple(_hold(each, looked) for each in standing),
        empty=None if standing else _no_hold(),
        classes=tuple(_line(each, looked) for each in looked.classes),
        policy=_undeclared() if looked.in_force.digest is None else None,
        lifted=tuple(_hold(each, looked) for each in lifted[:MOST_LIFTED]),
    )


def _finding(looked: Looked, standing: Sequence[Hold]) -> str:
    due = sum(each.due for each in looked.classes)
    held = f"{plural(len(standing), 'legal hold')} {'stands' if len(standing) == 1 else 'stand'}" if standing else ""
    if not any(each.made_before for each in looked.classes):
        return f"{held}; every text is kept for ever" if held else "Every text is kept for ever"
    goes = (
        f"{plural(due, 'text is', 'texts are')} old enough to be erased"
        if due
        else "no text is old enough to be erased"
    )
    return f"{held}; {goes}" if held else f"{goes[:1].upper()}{goes[1:]}"


def _sayings(looked: Looked) -> Iterator[Say]:
    if looked.in_force.hipaa:
        yield Say(
            Tone.MIND,
            f"HIPAA applies: records and calls are kept for {HIPAA_YEARS} years at least",
            "Counted from when they were made or were last in effect, whichever is later, whatever is declared.",
        )


def _line(each: Standing, looked: Looked) -> ClassLine:
    name, about = CLASSES[each.kind]
    length = looked.in_force.policy.spans.get(each.kind)
    kept = "for ever" if length is None else span(length)
    if length is not None and looked.in_force.hipaa and each.kind in FLOORED:
        kept = f"{kept}, and {HIPAA_YEARS} years at least"
    before = each.made_before
    if before is None:
        goes = "nothing"
    elif each.due:
        goes = f"{plural(each.due, 'text')} within the hour, but for what is in effect or held"
    else:
        goes = "nothing is old enough yet"
    return ClassLine(
        name=name,
        about=about,
        kept=kept,
        there=f"{each.kept:,}",
        erased=f"{each.erased:,}",
        goes=goes,
        before="" if before is None else f"{before.day} {before:%B %Y, %H:%M} UTC",
    )


def _hold(each: Hold, looked: Looked) -> HoldLine:
    link = None
    on = ON[each.on]
    if each.on is HoldOn.USE_CASE:
        link = Link(looked.titles.get(each.name, each.name), f"/use-cases/{each.name}")
    elif each.on is HoldOn.PERSON:
        link = Link(called(each.name, looked.people), f"/people/{each.name}")
    elif each.on is HoldOn.RESOURCE:
        on = each.name
    return HoldLine(
        on=on,
        link=link,
        why=each.reason,
        at=Moment.of(each.placed_at, looked.now),
        by=called(each.placed_by, looked.people),
        lifted=None if each.lifted_at is None else Moment.of(each.lifted_at, looked.now),
        lifted_by="" if each.lifted_by is None else called(each.lifted_by, looked.people),
        act=Link("Lift it", f"/keeping/holds/{each.id}/lift") if looked.may and each.lifted_at is None else None,
    )


def _no_hold() -> Empty:
    return Empty(
        title="No legal hold stands",
        sentence="While one stands, nobody erases what it covers, neither by hand nor on schedule:",
        command="roadworthy hold place use-case NAME --reason MATTER",
    )


def _undeclared() -> Empty:
    return Empty(
        title="Nobody has said how long texts are kept",
        sentence="So nothing is ever erased on schedule. Declare a RetentionPolicy with a span for each class, such as "
        "“record: 7y”:",
        command="roadworthy schema RetentionPolicy",
    )
