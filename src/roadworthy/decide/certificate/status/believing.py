"""Whom a snapshot and a certificate are believed: a known key, this deployment, nothing older than what was seen.

Everything that is refused is refused by its name: forged, of another deployment, replayed, too old.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from roadworthy.decide.certificate.codec import PREDICATE_TYPE, envelope_of
from roadworthy.decide.certificate.model import Envelope
from roadworthy.decide.certificate.status import writing
from roadworthy.decide.certificate.status.files import LARGEST, unfiled
from roadworthy.decide.certificate.status.model import PAYLOAD_TYPE, Head, Listed, Part, Snapshot, part_of
from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Place, Refused
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.keys import Keys

SKEW = dt.timedelta(seconds=5)
"""By how much the clock of whoever signed may be ahead."""
_STATUS = Place(source="status snapshot")
_CERTIFICATE = Place(source="certificate")

Known = Mapping[str, PublicKey]
"""Keys that are believed, by id."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest snapshot that was believed before."""

    seq: int = 0
    digest: str = ""
    """Of what was signed; empty where nobody kept it."""
    revoked: frozenset[str] = frozenset()
    """Ids of keys that it said are not to be believed any more; nobody gives them back their word."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a certificate says whose signature is good."""

    serial: str
    version: int
    origin: str
    use_case: str
    stage: str
    release: str
    issued: dt.datetime
    expires: dt.datetime
    envelope: Envelope
    digest: str
    """Of the signed file, as a snapshot names it."""
    key: PublicKey
    predicate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A head that is believed."""

    head: Head
    digest: str
    """Of what was signed."""


def keys_for(keys: Keys, purpose: str) -> Known:
    """The public keys of a purpose that lie here, by id."""
    found = (public_keys.of(Ed25519PublicKey.from_public_bytes(each.public)) for each in keys.public(purpose))
    return {each.key_id: each for each in found}


def believed(content: bytes, keys: Known, origin: str | None, seen: Seen, at: dt.datetime) -> Snapshot:
    """Read a snapshot's file, if it is to be believed. How old it is, whoever uses it asks.

    Args:
        content: a file with a signed head and parts; or a DSSE envelope as it came, of which only the first format has
            its certificates in it.
        keys: public keys for `status`.
        origin: whose it must be; None for whoever holds the key.
        seen: the newest that was believed before.
        at: now.

    Raises:
        Refused: `status-foreign`, `status-forged`, `status-replayed`, `status-doubled`, `status-not-yet`,
            `status-part-forged`.
        InvalidInput: it is not a snapshot.
    """
    envelope, came = unfiled(content)
    head = believed_head(envelope, keys, origin, seen, at).head
    if head.whole is not None:
        return writing.snapshot_of(head, parts_within(head))
    parts = {number: writing.read_part(number, said, head.parts.get(number, "")) for number, said in came.items()}
    return writing.snapshot_of(head, parts)


def parts_within(head: Head) -> Mapping[int, Part]:
    """The parts of a head of the first format, which lists everything itself."""
    found: dict[int, list[Listed]] = {number: [] for number in head.parts}
    for each in head.whole or ():
        found[part_of(each.use_case)].append(each)
    return {number: Part(head.parts[number], tuple(listed)) for number, listed in found.items()}


def believed_head(content: bytes, keys: Known, origin: str | None, seen: Seen, at: dt.datetime) -> Heard:
    """Read a signed head, if it is to be believed; arguments and refusals as those of `believed`."""
    envelope = envelopes.opened(content, kind=PAYLOAD_TYPE, largest=LARGEST)
    standing = {name: key for name, key in keys.items() if name not in seen.revoked}
    if _signer(envelope, standing, _status_forged) is None:
        raise _status_foreign("nobody whose key is believed here has signed the snapshot")
    head = writing.read(envelope.payload)
    if origin is not None and head.origin != origin:
        raise _status_foreign(f"the snapshot is of `{head.origin[:80]}`, and not of `{origin[:80]}`")
    if head.seq < seen.seq:
        raise Refused(
            "status-replayed",
            f"this is snapshot {head.seq}, and {seen.seq} was seen already",
            place=_STATUS,
            remedy="somebody hands out an old snapshot, or an old backup was restored: "
            "fetch the newest one from the deployment itself",
        )
    name = digest(envelope.payload)
    if head.seq == seen.seq and seen.digest and name != seen.digest:
        raise Refused(
            "status-doubled",
            f"there are two snapshots with the number {head.seq} that say different things",
            place=_STATUS,
            remedy="keep both files: two processes hold the key and do not know of each other, or somebody copied it",
        )
    if head.issued > at + SKEW:
        raise Refused(
            "status-not-yet",
            f"the snapshot is of {to_text(head.issued)}, and here it is {to_text(at)}",
            place=_STATUS,
            remedy="set the clocks of both machines; until then nothing can be said about its age",
        )
    return Heard(head, name)


def read_certificate(content: bytes, keys: Known, origin: str | None = None) -> Said:
    """Read a certificate's signed statement, if it is to be believed. Whether it still holds, others say.

    Args:
        content: a DSSE envelope as it came.
        keys: public keys for `certificates`.
        origin: whose it must be; None for whoever holds the key.

    Raises:
        Refused: `certificate-foreign`, `certificate-forged`.
        InvalidInput: it is not a certificate.
    """
    envelope = envelopes.opened(content)
    key = _signer(envelope, keys, _certificate_forged)
    if key is None:
        raise _certificate_foreign("nobody whose key is believed here has signed the certificate")
    statement = envelopes.read(envelope.payload, PREDICATE_TYPE)
    predicate = statement.predicate
    try:
        said = Said(
            serial=predicate["serial"],
            version=predicate["version"],
            origin=predicate["origin"],
            use_case=predicate["useCase"],
            stage=predicate["stage"],
            release=statement.subject.digest,
            issued=from_text(predicate["issuedAt"]),
            expires=from_text(predicate["expiresAt"]),
            envelope=envelope_of(predicate["envelope"]),
            digest=digest(content),
            key=key,
            predicate=predicate,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(
            "certificate-unreadable",
            "the certificate is signed and cannot be read",
            place=_CERTIFICATE,
            remedy="it is of a later format: verify it with the version of Roadworthy that made it",
        ) from error
    if origin is not None and said.origin != origin:
        raise _certificate_foreign(f"the certificate is of `{said.origin[:80]}`, and not of `{origin[:80]}`")
    return said


def _signer(envelope: envelopes.Envelope, keys: Known, forged: Callable[[], Refused]) -> PublicKey | None:
    """Whose signature it bears; None where that is none that is known."""
    try:
        return envelopes.signer_of(envelope, keys)
    except Refused as error:
        if error.code == "envelope-signature-wrong":
            raise forged() from error
        return None


def _status_foreign(message: str) -> Refused:
    return Refused(
        "status-foreign",
        message,
        place=_STATUS,
        remedy="check the key that you were given, and take the snapshot of this deployment",
    )


def _certificate_foreign(message: str) -> Refused:
    return Refused(
        "certificate-foreign",
        message,
        place=_CERTIFICATE,
        remedy="check the key that you were given, and take the certificate of this deployment",
    )


def _status_forged() -> Refused:
    return Refused(
        "status-forged",
        "the signature of the snapshot is not over what it says",
        place=_STATUS,
        remedy="it was changed after it was signed: fetch it from the deployment itself",
    )


def _certificate_forged() -> Refused:
    return Refused(
        "certificate-forged",
        "the signature of the certificate is not over what it says",
        place=_CERTIFICATE,
        remedy="it was changed after it was signed: take it from where it was issued",
    )
