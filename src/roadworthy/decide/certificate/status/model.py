"""Values of the status snapshot: what holds now, for every process that has to know it without asking a database."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from roadworthy.decide.certificate.scopes import is_narrow
from roadworthy.decide.certificate.states import CertificateState

FORMAT = "roadworthy-status/2"
"""A signed head names the digests of parts, in which the certificates are listed."""
NARROW_FORMAT = "roadworthy-status/3"
"""The same where an agent or an action is stopped, of which releases before know nothing: they refuse it whole."""
FIRST_FORMAT = "roadworthy-status/1"
"""Everything was listed in what is signed itself; it is read still, and made no more."""
PAYLOAD_TYPE = "application/vnd.roadworthy.status+json"
FILE_TYPE = "application/vnd.roadworthy.status-file+json"
"""A signed head and the parts that come with it."""
PURPOSE = "status"
"""Of the key that signs snapshots."""
CERTIFICATES = "certificates"
"""Purpose of the key that signs certificates."""


PARTS: Final = 256
"""Into how many parts the certificates fall. Of 10,000 a head has 18 kB and a part 13; more parts would make the one
larger, fewer the other. Those in which nothing is listed are not named, so a small deployment has a small head."""


def part_of(use_case: str) -> int:
    """In which part the certificates of a use case are listed, all of them: the first byte of its name's SHA-256."""
    return hashlib.sha256(use_case.encode()).digest()[0]


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

    scope: str
    """`all`, `USE-CASE`, `agent:NAME` or `action:NAME`."""
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
class Head:
    """What is signed."""

    origin: str
    """Name of the deployment's ledger."""
    seq: int
    """Counts every snapshot of a deployment, from 1."""
    issued: dt.datetime
    ages: Ages
    stops: tuple[Stop, ...]
    revoked: tuple[str, ...]
    """Ids of keys that are not to be believed any more."""
    parts: Mapping[int, str]
    """Digests of the parts in which something is listed, by number."""
    whole: tuple[Listed, ...] | None = None
    """Of the first format, which lists everything itself."""
    format: str | None = None
    """In which it came; None for one that is made here."""

    @property
    def is_outdated(self) -> bool:
        """Whether it says what its format has no word for, so that older releases would read past it."""
        return self.format == FORMAT and any(is_narrow(each.scope) for each in self.stops)


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was checked against the head."""

    digest: str
    listed: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a signed head says, with what its parts list."""

    origin: str
    """Name of the deployment's ledger."""
    seq: int
    """Counts every snapshot of a deployment, from 1."""
    issued: dt.datetime
    ages: Ages
    standing: Standing
    lacking: frozenset[int] = frozenset()
    """Parts that the head names and that did not come with it; nothing is known of the use cases in them."""
