"""What stands in the database, as a snapshot says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

import sqlalchemy as sa

from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.model import Ages, Listed, Standing, Stop
from roadworthy.decide.certificate.tables import certificates, stops

ReadStanding: TypeAlias = Callable[[sa.Connection, dt.datetime], tuple[Standing, Ages]]
ReadAges: TypeAlias = Callable[[sa.Connection], Ages]

KEPT = dt.timedelta(days=7)
"""How long an ended certificate stays listed after the day on which it would have expired: it is told from none."""
LEAST = dt.timedelta(seconds=3)
"""A snapshot that may get no older than this would be too old before it arrives."""
_ENDED = tuple(state.value for state in ENDS)


def standing(connection: sa.Connection, now: dt.datetime) -> Standing:
    """Certificates, stop switches and revoked keys as they stand."""
    columns = certificates.c
    wanted = columns.state.not_in(_ENDED) | (columns.expires_at > now - KEPT)
    query = sa.select(
        columns.serial,
        columns.use_case,
        columns.stage,
        columns.release,
        columns.state,
        columns.version,
        columns.digest,
        columns.expires_at,
    ).where(wanted)
    listed = tuple(
        Listed(
            row.serial,
            row.use_case,
            row.stage,
            row.release,
            CertificateState(row.state),
            row.version,
            row.digest,
            row.expires_at,
        )
        for row in connection.execute(query)
    )
    return Standing(listed, _stops(connection), rows.revoked(connection))


def reading(ages: ReadAges) -> ReadStanding:
    """Reads what stands, with the ages that the policy allows."""

    def read(connection: sa.Connection, now: dt.datetime) -> tuple[Standing, Ages]:
        allowed = ages(connection)
        return standing(connection, now), Ages(max(allowed.most, LEAST), allowed.grace)

    return read


def _stops(connection: sa.Connection) -> tuple[Stop, ...]:
    query = sa.select(stops.c.scope, stops.c.set_at).where(stops.c.lifted_at.is_(None))
    return tuple(Stop(None if row.scope == ALL else row.scope, row.set_at) for row in connection.execute(query))


def usual(connection: sa.Connection, now: dt.datetime) -> tuple[Standing, Ages]:
    """What stands, where no policy says how old it may get."""
    return standing(connection, now), Ages()
