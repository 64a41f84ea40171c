"""What an answer is told from, gathered in one snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.decide.approvals.requests import Request
from roadworthy.documents.question.model import Asked
from roadworthy.documents.question.record import Told
from roadworthy.evidence.model import Item, State
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import Actor, ActorKind


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about."""

    asked: Asked
    id: str
    title: str
    own: tuple[Told, ...]
    """Entries about it, in order."""
    use_case: str | None = None
    resource: str | None = None
    """`Kind/name`, where it is a thing that goes on after it was decided."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision that it rests on."""

    request: Request
    told: tuple[Told, ...]
    """Entries of the request, in order."""
    done: tuple[Told, ...]
    """What was done on its word, in order."""
    shown: tuple[str, ...]
    """What carries it out says of exactly what is decided."""
    genuine: bool
    """Whether content and terms as kept make the digest that the entries name."""
    rights: Told | None
    """The entry by which the decision rights came in force that it was made under."""


@dataclass(frozen=True, slots=True)
class Then:
    """A piece of evidence, at the instant that is asked about and now."""

    item: Item
    then: State
    now: State
    told: Told | None
    """The entry that recorded it."""
    genuine: bool
    """Whether what is kept about it is what that entry says."""
    statement: str | None
    """What was said, read from the signed envelope that the entry commits to."""
    erased: bool
    """The envelope was destroyed."""
    named: bool
    """Whether the record of what was decided names it; else it counted about the use case at that instant."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything."""

    subject: Subject
    decided: Decided | None
    review: tuple[Told, ...]
    """Entries of the readiness review behind it, in order."""
    when: dt.datetime | None
    evidence: Sequence[Then]
    counted: int
    """How many items about the use case counted at that instant."""
    later: Sequence[Told]
    """What happened to the use case afterwards, in order; the first ones where there are many."""
    lines: tuple[tuple[str, str], ...]
    """How it stands now, beside its entries: names and values."""
    more: int
    """How many later entries are left out; at least."""
    people: Mapping[str, Person] = field(default_factory=dict)
    governed: bool = True
    """Whether decision rights were in force at that instant."""

    def called(self, actor: Actor | str, kind: ActorKind = ActorKind.PERSON) -> str:
        """What to call somebody."""
        ref = actor if isinstance(actor, str) else actor.ref
        kind = kind if isinstance(actor, str) else actor.kind
        if kind is ActorKind.SYSTEM:
            return "Roadworthy"
        if ref in self.people:
            return self.people[ref].shown
        return f"the program {ref}" if kind is ActorKind.WORKLOAD else "an erased person"
