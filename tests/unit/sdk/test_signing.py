"""What is signed here, other people's tools verify."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from securesystemslib.dsse import Envelope
from securesystemslib.signer._key import SSlibKey

from roadworthy.sdk import digest_of, key_id, load_key, sign_evidence
from roadworthy.sdk.signing import PAYLOAD_TYPE, PREDICATE_TYPE, Key

SUBJECT = ("fraud-model 4.2", "sha256:" + "ab" * 32)
DAY = dt.date(2026, 1, 5)


def keys() -> list[Key]:
    return [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())]


def pem_of(key: Key | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signed(key: Key, **more: object) -> bytes:
    given: dict[str, object] = {
        "use_case": "card-fraud", "kind": "evaluation", "fact": "governance.tested-realistically", "answer": "yes",
        "observed_from": DAY, "observed_to": dt.datetime(2026, 1, 6, 12, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        "subject": SUBJECT, "sample_size": 1_000, "result": {"recall": "0.91"}, "supersedes": ("older",),
    }  # fmt: skip
    return sign_evidence(key, **(given | more))  # type: ignore[arg-type]  # a mixed bag of keyword arguments


@pytest.mark.parametrize("position", [0, 1])
def test_another_librarys_verifier_takes_it(position: int) -> None:
    key = keys()[position]
    envelope = Envelope.from_dict(json.loads(signed(key)))
    public = SSlibKey.from_crypto(key.public_key(), key_id(key))
    assert envelope.payload_type == PAYLOAD_TYPE
    assert envelope.verify([public], 1)


def test_it_is_an_in_toto_statement_with_our_predicate() -> None:
    envelope = json.loads(signed(keys()[0]))
    payload = base64.b64decode(envelope["payload"])
    Statement.copy_from_pb(json_format.Parse(payload, StatementMessage())).validate()
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == PREDICATE_TYPE
    assert statement["subject"] == [{"name": SUBJECT[0], "digest": {"sha256": "ab" * 32}}]
    assert statement["predicate"] == {
        "useCase": "card-fraud", "kind": "evaluation", "fact": "governance.tested-realistically", "answer": "yes",
        "observedFrom": "2026-01-05", "observedTo": "2026-01-06T11:00:00Z", "sampleSize": 1000,
        "result": {"recall": "0.91"}, "supersedes": ["older"],
    }  # fmt: skip


@pytest.mark.parametrize("position", [0, 1])
def test_a_key_goes_into_a_file_and_comes_back(position: int) -> None:
    key = keys()[position]
    assert key_id(load_key(pem_of(key))) == key_id(key)


def test_other_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="Ed25519 or ECDSA"):
        load_key(pem_of(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(ValueError, match="Ed25519 or ECDSA"):
        load_key(pem_of(ec.generate_private_key(ec.SECP384R1())))


@pytest.mark.parametrize("digest", ["ab" * 32, "sha512:" + "ab" * 32, "sha256:abc", ""])
def test_a_subject_without_a_digest_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        signed(keys()[0], subject=("x", digest))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        signed(keys()[0], observed_to=dt.datetime(2026, 1, 6))  # noqa: DTZ001 - the zone is what is missing


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    assert digest_of(path) == "sha256:" + hashlib.sha256(b"weights").hexdigest()
