"""Legal holds: what nobody erases, neither by hand nor on schedule, until the hold is lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.tables import legal_holds

SUBJECT = "LegalHold"
"""Kind of the ledger's resources `LegalHold/ID`."""


class HoldOn(StrEnum):
    """What a hold can be on."""

    EVERYTHING = "everything"
    USE_CASE = "use-case"
    RESOURCE = "resource"
    """`Kind/name`, as the ledger names it."""
    PERSON = "person"
    """By reference: what they did, and what names them."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold."""

    id: str
    on: HoldOn
    name: str
    """Empty for everything."""
    reason: str
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None

    def covers(self, entry: Entry) -> bool:
        """Whether texts of this entry are held."""
        match self.on:
            case HoldOn.EVERYTHING:
                return True
            case HoldOn.USE_CASE:
                named = (entry.facts.get("useCase"), entry.facts.get("use_case"))
                return entry.resource == f"UseCase/{self.name}" or self.name in named
            case HoldOn.RESOURCE:
                return entry.resource == self.name
            case HoldOn.PERSON:
                behalf = None if entry.on_behalf_of is None else entry.on_behalf_of.ref
                refs = {entry.actor.ref, behalf, *entry.oversight.given, entry.facts.get("person")}
                return self.name in refs or entry.resource == f"Person/{self.name}"


def placed(connection: sa.Connection, *, lifted: bool = False) -> tuple[Hold, ...]:
    """The holds that stand, the oldest first; with `lifted` those that were as well."""
    wanted = sa.select(legal_holds).order_by(legal_holds.c.id)
    if not lifted:
        wanted = wanted.where(legal_holds.c.lifted_at.is_(None))
    return tuple(_hold(row) for row in connection.execute(wanted))


def refuse_held(connection: sa.Connection, entry: Entry | None) -> None:
    """Let a text of an entry be erased only where no hold covers it; one whose entry is not known is held by any.

    Raises:
        Refused: it is held.
    """
    for hold in placed(connection):
        if entry is None or hold.covers(entry):
            raise _held(hold)


def refuse_held_subject(connection: sa.Connection, on: HoldOn, names: Iterable[str]) -> None:
    """The same for something that is erased whole: a person, or a file that belongs to use cases.

    Raises:
        Refused: it is held.
    """
    wanted = set(names)
    for hold in placed(connection):
        if hold.on is HoldOn.EVERYTHING or (hold.on is on and hold.name in wanted):
            raise _held(hold)


def _held(hold: Hold) -> Refused:
    return Refused(
        "legal-hold-stands",
        f"a legal hold on {hold.on.value.replace('-', ' ')} {hold.name}".rstrip() + " forbids erasing it",
        remedy=f"ask whoever placed it: `roadworthy hold list`; `roadworthy hold lift {hold.id}` ends it",
    )


def _hold(row: sa.Row[Any]) -> Hold:
    values = dict(row._mapping)  # noqa: SLF001 - a row's public way to its columns
    return Hold(on=HoldOn(values.pop("scope")), **values)
