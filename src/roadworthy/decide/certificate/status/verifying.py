"""Verifying a certificate away from the deployment: from its file, a public key, and perhaps a status snapshot.

Nothing is asked but the two files. The certificate alone proves what was decided; that it still holds only a snapshot
can say, and only for as long as it is fresh.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.states import PERMITS, CertificateState
from roadworthy.decide.certificate.status.believing import SKEW, Known, Said, Seen, believed, read_certificate
from roadworthy.decide.certificate.status.model import Listed, Snapshot, part_of
from roadworthy.foundation.errors import Finding, Place, RoadworthyError
from roadworthy.foundation.instants import to_text

_CERTIFICATE = Place(source="certificate")
_STATUS = Place(source="status snapshot")
_RENEW = "ask the deployment for the certificate that holds now"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate is to be held against."""

    at: dt.datetime
    keys: Known
    """Public keys for `certificates`."""
    status_keys: Known
    """Public keys for `status`."""
    origin: str | None = None
    """Name of the ledger that it must be of; None for whoever holds the key."""
    release: str | None = None
    """Digest of what runs."""
    seen: int = 0
    """Number of the newest snapshot that was seen before."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found."""

    said: Said | None
    """What the certificate says; None where it is not to be believed."""
    snapshot: Snapshot | None
    """None where none was given, or it is not to be believed."""
    faults: tuple[Finding, ...]
    """Why it is refused; nothing where it holds."""

    @property
    def state(self) -> CertificateState | None:
        """Where it stands as the snapshot says; None where nobody said so."""
        found = None if self.said is None or self.snapshot is None else _listed(self.said, self.snapshot)
        return None if found is None else found.state


def verify(content: bytes, wanted: Wanted, status: bytes | None = None) -> Verified:
    """Verify a certificate, and whether it holds where a snapshot is given.

    Args:
        content: a certificate's file, a DSSE envelope.
        wanted: what it is held against.
        status: a snapshot's file; of the second format it has the part in which the use case is listed.
    """
    said, snapshot = None, None
    faults: list[Finding] = []
    try:
        said = read_certificate(content, wanted.keys, wanted.origin)
        faults.extend(_certificate_faults(said, wanted))
    except RoadworthyError as error:
        faults.append(_finding(error))
    if status is not None:
        try:
            seen = Seen(wanted.seen)
            snapshot = believed(status, wanted.status_keys, said.origin if said else wanted.origin, seen, wanted.at)
            faults.extend(_age_faults(snapshot, wanted.at))
        except RoadworthyError as error:
            faults.append(_finding(error))
    if said is not None and snapshot is not None:
        faults.extend(_standing_faults(said, snapshot))
    return Verified(said, snapshot, tuple(faults))


def _certificate_faults(said: Said, wanted: Wanted) -> Iterator[Finding]:
    """What speaks against it by itself."""
    if wanted.at >= said.expires:
        yield Finding("certificate-expired", f"it held until {to_text(said.expires)}", _CERTIFICATE, _RENEW)
    if wanted.at < said.issued - SKEW:
        message = f"it holds from {to_text(said.issued)} on, and here it is {to_text(wanted.at)}"
        yield Finding("certificate-not-yet", message, _CERTIFICATE, "set the clock of this machine")
    if wanted.release is not None and wanted.release != said.release:
        message = f"it is for the release `{said.release}`, and not for `{wanted.release[:80]}`"
        yield Finding(
            "certificate-other-release", message, _CERTIFICATE, "run what was certified, or have this reviewed"
        )


def _age_faults(snapshot: Snapshot, at: dt.datetime) -> Iterator[Finding]:
    until = snapshot.issued + snapshot.ages.most
    if at >= until:
        message = f"it said how things stood until {to_text(until)}, and here it is {to_text(at)}"
        yield Finding("status-expired", message, _STATUS, "fetch the newest one: `roadworthy status show --save FILE`")


def _standing_faults(said: Said, snapshot: Snapshot) -> Iterator[Finding]:
    """What the snapshot says against it."""
    if said.key.key_id in snapshot.standing.revoked:
        message = f"the key `{said.key.key_id[:16]}…` that signed it was revoked"
        yield Finding("certificate-key-revoked", message, _CERTIFICATE, _RENEW)
    for stop in snapshot.standing.stops:
        if stop.scope in {ALL, said.use_case}:
            scope = "everything" if stop.scope == ALL else f"`{said.use_case}`"
            message = f"a stop switch stops {scope} since {to_text(stop.since)}"
            yield Finding("certificate-stopped", message, _STATUS, "wait until those decide who may lift it")
    listed = _listed(said, snapshot)
    if part_of(said.use_case) in snapshot.lacking:
        message = f"the file of snapshot {snapshot.seq} does not have the part with `{said.use_case}`"
        remedy = f"save it with that part: `roadworthy status show --save FILE --use-case {said.use_case}`"
        yield Finding("status-part-missing", message, _STATUS, remedy)
    elif listed is None:
        message = f"snapshot {snapshot.seq} does not list `{said.serial}`"
        yield Finding("certificate-not-listed", message, _STATUS, _RENEW)
    elif listed.state not in PERMITS:
        yield Finding("certificate-not-in-force", f"it is {listed.state}", _STATUS, _RENEW)
    elif (listed.version, listed.digest) != (said.version, said.digest):
        message = f"this is version {said.version}, and the one that holds is version {listed.version}"
        yield Finding("certificate-replayed", message, _CERTIFICATE, _RENEW)


def _listed(said: Said, snapshot: Snapshot) -> Listed | None:
    return next((each for each in snapshot.standing.certificates if each.serial == said.serial), None)


def _finding(error: RoadworthyError) -> Finding:
    return replace(Finding(error.code, error.message, error.place), remedy=error.remedy)
