"""Envelopes: other people's tools read ours, we read theirs, and no byte can be changed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement as InTotoStatement
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey

from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import (
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    Signature,
    encoded_for_signing,
    opened,
    read,
    sealed,
    signer_of,
    statement,
)
from roadworthy.evidence.model import Artefact
from roadworthy.foundation.errors import InvalidInput, Refused
from tests.harness.evidence import PrivateKey, key_id_of, pem_of, predicate
from tests.harness.evidence import signed as signed_by_hand
from tests.harness.evidence import statement as statement_by_hand

KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
CURVE = ec.derive_private_key(7, ec.SECP256R1())
SUBJECT = Artefact(name="claims.csv", digest="sha256:" + "a" * 64)
KEYS = {key_id_of(key): public_keys.read(pem_of(key)) for key in (KEY, CURVE)}
both = pytest.mark.parametrize("key", [KEY, CURVE], ids=["Ed25519", "ECDSA P-256"])


def ours(key: PrivateKey, said: dict[str, Any] | None = None) -> bytes:
    """An envelope made by the code under test."""
    payload = statement(SUBJECT, said or {"useCase": "triage", "result": {"gaps": ["späte Sätze"]}})
    content = encoded_for_signing(payload)
    value = key.sign(content) if isinstance(key, Ed25519PrivateKey) else key.sign(content, ec.ECDSA(hashes.SHA256()))
    return sealed(payload, [Signature(key_id_of(key), value)])


@both
def test_securesystemslib_verifies_what_we_seal_and_refuses_what_was_changed(key: PrivateKey) -> None:
    theirs = TheirEnvelope.from_dict(json.loads(ours(key)))
    public = SSlibKey.from_crypto(key.public_key(), keyid=key_id_of(key))

    assert theirs.payload_type == PAYLOAD_TYPE
    assert list(theirs.verify([public], 1)) == [key_id_of(key)]
    theirs.payload += b" "
    with pytest.raises(VerificationError):
        theirs.verify([public], 1)


@both
def test_we_verify_what_securesystemslib_signs(key: PrivateKey) -> None:
    public = SSlibKey.from_crypto(key.public_key(), keyid=key_id_of(key))
    theirs = TheirEnvelope(statement_by_hand(predicate()), PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(key, public))
    envelope = opened(json.dumps(theirs.to_dict(), indent=2).encode())

    assert signer_of(envelope, KEYS).key_id == key_id_of(key)
    assert read(envelope.payload).predicate["useCase"] == "triage"


def test_in_toto_reads_our_statement_as_valid() -> None:
    payload = opened(ours(KEY)).payload
    message = InTotoStatement([ResourceDescriptor().pb], PREDICATE_TYPE, {}).pb
    message.Clear()
    theirs = InTotoStatement.copy_from_pb(json_format.Parse(payload, message))

    theirs.validate()
    assert theirs.pb.predicate_type == PREDICATE_TYPE
    assert theirs.pb.subject[0].name == SUBJECT.name
    assert theirs.pb.subject[0].digest["sha256"] == "a" * 64
    assert theirs.pb.predicate["useCase"] == "triage"


def test_we_read_the_statement_that_in_toto_writes() -> None:
    descriptor = ResourceDescriptor(name="model.onnx", digest={"sha256": "b" * 64}).pb
    theirs = InTotoStatement([descriptor], PREDICATE_TYPE, {"useCase": "triage", "answer": "yes"})
    theirs.validate()

    said = read(json_format.MessageToJson(theirs.pb).encode())

    assert said.subject == Artefact(name="model.onnx", digest="sha256:" + "b" * 64)
    assert said.predicate == {"useCase": "triage", "answer": "yes"}


@pytest.mark.parametrize("envelope", [ours(KEY), signed_by_hand(CURVE, statement_by_hand(predicate()))])
@given(st.data())
def test_a_single_flipped_bit_is_refused_wherever_it_is(envelope: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(envelope) - 1))
    changed = bytearray(envelope)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((InvalidInput, Refused)):
        signer_of(opened(bytes(changed)), KEYS)


@given(st.data())
def test_another_byte_is_refused_or_says_the_same(data: st.DataObject) -> None:
    """The two alphabets of base64 are two spellings of the same bytes; nothing else can be exchanged."""
    envelope = ours(KEY)
    changed = bytearray(envelope)
    changed[data.draw(st.integers(0, len(envelope) - 1))] = data.draw(st.integers(0, 255))

    try:
        found = opened(bytes(changed))
        signer_of(found, KEYS)
    except (InvalidInput, Refused):
        assert bytes(changed) != envelope
    else:
        assert found == opened(envelope)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        opened(content)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_no_two_payloads_share_what_is_signed(left: bytes, right: bytes) -> None:
    assert (encoded_for_signing(left) == encoded_for_signing(right)) == (left == right)


def test_the_encoding_is_the_one_of_the_specification() -> None:
    """The example of the DSSE protocol, but for its type (`DSSEv1 29 http://example.com/HelloWorld 11 hello world`)."""
    assert encoded_for_signing(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


def test_url_safe_base64_is_taken_and_padding_bits_are_not_free() -> None:
    parts = json.loads(ours(KEY))
    for each in parts["signatures"]:
        each["sig"] = base64.urlsafe_b64encode(base64.b64decode(each["sig"])).decode()
    assert signer_of(opened(json.dumps(parts).encode()), KEYS).key_id == key_id_of(KEY)

    value = parts["signatures"][0]["sig"]
    for other in (
        value[:-3] + chr(ord(value[-3]) + 1) + "==",
        value.rstrip("="),
        value + "\n",
        value[:4] + " " + value[4:],
    ):
        parts["signatures"][0]["sig"] = other
        with pytest.raises((InvalidInput, Refused)):
            signer_of(opened(json.dumps(parts).encode()), KEYS)


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b'"x"', b"{", b"\xff\xfe", b"nul", b"[" * 100_000, b'{"payloadType": NaN}', b"1" * 5_000,
        ours(KEY).replace(b'{"payload"', b'{"payload":"","payload"'),
        ours(KEY).replace(PAYLOAD_TYPE.encode(), b"text/plain"),
        ours(KEY).replace(b'"signatures"', b'"signature"'),
        ours(KEY)[:-1] + b',"more":1}',
        sealed(statement(SUBJECT, {}), []),
        sealed(statement(SUBJECT, {}), [Signature("k", b"v")] * 11),
    ],
    ids=[
        "list", "text", "cut", "no text", "no word", "deep", "not a number", "a long number", "a key twice",
        "another type", "another key", "one key more", "no signature", "many signatures",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_envelope(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(content)
    assert refused.value.code == "envelope-unreadable"


@pytest.mark.parametrize(
    "changed",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"predicate": []},
        {"subject": []},
        {"subject": [{"name": "a", "digest": {"sha256": "a" * 64}}] * 2},
        {"subject": [{"name": "a", "digest": {"sha1": "a" * 40}}]},
        {"subject": [{"name": "a", "digest": {"sha256": "A" * 64}}]},
        {"subject": [{"digest": {"sha256": "a" * 64}}]},
        {"more": 1},
    ],
    ids=["old type", "other predicate", "no object", "no subject", "two", "SHA-1", "capitals", "no name", "more"],
)
def test_what_is_no_statement_of_ours(changed: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(json.dumps(json.loads(statement(SUBJECT, {})) | changed).encode())
    assert refused.value.code == "envelope-unreadable"


def test_one_good_signature_among_strangers_is_enough_and_a_forged_one_is_not() -> None:
    payload = statement(SUBJECT, {})
    good = KEY.sign(encoded_for_signing(payload))
    stranger = Signature("stranger", b"x" * 64)

    assert signer_of(opened(sealed(payload, [stranger, Signature(key_id_of(KEY), good)])), KEYS).key_id == key_id_of(
        KEY
    )
    with pytest.raises(Refused) as refused:
        signer_of(opened(sealed(payload, [stranger, Signature(key_id_of(KEY), b"x" * 64)])), KEYS)
    assert refused.value.code == "envelope-signature-wrong"
    with pytest.raises(Refused) as refused:
        signer_of(opened(sealed(payload, [stranger])), KEYS)
    assert refused.value.code == "envelope-key-unknown"
