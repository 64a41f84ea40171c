"""What stands in the database, as a snapshot says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

import sqlalchemy as sa

from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.model import Ages, Listed, Standing, Stop
from roadworthy.decide.certificate.tables import certificates, stops

UseCases: TypeAlias = frozenset[str] | None
"""Of which use cases the certificates are wanted; None for all."""
ReadStanding: TypeAlias = Callable[[sa.Connection, dt.datetime, UseCases], tuple[Standing, Ages]]
ReadAges: TypeAlias = Callable[[sa.Connection], Ages]

KEPT = dt.timedelta(days=7)
"""How long an ended certificate stays listed after the day on which it would have expired: it is told from none.

It falls off the list within an hour, or as soon as anything of its use case changes."""
LEAST = dt.timedelta(seconds=3)
"""A snapshot that may get no older than this would be too old before it arrives."""
AT_ONCE = 500
"""Use cases per query."""
_ENDED = tuple(state.value for state in ENDS)


def standing(connection: sa.Connection, now: dt.datetime, use_cases: UseCases = None) -> Standing:
    """Certificates of some use cases or of all, every stop switch and every revoked key, as they stand."""
    return Standing(_listed(connection, now, use_cases), _stops(connection), rows.revoked(connection))


def _listed(connection: sa.Connection, now: dt.datetime, use_cases: UseCases) -> tuple[Listed, ...]:
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
    if use_cases is None:
        found = list(connection.execute(query))
    else:
        names, found = sorted(use_cases), []
        for at in range(0, len(names), AT_ONCE):
            found += connection.execute(query.where(columns.use_case.in_(names[at : at + AT_ONCE])))
    return tuple(
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
        for row in found
    )


def reading(ages: ReadAges) -> ReadStanding:
    """Reads what stands, with the ages that the policy allows."""

    def read(connection: sa.Connection, now: dt.datetime, use_cases: UseCases) -> tuple[Standing, Ages]:
        allowed = ages(connection)
        return standing(connection, now, use_cases), Ages(max(allowed.most, LEAST), allowed.grace)

    return read


def usual(connection: sa.Connection, now: dt.datetime, use_cases: UseCases) -> tuple[Standing, Ages]:
    """What stands, where no policy says how old it may get."""
    return standing(connection, now, use_cases), Ages()


def _stops(connection: sa.Connection) -> tuple[Stop, ...]:
    query = sa.select(stops.c.scope, stops.c.set_at).where(stops.c.lifted_at.is_(None))
    return tuple(Stop(row.scope, row.set_at) for row in connection.execute(query))
