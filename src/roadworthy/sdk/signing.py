"""Signing evidence: what a collector measured, as an in-toto statement in a DSSE envelope.

The forms are those of in-toto (github.com/in-toto/attestation, Statement v1) and of the DSSE specification
(github.com/secure-systems-lab/dsse): what is signed is `DSSEv1 <type length> <type> <body length> <body>`. Any tool
that reads them verifies what is made here.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://roadworthy.dev/evidence/v1"

Key: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey
Instant: TypeAlias = dt.datetime | dt.date


def load_key(pem: bytes, password: bytes | None = None) -> Key:
    """A collector's private key: Ed25519, or ECDSA on the curve P-256.

    Raises:
        ValueError: it is no PEM of such a key.
    """
    key = load_pem_private_key(pem, password)
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
    ):
        return key
    message = "a collector's key is Ed25519 or ECDSA on P-256"
    raise ValueError(message)


def key_id(key: Key) -> str:
    """How the server calls a key: SHA-256 of the public key's DER form, in hexadecimal digits."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def digest_of(path: str | Path) -> str:
    """The digest of a file as a subject carries it: `sha256:` and 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def sign_evidence(  # noqa: PLR0913 - all by name; they are the fields of the statement
    key: Key,
    *,
    use_case: str,
    kind: str,
    fact: str,
    answer: str,
    observed_from: Instant,
    observed_to: Instant,
    subject: tuple[str, str],
    sample_size: int | None = None,
    result: Mapping[str, Any] | None = None,
    statement: str | None = None,
    link: str | None = None,
    expires: Instant | None = None,
    supersedes: tuple[str, ...] = (),
) -> bytes:
    """A measurement, signed: the bytes that `evidence.receive` takes.

    Args:
        key: of a registered collector.
        use_case: its name.
        kind: evidence kind, such as `evaluation`.
        fact: the question that it answers, such as `governance.tested-realistically`.
        answer: `yes`, `no`, `in-progress`, `waived` or `not-applicable`.
        observed_from: begin of the time that it speaks of; an instant needs a zone.
        observed_to: end of that time.
        subject: name and digest (`sha256:…`) of what was looked at, such as a model's version.
        sample_size: how many observations it rests on.
        result: what was found, in the fields of the kind.
        statement: what was done and found, in words.
        link: address of the document.
        expires: an earlier end than the method's and the kind's freshness gives.
        supersedes: ids of earlier items whose place it takes.

    Raises:
        ValueError: the subject's digest is not of the form `sha256:…`, or an instant has no zone.
    """
    given: dict[str, Any] = {
        "useCase": use_case,
        "kind": kind,
        "fact": fact,
        "answer": answer,
        "observedFrom": _text(observed_from),
        "observedTo": _text(observed_to),
        "sampleSize": sample_size,
        "result": None if result is None else dict(result),
        "statement": statement,
        "link": link,
        "expires": None if expires is None else _text(expires),
        "supersedes": list(supersedes) or None,
    }
    told = {
        "_type": STATEMENT_TYPE,
        "subject": [_named(*subject)],
        "predicateType": PREDICATE_TYPE,
        "predicate": {name: value for name, value in given.items() if value is not None},
    }
    return _envelope(key, json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def _named(name: str, digest: str) -> dict[str, Any]:
    """A subject as in-toto writes it."""
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != hashlib.sha256().digest_size * 2:
        message = "the subject's digest is written `sha256:` and 64 hexadecimal digits"
        raise ValueError(message)
    return {"name": name, "digest": {algorithm: value}}


def _envelope(key: Key, payload: bytes) -> bytes:
    signature = _sign(key, pre_authentication(PAYLOAD_TYPE, payload))
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key_id(key), "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode()


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """What is signed (DSSE, "PAE")."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _sign(key: Key, content: bytes) -> bytes:
    return key.sign(content) if isinstance(key, Ed25519PrivateKey) else key.sign(content, ECDSA(SHA256()))


def _text(instant: Instant) -> str:
    if not isinstance(instant, dt.datetime):
        return instant.isoformat()
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
