"""What happened to a use case, in words: ledger entries, with the fields that a version changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.foundation.resources.model import Action, Version
from roadworthy.interfaces.web.views.parts import Link, Moment, plural, shortened
from roadworthy.interfaces.web.views.use_case import FieldChange, HistoryLine

LONGEST_VALUE = 300
MOST_CHANGES = 60


@dataclass(frozen=True, slots=True)
class Happened:
    """What the history is told from."""

    entries: Sequence[PlacedEntry]
    """The latest first."""
    versions: Sequence[Version]
    people: Mapping[str, Person]


def history_of(happened: Happened, now: datetime) -> tuple[HistoryLine, ...]:
    """The history, the latest first."""
    versions = {version.entry_id: version for version in happened.versions}
    return tuple(_line(placed, versions.get(placed.entry.id), happened.people, now) for placed in happened.entries)


def actor_shown(kind: ActorKind, ref: str, people: Mapping[str, Person]) -> str:
    """What to call whoever acted."""
    if kind is ActorKind.SYSTEM:
        return "Roadworthy"
    if kind is ActorKind.WORKLOAD:
        return f"the program {ref}"
    return people[ref].shown if ref in people else "an erased person"


def value_shown(value: Any) -> str:  # noqa: ANN401 - any JSON value of a spec
    """A value of a spec on one line."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return shortened(", ".join(f"{key}: {value_shown(each)}" for key, each in value.items()), LONGEST_VALUE)
    if isinstance(value, list | tuple):
        return shortened(", ".join(value_shown(each) for each in value), LONGEST_VALUE)
    return shortened(str(value), LONGEST_VALUE)


def _line(placed: PlacedEntry, version: Version | None, people: Mapping[str, Person], now: datetime) -> HistoryLine:
    entry = placed.entry
    return HistoryLine(
        at=Moment.of(entry.at, now),
        what=_what(placed, version),
        who=actor_shown(entry.actor.kind, entry.actor.ref, people),
        via=entry.actor.via,
        changes=_changes(version),
        entry=Link(f"entry {placed.position:,}", f"/ledger/{entry.id}"),
    )


def _what(placed: PlacedEntry, version: Version | None) -> str:
    facts = placed.entry.facts
    evidence = f"recorded evidence: {facts.get('fact', '')} is {facts.get('answer', '')}, {facts.get('method', '')}"
    told = {
        "owner.accepted": f"accepted the {facts.get('duty', '')} duty",
        "owner.released": f"gave the {facts.get('duty', '')} duty back",
        "evidence.attested": evidence,
        "evidence.submitted": evidence,
        "evidence.withdrawn": f"withdrew evidence about {facts.get('fact', '')}",
        "use-case.removed": "removed it",
    }.get(placed.entry.what)
    if told is not None:
        return told
    if version is None:
        return placed.entry.what.replace("-", " ").replace(".", " ")
    if version.action is Action.CREATE:
        return f"registered it from {version.source}"
    return f"changed {plural(len(version.changes), 'field')} from {version.source}"


def _changes(version: Version | None) -> tuple[FieldChange, ...]:
    if version is None or version.action is Action.CREATE:
        return ()
    return tuple(
        FieldChange(change.path.removeprefix("spec."), value_shown(change.before), value_shown(change.after))
        for change in version.changes[:MOST_CHANGES]
    )
