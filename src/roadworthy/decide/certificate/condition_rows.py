"""SQL of the conditions of certificates."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.certificate.model import Condition
from roadworthy.decide.certificate.tables import conditions
from roadworthy.foundation.digests import commitment
from roadworthy.foundation.storage.statements import portions


def insert(connection: sa.Connection, serial: str, listed: Sequence[Condition], salts: Mapping[str, bytes]) -> None:
    """Keep the conditions of a certificate, with the salts of their commitments."""
    if listed:
        connection.execute(
            conditions.insert(),
            [
                {
                    "serial": serial,
                    "id": each.id,
                    "what": each.what,
                    "commitment": commitment(salts[each.id], each.what.encode()),
                    "salt": salts[each.id].hex(),
                    "owner": each.owner,
                    "due": each.due,
                }
                for each in listed
            ],
        )


def of(connection: sa.Connection, serials: Sequence[str]) -> Mapping[str, Sequence[Condition]]:
    """By serial, the conditions of certificates in the order of their days."""
    found: defaultdict[str, list[Condition]] = defaultdict(list)
    for some in portions(serials):
        query = sa.select(conditions).where(conditions.c.serial.in_(some)).order_by(conditions.c.due, conditions.c.id)
        for row in connection.execute(query):
            found[row.serial].append(_condition(row))
    return found


def commitments(connection: sa.Connection, serial: str) -> dict[str, str]:
    """By condition, the commitment to its text; it stays when text and salt are destroyed."""
    query = sa.select(conditions.c.id, conditions.c.commitment).where(conditions.c.serial == serial)
    return {row.id: row.commitment for row in connection.execute(query)}


def meet(
    connection: sa.Connection, serial: str, condition: str, at: dt.datetime, by: str, evidence: str | None
) -> bool:
    """Keep that a condition is met; False where it was already, or there is none."""
    wanted = conditions.update().where(
        conditions.c.serial == serial, conditions.c.id == condition, conditions.c.met_at.is_(None)
    )
    return connection.execute(wanted.values(met_at=at, met_by=by, evidence=evidence)).rowcount > 0


def _condition(row: sa.Row[Any]) -> Condition:
    return Condition(row.id, row.what, row.owner, row.due, row.met_at, row.evidence)
