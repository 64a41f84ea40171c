"""What stands in the database, as a snapshot says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

import sqlalchemy as sa

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.model import Ages, Standing

ReadStanding: TypeAlias = Callable[[sa.Connection, dt.datetime], tuple[Standing, Ages]]


def standing(connection: sa.Connection, now: dt.datetime) -> tuple[Standing, Ages]:
    """Certificates, stop switches and revoked keys as they stand, and how old what says so may get."""
    del now
    return Standing(revoked=rows.revoked(connection)), Ages()
