"""Values of the status snapshot: what holds now, for every process that has to know it without asking a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.decide.certificate.states import CertificateState

FORMAT = "roadworthy-status/1"
PAYLOAD_TYPE = "application/vnd.roadworthy.status+json"
PURPOSE = "status"
"""Of the key that signs snapshots."""
CERTIFICATES = "certificates"
"""Purpose of the key that signs certificates."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate as the snapshot lists it."""

    serial: str
    use_case: str
    stage: str
    release: str
    """Digest of the release that it holds for."""
    state: CertificateState
    version: int
    digest: str
    """SHA-256 of the signed statement of this version."""
    expires: dt.datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop switch that is set."""

    use_case: str | None
    """None stops everything."""
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the database, as a snapshot says it."""

    certificates: tuple[Listed, ...] = ()
    """Those that permit something or could again, and ended ones until the day on which they would have expired."""
    stops: tuple[Stop, ...] = ()
    revoked: tuple[str, ...] = ()
    """Ids of keys that are not to be believed any more."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How old a snapshot may get, as the policy says."""

    most: dt.timedelta = dt.timedelta(seconds=60)
    """Past it, nothing that has an effect is permitted."""
    grace: dt.timedelta = dt.timedelta(0)
    """For how long after that, calls without an effect go on."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was signed."""

    origin: str
    """Name of the deployment's ledger."""
    seq: int
    """Counts every snapshot of a deployment, from 1."""
    issued: dt.datetime
    ages: Ages
    standing: Standing
