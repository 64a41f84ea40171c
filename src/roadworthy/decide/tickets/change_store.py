"""SQL of the changes in other systems, as they were last read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from roadworthy.decide.tickets.tables import change_records
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.storage.statements import upsert


@dataclass(frozen=True, slots=True)
class Reading:
    """What was last read of a change."""

    system: str
    number: str
    asked_at: dt.datetime
    """When the other system was last asked, or is to be for the first time; whether it answered or not."""
    read_at: dt.datetime | None = None
    state: str | None = None
    approved: bool = False
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    fault: str | None = None

    @property
    def facts(self) -> Mapping[str, Canonical]:
        """What it says, for the ledger: states and instants, nothing that people wrote."""
        said: dict[str, Canonical] = {"approved": self.approved, "readable": self.fault is None}
        if self.starts_at is not None:
            said["starts"] = to_text(self.starts_at)
        if self.ends_at is not None:
            said["ends"] = to_text(self.ends_at)
        return said

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, whenever it was read."""
        return (self.state, self.approved, self.starts_at, self.ends_at, self.fault)


def kept(connection: sa.Connection, system: str, number: str) -> Reading | None:
    """What is kept of a change."""
    at = change_records.c.system == system, change_records.c.number == number
    row = connection.execute(sa.select(change_records).where(*at)).one_or_none()
    return None if row is None else Reading(**row._mapping)  # noqa: SLF001 - its public name


def keep(connection: sa.Connection, reading: Reading) -> None:
    """Keep a reading in the place of the former."""
    upsert(connection, change_records, [asdict(reading)])
