"""Certificates, signed, without the review that leads to them: for what is done with a certificate afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.decide.certificate.codec import Made, signed
from roadworthy.decide.certificate.model import Bound, Certificate, Envelope, Source, Term, TermName
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.decide.certificate.status.model import Listed
from roadworthy.evidence import public_keys
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation.digests import digest
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.keys import SigningKey

ORIGIN = "roadworthy.dev/ledger/local"
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
RELEASE = "sha256:" + "a" * 64


def key(number: int = 0) -> SigningKey:
    """One of some keys that are always the same."""
    return SigningKey(f"key-{number}", Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def public(signing: SigningKey) -> dict[str, PublicKey]:
    """The public half by its id."""
    found = public_keys.of(signing.private.public_key())
    return {found.key_id: found}


@dataclass(frozen=True)
class Issued:
    """A certificate with its signed statement."""

    certificate: Certificate
    statement: bytes

    @property
    def listed(self) -> Listed:
        """As a snapshot lists it."""
        of = self.certificate
        return Listed(of.serial, of.use_case, of.stage, of.release, of.state, of.version, of.digest, of.expires_at)


@dataclass(frozen=True)
class Wanted:
    """What a certificate is to say."""

    use_case: str = "triage"
    number: int = 1
    bounds: Mapping[TermName, Term] = field(default_factory=dict)
    state: CertificateState = CertificateState.VALID
    version: int = 1
    release: str = RELEASE
    issued: dt.datetime = NOON
    lasts: dt.timedelta = dt.timedelta(days=180)
    origin: str = ORIGIN


def term(name: TermName, bound: Bound) -> Term:
    """A declared term."""
    return Term(name, bound, Source.DECLARED)


def issued(wanted: Wanted = Wanted(), signing: SigningKey | None = None) -> Issued:
    """Issue a certificate."""
    plain = Certificate(
        serial=f"oc-0197{wanted.number:04x}-0000-7000-8000-000000000000",
        version=wanted.version,
        use_case=wanted.use_case,
        stage="production",
        release=wanted.release,
        envelope=Envelope(dict(wanted.bounds)),
        state=wanted.state,
        review="0197aaaa-0000-7000-8000-000000000000",
        request=None,
        deciders=("person-1",),
        conditions=(),
        evidence=("sha256:" + "e" * 64,),
        issued_at=wanted.issued,
        expires_at=wanted.issued + wanted.lasts,
        digest="",
        state_at=wanted.issued,
        cause=None,
        supersedes=None,
        entry="0197bbbb-0000-7000-8000-000000000000",
    )
    statement = signed(plain, Made(wanted.origin, to_text(wanted.issued), None, None, None, {}), signing or key())
    return Issued(replace(plain, digest=digest(statement)), statement)
